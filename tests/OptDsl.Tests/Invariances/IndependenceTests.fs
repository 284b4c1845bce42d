/// What a run does not see (INV-7 … INV-10): the loss, other blocks, the horizon, the order of the gradients.
module OptDsl.Tests.Invariances.IndependenceTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Invariances.Pipelines
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

// INV-8

/// A run on two tensors of the given lengths, against two runs on one tensor each.
let private separability (pipelines: Named list) =
    forAll3 (oneOf pipelines) (counts 0 70) runs (fun (name, build) cut run ->
        let cut = min cut run.Length
        let layout = Layout.Empty.Add("a", cut).Add("b", run.Length - cut)

        let both =
            statesOf ((build 0.1).Plan<float> layout) run.Start run.Gradients
            |> Array.map _.ToArray()

        let alone keep =
            trajectory (build 0.1) {
                Start = keep run.Start
                Gradients = Array.map keep run.Gradients
            }

        let joined =
            Array.map2 Array.append (alone (Array.truncate cut)) (alone (Array.skip cut))

        sameRuns both joined name)

// INV-9, INV-10

let private prefix (shorter: int -> Optimizer) (longer: int -> Optimizer) =
    Prop.forAll (runsOf (2, 12) (1, 20)) (fun run ->
        let half = run.Steps / 2

        let first =
            trajectory (shorter half) {
                run with
                    Gradients = Array.truncate half run.Gradients
            }

        sameRuns first (Array.truncate (half + 1) (trajectory (longer run.Steps) run)) "prefix")

let private reversed (run: Run) = {
    run with
        Gradients = Array.rev run.Gradients
}

let private integers (run: Run) = {
    run with
        Gradients =
            run.Gradients
            |> Array.map (Array.map (fun x -> Math.Round(Math.Clamp(x * 4.0, -1e6, 1e6))))
}

[<Tests>]
let tests =
    testList "invariances" [
        law
            "INV-7"
            "the loss changes nothing where no stage asks for it, bit for bit"
            (forAll2 problems scalars (fun problem offset ->
                let plan = problem.Optimizer.Plan<float> problem.Layout

                if not plan.NeedsLoss then
                    let other = {
                        problem with
                            Losses = problem.Losses |> Array.map (fun l -> l + offset)
                    }

                    sameRuns
                        (problemStates plan other |> Array.map _.ToArray())
                        (problemStates plan problem |> Array.map _.ToArray())
                        "another loss"))
        controlFact "INV-7" "plateau asks" (fun () ->
            let run losses =
                let problem = {
                    Optimizer = sgd 0.1 |> plateau 1 0.5
                    Layout = Layout.Plain 1
                    Start = [| 0.0 |]
                    Gradients = Array.replicate 4 [| 1.0 |]
                    Losses = losses
                }

                problemStates (problem.Optimizer.Plan<float> problem.Layout) problem
                |> Array.last
                |> _.ToArray()

            sameBits (run [| 4.0; 4.0; 4.0; 4.0 |]) (run [| 4.0; 3.0; 2.0; 1.0 |]) "plateau")

        law
            "INV-8"
            "elementwise words treat blocks apart, bit for bit"
            (separability (
                elementwise
                @ withParameters
                @ [ "clipPerTensor", sgd >> clipPerTensor 1.0; "novoGrad", novoGrad ]
            ))
        control "INV-8" "a global norm ties them together" (separability [ "clip", sgd >> clip 1.0 ])

        law
            "INV-9"
            "a run is a prefix of the longer one, bit for bit"
            (prefix (fun _ -> adam 0.1 |> warmup 3 |> clip 1.0) (fun _ -> adam 0.1 |> warmup 3 |> clip 1.0))
        control
            "INV-9"
            "not under a schedule that knows the horizon"
            (prefix (fun n -> sgd 0.1 |> cosine n) (fun n -> sgd 0.1 |> cosine n))

        law
            "INV-10"
            "adagrad's accumulator does not know the order of the gradients"
            (Prop.forAll runs (fun run ->
                let accumulator run =
                    (Array.last (states (adagrad 0.1) run)).Slot "adagrad.G"

                sameBits (accumulator (reversed (integers run))) (accumulator (integers run)) "G"))
        control
            "INV-10"
            "momentum's buffer does"
            (Prop.forAll runs (fun run ->
                let buffer run =
                    (Array.last (states (sgd 0.1 |> momentum 0.9) run)).Slot "momentum.v"

                sameBits (buffer (reversed (integers run))) (buffer (integers run)) "v"))
    ]
