module OptCore.Tests.MutantTests

open System
open Expecto
open OptCore
open OptCore.Kernels
open OptCore.Tests.Oracle
open OptDsl

// Magnitudes far apart, and near 1 where small terms show beside norms.
let private problems (optimizer: Optimizer) = [
    for decades in List.distinct [ Problems.decadesFor optimizer; 1; 0 ] do
        for seed in 1..3 do
            Problems.within decades optimizer (Problems.tensorsFor optimizer) 12 (6000 + seed)
]

/// The comparison of the oracle tests: the right twin passes it on every problem, without recourse to rounding; the mutant
/// fails on one, whatever rounding explains.
let private killedByTheOracle (mutant: Mutation.Mutant) () =
    let problems = problems mutant.Optimizer

    for problem in problems do
        Checks.againstOracle Twins.vocabulary problem
        |> Checks.demand "the right twin" problem

    if problems |> List.forall (Checks.beyondRounding mutant.Rules >> Option.isNone) then
        failtestf "%s: no comparison with the oracle notices it on %O" mutant.Name mutant.Optimizer

// The comparison of the golden tests, with an interpreter in the place of the implementation.
let private deviates rules (case: Golden.Case) =
    match case.Expected with
    | Golden.Rates _
    | Golden.Points _ -> false
    | Golden.Parameters(sequence, theirs, _) ->
        let problem = {
            Optimizer = Optimizer.Parse case.Optimizer
            Layout = Layout.Of sequence.Tensors
            Start = sequence.Initial
            Gradients = Array.truncate theirs.Length sequence.Gradients
            Losses = Array.create theirs.Length nan
            Curvature = 0.0
        }

        let _, ours = Runs.interpret rules problem

        Array.exists2
            (Array.exists2 (fun theirs ours -> not (abs (ours - theirs) <= 1e-10 * (1.0 + abs theirs))))
            theirs
            ours

// The first round's: later ones have no twins before they have words.
let private cases = lazy (Golden.cases Golden.repository.Head)

let private killedByGolden (mutant: Mutation.Mutant) () =
    if cases.Value |> List.forall (deviates mutant.Rules >> not) then
        failtestf "%s: no reference trajectory notices it" mutant.Name

let private theOracleItselfIsGolden () =
    for case in cases.Value do
        if deviates Twins.vocabulary case then
            failtestf "the oracle deviates from %s, case %d: %s" case.File case.Index case.Optimizer

// ------------------------------------------------------------------------------------------------------- roundings

// A float32 twin with another rounding somewhere: the comparison bit for bit must notice it.
let private roundings: (string * IStage * Roundings.Precision) list =
    let single = Roundings.single
    let r = single.Round

    let downwards x =
        let y = r x

        if abs y > abs x then
            float (MathF.CopySign(MathF.BitDecrement(abs (float32 y)), float32 y))
        else
            y

    [
        "two roundings for a fused multiply-add",
        Adam(),
        {
            single with
                Fma = fun a b c -> r (r (a * b) + c)
        }
        "rounds down", Momentum(0.9, Dampening = 0.2), { single with Round = downwards }
        "hyper-parameters in double",
        Ema 0.9,
        {
            Round = id
            Fma = fun a b c -> r (a * b + c)
        }
        "everything in double, rounded once", Lion(), Roundings.double
    ]

let private noticed (name, stage: IStage, precision) () =
    if not Hardware.HasFma then
        skiptest "this processor has no fused multiply-add"

    let narrow (xs: float[]) =
        xs |> Array.map (fun x -> float (float32 x))

    let optimizer = (Optimizer.Sgd 0.1).With(stage).With(WeightDecay 0.1)

    let killed =
        problems optimizer
        |> List.exists (fun problem ->
            let problem = {
                problem with
                    Start = narrow problem.Start
                    Gradients = Array.map narrow problem.Gradients
            }

            let actual =
                (Runs.run<float32> Execution.Default Pure problem).After |> Checks.widen

            let _, right = Runs.interpret (Twins.exactly Roundings.single) problem

            Checks.firstDifferent right actual
            |> Checks.demand "the right roundings" problem

            let _, wrong = Runs.interpret (Twins.exactly precision) problem
            (Checks.firstDifferent wrong actual).IsSome)

    if not killed then
        failtestf "%s: no comparison bit for bit notices it" name

[<Tests>]
let tests =
    testList "mutants" [
        testCase "there are at least twenty" (fun () -> Expect.isGreaterThan Mutants.all.Length 20 "mutants")
        testCase "the oracle agrees with the reference trajectories" theOracleItselfIsGolden
        testList "killed by the comparison with the oracle" [
            for mutant in Mutants.all do
                testCase mutant.Name (killedByTheOracle mutant)
        ]
        testList "killed by a reference trajectory too" [
            for mutant in Mutants.all do
                if mutant.Golden then
                    testCase mutant.Name (killedByGolden mutant)
        ]
        testList "killed by the comparison bit for bit" [
            for name, stage, precision in roundings do
                testCase name (noticed (name, stage, precision))
        ]
    ]
