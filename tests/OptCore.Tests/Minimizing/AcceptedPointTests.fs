/// The point that a line search accepts is asked for once: what the objective said there is what the next step starts with.
module OptCore.Tests.Minimizing.AcceptedPointTests

open System
open System.Threading
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.CornerCases.Steps
open OptModels

/// f = ½p².
let private bowl = Quadratic [| 1.0 |]

let private minimize (text: string) (f: IObjective) (start: float[]) options =
    Minimizer.Minimize(Optimizer.Parse text, f, ReadOnlySpan start, options)

let private points (watched: Watched) =
    watched.Points |> List.rev |> List.map List.ofArray

/// A new object in every step: nothing of it is known.
let private asked (text: string) (f: IObjective) (start: float[]) steps =
    let plan = plain text start.Length
    let mutable state = plan.Init(ReadOnlySpan start)
    let mutable trials = 0L

    let history = [
        for _ in 1..steps do
            let watched = Watched f
            state <- plan.Step(state, watched)
            trials <- trials + int64 watched.Points.Length - 1L
            state.ToArray()
    ]

    history, trials

let private searches = [
    "lbfgs 10 1.0 |> wolfe"
    "lbfgs 5 1.0 |> backtracking"
    "conjugateGradient 0.01 |> wolfeWith (Wolfe(C2 = 0.1))"
    "sgd 0.01 |> momentum 0.9 |> wolfe |> average 0.9"
    "adam 0.5 |> backtracking |> polyakAverage"
    "sgd 0.01 |> weightDecay 0.01 |> wolfe"
    "lbfgsb 10 [-infinity] [infinity] 1.0 |> wolfe"
]

let private byHand = [
    testCase "the unit step is accepted: k updates are k + 1 evaluations" (fun () ->
        // w = p/2: f falls to a quarter of what it was, the slope to a half.
        for search in [ "wolfe"; "backtracking" ] do
            let watched = Watched bowl

            let result =
                minimize $"sgd 0.5 |> {search}" watched [| 1.0 |] (MinimizeOptions(Steps = 7L))

            Expect.equal (points watched) [ for k in 0..7 -> [ 2.0 ** float -k ] ] "every point once"
            Expect.equal (result.Reason, result.Steps, result.Evaluations) (Reason.LimitReached, 7L, 8L) "counts"
            Expect.equal (result.Value, result.GradientNorm) (2.0 ** -15.0, 2.0 ** -7.0) "the last point's"

            let session = (plain $"sgd 0.5 |> {search}" 1).Start(ReadOnlySpan [| 1.0 |])
            let watched = Watched bowl

            for k in 1..7 do
                session.Step watched |> ignore
                Expect.equal watched.Points.Length (k + 1) "in place"

            let plan = plain $"sgd 0.5 |> {search}" 1
            let mutable state = plan.Init(ReadOnlySpan [| 1.0 |])
            let watched = Watched bowl

            for _ in 1..7 do
                state <- plan.Step(state, watched)

            Expect.equal watched.Points.Length 8 "from state to state")

    testCase "a run that has converged asks no more" (fun () ->
        let watched = Watched bowl

        let result =
            minimize
                "sgd 0.5 |> wolfe"
                watched
                [| 1.0 |]
                (MinimizeOptions(Steps = 100L, GradientTolerance = 2.0 ** -5.0))

        Expect.equal (points watched) [ for k in 0..5 -> [ 2.0 ** float -k ] ] "points"
        Expect.equal (result.Reason, result.Steps, result.Evaluations) (Reason.Converged, 5L, 6L) "counts"
        Expect.equal result.GradientNorm (2.0 ** -5.0) "‖g‖"
        let there = Watched bowl

        let result =
            minimize "sgd 0.5 |> wolfe" there [| 0.0 |] (MinimizeOptions(GradientTolerance = 0.0))

        Expect.equal (result.Reason, result.Steps, result.Evaluations) (Reason.Converged, 0L, 1L) "at once"
        Expect.equal there.Points.Length 1 "one")

    testCase "nor one whose search has found nothing" (fun () ->
        // a = 1 and a = ½ overshoot: f = 5p², w = 10p.
        let steep = Watched(Quadratic [| 10.0 |])

        let result =
            minimize
                "sgd 1.0 |> backtrackingWith (Backtracking(Decrease = 0.5, MaximumEvaluations = 2))"
                steep
                [| 1.0 |]
                (MinimizeOptions())

        Expect.equal (points steep) [ [ 1.0 ]; [ -9.0 ]; [ -4.0 ] ] "the start and two trials"

        Expect.equal (result.Reason, result.Steps, result.Evaluations) (Reason.LineSearchFailed, 1L, 3L) "counts"

        Expect.equal (result.Point, result.Value, result.GradientNorm) ([| 1.0 |], 5.0, 10.0) "the start's")

    testCase "a limit of evaluations: no update begins with it" (fun () ->
        let run (text: string) (limit: int64) =
            let watched = Watched bowl

            let result =
                minimize text watched [| 1.0 |] (MinimizeOptions(Evaluations = limit, Steps = 100L))

            Expect.equal (int64 watched.Points.Length) result.Evaluations "evaluations"
            result.Reason, result.Steps, result.Evaluations

        Expect.equal (run "sgd 0.5 |> wolfe" 5L) (Reason.LimitReached, 4L, 5L) "one each"
        // w = 3p: a = 1 goes to −2p, a = ½ to −p/2.
        let halving =
            "sgd 3.0 |> backtrackingWith (Backtracking(Decrease = 0.5, Increase = 2.0))"

        Expect.equal (run halving 5L) (Reason.LimitReached, 2L, 5L) "two each"
        Expect.equal (run halving 4L) (Reason.LimitReached, 2L, 5L) "the search under way ends"
        Expect.equal (run "sgd 0.5" 5L) (Reason.LimitReached, 5L, 6L) "and that of the result"
        range [ "Evaluations"; "1 ≤ value" ] (fun () -> MinimizeOptions(Evaluations = 0L)))

    testCase "where a constraint moves the point it is asked for" (fun () ->
        // Led back from 0.5 to 0.75, from 0.375 to 0.75, …
        let watched = Watched bowl

        let result =
            minimize "sgd 0.5 |> wolfe |> within 0.75 2.0" watched [| 1.0 |] (MinimizeOptions(Steps = 3L))

        Expect.equal (points watched) [ [ 1.0 ]; [ 0.5 ]; [ 0.75 ]; [ 0.375 ]; [ 0.75 ]; [ 0.375 ]; [ 0.75 ] ] "points"

        Expect.equal result.Evaluations 7L "evaluations")

    testCase "another objective, or other parameters, are asked for" (fun () ->
        let plan = plain "sgd 0.5 |> wolfe" 1
        let session = plan.Start(ReadOnlySpan [| 1.0 |])
        let one, other = Watched bowl, Watched(Quadratic [| 0.5 |])
        session.Step one |> ignore
        session.Step other |> ignore
        Expect.equal (points other) [ [ 0.5 ]; [ 0.375 ] ] "another objective"
        session.Step one |> ignore
        Expect.equal (points one) [ [ 1.0 ]; [ 0.5 ]; [ 0.375 ]; [ 0.1875 ] ] "it was not the last"
        plan.Step(plan.Init(ReadOnlySpan [| 1.0 |]), one) |> ignore
        Expect.equal (List.item 4 (points one)) [ 1.0 ] "other parameters")

    testCase "what is frozen is that of the state, from state to state" (fun () ->
        let layout = Layout.Empty.Add("w", 1).Add("k", 1)
        let plan = named "sgd 0.5 |> freeze \"k\" |> wolfe" layout

        for frozen in [ 3.0; 4.0 ] do
            let watched = Watched(Quadratic [| 1.0; 1.0 |])
            plan.Step(plan.Init(ReadOnlySpan [| 1.0; frozen |]), watched) |> ignore
            Expect.equal (points watched) [ [ 1.0; frozen ]; [ 0.5; frozen ] ] "points")

    testCase "a step that is reported on, or traced, is one of them" (fun () ->
        let session = (plain "sgd 0.5 |> wolfe" 1).Start(ReadOnlySpan [| 1.0 |])
        let watched = Watched bowl
        session.StepReported watched |> ignore
        session.Trace watched |> ignore
        session.Step watched |> ignore
        Expect.equal (points watched) [ for k in 0..3 -> [ 2.0 ** float -k ] ] "points")

    testCase "ranks that share mini-batches are refused, as mini-batches are" (fun () ->
        let sum =
            LeastSquares(Array2D.init 6 2 (fun i j -> float (i + j)), Array.init 6 float)

        argument [ "another function in every step" ] (fun () ->
            Minimizer.Minimize(
                Optimizer.Parse "sgd 0.1 |> wolfe",
                SharedObjective(Alone.Instance, MiniBatches(sum, 2)),
                ReadOnlySpan [| 0.0; 0.0 |]
            )))
]

let private equal = [
    for problem in MoreGarbowHillstrom.Problems ->
        testCase
            $"the same bits as without, and one evaluation less per update: {problem.Number} {problem.Objective.Name}"
            (fun () ->
                for text in searches do
                    let history, trials = asked text problem.Objective problem.Start 40

                    let options =
                        MinimizeOptions(Steps = 40L, DivergenceThreshold = infinity, KeepBest = false)

                    let result = minimize text problem.Objective problem.Start options
                    let steps = int result.Steps
                    Expect.equal result.Point (List.item (steps - 1) history) $"{text}: point"

                    if result.Reason = Reason.LimitReached then
                        Expect.equal result.Evaluations (1L + trials) $"{text}: evaluations"

                    let points = [
                        for point in
                            Seq.truncate
                                41
                                (Minimizer.Trace(Optimizer.Parse text, problem.Objective, ReadOnlySpan problem.Start)) ->
                            point.Point
                    ]

                    Expect.equal (List.tail points) (List.truncate (points.Length - 1) history) $"{text}: trace")
]

let private single =
    testCase "float32, the same" (fun () ->
        for text in searches do
            let f = Rosenbrock() :> IObjective
            let start = [| -1.2f; 1.0f |]
            let plan = (Optimizer.Parse text).Plan<float32>(Layout.Plain 2)
            let mutable state = plan.Init(ReadOnlySpan start)
            // Watched, too: what is asked in float32 computes in it.
            let watched = Watched f

            let result =
                Minimizer.Minimize(Optimizer.Parse text, watched, ReadOnlySpan start, MinimizeOptions(Steps = 15L))

            let mutable trials = 0L

            for _ in 1L .. result.Steps do
                let watched = Watched f
                state <- plan.Step(state, watched)
                trials <- trials + int64 watched.Points.Length - 1L

            Expect.equal result.Point (state.ToArray()) text
            Expect.equal result.Evaluations (1L + trials) text
            Expect.equal watched.Points.Length (int result.Evaluations) "asked")

let private resumed =
    testCase "a run that goes on asks once more for where it stands, and is the undisturbed one" (fun () ->
        let f, start = Rosenbrock() :> IObjective, [| -1.2; 1.0 |]

        let options folder =
            MinimizeOptions(
                Steps = 30L,
                Evaluations = 40L,
                GradientTolerance = 1e-9,
                Checkpoints = Checkpoints(folder, EverySteps = 4L, HandleSignals = false)
            )

        for text in searches do
            let whole =
                minimize text f start (MinimizeOptions(Steps = 30L, Evaluations = 40L, GradientTolerance = 1e-9))

            for at in 1..7..50 do
                inFolder (fun folder ->
                    let mutable count = 0

                    // The process ends at an evaluation; later it does not.
                    let dying (last: int) =
                        FunctionObjective(
                            2,
                            FunctionObjective.ValueAndGradient(fun p g ->
                                count <- count + 1

                                if count = last then
                                    raise (Disturbed.Stopped())

                                f.Evaluate(p, g))
                        )

                    try
                        minimize text (dying at) start (options folder) |> ignore
                    with :? Disturbed.Stopped ->
                        ()

                    count <- 0
                    let result = minimize text (dying -1) start (options folder)
                    Expect.equal result whole $"{text}, ended at {at}"

                    // From a file of the run it asks for less than the whole.
                    match result.Checkpoints with
                    | null -> failtest "no summary"
                    | summary ->
                        if summary.ResumedAt.GetValueOrDefault() > 0L then
                            Expect.isLessThan (int64 count) whole.Evaluations "evaluations of its own"))

[<Tests>]
let tests =
    testList "accepted point" [ testList "by hand" byHand; testList "bits" equal; single; resumed ]
