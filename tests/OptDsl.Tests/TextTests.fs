/// The text form: what is printed reads back as the same value, and every mistake is reported with its place, what was found,
/// what was expected, and the nearest name.
module OptDsl.Tests.TextTests

open System
open System.Globalization
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers

let private parse (text: string) = Optimizer.Parse text

let private roundTrip (read: string -> Optimizer) =
    Prop.forAll Optimizers.optimizers (fun (_, optimizer) ->
        let text = string optimizer
        let again = read text
        Expect.isTrue (again.Equals optimizer) $"{again} = {text}"
        Expect.equal (string again) text "printed again"
        Expect.equal (again.GetHashCode()) (optimizer.GetHashCode()) "hash")

/// The pieces between the |> that stand in no bracket.
let private topLevel (text: string) =
    let parts = ResizeArray<string>()
    let mutable depth, start, quoted = 0, 0, false

    for i in 0 .. text.Length - 1 do
        match text[i] with
        | '"' -> quoted <- not quoted
        | '('
        | '[' when not quoted -> depth <- depth + 1
        | ')'
        | ']' when not quoted -> depth <- depth - 1
        | '|' when not quoted && depth = 0 && text[i + 1] = '>' ->
            parts.Add(text[start .. i - 1].Trim())
            start <- i + 2
        | _ -> ()

    parts.Add(text[start..].Trim())
    List.ofSeq parts

/// The printed text without its rate, composed with >>, and the rate.
let private pointFree (optimizer: Optimizer) =
    let parts = topLevel (string optimizer)
    let head = parts.Head
    let cut = head.LastIndexOf ' '
    String.concat " >> " (head[.. cut - 1] :: parts.Tail), head[cut + 1 ..]

let private withRate =
    Arb.filter (fun (_, o: Optimizer) -> o.Parts.Count = 0) Optimizers.optimizers

/// White space and comments where a space stands outside of strings and, because of F#'s rule of layout, of lists.
let private spread (filler: string) (text: string) =
    let mutable quoted, listed = false, 0

    text
    |> String.collect (fun c ->
        match c with
        | '"' -> quoted <- not quoted
        | '[' -> listed <- listed + 1
        | ']' -> listed <- listed - 1
        | _ -> ()

        if c = ' ' && not quoted && listed = 0 then
            filler
        else
            string c)

/// Decimal comma, other signs: what text must not depend on.
let private strange =
    let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    culture.NumberFormat.NumberDecimalSeparator <- ","
    culture.NumberFormat.NumberGroupSeparator <- "."
    culture.NumberFormat.NegativeSign <- "~"
    culture.NumberFormat.PositiveInfinitySymbol <- "endlos"
    culture.NumberFormat.NaNSymbol <- "keine Zahl"
    culture

let private abroad (action: unit -> 'R) =
    let before = CultureInfo.CurrentCulture
    CultureInfo.CurrentCulture <- strange

    try
        action ()
    finally
        CultureInfo.CurrentCulture <- before

let private failing (text: string) (read: string -> Optimizer) (check: OptimizerParseException -> unit) =
    Expect.throwsC (fun () -> read text |> ignore) (fun e ->
        match e with
        | :? OptimizerParseException as e -> check e
        | e -> failtestf "%s: expected an OptimizerParseException, was %O" text e)

/// A mistake: the text, the fragment at which it is reported, parts of the message, the suggestion.
let private mistake kind (text: string) (fragment: string) (parts: string list) (suggestion: string option) =
    testCase $"{kind}: {text}" (fun () ->
        failing text parse (fun e ->
            let position =
                if fragment = "" then
                    text.Length
                else
                    text.IndexOf(fragment, StringComparison.Ordinal)

            Expect.equal e.Position position e.Message
            Expect.equal (e.Line, e.Column) (1, position + 1) e.Message
            Expect.stringStarts e.Message $"Line 1, column {position + 1}: " "place"

            for part in parts do
                Expect.stringContains e.Message part "message"

            Expect.equal (Option.ofObj e.Suggestion) suggestion e.Message

            match suggestion with
            | Some name -> Expect.stringContains e.Message $"Did you mean {name}?" "suggestion"
            | None -> ()

            // The line and a caret under the place.
            Expect.stringEnds e.Message $"\n{text}\n{String(' ', position)}^" "caret"))

let private mistakes = [
    mistake "unknown word" "sgd 0.1 |> momentun 0.9" "momentun" [ "'momentun'"; "expected" ] (Some "momentum")
    mistake "unknown word" "sgd 0.1 |> weigthDecay 0.9" "weigthDecay" [ "'weigthDecay'" ] (Some "weightDecay")
    mistake "unknown word" "sgd 0.1 |> Cosine 10" "Cosine" [ "'Cosine'" ] (Some "schedule (Cosine(…))")
    mistake "unknown word" "sgd 0.1 |> qqqqqqqqqq" "qqqqqqqqqq" [ "'qqqqqqqqqq'" ] None
    mistake "unknown word" "sgd 0.1 |> only \"w\" (clp 1.0)" "clp" [ "'clp'" ] (Some "clip")
    mistake "unknown head" "sdg 0.1 |> momentum 0.9" "sdg" [ "'sdg'"; "a head" ] (Some "sgd")
    mistake "unknown head" "momentum 0.9" "momentum" [ "added to an optimizer"; "a head" ] None
    mistake "a head in the middle" "sgd 0.1 |> adam 0.1" "adam" [ "starts a pipeline" ] None
    mistake "unknown schedule" "sgd 0.1 |> schedule (Schedule.cosin 10)" "Schedule.cosin" [] (Some "Schedule.cosine")
    mistake "unknown record" "sgd 0.1 |> stage (Momentun 0.9)" "Momentun" [ "unknown" ] (Some "Momentum")
    mistake "unknown record" "sgd 0.1 |> stage (Wobbling 0.9)" "Wobbling" [ "unknown record"; "Words.Register" ] None
    mistake "a schedule for a stage" "sgd 0.1 |> stage (Cosine 10)" "Cosine" [ "the schedule 'Cosine'" ] None
    mistake "a stage for a schedule" "sgd 0.1 |> schedule (Momentum 0.9)" "Momentum" [ "the stage 'Momentum'" ] None
    mistake "missing argument" "sgd 0.1 |> momentum" "momentum" [ "no argument"; "1 argument: momentum beta" ] None
    mistake
        "missing argument"
        "sgd 0.1 |> lookahead 5"
        "lookahead"
        [ "1 argument"; "2 arguments: lookahead period alpha" ]
        None
    mistake "missing rate" "sgd |> momentum 0.9" "sgd" [ "without its learning rate" ] None
    mistake "missing rate" "sgd >> momentum 0.9" "sgd" [ "without its learning rate" ] None
    mistake "surplus argument" "sgd 0.1 |> momentum 0.9 0.8" "0.8" [ "2 arguments"; "1 argument: momentum beta" ] None
    mistake "surplus argument" "sgd 0.1 0.2" "0.2" [ "2 arguments" ] None
    mistake "surplus argument" "sgd 0.1 |> inverseSqrt 3" "3" [ "1 argument"; "no argument: inverseSqrt" ] None
    mistake "out of range" "sgd 0.1 |> momentum 1.5" "1.5" [ "Beta = 1.5"; "0 ≤ value < 1" ] None
    mistake "out of range" "sgd 0.1 |> clip 0.0" "0.0" [ "MaxNorm = 0"; "0 < value" ] None
    mistake "out of range" "sgd 0.1 |> clip nan" "nan" [ "MaxNorm = NaN" ] None
    mistake "out of range" "sgd -0.1" "-0.1" [ "rate = -0.1"; "0 ≤ value" ] None
    mistake "out of range" "sgd infinity" "infinity" [ "rate = Infinity" ] None
    mistake "out of range" "sgd 1.5 |> cosine 0" "0" [ "Steps = 0"; "1 ≤ value" ] None
    mistake "out of range" "sgd 0.1 |> warmupCosine 10 5" "5" [ "Steps = 5"; "WarmupSteps = 10" ] None
    mistake "out of range" "sgd 0.1 |> within 1.0 -1.0" "-1.0" [ "-1" ] None
    mistake "out of range" "adamWith (Adam(Beta1 = 1.0)) 0.1" "1.0" [ "Beta1 = 1"; "0 ≤ value < 1" ] None
    mistake "integer expected" "sgd 0.1 |> cosine 100.0" "100.0" [ "the number 100.0"; "an integer" ] None
    mistake "integer expected" "sgd 0.1 |> cosine 1e2" "1e2" [ "the number 1e2"; "an integer" ] None
    mistake "integer expected" "sgd 0.1 |> multiStep [1; 2.5] 0.1" "2.5" [ "an integer" ] None
    mistake "integer expected" "sgd 0.1 |> cosine 3000000000" "3000000000" [ "an integer" ] None
    mistake "number expected" "sgd 0.1 |> momentum \"0.9\"" "\"0.9\"" [ "the string \"0.9\""; "a number" ] None
    mistake "string expected" "sgd 0.1 |> freeze w1" "w1" [ "'w1'"; "a string" ] None
    mistake "boolean expected" "adamWith (Adam(BiasCorrection = 1)) 0.1" "1)" [ "true or false" ] None
    mistake "unknown option" "adamWith (Adam(Beta = 0.9)) 0.1" "Beta" [ "unknown option 'Beta'" ] (Some "Beta1")
    mistake
        "unknown option"
        "adamWith (Adam(Epsylon = 0.9)) 0.1"
        "Epsylon"
        [ "unknown option 'Epsylon'" ]
        (Some "Epsilon")
    mistake
        "unknown option"
        "sgd 0.1 |> cosineWith (Cosine(40, Flor = 0.1))"
        "Flor"
        [ "unknown option 'Flor'" ]
        (Some "Floor")
    mistake "another record" "adamWith (Adan()) 0.1" "Adan" [ "'Adan'"; "Adam(" ] (Some "Adam")
    mistake "no options" "signSgdWith (Sign()) 0.1" "signSgdWith" [ "no options" ] (Some "signSgd")
    mistake "syntax" "sgd 0.1 |>" "" [ "the end of the text" ] None
    mistake "syntax" "sgd 0.1 |> only \"w\" (clip 1.0" "" [ "the end of the text" ] None
    mistake "syntax" "sgd 0.1 | > clip 1.0" "| >" [] None
    mistake "syntax" "sgd 0.1)" ")" [ "')'" ] None
    mistake "syntax" "sgd 0.1 |> freeze \"w" "\"w" [ "a string without end" ] None
    mistake "syntax" "sgd 0.1 (* note" "(*" [ "a comment without end" ] None
    mistake "syntax" "sgd 0,1" "," [ "','" ] None
    mistake "a place for one" "sgd 0.1 |> plateau 1 0.5 |> plateau 2 0.5" "plateau 2" [ "twice" ] None
    mistake "no stage may follow flow" "flow [Momentum 0.9] 0.1 |> clip 1.0" "clip" [ "flow" ] None
    mistake "inside a scope" "sgd 0.1 |> only \"w\" (accumulate 2)" "only" [ "outside every scope" ] None
    mistake "two equal patterns" "partition [\"w\", sgd 0.1; \"w\", sgd 0.2]" "partition" [ "twice" ] None
]

/// A text with one character removed, doubled or exchanged.
let private damaged =
    gen {
        let! _, optimizer = Arb.toGen Optimizers.optimizers
        let text = string optimizer
        let! at = Gen.choose (0, text.Length - 1)
        let! character = Gen.elements (List.ofSeq "()[];,=|>\"0.9eL-*aS_\n ")

        return!
            Gen.elements [
                text.Remove(at, 1)
                text.Insert(at, string character)
                text.Remove(at, 1).Insert(at, string character)
                text[..at]
            ]
    }
    |> Arb.fromGen

let private anyString =
    Gen.oneof [
        Gen.elements [
            "\""
            "\\"
            "a\nb"
            "\t"
            "é"
            "層"
            "𝜂"
            "a|>b"
            "(*"
            "//"
            "\u0007"
            "\\u0041"
        ]
        Gen.nonEmptyListOf (Gen.choose (1, 0xD7FF) |> Gen.map char)
        |> Gen.map (fun cs -> String(Array.ofList cs))
    ]
    |> Gen.where (fun text -> text <> "")
    |> Arb.fromGen

let private nonNegative =
    Gen.oneof [
        Gen.choose64 (0L, 0x7FEFFFFFFFFFFFFFL) |> Gen.map BitConverter.Int64BitsToDouble
        logUniform 1e-12 1e12
        Gen.elements [
            0.0
            Double.Epsilon
            Double.MaxValue
            1e21
            1e22
            0.1
            100.0
            1e15
            123456789012345680.0
        ]
    ]
    |> Arb.fromGen

[<Tests>]
let tests =
    testList "text" [
        law "TEXT-1" "parse ∘ print is the identity on optimizers, print ∘ parse on their texts" (roundTrip parse)
        control "TEXT-1" "not when a character changes" (roundTrip (fun text -> parse (text.Replace("9", "8"))))
        law
            "TEXT-1"
            "parse ∘ print is the identity on schedules"
            (Prop.forAll Schedules.schedules (fun s ->
                let text = Words.Print s
                let again = Words.ParseSchedule text
                Expect.isTrue (again.Equals s) text
                Expect.equal (Words.Print again) text "printed again"))
        law
            "TEXT-1"
            "parse ∘ print is the identity on stages"
            (Prop.forAll (Arb.fromGen (Stages.oneOf Stages.rows)) (fun s ->
                let text = Words.Print s
                let again = Words.ParseStage text
                Expect.isTrue (again.Equals s) text
                Expect.equal (Words.Print again) text "printed again"))
        law
            "TEXT-1"
            "every rate keeps its bits"
            (Prop.forAll nonNegative (fun rate ->
                Running.sameBits [| (parse (string (sgd rate))).Rate |] [| rate |] "rate"))
        law
            "TEXT-1"
            "every pattern keeps its characters"
            (Prop.forAll anyString (fun name ->
                let optimizer = sgd 0.1 |> except name (clip 1.0) |> freeze name
                Expect.isTrue ((parse (string optimizer)).Equals optimizer) (string optimizer)))

        law
            "TEXT-2"
            "the point-free form with the rate piped into it is the same"
            (Prop.forAll withRate (fun (_, optimizer) ->
                let words, rate = pointFree optimizer
                let text = $"{rate} |> ({words})"
                Expect.isTrue ((parse text).Equals optimizer) text))
        law
            "TEXT-2"
            "and with the rate given beside it"
            (Prop.forAll withRate (fun (_, optimizer) ->
                let words, _ = pointFree optimizer
                Expect.isTrue ((Optimizer.Parse(words, optimizer.Rate)).Equals optimizer) words))
        law
            "TEXT-2"
            "spaces, lines and comments do not matter"
            (forAll2
                Optimizers.optimizers
                (Arb.fromGen (Gen.elements [ "  "; "\n    "; " (* note (* nested *) *) "; " // note\n    "; "\t" ]))
                (fun (_, optimizer) filler ->
                    let text = spread filler (string optimizer)
                    Expect.isTrue ((parse text).Equals optimizer) text))
        testTheory
            "what people write reads as what is printed"
            [
                "sgd 1 |> clip 2", "sgd 1.0 |> clip 2.0"
                "sgd 0.1 |> cosine 100 |> clip 1.0 |> momentum 0.9", "sgd 0.1 |> clip 1.0 |> momentum 0.9 |> cosine 100"
                "adamW 0.01 0.1", "adam 0.1 |> weightDecay 0.01"
                "signum 0.9 0.1", "sgd 0.1 |> ema 0.9 |> stage (Sign())"
                "lamb 0.01 0.1", "adamWith (Adam(Epsilon = 1e-06)) 0.1 |> weightDecay 0.01 |> trustRatio"
                "0.1 |> (sgd >> momentum 0.9)", "sgd 0.1 |> momentum 0.9"
                "(sgd >> momentum 0.9) 0.1", "sgd 0.1 |> momentum 0.9"
                "sgd 0.1 |> (momentum 0.9 >> clip 1.0)", "sgd 0.1 |> clip 1.0 |> momentum 0.9"
                "sgd 0.1 |> stage (Momentum 0.9)", "sgd 0.1 |> momentum 0.9"
                "sgd 0.1 |> stage (Adam())", "adam 0.1"
                "sgd 0.1 |> momentumWith (Momentum(0.9))", "sgd 0.1 |> momentum 0.9"
                "sgd 0.1 |> schedule (Cosine(40, Floor = 0.1))", "sgd 0.1 |> cosineWith (Cosine(40, Floor = 0.1))"
                "sgd 0.1 |> schedule (Schedule.cosine 40)", "sgd 0.1 |> cosine 40"
                "sgd 0.1 |> multiStep [30; 10] 0.1", "sgd 0.1 |> multiStep [10; 30] 0.1"
                "sgd 1e-3 |> clip infinity", "sgd 0.001 |> clip infinity"
                "adam 0.001 |> except \"*.bias\" (weightDecay 0.01)",
                "adam 0.001 |> except \"*.bias\" (weightDecay 0.01)"
                "partition [\"w\", adam 0.1; \"*\", sgd 0.1] |> clip 1",
                "partition [\"w\", adam 0.1; \"*\", sgd 0.1] |> clip 1.0"
            ]
            (fun (written, printed) ->
                Expect.equal (string (parse written)) printed written
                Expect.equal (string (parse printed)) printed "idempotent")
        fact "TEXT-2" "a rate in the text and one beside it are one too many" (fun () ->
            failing "sgd 0.1 |> momentum 0.9" (fun text -> Optimizer.Parse(text, 0.2)) (fun e ->
                Expect.equal e.Position 4 "place"
                Expect.stringContains e.Message "the rate is given beside it" "message"))
        fact "TEXT-2" "the place is named by line and column" (fun () ->
            failing "sgd 0.1\n|> clip 1.0\n  |> momentun 0.9 // typo" parse (fun e ->
                Expect.equal (e.Line, e.Column, e.Position) (3, 6, 25) e.Message
                Expect.stringContains e.Message "Line 3, column 6" "place"
                Expect.stringEnds e.Message "\n  |> momentun 0.9 // typo\n     ^" "caret"))

        testList "mistakes" mistakes

        law
            "TEXT-3"
            "damaged texts are read or refused, with a place inside of the text"
            (Prop.forAll damaged (fun text ->
                try
                    parse text |> ignore
                with :? OptimizerParseException as e ->
                    Expect.isTrue (e.Position >= 0 && e.Position <= text.Length) e.Message
                    Expect.isFalse (fst (Optimizer.TryParse text)) "TryParse"))

        law
            "TEXT-4"
            "the culture changes nothing"
            (Prop.forAll Optimizers.optimizers (fun (_, optimizer) ->
                let text = string optimizer

                abroad (fun () ->
                    Expect.equal (string optimizer) text "printed"
                    Expect.isTrue ((parse text).Equals optimizer) "parsed")))
        fact "TEXT-4" "the culture of that test is strange enough" (fun () ->
            abroad (fun () ->
                let number = -1.5
                Expect.equal (number.ToString()) "~1,5" "decimal comma and sign"))
        fact "TEXT-4" "messages do not depend on the culture either" (fun () ->
            let message () =
                try
                    parse "sgd 0.1 |> momentum 1.5" |> string
                with e ->
                    e.Message

            Expect.equal (abroad message) (message ()) "message")
    ]
