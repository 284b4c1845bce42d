/// The symmetries that stages claim: who claims one has it on every value of the catalogue, and who does not claim it breaks it on
/// one of them. OptVerify's laws hold the first on more problems; this holds the second, too, so that no claim gets lost.
module OptCore.Tests.ClaimTests

open System
open Expecto
open OptCore
open Catalogue

let private matrices = Layout.Empty.Add("w", 3, 4).Add("v", 4, 2)
let private scalar = Layout.Empty.Add("w", 1)
let private size = int matrices.Length

let private numbers (seed: int) =
    let random = Random seed
    Array.init size (fun _ -> 4.0 * random.NextDouble() - 2.0)

let private start = numbers 99

let private gradients seed =
    Array.init 6 (fun step -> numbers (10 * seed + step))

let private runOn (layout: Layout) (optimizer: Optimizer) (start: float[]) (gradients: float[][]) =
    let plan = optimizer.Plan<float> layout
    let mutable state = plan.Init start

    for gradient in gradients do
        state <- plan.Step(state, gradient, 1.0, atPoint = true)

    state.ToArray()

let private run = runOn matrices
let private bits = Array.map BitConverter.DoubleToInt64Bits

let private elementwise optimizer seed =
    let gradients = gradients seed
    let whole = run optimizer start gradients

    let alone i =
        runOn scalar optimizer [| start[i] |] (gradients |> Array.map (fun gradient -> [| gradient[i] |]))

    try
        Seq.forall (fun i -> bits (alone i) = bits [| whole[i] |]) (seq { 0 .. size - 1 })
    with :? ArgumentException ->
        // It wants matrices.
        false

let private rotations optimizer seed =
    // The mirror across v, far from every axis and over both tensors: 6 steps of some 20 roundings each.
    let v = numbers 5
    let square = Array.sumBy (fun x -> x * x) v

    let turn (x: float[]) =
        let along = 2.0 * Array.fold2 (fun sum a b -> sum + a * b) 0.0 v x / square
        Array.map2 (fun x v -> x - along * v) x v

    let gradients = gradients seed

    Array.forall2
        (fun a b -> abs (a - b) <= 1e-9 * (1.0 + abs a))
        (turn (run optimizer start gradients))
        (run optimizer (turn start) (Array.map turn gradients))

let private restsAtZero optimizer (_: int) =
    bits (run optimizer start (Array.init 6 (fun _ -> Array.zeroCreate size))) = bits start

let private scaleFree optimizer seed =
    let gradients = gradients seed

    [ -20; 12 ]
    |> List.forall (fun k ->
        let scaled = gradients |> Array.map (Array.map (fun x -> Math.ScaleB(x, k)))
        bits (run optimizer start scaled) = bits (run optimizer start gradients))

// Not claimed, and not broken by finite gradients, a constant loss, one bound for all: what breaks it is not here. Nor do averages of
// the parameters claim that they turn with them.
let private unclaimed =
    Map [
        "Elementwise", [ "ZeroNans"; "Accumulate"; "SkipNonFinite"; "Sam"; "Plateau"; "Bounds" ]
        "Rotations",
        [
            "ZeroNans"
            "Accumulate"
            "SkipNonFinite"
            "Plateau"
            "Mechanic"
            "Lookahead"
            "ParameterEma"
            "PolyakAverage"
            "PolynomialAverage"
            "TargetUpdate"
            "ScheduleFree"
        ]
        "RestsAtZero", [ "Plateau" ]
        "ScaleFree", [ "RProp" ]
    ]

[<Tests>]
let tests =
    testList "claims" [
        for flag, holds in
            [
                StageTraits.Elementwise, elementwise
                StageTraits.Rotations, rotations
                StageTraits.RestsAtZero, restsAtZero
                StageTraits.ScaleFree, scaleFree
            ] do
            testList $"{flag}" [
                for row in Stages.rows do
                    testCase row.Word (fun () ->
                        // Behind a stage without the symmetry nothing can be said.
                        let judged =
                            row.Values
                            |> List.filter (fun specimen -> specimen.Before |> List.forall _.Has(flag))
                            |> List.map (fun specimen ->
                                let optimizer =
                                    specimen.Before @ [ specimen.Stage ]
                                    |> List.fold
                                        (fun (optimizer: Optimizer) stage -> optimizer.With stage)
                                        (Optimizer.Sgd 0.5)

                                specimen.Stage, specimen.Stage.Has flag, List.forall (holds optimizer) [ 1; 2; 3 ])

                        for stage, claims, holds in judged do
                            if claims && not holds then
                                failtestf "%O claims it, and breaks it" stage

                        let silent =
                            judged <> []
                            && judged |> List.forall (fun (_, claims, holds) -> not claims && holds)

                        Expect.equal
                            silent
                            (List.contains row.Record.Name unclaimed[string flag])
                            "has it without claiming it")
            ]
    ]
