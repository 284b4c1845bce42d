/// Comparisons that name the step and the index, and print the problem.
module OptCore.Tests.Oracle.Checks

open System
open OptCore

/// The first place where two runs differ by more than is allowed.
type Apart = {
    Step: int
    Index: int
    Expected: float
    Actual: float
    Allowed: float
}

/// By how much the equation of a stage amplifies rounding errors, beyond a few units in the last place.
let amplification (stage: IStage) =
    match stage with
    // ρ is what two numbers near ρ∞ leave, 1999 at β2 = 0.999, and 1 − β2^k ≈ k/1000 has lost three digits before.
    | :? RAdam as a when a.Beta2 > 0.99 -> 1e6
    | :? RAdam -> 1e2
    // u − m loses digits where the gradient is near its mean.
    | :? AdaBelief -> 1e2
    // v̂ − b̂² is 0 at the first step and nothing but rounding errors are left: the quotient may be any number. Such runs
    // are compared with the twin that has the same roundings.
    | :? RmsProp as a when a.Centered && a.BiasCorrection -> 1e300
    // v − b² loses digits where the gradient is near its mean.
    | :? RmsProp as a when a.Centered -> 1e3
    | _ -> 1.0

let rec private stagesOf (optimizer: Optimizer) : IStage list = [
    for part in optimizer.Parts do
        yield! stagesOf part.Optimizer
    match optimizer.FlowStages with
    | null -> ()
    | flow -> yield! flow
    for placed in optimizer.Stages do
        placed.Stage
]

/// Every stage of an optimizer, those of its parts and of its flow included.
let stages optimizer = stagesOf optimizer

/// Whether an optimizer has a stage that decides by a sign or a comparison, where a rounding may turn the decision.
let isSignLike optimizer =
    stages optimizer
    |> List.exists (function
        | :? Sign
        | :? Lion
        | :? RProp -> true
        | _ -> false)

/// Whether a parameter's error depends on the magnitude of others.
let isMixing optimizer =
    stages optimizer
    |> List.exists (function
        | :? Centralize
        | :? Noise
        | :? Simplex
        | :? L1Ball
        | :? Accumulate -> true
        | _ -> false)

/// Compares the parameters after every gradient. An error may be as large as `tolerance` times the largest number that the
/// parameter has been (with mixing stages: that any parameter has been), times the number of steps.
let firstApart tolerance mixing (start: float[]) (expected: float[][]) (actual: float[][]) =
    let reach = Array.map abs start

    seq {
        for t in 0 .. expected.Length - 1 do
            for i in 0 .. start.Length - 1 do
                if Double.IsFinite(expected[t][i]) then
                    reach[i] <- max reach[i] (abs (expected[t][i]))

            let all = if mixing then Array.fold max 1.0 reach else 0.0

            for i in 0 .. start.Length - 1 do
                let e, a = expected[t][i], actual[t][i]
                let allowed = tolerance * float (t + 1) * max reach[i] all
                let same = e = a || (Double.IsNaN e && Double.IsNaN a)

                if not same && not (abs (e - a) <= allowed) then
                    {
                        Step = t
                        Index = i
                        Expected = e
                        Actual = a
                        Allowed = allowed
                    }
    }
    |> Seq.tryHead

let private show (x: float) =
    x.ToString("R", Globalization.CultureInfo.InvariantCulture)

/// Fails where two runs are apart.
let demand what (problem: Problem) (apart: Apart option) =
    match apart with
    | None -> ()
    | Some apart ->
        Expecto.Tests.failtestf
            "%s\n  step %d, index %d\n  expected: %s\n  actual:   %s\n  apart:    %s, allowed %s%s"
            what
            apart.Step
            apart.Index
            (show apart.Expected)
            (show apart.Actual)
            (show (abs (apart.Expected - apart.Actual)))
            (show apart.Allowed)
            problem.Text

/// The first place where bits differ.
let firstDifferent (expected: float[][]) (actual: float[][]) =
    seq {
        for t in 0 .. expected.Length - 1 do
            for i in 0 .. expected[t].Length - 1 do
                let e, a = expected[t][i], actual[t][i]

                if BitConverter.DoubleToInt64Bits e <> BitConverter.DoubleToInt64Bits a then
                    {
                        Step = t
                        Index = i
                        Expected = e
                        Actual = a
                        Allowed = 0.0
                    }
    }
    |> Seq.tryHead

/// The numbers of a float32 run, exactly.
let widen (run: float32[][]) = run |> Array.map (Array.map float)

/// 1e-13 is 450 units in the last place of the largest number a parameter has been: a step of a twin has about ten
/// roundings, in another order and without the fused ones of the kernels, and the powers β^k, which are running products
/// there, are k roundings off. Measured: below 40 units.
let tolerance = 1e-13

/// The implementation in float64 against an interpreter.
let againstOracle rules problem =
    let interpreter, expected = Runs.interpret rules problem
    let trace = Runs.run<float> Execution.Default Pure problem

    let amplified =
        stages problem.Optimizer
        |> List.fold (fun factor stage -> factor * amplification stage) 1.0

    let mixing = isMixing problem.Optimizer

    let apart =
        firstApart (tolerance * amplified) mixing problem.Start expected trace.After

    match apart with
    | Some _ -> apart
    | None ->
        // The averages in the state, as they stand at the end; their errors are those of the parameters they are made of.
        let names =
            trace.Last.SlotNames
            |> Seq.filter (fun name -> name.Contains "verage")
            |> List.ofSeq

        let reach i =
            expected
            |> Array.fold (fun reach p -> max reach (abs p[i])) (abs problem.Start[i])

        let steps = float problem.Gradients.Length

        List.zip names interpreter.Averages
        |> List.tryPick (fun (name, (elements, average)) ->
            let start = elements |> Array.map reach
            let expected = elements |> Array.map (fun i -> average[i])
            firstApart (tolerance * amplified * steps) mixing start [| expected |] [| trace.Last.Slot name |])

/// Whether the equations themselves, in exact numbers, give about the same for inputs and rates that differ in the
/// fourteenth digit, and for one rounding less in the step. Where a stage takes the sign or the norm of a difference of equal
/// numbers (or of parameters that are a sum of rates, which cancel), they do not, and no rounding of the result is more right
/// than another.
let isWellPosed rules problem =
    let _, plain = Runs.interpret rules problem

    let steady seed =
        let random = Random(seed: int)

        let nudge x =
            x * (1.0 + 1e-14 * float (random.Next 3 - 1))

        let nudged = {
            problem with
                Start = problem.Start |> Array.map nudge
                Gradients = problem.Gradients |> Array.map (Array.map nudge)
        }

        let fused = {
            rules with
                Descend = fun eta u p -> Math.FusedMultiplyAdd(nudge -eta, u, p)
        }

        let _, other = Runs.interpret fused nudged
        (firstApart 1e-8 (isMixing problem.Optimizer) problem.Start plain other).IsNone

    // A nudge turns the sign of a difference that is 0 in one of three cases at least: (2/3)^60 of such problems pass.
    List.forall steady [ 1..60 ]

/// All ways of running must give the same bits, states included; old states must stay as they are.
let inline sameBits<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
    (executions: Execution list)
    (problem: Problem)
    =
    let one = Runs.run<'T> Execution.Default Pure problem

    let compare what (other: Runs.Trace<'T>) =
        let wide (run: 'T[][]) =
            run |> Array.map (Array.map Double.CreateTruncating)

        firstDifferent (wide one.After) (wide other.After)
        |> demand $"{what} and a pure step differ in {typeof<'T>.Name}" problem

        if not (one.Last.Equals other.Last) then
            Expecto.Tests.failtestf "%s and pure steps end in different slots in %s%s" what typeof<'T>.Name problem.Text

    for way in [ Reuse; ReuseOlder; InPlace ] do
        compare $"%A{way}" (Runs.run<'T> Execution.Default way problem)

    for execution in executions do
        compare (string execution) (Runs.run<'T> execution Pure problem)
