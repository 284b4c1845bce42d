/// A step that ends in the middle says which stage it has stopped in, wherever that stands.
module OptCore.Tests.StoppedStageTests

open System
open Expecto
open OptCore
open OptCore.Kernels
open OptCore.Tests.CornerCases.Steps
open OptCore.Tests.OpenRuleTests
open OptCore.Tests.OnRanks

/// What a stage does once a step, where.
type private Place =
    | Before
    | Once
    | Each
    | BehindRule

/// Does something in a step that is no rule on elements.
type private Acting(phase: Phase, place: Place, act: unit -> unit) =
    interface IOpenStage with
        member _.Phase = phase
        member _.Equation = ""

        member _.Slots =
            match place with
            | BehindRule -> [| SlotSpec.Element "v" |]
            | _ -> [||]

        member _.Build builder =
            let act = Action<StepContext>(fun _ -> act ())

            match place with
            | Before -> builder.BeforeStep act
            | Once -> builder.Then act
            | Each -> builder.ThenEachTensor act
            | BehindRule ->
                builder.ApplyOpen(typedefof<HeavyBallRule<AnyVector, float32>>, [| "v" |], { OpenBall.Beta = 0.5 })
                builder.Then act

let private nothing () = ()

/// Throws the n-th time.
let private failsAt n =
    let mutable count = 0

    fun () ->
        count <- count + 1

        if count = n then
            failwith "no more"

let private stopped step stages =
    $"Update {step} of this session did not end: it stopped in {stages} (no more). Parameters and slots are half changed; go on from an "
    + "earlier state with Plan.Resume."

let private refusal (f: unit -> 'T) =
    Expect.throwsC (fun () -> f () |> ignore) _.Message

let private sgd = Optimizer.Sgd 0.5

let private pipelines n : (string * Optimizer * string) list = [
    "before all, the first one", sgd.With(Acting(Phase.Gradient, Before, failsAt n)), "acting"
    "before all, the second one",
    sgd.With(Acting(Phase.Gradient, Before, nothing)).With(Acting(Phase.Direction, Before, failsAt n)),
    "acting#2"
    "before all, and numbers behind",
    sgd.With(Acting(Phase.Gradient, Before, failsAt n)).With(Acting(Phase.Direction, Once, nothing)),
    "acting"
    "the first operation", sgd.With(Acting(Phase.Gradient, Once, failsAt n)), "acting"
    "the first operation, and something before",
    sgd.With(Acting(Phase.Gradient, Before, nothing)).With(Acting(Phase.Direction, Once, failsAt n)),
    "acting#2"
    "the second operation",
    sgd.With(Acting(Phase.Gradient, Once, nothing)).With(Acting(Phase.Direction, Once, failsAt n)),
    "acting#2"
    "for a tensor", sgd.Momentum(0.5).With(Acting(Phase.Update, Each, failsAt n)), "acting"
    "behind its rule", sgd.Momentum(0.5).With(Acting(Phase.Update, BehindRule, failsAt n)), "acting"
    "behind the step", sgd.Momentum(0.5).With(Acting(Phase.Iterate, BehindRule, failsAt n)), "acting"
]

let private sessions = [
    for name, _, _ in pipelines 1 do
        testCase $"in a session: {name}" (fun () ->
            for n in [ 1; 2 ] do
                let _, optimizer, stages =
                    pipelines n |> List.find (fun (other, _, _) -> other = name)

                let session = (optimizer.Plan 2).Start(vector [ 1.0; 2.0 ])
                let step () = session.Step(vector [ 1.0; 1.0 ])

                for _ in 2..n do
                    step () |> ignore

                Expect.equal (refusal step) "no more" "the stage's own words"
                Expect.equal (refusal step) (stopped n stages) "and then"
                Expect.equal session.StepCount (int64 (n - 1)) "updates")

    testCase "in a reported step, in a gradient that is held" (fun () ->
        let reported =
            (sgd.Momentum(0.5).With(Acting(Phase.Update, Once, failsAt 1)).Plan 2).Start(vector [ 1.0; 2.0 ])

        Expect.equal (refusal (fun () -> reported.StepReported(vector [ 1.0; 1.0 ]))) "no more" "reported"
        Expect.equal (refusal (fun () -> reported.Step(vector [ 1.0; 1.0 ]))) (stopped 1 "acting") "reported"

        let held =
            (sgd.With(Acting(Phase.Gradient, Once, failsAt 1)).Accumulate(2).Plan 2).Start(vector [ 1.0; 2.0 ])

        Expect.equal (refusal (fun () -> held.Step(vector [ 1.0; 1.0 ]))) "no more" "held"
        Expect.equal (refusal (fun () -> held.Step(vector [ 1.0; 1.0 ]))) (stopped 1 "acting") "held")
]

let private ranks =
    // Numbers around rules on elements: the same in blocks of the mean.
    [
        "before the blocks", (fun n -> sgd.With(Acting(Phase.Gradient, Once, failsAt n)).Momentum 0.5), "acting"
        "before all", (fun n -> sgd.With(Acting(Phase.Gradient, Before, failsAt n)).Momentum 0.5), "acting"
        "behind the blocks", (fun n -> sgd.Momentum(0.5).With(Acting(Phase.Iterate, BehindRule, failsAt n))), "acting"
    ]
    |> List.map (fun (name, make, stages) ->
        testCase $"in blocks: {name}" (fun () ->
            for n in [ 1; 2; 3 ] do
                let plan = (make n).Plan<float>(Layout.Plain 5000, one)

                let failure =
                    Expect.throwsC
                        (fun () ->
                            ThreadRanks.Run(
                                1,
                                Action<ICollectives>(fun ranks ->
                                    use session = plan.Start(ranks, Array.zeroCreate<float> 5000, parts)

                                    Expect.stringContains (session.Describe()) "mean      block by block" "the way"

                                    let step () =
                                        session.Step(On<float>.Part(false, 0)) |> ignore

                                    for _ in 2..n do
                                        step ()

                                    Expect.equal (refusal step) "no more" "the stage's own words"
                                    Expect.equal (refusal step) (stopped n stages) "and then"
                                    failwith "as expected")
                            ))
                        id

                Expect.stringContains failure.Message "as expected" $"update {n}"))

[<Tests>]
let tests = testList "interrupted steps" [ yield! sessions; yield! ranks ]
