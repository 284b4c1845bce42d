/// Frozen tensors stay as they are, reach nothing else and have no state (PURE-5).
module OptDsl.Tests.Purity.FrozenTests

open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

/// A problem with one more pattern frozen, and that pattern.
let private frozenProblems =
    let generator =
        gen {
            let! problem =
                problems |> Arb.toGen |> Gen.where (fun p -> p.Layout.Tensors.Count > 0)

            let! pattern = Layouts.pattern problem.Layout

            return
                {
                    problem with
                        Optimizer = problem.Optimizer |> freeze pattern
                },
                pattern
        }
        |> Gen.where (fun (problem, _) -> Optimizers.plans problem.Layout problem.Optimizer)

    Arb.fromGen generator

let private isFrozen (problem: Problem) =
    let patterns = problem.Optimizer.Frozen

    fun (tensor: TensorInfo) -> patterns |> Seq.exists (fun p -> NamePattern.Matches(p, tensor.Name))

let private frozenStays (thaw: Optimizer -> Optimizer) =
    Prop.forAll frozenProblems (fun (problem, _) ->
        let plan = (thaw problem.Optimizer).Plan<float> problem.Layout
        let last = problemStates plan problem |> Array.last

        for tensor in Seq.filter (isFrozen problem) problem.Layout.Tensors do
            sameBits (last.Tensor tensor.Name) (Array.sub problem.Start tensor.Offset tensor.Length) tensor.Name)

/// The numbers of frozen tensors replaced, in start and gradients. A start that is not finite is refused, frozen or not.
let private disturbed (problem: Problem) value =
    let replace value (x: float[]) =
        let copy = Array.copy x

        for tensor in Seq.filter (isFrozen problem) problem.Layout.Tensors do
            Array.fill copy tensor.Offset tensor.Length value

        copy

    {
        problem with
            Start = replace (if System.Double.IsFinite value then value else -1e300) problem.Start
            Gradients = Array.map (replace value) problem.Gradients
    }

let private thawed (optimizer: Optimizer) =
    Optimizers.assemble {
        Optimizers.pieces optimizer with
            Frozen = []
    }

[<Tests>]
let tests =
    testList "purity" [
        law "PURE-5" "frozen tensors stay bit-unchanged" (frozenStays id)
        control "PURE-5" "thawed ones do not" (frozenStays thawed)
        law
            "PURE-5"
            "what is in a frozen tensor reaches nothing else, NaN included"
            (forAll2
                frozenProblems
                (Arb.fromGen (Gen.elements [ 0.0; 1e300; nan; infinity ]))
                (fun (problem, _) value ->
                    let run problem =
                        problemStates (planOf problem) problem |> Array.last

                    let clean, dirty = run problem, run (disturbed problem value)

                    for tensor in problem.Layout.Tensors do
                        if not (isFrozen problem tensor) then
                            sameBits (dirty.Tensor tensor.Name) (clean.Tensor tensor.Name) tensor.Name))
        law
            "PURE-5"
            "frozen tensors have no state"
            (Prop.forAll frozenProblems (fun (problem, pattern) ->
                let state =
                    (adam 0.1 |> freeze pattern).Plan<float>(problem.Layout).Init problem.Start

                let free =
                    problem.Layout.Tensors
                    |> Seq.filter (fun t -> not (NamePattern.Matches(pattern, t.Name)))
                    |> Seq.sumBy _.Length

                Expect.hasLength (state.Slot "adam.m") free "m"
                Expect.hasLength (state.Slot "adam.v") free "v"))
    ]
