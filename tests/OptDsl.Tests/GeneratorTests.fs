/// The generators themselves: what they make is valid, covers the vocabulary, and shrinks to something valid and simpler.
module OptDsl.Tests.GeneratorTests

open System
open System.Reflection
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems

/// The same sample in every run.
let private sample count (source: Arbitrary<'T>) =
    Gen.sampleWithSeed (Rnd(1UL, 1UL)) 50 count (Arb.toGen source)

/// The library's records of a kind by their words.
let private wordsOf<'Kind> =
    typeof<IStage>.Assembly.GetTypes()
    |> Seq.filter (fun t -> typeof<'Kind>.IsAssignableFrom t && not t.IsAbstract)
    |> Seq.choose (fun t ->
        match t.GetCustomAttribute<WordAttribute>() with
        | null -> None
        | word -> Some word.Name)
    |> set

let private wordOf (value: obj) =
    value.GetType().GetCustomAttribute<WordAttribute>()
    |> Option.ofObj
    |> Option.map _.Name

let rec private stagesOf (optimizer: Optimizer) : IStage list =
    [
        for part in optimizer.Parts do
            yield! stagesOf part.Optimizer
    ]
    @ (match optimizer.FlowStages with
       | null -> []
       | stages -> List.ofSeq stages)
    @ [ for placed in optimizer.Stages -> placed.Stage ]

let rec private schedulesOf (optimizer: Optimizer) : ISchedule list =
    [
        for part in optimizer.Parts do
            yield! schedulesOf part.Optimizer
    ]
    @ [ for placed in optimizer.Schedules -> placed.Schedule ]

let private missing (expected: Set<string>) found = Set.toList (expected - found)

/// Whether taking the first shrink again and again ends.
let private ends (shrink: 'T -> 'T seq) value =
    let rec go left value =
        match Seq.tryHead (shrink value) with
        | None -> ()
        | Some _ when left = 0 -> failtestf "does not end: %A" value
        | Some simpler -> go (left - 1) simpler

    go 1000 value

/// Whether taking the last shrink again and again ends.
let private endsFromBehind (shrink: 'T -> 'T seq) value =
    ends (fun x -> Seq.tryLast (shrink x) |> Option.toList |> Seq.ofList) value

let private isWhole (problem: Problem) =
    Expect.hasLength problem.Start problem.Layout.Length "start"
    Expect.all problem.Gradients (fun g -> g.Length = problem.Layout.Length) "gradients"
    Expect.hasLength problem.Losses problem.Gradients.Length "losses"
    Expect.isTrue (Optimizers.plans problem.Layout problem.Optimizer) $"{problem.Optimizer}"

let private seen = lazy (sample 2000 Optimizers.optimizers |> Array.map snd)

[<Tests>]
let tests =
    testList "generators" [
        testCase "there is a row for every stage word, and no other" (fun () ->
            let rows = Stages.rows |> List.map _.Word |> set
            Expect.equal rows wordsOf<IStage> "words"

            for row in Stages.rows do
                Expect.equal (wordOf row.Simplest) (Some row.Word) "record")

        testCase "there is a row for every schedule word, and no other" (fun () ->
            let rows = Schedules.rows |> List.map _.Word |> set
            Expect.equal rows wordsOf<ISchedule> "words"

            for row in Schedules.rows do
                Expect.equal (wordOf row.Simplest) (Some row.Word) "record")

        testCase "a sample of optimizers has every stage word" (fun () ->
            let found = seen.Value |> Seq.collect stagesOf |> Seq.choose wordOf |> set
            let asking = set [ for row in Catalogue.Stages.asking -> row.Word ]
            Expect.isEmpty (missing (wordsOf<IStage> - asking) found) "missing words")

        testCase "a sample of optimizers has every schedule word" (fun () ->
            let found = seen.Value |> Seq.collect schedulesOf |> Seq.choose wordOf |> set
            Expect.isEmpty (missing wordsOf<ISchedule> found) "missing words")

        testCase "a sample of optimizers has every kind of word, in every fiftieth at least" (fun () ->
            let share condition =
                (seen.Value |> Seq.filter condition |> Seq.length) * 50 >= seen.Value.Length

            Expect.isTrue (share (fun o -> o.Parts.Count > 0)) "partition"
            Expect.isTrue (share (fun o -> not (isNull o.FlowStages))) "flow"
            Expect.isTrue (share (fun o -> o.Frozen.Count > 0)) "freeze"
            Expect.isTrue (share (fun o -> o.RateFactors.Count > 0)) "rateFor"
            Expect.isTrue (share (fun o -> o.Schedules.Count > 1)) "several schedules"
            Expect.isTrue (share (fun o -> o.Stages.Count > 3)) "several stages"
            Expect.isTrue (share (fun o -> o.Stages |> Seq.exists (fun s -> s.Scope.Rules.Count = 1))) "scopes"

            Expect.exists
                seen.Value
                (fun o -> o.Stages |> Seq.exists (fun s -> s.Scope.Rules.Count = 2))
                "nested scopes"

            Expect.exists seen.Value (fun o -> stagesOf o |> List.isEmpty) "plain sgd")

        testProperty "every optimizer plans for its layout"
        <| Prop.forAll Optimizers.optimizers (fun (layout, optimizer) ->
            // Throws with the reason.
            optimizer.Plan<float> layout |> ignore
            optimizer.Plan<float32> layout |> ignore)

        testProperty "every problem is whole, and so is everything it shrinks to"
        <| Prop.forAll problems (fun problem ->
            isWhole problem

            for simpler in Seq.truncate 60 (Arb.toShrink problems problem) do
                isWhole simpler)

        testPropertyWithConfig
            {
                FsCheckConfig.defaultConfig with
                    maxTest = 20
            }
            "shrinking a problem ends"
        <| Prop.forAll problems (fun problem -> ends (Arb.toShrink problems) problem)

        testProperty "shrinking a run keeps its lengths equal, and ends"
        <| Prop.forAll runs (fun run ->
            for simpler in Seq.truncate 60 (shrinkRun run) do
                Expect.all simpler.Gradients (fun g -> g.Length = simpler.Length) "lengths"

            ends shrinkRun run
            endsFromBehind shrinkRun run)

        testProperty "pairs have equal lengths and shrink together"
        <| Prop.forAll pairs (fun (x, y) ->
            Expect.hasLength y x.Length "pair"

            for a, b in Seq.truncate 60 (Arb.toShrink pairs (x, y)) do
                Expect.hasLength b a.Length "smaller pair")

        testProperty "shrinking a scalar ends in 0, over powers of two"
        <| Prop.forAll scalars (fun x ->
            ends shrinkScalar x
            endsFromBehind shrinkScalar x

            for simpler in shrinkScalar x do
                let magnitude = abs simpler
                let isPower = magnitude = 0.0 || magnitude = pow2 (Math.ILogB magnitude)
                Expect.isTrue (isPower || simpler = -x) $"{show x} to {show simpler}")

        testProperty "shrinking a schedule ends"
        <| Prop.forAll Schedules.schedules (ends Schedules.shrinkSchedule)

        testProperty "shrinking a layout ends, and keeps names"
        <| Prop.forAll Layouts.layouts (fun layout ->
            let names = layout.Tensors |> Seq.map _.Name |> set

            for simpler in Layouts.shrinkLayout layout do
                Expect.isTrue (Set.isSubset (simpler.Tensors |> Seq.map _.Name |> set) names) "names"

            ends Layouts.shrinkLayout layout)

        testCase "scalars reach from 1e-12 to 1e12, with zeros and both signs" (fun () ->
            let values = sample 2000 scalars
            let magnitudes = values |> Array.map abs |> Array.filter (fun x -> x > 0.0)
            Expect.all magnitudes (fun x -> x >= 1e-12 && x <= 1e12) "range"

            for decade in -12 .. 11 do
                Expect.exists
                    magnitudes
                    (fun x -> x >= Math.Pow(10.0, decade) && x < Math.Pow(10.0, float decade + 1.0))
                    $"1e{decade}"

            Expect.contains values 0.0 "zero"
            Expect.exists values (fun x -> x < 0.0) "negative")

        testCase "layouts have all lengths from 0 to 70, all ranks, empty tensors, none at all" (fun () ->
            let layouts = sample 4000 Layouts.layouts

            let lengths =
                layouts |> Array.filter (fun l -> l.Tensors.Count = 1) |> Array.map _.Length

            Expect.containsAll lengths [ 0..70 ] "lengths"
            let tensors = layouts |> Seq.collect _.Tensors |> Array.ofSeq
            Expect.containsAll (tensors |> Seq.map _.Shape.Count |> Seq.distinct) [ 0..4 ] "ranks"
            Expect.exists tensors (fun t -> t.Length = 0) "empty tensors"
            Expect.exists layouts (fun l -> l.Tensors.Count = 0) "no tensors"
            Expect.exists layouts (fun l -> l.Tensors.Count = 5) "several tensors")

        testProperty "patterns match"
        <| Prop.forAll (Layouts.layouts |> Arb.filter (fun l -> l.Tensors.Count > 0)) (fun layout ->
            for pattern in sample 20 (Arb.fromGen (Layouts.pattern layout)) do
                Expect.isNonEmpty (Layouts.matching pattern layout) pattern)

        testProperty "an optimizer taken apart and assembled is the same"
        <| Prop.forAll Optimizers.optimizers (fun (_, optimizer) ->
            Expect.isTrue ((Optimizers.assemble (Optimizers.pieces optimizer)).Equals optimizer) $"{optimizer}")

        testProperty "a problem prints as code that builds its optimizer"
        <| Prop.forAll problems (fun problem ->
            let line =
                problem.Code.Split '\n' |> Array.find (fun l -> l.StartsWith "let optimizer = ")

            Expect.isTrue ((Optimizer.Parse(line.Substring 16)).Equals problem.Optimizer) line
            Expect.equal (sprintf "%A" problem) (sprintf "%s" problem.Code) "what FsCheck shows")

        testCase "a check that holds is not falsified, one that does not hold is" (fun () ->
            Expect.isFalse (isFalsified (Prop.forAll scalars (fun x -> Expect.equal x x "same"))) "true"
            Expect.isTrue (isFalsified (Prop.forAll scalars (fun x -> Expect.equal (x * x) x "square"))) "false")
    ]
