/// However a plan runs, it gives the same bits (PURE-1, PURE-2, PURE-7): in place, by blocks, at every width, on threads.
module OptDsl.Tests.Purity.WayTests

open System
open System.Threading.Tasks
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Purity.Modes
open OptDsl.Tests.Running

let private onModes convert (check: Modes<'T> -> unit) =
    Prop.forAll problems (fun problem -> check (Modes(problem, convert)))

/// Some elements of the gradients replaced by the worst floats there are.
let private spoiled =
    let generator = gen {
        let! problem = problems |> Arb.toGen |> Gen.where (fun p -> p.Layout.Length > 0)
        let! row = Gen.choose (0, problem.Gradients.Length - 1)
        let! column = Gen.choose (0, problem.Layout.Length - 1)
        let! bad = special
        let gradient = Array.updateAt column bad problem.Gradients[row]

        return {
            problem with
                Gradients = Array.updateAt row gradient problem.Gradients
        }
    }

    Arb.fromGen generator

/// The numbers of a run, or where its guard gave up. All NaNs are alike: where two meet, the sign and payload of the result
/// depend on the order of the operands, which the just-in-time compiler chooses.
let private outcome (run: unit -> float[]) =
    try
        run () |> Array.map (fun x -> if Double.IsNaN x then nan else x) |> bits |> Ok
    with :? NonFiniteGradientException as e ->
        Error e.Message

[<Tests>]
let tests =
    testList "purity" [
        law "PURE-1" "session and reuse are pure steps, bit for bit" (onModes id _.InPlaceIsPure())
        law "PURE-1" "in float32 too" (onModes float32 _.InPlaceIsPure())
        law
            "PURE-2"
            "blocks and every vector width are the fused loop, bit for bit"
            (onModes id _.EveryExecutionIsTheSame())
        law "PURE-2" "in float32 too" (onModes float32 _.EveryExecutionIsTheSame())
        law
            "PURE-2"
            "with gradients that are not finite too"
            (Prop.forAll spoiled (fun problem ->
                let last (plan: Plan<float>) =
                    outcome (fun () -> (Array.last (problemStates plan problem)).ToArray())

                let inPlace (plan: Plan<float>) =
                    outcome (fun () -> (Array.last (Modes(problem, id).Session plan)).ToArray())

                let expected = last (planOf problem)
                Expect.equal (inPlace (planOf problem)) expected "session"

                for execution in executions do
                    Expect.equal
                        (last (problem.Optimizer.Plan<float>(problem.Layout, execution)))
                        expected
                        $"{execution}"))
        law
            "PURE-2"
            "a step with a report gives the same bits"
            (Prop.forAll problems (fun problem ->
                let plan = planOf problem

                let reported =
                    Array.zip problem.Gradients problem.Losses
                    |> Array.scan
                        (fun (state: State<float>) (g: float[], loss) ->
                            let struct (next, report) = plan.StepReported(state, g, loss)
                            Expect.equal report.Step state.Step "step"
                            next)
                        (plan.Init problem.Start)

                sameStates reported (problemStates plan problem) "reported"))
        control
            "PURE-2"
            "another optimizer gives other bits"
            (Prop.forAll problems (fun problem ->
                let other = (problem.Optimizer |> constant 0.999).Plan<float> problem.Layout

                sameRuns
                    (problemStates other problem |> Array.map _.ToArray())
                    (problemStates (planOf problem) problem |> Array.map _.ToArray())
                    "rate"))

        law
            "PURE-7"
            "one plan stepped on several threads gives the same bits"
            (Prop.forAll problems (fun problem ->
                let plan = planOf problem
                let expected = problemStates plan problem
                let runs = Array.zeroCreate<State<float>[]> 8

                Parallel.For(
                    0,
                    runs.Length,
                    ParallelOptions(MaxDegreeOfParallelism = 4),
                    (fun i -> runs[i] <- problemStates plan problem)
                )
                |> ignore

                for run in runs do
                    sameStates run expected "thread"))
    ]
