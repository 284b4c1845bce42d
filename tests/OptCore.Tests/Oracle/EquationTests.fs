/// Every schedule and every stage follows its equations, rounded ones bit for bit.
module OptCore.Tests.Oracle.EquationTests

open Expecto
open FsCheck.FSharp
open OptCore
open OptCore.Tests.Oracle.Sweeps

let private property name (specimen: Specimens.Specimen) (check: Problem -> unit) =
    testPropertyWithConfig
        {
            FsCheckConfig.defaultConfig with
                maxTest = 20
        }
        name
        (Prop.forAll (Problems.arbitrary specimen.Optimizer) check)

let private ofEveryLength check (specimen: Specimens.Specimen) =
    for length in lengthsOf specimen do
        check (Problems.fixed' specimen.Optimizer (layoutFor specimen length) 3 (1000 + length))

let private isRounded (specimen: Specimens.Specimen) =
    Checks.stages specimen.Optimizer |> List.forall Twins.isRounded

let private bitForBit problem =
    let narrow (xs: float[]) =
        xs |> Array.map (fun x -> float (float32 x))

    let small = {
        problem with
            Start = narrow problem.Start
            Gradients = Array.map narrow problem.Gradients
    }

    let compare precision (actual: float[][]) (problem: Problem) name =
        let _, expected = Runs.interpret (Twins.exactly precision) problem

        Checks.firstDifferent expected actual
        |> Checks.demand $"the {name} twin" problem

    compare Roundings.double (Runs.run<float> Execution.Default Pure problem).After problem "float64"
    compare Roundings.single (Checks.widen (Runs.run<float32> Execution.Default Pure small).After) small "float32"

let private scheduled =
    Specimens.schedules
    |> List.map (fun schedule ->
        testCase (string schedule) (fun () ->
            let plan = ((Optimizer.Sgd 0.1).With schedule).Plan 1

            for t in Seq.append [ 0L .. 40L ] [ 1000L; 100000L ] do
                let expected = 0.1 * Schedules.at schedule t
                let actual = plan.RateAt t

                // cos and pow of the twins have arguments rounded in another order; near a zero of a schedule that is an
                // absolute error.
                if not (abs (actual - expected) <= 1e-15 + 1e-12 * abs expected) then
                    failtestf "η_%d of sgd 0.1 |> %O: %.17g, expected %.17g" t schedule actual expected))

let private everyStageHasATwin () =
    let stages =
        typeof<Optimizer>.Assembly.GetExportedTypes()
        |> Array.filter (fun t -> typeof<IStage>.IsAssignableFrom t && not t.IsAbstract)
        // Those that ask the objective have tests of their own.
        |> Array.filter (fun t -> Catalogue.Stages.asking |> List.forall (fun row -> row.Record <> t))
        |> Array.map _.Name

    Expect.isGreaterThan stages.Length 40 "stages of the assembly"

    let shown =
        Specimens.all
        |> List.map (fun specimen -> specimen.Stage.GetType().Name)
        |> Set.ofList

    Expect.equal (stages |> Array.filter (Twins.rows.ContainsKey >> not)) [||] "stages without a twin"
    Expect.equal (stages |> Array.filter (shown.Contains >> not)) [||] "stages without a specimen"

let private everyStageHasItsPhase () =
    for specimen in Specimens.all do
        Expect.equal specimen.Stage.Phase (fst Twins.rows[specimen.Stage.GetType().Name]) specimen.Name

[<Tests>]
let tests =
    testList "oracle" [
        testCase "every stage has a twin and a specimen" everyStageHasATwin
        testCase "every stage has its phase" everyStageHasItsPhase
        testList "schedules" scheduled
        testList "follows the equations" [
            for specimen in Specimens.all do
                property specimen.Name specimen (against Twins.vocabulary "the oracle")
        ]
        testList
            "follows the equations at every length"
            (specimens (ofEveryLength (against Twins.vocabulary "the oracle")))
        testList "bit for bit, float64 and float32" [
            for specimen in Specimens.all |> List.filter isRounded do
                property specimen.Name specimen bitForBit
        ]
        testList
            "bit for bit at every length"
            (specimens (fun specimen ->
                if isRounded specimen then
                    ofEveryLength bitForBit specimen))
    ]
