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

            let bothNaN = Double.IsNaN(ours[t][i]) && Double.IsNaN(theirs[t][i])

            if not bothNaN && not (abs (ours[t][i] - theirs[t][i]) <= allowed) then
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

// All of them: what a step does does not depend on who does it.
let private executions = [
    yield! Runs.executions
    for threads in [ 1; 2 ] do
        Execution(Threads = threads)
]

let private bits case sequence theirs () =
    let problem = problem case sequence |> cut theirs
    Checks.sameBits<float> executions problem
    Checks.sameBits<float32> executions problem

// ------------------------------------------------------------------------------------------------- averages, points

// `average`, `polyakAverage#2`, `partition[w.*].scheduleFree.x`: the last name without its number.
let private ownName (slot: string) =
    let behindPattern = slot.Substring(slot.LastIndexOf ']' + 1)
    let last = behindPattern.Substring(behindPattern.LastIndexOf '.' + 1)
    last.Split('#')[0]

/// The slot that keeps an average, x of `scheduleFree` or a target: what a stage declares (`IAverage`), or what its name says.
let averageSlot (optimizer: Optimizer) (names: seq<string>) =
    let declared =
        Checks.stages optimizer
        |> List.choose (function
            | :? IAverage as stage -> Some stage.AverageSlot
            | _ -> None)

    let kept =
        names
        |> Seq.filter (fun slot ->
            let own = ownName slot

            List.contains own ("x" :: "target" :: declared)
            || own.EndsWith("average", StringComparison.OrdinalIgnoreCase))
        |> List.ofSeq

    match kept with
    | [ slot ] -> slot
    | _ -> failtestf "expected one slot that keeps an average, found %A among %A" kept (List.ofSeq names)

let private averages case sequence (theirs: float[][]) () =
    let problem = problem case sequence |> cut theirs

    // As the state has it after each gradient: a run of so many.
    let ours =
        Array.init theirs.Length (fun t ->
            let last = (Runs.run<float> Execution.Default Pure (cut theirs[..t] problem)).Last
            last.Slot(averageSlot problem.Optimizer last.SlotNames))

    deviations 1e-10 theirs ours
    |> List.tryHead
    |> Checks.demand $"{case.Source}: averaged" problem

let private walk execution (case: Golden.Case) objective (initial: float[]) count =
    let plan =
        (Optimizer.Parse case.Optimizer).Plan<float>(Layout.Plain initial.Length, execution)

    Minimizer.Trace(plan, Functions.objective initial.Length objective, initial)
    |> Seq.truncate (count + 1)
    |> Seq.map _.State
    |> Array.ofSeq

/// A run that asks the objective itself, for as many values and gradients as the optimizer wants.
let private points (case: Golden.Case) objective initial (theirs: float[][]) (values: float[]) () =
    let states = walk Execution.Default case objective initial theirs.Length
    Expect.hasLength states (theirs.Length + 1) "updates"
    let ours = states |> Array.tail |> Array.map _.ToArray()
    let f = Functions.find objective
    let there = ours |> Array.map (fun x -> f x (Array.zeroCreate x.Length))

    for what, theirs, ours in
        [
            "points", theirs, ours
            "values", Array.map Array.singleton values, Array.map Array.singleton there
        ] do
        match deviations 1e-10 theirs ours with
        | [] -> ()
        | apart :: _ ->
            failtestf
                "%s: %s of %s on %s after update %d, index %d: %.17g, expected %.17g"
                case.Source
                what
                case.Optimizer
                objective.Function
                (apart.Step + 1)
                apart.Index
                apart.Actual
                apart.Expected

let private pointBits (case: Golden.Case) objective initial (theirs: float[][]) () =
    let count = theirs.Length
    let ours = walk Execution.Default case objective initial count

    for execution in executions do
        Array.iter2
            (fun (one: State<float>) (other: State<float>) ->
                Expect.equal (other.ToArray()) (one.ToArray()) $"{case.Optimizer} under {execution}")
            ours
            (walk execution case objective initial count)

    // Resumed in the middle, from a state that the run has left behind.
    let half = ours.Length / 2

    Minimizer.Trace(ours[half], Functions.objective initial.Length objective)
    |> Seq.truncate (ours.Length - half)
    |> Seq.iteri (fun i point ->
        Expect.equal (point.State.ToArray()) (ours[half + i].ToArray()) $"{case.Optimizer}, resumed")

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

let private testsOf (folder: Golden.Folder) (case: Golden.Case) =
    let name = $"{case.File} {case.Index}: {case.Optimizer}"

    match case.Expected with
    | Golden.Rates theirs -> testCase name (rates case theirs)
    | Golden.Points(objective, initial, theirs, values) ->
        testList $"{name} on {objective.Function}" [
            testCase "float64" (points case objective initial theirs values)
            testCase "same bits in every way" (pointBits case objective initial theirs)
        ]
    | Golden.Parameters(sequence, theirs, averaged) ->
        testList $"{name} on {sequence.Name}" [
            testCase "float64" (inFloat64 case sequence theirs)
            testCase "same bits in every way" (bits case sequence theirs)
            match averaged with
            | Some averaged -> testCase "the average" (averages case sequence averaged)
            | None -> ()
            // The bounds of float32 are those of the first round's rules; the references say nothing of it.
            if folder.Name = Golden.repository.Head.Name then
                testCase "float32" (inFloat32 case sequence theirs)
                testCase "as the oracle" (oracle case sequence theirs)
        ]

[<Tests>]
let tests =
    testList
        "golden"
        (try
            [
                for folder in Golden.folders () do
                    testList folder.Name (Golden.cases folder |> List.map (testsOf folder))
            ]
         with e -> [ testCase "the files can be read" (fun () -> failtestf "%s" (e.ToString())) ])
