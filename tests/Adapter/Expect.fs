namespace Expecto

open System
open System.Diagnostics

/// How far two floats may be apart: |a − b| ≤ absolute + relative · max(|a|, |b|).
type Accuracy = { absolute: float; relative: float }

/// The usual accuracies.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Accuracy =

    /// 1e-6 absolute, 1e-3 relative.
    let low = { absolute = 1e-6; relative = 1e-3 }

    /// 1e-8 absolute, 1e-5 relative.
    let medium = { absolute = 1e-8; relative = 1e-5 }

    /// 1e-10 absolute, 1e-7 relative.
    let high = { absolute = 1e-10; relative = 1e-7 }

    /// 1e-12 absolute, 1e-9 relative.
    let veryHigh = { absolute = 1e-12; relative = 1e-9 }

    /// The largest difference allowed between a and b.
    let tolerance accuracy (a: float) (b: float) =
        accuracy.absolute + accuracy.relative * max (abs a) (abs b)

    /// Whether a and b are as close as the accuracy asks; never for NaN.
    let areClose accuracy (a: float) (b: float) = abs (a - b) <= tolerance accuracy a b

/// Expectations: the actual value first, the message last.
[<RequireQualifiedAccess; StackTraceHidden>]
module Expect =

    // All digits of a float: %A rounds to ten.
    let private show (value: 'T) =
        match box value with
        | :? float as x -> x.ToString "R"
        | :? float32 as x -> x.ToString "R" + "f"
        | _ -> sprintf "%A" value

    let private versus message expected actual =
        failtestf "%s\n  expected: %s\n  actual:   %s" message (show expected) (show actual)

    let private firstDifference (actual: seq<'T>) (expected: seq<'T>) =
        let padded items =
            Seq.append (Seq.map Some items) (Seq.initInfinite (fun _ -> None))

        Seq.zip (padded actual) (padded expected)
        |> Seq.takeWhile (fun pair -> pair <> (None, None))
        |> Seq.indexed
        |> Seq.tryFind (fun (_, (a, e)) -> a <> e)

    let private item value =
        match value with
        | Some value -> show value
        | None -> "nothing (the sequence ended)"

    let private differAt message (index: int) actual expected =
        failtestf "%s\n  first difference at index %d\n  expected: %s\n  actual:   %s" message index expected actual

    /// Expects equal sequences, element by element.
    let sequenceEqual (actual: seq<'T>) (expected: seq<'T>) message =
        match firstDifference actual expected with
        | Some(index, (a, e)) -> differAt message index (item a) (item e)
        | None -> ()

    let private sequenceOf (value: 'T) =
        match box value with
        | :? string -> None
        | :? Collections.IEnumerable as items -> Some(Seq.cast<obj> items)
        | _ -> None

    /// Expects actual = expected.
    let equal (actual: 'T) (expected: 'T) message =
        if actual <> expected then
            match sequenceOf actual, sequenceOf expected with
            | Some a, Some e ->
                sequenceEqual a e message
                versus message expected actual
            | _ -> versus message expected actual

    /// Expects actual <> expected.
    let notEqual (actual: 'T) (expected: 'T) message =
        if actual = expected then
            failtestf "%s\n  expected anything but: %s" message (show actual)

    /// Expects true.
    let isTrue actual message =
        if not actual then
            failtestf "%s\n  expected true, was false" message

    /// Expects false.
    let isFalse actual message =
        if actual then
            failtestf "%s\n  expected false, was true" message

    let private caught f =
        try
            f ()
            None
        with e ->
            Some e

    /// Expects an exception.
    let throws f message =
        if (caught f).IsNone then
            failtestf "%s\n  expected an exception" message

    /// Expects an exception of exactly this type.
    [<RequiresExplicitTypeArguments>]
    let throwsT<'E when 'E :> exn> f message =
        match caught f with
        | Some e when e.GetType() = typeof<'E> -> ()
        | Some e -> failtestf "%s\n  expected: %s\n  actual:   %O" message typeof<'E>.FullName e
        | None -> failtestf "%s\n  expected: %s, nothing was thrown" message typeof<'E>.FullName

    /// Expects an exception and hands it on, to look at its message.
    let throwsC f (next: exn -> 'Result) =
        match caught f with
        | Some e -> next e
        | None -> failtest "Expected an exception, nothing was thrown"

    /// Expects None.
    let isNone value message =
        match value with
        | None -> ()
        | Some value -> failtestf "%s\n  expected None, was Some %s" message (show value)

    /// Expects Some, and returns what is in it.
    let wantSome value message =
        match value with
        | Some value -> value
        | None -> failtestf "%s\n  expected Some, was None" message

    /// Expects Some.
    let isSome value message = wantSome value message |> ignore

    /// Expects Ok, and returns what is in it.
    let wantOk value message =
        match value with
        | Ok value -> value
        | Error error -> failtestf "%s\n  expected Ok, was Error %s" message (show error)

    /// Expects Ok.
    let isOk value message = wantOk value message |> ignore

    /// Expects Error, and returns what is in it.
    let wantError value message =
        match value with
        | Error error -> error
        | Ok value -> failtestf "%s\n  expected Error, was Ok %s" message (show value)

    /// Expects Error.
    let isError value message = wantError value message |> ignore

    /// Expects null.
    let isNull (value: 'T | null) message =
        match value with
        | null -> ()
        | value -> failtestf "%s\n  expected null, was %s" message (show value)

    /// Expects anything but null.
    let isNotNull (value: 'T | null) message =
        match value with
        | null -> failtestf "%s\n  expected a value, was null" message
        | _ -> ()

    let private compared holds relation message (a: 'T) (b: 'T) =
        if not holds then
            failtestf "%s\n  expected: %s %s %s" message (show a) relation (show b)

    /// Expects a < b.
    let isLessThan a b message = compared (a < b) "<" message a b

    /// Expects a ≤ b.
    let isLessThanOrEqual a b message = compared (a <= b) "≤" message a b

    /// Expects a > b.
    let isGreaterThan a b message = compared (a > b) ">" message a b

    /// Expects a ≥ b.
    let isGreaterThanOrEqual a b message = compared (a >= b) "≥" message a b

    /// Expects two finite floats that are as close as the accuracy asks.
    let floatClose accuracy (actual: float) (expected: float) message =
        let finite = Double.IsFinite actual && Double.IsFinite expected

        if not (finite && Accuracy.areClose accuracy actual expected) then
            failtestf
                "%s\n  expected: %s\n  actual:   %s\n  apart:    %s, allowed %s"
                message
                (show expected)
                (show actual)
                (show (abs (actual - expected)))
                (show (Accuracy.tolerance accuracy actual expected))

    /// Expects actual < expected, or close to it.
    let floatLessThanOrClose accuracy (actual: float) expected message =
        if not (actual < expected) then
            floatClose accuracy actual expected message

    /// Expects actual > expected, or close to it.
    let floatGreaterThanOrClose accuracy (actual: float) expected message =
        if not (actual > expected) then
            floatClose accuracy actual expected message

    /// Expects a number, infinite or not.
    let isNotNaN (value: float) message =
        if Double.IsNaN value then
            failtestf "%s\n  expected a number, was NaN" message

    /// Expects anything but +∞ and −∞.
    let isNotInfinity (value: float) message =
        if Double.IsInfinity value then
            failtestf "%s\n  expected no infinity, was %s" message (show value)

    /// Expects a sequence without elements.
    let isEmpty (actual: seq<'T>) message =
        if not (Seq.isEmpty actual) then
            failtestf "%s\n  expected nothing, was %s" message (show actual)

    /// Expects a sequence with elements.
    let isNonEmpty (actual: seq<'T>) message =
        if Seq.isEmpty actual then
            failtestf "%s\n  expected elements, there are none" message

    /// Expects a text with characters.
    let isNotEmpty (actual: string) message =
        if String.IsNullOrEmpty actual then
            failtestf "%s\n  expected a text, was %A" message actual

    /// Expects a sequence of that many elements.
    let hasLength (actual: seq<'T>) (expected: int) message =
        let length = Seq.length actual

        if length <> expected then
            failtestf "%s\n  expected length: %d\n  actual length:   %d" message expected length

    /// Expects an element that is equal to the given one.
    let contains (actual: seq<'T>) (element: 'T) message =
        if not (Seq.contains element actual) then
            failtestf "%s\n  expected in it: %s\n  actual: %s" message (show element) (show actual)

    /// Expects all of the elements, in any order.
    let containsAll (actual: seq<'T>) (expected: seq<'T>) message =
        let present = List.ofSeq actual
        let missing = expected |> Seq.filter (fun e -> not (List.contains e present))

        if not (Seq.isEmpty missing) then
            failtestf "%s\n  missing: %A\n  actual:  %A" message (List.ofSeq missing) present

    /// Expects that every element fulfils the predicate.
    let all (actual: seq<'T>) predicate message =
        match actual |> Seq.indexed |> Seq.tryFind (fun (_, x) -> not (predicate x)) with
        | Some(index, x) -> failtestf "%s\n  does not hold at index %d: %s" message index (show x)
        | None -> ()

    /// Expects that an element fulfils the predicate.
    let exists (actual: seq<'T>) predicate message =
        if not (Seq.exists predicate actual) then
            failtestf "%s\n  holds for none of %s" message (show actual)

    let private ordered holds word message (actual: seq<'T>) =
        match actual |> Seq.pairwise |> Seq.indexed |> Seq.tryFind (snd >> holds >> not) with
        | Some(index, (a, b)) -> failtestf "%s\n  not %s at index %d: %s, %s" message word index (show a) (show b)
        | None -> ()

    /// Expects a ≤ b for neighbours.
    let isAscending actual message =
        ordered (fun (a, b) -> a <= b) "ascending" message actual

    /// Expects a ≥ b for neighbours.
    let isDescending actual message =
        ordered (fun (a, b) -> a >= b) "descending" message actual

    let private textual holds relation message (subject: string) (part: string) =
        if not holds then
            failtestf "%s\n  expected to %s: %s\n  actual: %s" message relation part subject

    /// Expects a text that contains the given one.
    let stringContains (subject: string) (part: string) message =
        textual (subject.Contains(part, StringComparison.Ordinal)) "contain" message subject part

    /// Expects a text that starts with the given one.
    let stringStarts (subject: string) (prefix: string) message =
        textual (subject.StartsWith(prefix, StringComparison.Ordinal)) "start with" message subject prefix

    /// Expects a text that ends with the given one.
    let stringEnds (subject: string) (suffix: string) message =
        textual (subject.EndsWith(suffix, StringComparison.Ordinal)) "end with" message subject suffix

    /// Expects a text that matches the regular expression.
    let isMatch (actual: string) (pattern: string) message =
        textual (Text.RegularExpressions.Regex.IsMatch(actual, pattern)) "match" message actual pattern
