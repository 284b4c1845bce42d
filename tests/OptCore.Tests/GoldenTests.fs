module OptCore.Tests.GoldenTests

open System
open Expecto
open OptCore
open OptCore.Tests.Oracle
open OptDsl

let private problem (case: Golden.Case) (sequence: Golden.Sequence) = {
    Optimizer = Optimizer.Parse case.Optimizer
    Layout = Layout.Of sequence.Tensors
    Start = sequence.Initial
    Gradients = sequence.Gradients
    Losses =
        sequence.Losses
        |> Option.defaultValue (Array.create sequence.Gradients.Length nan)
    Curvature = 0.0
}

// All numbers of a trajectory that are not within the tolerance.
let private deviations tolerance (theirs: float[][]) (ours: float[][]) = [
    for t in 0 .. theirs.Length - 1 do
        for i in 0 .. theirs[t].Length - 1 do
            let allowed = tolerance * (1.0 + abs (theirs[t][i]))

            if not (abs (ours[t][i] - theirs[t][i]) <= allowed) then
                ({
                    Step = t
                    Index = i
                    Expected = theirs[t][i]
                    Actual = ours[t][i]
                    Allowed = allowed
                }
                : Checks.Apart)
]

// A case may list fewer steps than the sequence has.
let private cut (theirs: float[][]) problem = {
    problem with
        Gradients = Array.truncate theirs.Length problem.Gradients
        Losses = Array.truncate theirs.Length problem.Losses
}

let private inFloat64 case sequence theirs () =
    let problem = problem case sequence |> cut theirs
    let ours = (Runs.run<float> Execution.Default Pure problem).After

    deviations 1e-10 theirs ours
    |> List.tryHead
    |> Checks.demand case.Source problem

/// A sign of a moving average that is nearly 0 may turn in float32, and the coordinate then goes a step of full length the
/// other way, for good: its later values say nothing. So for sign-like rules each coordinate is followed up to its first
/// deviation, which must not be more than the two step lengths of one turned sign, and few coordinates may turn at all.
let private inFloat32 case sequence theirs () =
    let problem = problem case sequence |> cut theirs
    let ours = (Runs.run<float32> Execution.Default Pure problem).After |> Checks.widen
    let apart = deviations 1e-4 theirs ours

    if not (Checks.isSignLike problem.Optimizer) then
        apart |> List.tryHead |> Checks.demand case.Source problem
    else
        let turned =
            apart
            |> List.groupBy (fun apart -> apart.Index)
            |> List.map (fun (_, all) -> all |> List.minBy (fun apart -> apart.Step))

        let before (apart: Checks.Apart) =
            if apart.Step = 0 then
                problem.Start
            else
                theirs[apart.Step - 1]

        turned
        |> List.tryFind (fun (apart: Checks.Apart) ->
            let length = abs (apart.Expected - (before apart)[apart.Index])
            abs (apart.Actual - apart.Expected) > 2.01 * length + apart.Allowed)
        |> Checks.demand $"{case.Source}: more than a turned sign" problem

        if turned.Length * 10 > problem.Start.Length then
            List.tryHead turned
            |> Checks.demand $"{case.Source}: {turned.Length} coordinates turned" problem

let private bits case sequence theirs () =
    let problem = problem case sequence |> cut theirs
    Checks.sameBits<float> Runs.executions problem
    Checks.sameBits<float32> Runs.executions problem

let private oracle case sequence theirs () =
    let problem = problem case sequence |> cut theirs

    Checks.againstOracle Twins.vocabulary problem
    |> Checks.demand "the oracle" problem

let private rates (case: Golden.Case) (theirs: float[]) () =
    let plan = (Optimizer.Parse case.Optimizer).Plan(1)

    theirs
    |> Array.iteri (fun t expected ->
        let actual = plan.RateAt(int64 t)

        if not (abs (actual - expected) <= max 1e-15 (1e-12 * abs expected)) then
            failtestf "%s: η_%d of %s is %.17g, expected %.17g" case.Source t case.Optimizer actual expected)

let private testsOf (case: Golden.Case) =
    let name = $"{case.File} {case.Index}: {case.Optimizer}"

    match case.Expected with
    | Golden.Rates theirs -> testCase name (rates case theirs)
    | Golden.Parameters(sequence, theirs) ->
        testList $"{name} on {sequence.Name}" [
            testCase "float64" (inFloat64 case sequence theirs)
            testCase "float32" (inFloat32 case sequence theirs)
            testCase "same bits in every way" (bits case sequence theirs)
            testCase "as the oracle" (oracle case sequence theirs)
        ]

[<Tests>]
let tests =
    match Golden.folder () with
    | None ->
        testList "golden" [
            testCase "reference trajectories" (fun () ->
                skiptest
                    "there is no folder of reference trajectories: OPTDSL_GOLDEN names none, ../shared/golden is not there")
        ]
    | Some folder ->
        testList
            "golden"
            (try
                Golden.cases folder |> List.map testsOf
             with e -> [ testCase "the files can be read" (fun () -> failtestf "%s" (e.ToString())) ])
