/// Comparisons that name the step and the index, and print the problem.
module OptCore.Tests.Oracle.Checks

open System
open System.Reflection
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
    | :? AcProp -> 1e2
    // z is a sum of terms q(n)p that cancel but for the step.
    | :? Ftrl -> 1e2
    // v̂ − b̂² is 0 at the first step and nothing but rounding errors are left: the quotient may be any number. Such runs
    // are compared with the twin that has the same roundings.
    | :? RmsProp as a when a.Centered && a.BiasCorrection -> 1e300
    // v − b² loses digits where the gradient is near its mean.
    | :? RmsProp as a when a.Centered -> 1e3
    // Errors of eigenvalues are roundings of the largest one, which gradients of 1e3 make 1e6 and more of those that are left, and the
    // inverse root is of the smallest.
    | :? Shampoo as a when a.MaximumSize > 0 -> 1e6
    // The same, but for quotients near 1; Newton–Schulz steps multiply small singular values.
    | :? Soap
    | :? GaLore -> 1e2
    | :? Orthogonalize -> 1e1
    // Differences of products of everything with everything, which cancel.
    | :? Momo
    | :? MomoAdam
    | :? Prodigy
    | :? DAdapt
    | :? Mechanic -> 1e3
    // Inner products of nearly orthogonal vectors are divided by.
    | :? Lbfgs
    | :? LbfgsB -> 1e6
    | :? ConjugateGradient -> 1e3
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
        | :? Langevin
        | :? Simplex
        | :? L1Ball
        | :? Halfspace
        | :? Hyperplane
        | :? Accumulate
        | :? Orthogonalize
        | :? Shampoo
        | :? Soap
        | :? GaLore
        | :? Momo
        | :? MomoAdam
        | :? Prodigy
        | :? DAdapt
        | :? Mechanic
        | :? Hypergradient
        | :? Lbfgs
        | :? LbfgsB
        | :? ConjugateGradient -> true
        | _ -> false)

/// The first number that is further from another run's than is allowed. An error may be as large as `tolerance` times the
/// largest number that the parameter has been (with mixing stages: that any parameter has been), times the number of steps,
/// and `beyond` it by so much.
let private firstBeyond
    (beyond: int -> int -> float)
    tolerance
    mixing
    (start: float[])
    (expected: float[][])
    (actual: float[][])
    =
    let reach = Array.map abs start

    seq {
        for t in 0 .. expected.Length - 1 do
            for i in 0 .. start.Length - 1 do
                if Double.IsFinite(expected[t][i]) then
                    reach[i] <- max reach[i] (abs (expected[t][i]))

            let all = if mixing then Array.fold max 1.0 reach else 0.0

            for i in 0 .. start.Length - 1 do
                let e, a = expected[t][i], actual[t][i]
                let allowed = tolerance * float (t + 1) * max reach[i] all + beyond t i
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

/// Compares the parameters after every gradient. An error may be as large as `tolerance` times the largest number that the
/// parameter has been (with mixing stages: that any parameter has been), times the number of steps.
let firstApart tolerance mixing start expected actual =
    firstBeyond (fun _ _ -> 0.0) tolerance mixing start expected actual

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

// What is compared: the parameters after every gradient; then each average, as it stands at the end, on its elements.
let private rows (length: int) (after: float[][]) averages = [|
    yield! after

    for elements, kept: float[] in averages do
        let row = Array.zeroCreate length
        Array.iter2 (fun i x -> row[i] <- x) elements kept
        row
|]

let private oracleRows rules problem =
    let interpreter, after = Runs.interpret rules problem

    let averages =
        interpreter.Averages
        |> List.map (fun (elements, average) -> elements, elements |> Array.map (Array.get average))

    List.map fst averages, rows problem.Start.Length after averages

// The same with every number of the problem, every update that a stage hands on and every step in another fourteenth digit,
// and every parameter that a stage sets in the fourteenth digit of the largest that it has been.
let private disturbedRows rules problem seed =
    let random = Random(seed: int)

    let near size x =
        x + 1e-14 * size * float (random.Next 3 - 1)

    let nudge x = near x x

    let disturbed (stage: IStage) (site: Site) =
        match rules.Twin stage site with
        | Rule rule ->
            let reach = Array.map abs site.Start

            Rule(fun moment ->
                let before, set = Array.copy moment.Parameters, Array.copy moment.Sets
                rule moment

                each site.Elements (fun i ->
                    let p = moment.Parameters[i]
                    reach[i] <- max reach[i] (abs p)
                    moment.Parameters[i] <- if p = before[i] then p else near reach[i] p

                    // What a direction sets is a number of the parameter's size, also where its update is a small difference.
                    let u = moment.Update[i]

                    let size =
                        if moment.Sets[i] && not set[i] then
                            max reach[i] (abs u)
                        else
                            u

                    moment.Update[i] <- near size u))
        | twin -> twin

    let rules = {
        rules with
            Twin = disturbed
            Descend = fun eta u p -> rules.Descend (nudge eta) u p
    }

    let problem = {
        problem with
            Start = problem.Start |> Array.map nudge
            Gradients = problem.Gradients |> Array.map (Array.map nudge)
    }

    snd (oracleRows rules problem)

/// By how much the equations' results change when the numbers in them change in the fourteenth digit: the largest change of
/// sixty trials. (A trial turns the sign of a difference that is 0 in one of three cases at least: (2/3)^60 are missed.)
let private sensitivity rules problem (plain: float[][]) =
    let change (x: float) (y: float) =
        if x = y || (Double.IsNaN x && Double.IsNaN y) then 0.0
        elif Double.IsFinite x && Double.IsFinite y then abs (x - y)
        else infinity

    let larger changes other =
        Array.map2 (Array.map2 max) changes (Array.map2 (Array.map2 change) plain other)

    let none = plain |> Array.map (Array.map (fun _ -> 0.0))
    [ 1..60 ] |> List.map (disturbedRows rules problem) |> List.fold larger none

// The equations' numbers, and where the implementation's are apart from them by more than the tolerance and by so much more.
let private compared rules problem =
    let trace = Runs.run<float> Execution.Default Pure problem
    let elements, expected = oracleRows rules problem

    let averages =
        stages problem.Optimizer
        |> List.choose (function
            | :? IAverage as stage ->
                stage.GetType().GetCustomAttribute<WordAttribute>()
                |> Option.ofObj
                |> Option.map (fun word -> $"{word.Name}.{stage.AverageSlot}")
            | _ -> None)

    // A stage's only slot has the name of the stage.
    let kept =
        trace.Last.SlotNames
        |> Seq.filter (fun name ->
            name.Contains "verage" && not (name.EndsWith ".active")
            || ".target" :: averages |> List.exists (fun slot -> name.EndsWith slot))
        |> Seq.map (fun name -> trace.Last.Slot name)
        |> List.ofSeq

    let actual = rows problem.Start.Length trace.After (List.zip elements kept)

    let amplified =
        stages problem.Optimizer |> List.map amplification |> List.fold (*) 1.0

    let apart beyond =
        firstBeyond beyond (tolerance * amplified) (isMixing problem.Optimizer) problem.Start expected actual

    expected, apart

/// The implementation in float64 against an interpreter: the first number that is apart by more than the tolerance.
let againstOracle rules problem =
    let _, apart = compared rules problem
    apart (fun _ _ -> 0.0)

/// The same for problems that nobody has looked at: the first number that is apart by more than the tolerance and than
/// rounding errors explain, which are less than a fourteenth digit of what the stages hand on. Where such errors change even
/// the eighth digit of a result (the sign or the norm of a difference of equal numbers, or of parameters that are a sum of
/// rates which cancel) no rounding of it is more right than another and nothing is compared.
let beyondRounding rules problem =
    let expected, apart = compared rules problem

    match apart (fun _ _ -> 0.0) with
    | None -> None
    | Some _ ->
        let sensitive = sensitivity rules problem expected
        let changed = Array.map2 (Array.map2 (+)) expected sensitive

        match firstApart 1e-8 (isMixing problem.Optimizer) problem.Start expected changed with
        | Some _ -> None
        | None -> apart (fun t i -> sensitive[t][i])

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
    // A guard that gives up gives up in every way, at the same step for the same element.
    let attempt execution way =
        try
            Ok(Runs.run<'T> execution way problem)
        with :? NonFiniteGradientException as gaveUp ->
            Error gaveUp.Message

    let one = attempt Execution.Default Pure

    let wide (run: 'T[][]) =
        run |> Array.map (Array.map Double.CreateTruncating)

    let compare what (other: Result<Runs.Trace<'T>, string>) =
        match one, other with
        | Ok one, Ok other ->
            firstDifferent (wide one.After) (wide other.After)
            |> demand $"{what} and a pure step differ in {typeof<'T>.Name}" problem

            if not (one.Last.Equals other.Last) then
                Expecto.Tests.failtestf
                    "%s and pure steps end in different slots in %s%s"
                    what
                    typeof<'T>.Name
                    problem.Text
        | Error expected, Error actual when expected = actual -> ()
        | Error gaveUp, _
        | _, Error gaveUp -> Expecto.Tests.failtestf "%s or pure steps alone: %s%s" what gaveUp problem.Text

    for way in [ Reuse; ReuseOlder; InPlace ] do
        compare $"%A{way}" (attempt Execution.Default way)

    for execution in executions do
        compare (string execution) (attempt execution Pure)
