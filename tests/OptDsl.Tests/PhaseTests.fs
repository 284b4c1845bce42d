/// Words of different phases commute, words of one phase do not, and the printed form is a normal form.
module OptDsl.Tests.PhaseTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Optimizers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

/// A piece of an optimizer and what orders it among its like: its phase, or what kind of word it is.
let private keyed pieces : (int * (Optimizer -> Optimizer)) list =
    let word stage =
        wordsOf {
            pieces with
                Stages = [ stage ]
                Schedules = []
                Factors = []
                Frozen = []
        }

    [
        for placed in pieces.Stages -> int placed.Stage.Phase, List.head (word placed)
    ]
    @ [
        for w in
            wordsOf {
                pieces with
                    Stages = []
                    Factors = []
                    Frozen = []
            } -> 100, w
    ]
    @ [
        for w in
            wordsOf {
                pieces with
                    Stages = []
                    Schedules = []
                    Frozen = []
            } -> 101, w
    ]
    @ [
        for w in
            wordsOf {
                pieces with
                    Stages = []
                    Schedules = []
                    Factors = []
            } -> 102, w
    ]

/// A random order in which the words of one key keep theirs.
let private interleaved (words: (int * 'W) list) = gen {
    let! order = Gen.shuffle (List.map fst words)

    let next (rest: Map<int, 'W list>) key =
        List.head rest[key], Map.add key (List.tail rest[key]) rest

    let queues =
        words
        |> List.groupBy fst
        |> List.map (fun (k, ws) -> k, List.map snd ws)
        |> Map.ofList

    return order |> List.ofArray |> List.mapFold next queues |> fst
}

/// A problem and its optimizer declared in another order.
let private declaredTwice shuffle =
    Arb.fromGen (
        gen {
            let! problem = Arb.toGen problems
            let parts = pieces problem.Optimizer
            let! words = shuffle (keyed parts)
            return problem, List.fold (fun o word -> word o) (headOf parts) words
        }
    )

let private statesBits (problem: Problem) (optimizer: Optimizer) =
    problemStates (optimizer.Plan<float> problem.Layout) problem

let private anyOrder (words: (int * (Optimizer -> Optimizer)) list) =
    Gen.shuffle (List.map snd words) |> Gen.map List.ofArray

let private sameValue shuffle =
    Prop.forAll (declaredTwice shuffle) (fun (problem, other) ->
        Expect.isTrue (other.Equals problem.Optimizer) $"{other} = {problem.Optimizer}"
        Expect.equal (other.GetHashCode()) (problem.Optimizer.GetHashCode()) "hash"
        Expect.equal (string other) (string problem.Optimizer) "text")

let private oneRun = {
    Start = [| 1.0; -2.0; 0.5 |]
    Gradients = [| [| 3.0; -4.0; 0.1 |]; [| 0.5; 2.0; -0.2 |]; [| -1.0; 0.0; 5.0 |] |]
}

/// Two words of one phase in both orders: other values and other bits.
let private differ name (first: Optimizer -> Optimizer) (second: Optimizer -> Optimizer) =
    fact "phases" $"the order of {name} matters" (fun () ->
        let a, b = sgd 0.1 |> first |> second, sgd 0.1 |> second |> first
        Expect.isFalse (a.Equals b) "values"
        Expect.notEqual (string a) (string b) "texts"
        Expect.isGreaterThan (apart (trajectory a oneRun) (trajectory b oneRun)) 1e-3 "parameters")

[<Tests>]
let tests =
    testList "phases" [
        fact "phases" "the declaration order of the card's words does not matter" (fun () ->
            let a = sgd 0.1 |> momentum 0.9 |> clip 1.0 |> cosine 100
            let b = sgd 0.1 |> cosine 100 |> clip 1.0 |> momentum 0.9
            Expect.isTrue (a.Equals b) "values"
            Expect.equal (string a) "sgd 0.1 |> clip 1.0 |> momentum 0.9 |> cosine 100" "text"
            agree a b oneRun)
        law "phases" "words of different phases commute as values, hashes and texts" (sameValue interleaved)
        control "phases" "words of one phase do not" (sameValue anyOrder)
        law
            "phases"
            "words of different phases commute, bit for bit"
            (Prop.forAll (declaredTwice interleaved) (fun (problem, other) ->
                sameRuns
                    (statesBits problem other |> Array.map _.ToArray())
                    (statesBits problem problem.Optimizer |> Array.map _.ToArray())
                    "declared in another order"))

        differ "two clips" (clip 1.0) (clipValue 0.5)
        differ "centralize and normalize" (noise 0.1 0.0 7) (clip 1.0)
        differ "momentum and sign" (momentum 0.9) (stage (Sign()))
        differ "adam and momentum" (stage (Adam())) (momentum 0.9)
        differ "decay and scale" (weightDecay 0.5) (scale 3.0)
        differ "decay and trust ratio" (weightDecay 0.5) trustRatio
        differ "two projections" (ball 1.0) nonNegative
        differ "accumulate and clip" (accumulate 2) (clip 1.0)

        law
            "flow"
            "a flow in the order of the phases is the pipeline, bit for bit"
            (forAll2 rates runs (fun lr run ->
                let listed: IStage list = [ ClipGlobalNorm 1.0; L2 0.1; Momentum 0.9; WeightDecay 0.01 ]
                agree (flow listed lr) (sgd lr |> clip 1.0 |> l2 0.1 |> momentum 0.9 |> weightDecay 0.01) run))
        law
            "flow"
            "another order is another optimizer: momentum before the clip is clipUpdate"
            (forAll2 rates runs (fun lr run ->
                agree (flow [ Momentum 0.9; ClipGlobalNorm 1.0 ] lr) (sgd lr |> momentum 0.9 |> clipUpdate 1.0) run))
        control
            "flow"
            "it is not clip"
            (forAll2 rates runs (fun lr run ->
                agree (flow [ Momentum 0.9; ClipGlobalNorm 1.0 ] lr) (sgd lr |> momentum 0.9 |> clip 1.0) run))
        fact "flow" "words of its phases after it are errors that name the word" (fun () ->
            Expect.throwsC (fun () -> flow [ Momentum 0.9 ] 0.1 |> clip 1.0 |> ignore) (fun e ->
                Expect.equal (e.GetType()) typeof<ArgumentException> "type"
                Expect.stringContains e.Message "ClipGlobalNorm" "word"
                Expect.stringContains e.Message "flow" "flow"))

        law
            "normal form"
            "printing is a normal form: parts assembled again print the same"
            (Prop.forAll optimizers (fun (_, optimizer) ->
                let again = assemble (pieces optimizer)
                Expect.isTrue (again.Equals optimizer) "values"
                Expect.equal (string again) (string optimizer) "texts"))
        law
            "normal form"
            "equal texts are equal values, and only they"
            (forAll2 optimizers optimizers (fun (_, a) (_, b) ->
                Expect.equal (string a = string b) (a.Equals b) $"{a} and {b}"))
        law
            "normal form"
            "one word less is another value and another text"
            (Prop.forAll optimizers (fun (layout, optimizer) ->
                for simpler in shrinkFor layout optimizer do
                    Expect.isFalse (simpler.Equals optimizer) $"{simpler}"
                    Expect.notEqual (string simpler) (string optimizer) "text"))
    ]
