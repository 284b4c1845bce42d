/// Where the objective is asked for curvature, how often, and what comes of it.
module OptCore.Tests.CurvatureEstimateTests

open System
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptModels
open OptCore.Tests.CornerCases.Steps

// h = ĥ, and nothing moves.
let private looking = "sophiaWith (Sophia(Beta1 = 0.0, Beta2 = 0.0)) 0.0"

/// ½ Σ a_i p_i² as a function alone, which knows no products.
let private bowl (a: float[]) =
    FunctionObjective(
        a.Length,
        FunctionObjective.ValueAndGradient(fun p g ->
            let mutable value = 0.0

            for i in 0 .. a.Length - 1 do
                g[i] <- a[i] * p[i]
                value <- value + 0.5 * a[i] * p[i] * p[i]

            value)
    )

let private unit' = Math.Cbrt(Math.ScaleB(1.0, -53))

[<Tests>]
let tests =
    testList "line searches" [
        testList "curvature" [
            testCase "differences to both sides, ∛ε of the largest parameter apart, at least of 1" (fun () ->
                for start, largest in
                    [
                        [ 0.0; 0.0; 0.0 ], 1.0
                        [ 0.5; -0.25; 0.0 ], 1.0
                        [ 0.0; -8.0; 4.0 ], 8.0
                        [ 2.0; 1.0; 4.0 ], 4.0
                    ] do
                    let watched = Watched(bowl [| 1.0; 2.0; 4.0 |])
                    let plan = plain looking 3
                    let next = plan.Step(init plan start, watched)
                    let delta = unit' * largest

                    match List.rev watched.Points with
                    | [ at; one; other ] ->
                        Expect.equal (List.ofArray at) start "the gradient"

                        for i in 0..2 do
                            let z = if one[i] > start[i] then 1.0 else -1.0

                            Expect.equal
                                (one[i], other[i])
                                (start[i] + delta * z, start[i] - delta * z)
                                $"{start}, {i}"
                    | points -> failtestf "asked at %A" points

                    if List.forall (fun p -> p = 0.0) start then
                        // Without rounding: (aδz − −aδz)/2δ.
                        Expect.equal (next.Slot "sophia.h") [| 1.0; 2.0; 4.0 |] "the diagonal")

            testCase "the largest parameter is one of those that the stage acts on" (fun () ->
                let watched = Watched(bowl [| 1.0; 2.0 |])

                let plan = named $"{looking} |> freeze \"k\"" (layout [ "k", 1; "w", 1 ])

                plan.Step(init plan [ 64.0; 0.0 ], watched) |> ignore

                Expect.equal
                    (watched.Points |> List.take 2 |> List.map (fun p -> p[0], abs p[1]))
                    [ 64.0, unit'; 64.0, unit' ]
                    "the frozen one stays")

            testCase "an objective that knows products is asked for one" (fun () ->
                for f, evaluations in [ Quadratic [| 2.0; 4.0 |] :> IObjective, 1L; bowl [| 2.0; 4.0 |], 2L ] do
                    let run every =
                        (Minimizer.Minimize(
                            read $"sophiaWith (Sophia(Every = {every})) 0.01",
                            f,
                            ReadOnlySpan [| 1.0; 1.0 |],
                            MinimizeOptions(Steps = 6L)
                        ))
                            .Evaluations

                    // Six gradients and the result's.
                    Expect.equal (run 1) (7L + 6L * evaluations) "in every step"
                    Expect.equal (run 4) (7L + 2L * evaluations) "in steps 0 and 4")

            testCase "where there are no parameters none is needed" (fun () ->
                let plan = named "sophia 0.1" Layout.Empty
                let state = plan.Step(plan.Init(vector []), vector [])
                Expect.equal state.Step 1L "a step on a gradient alone"
                let session = plan.Start(vector [])
                Expect.equal (session.Step(vector [])) StepOutcome.Updated "in place")

            testCase "a value that is not finite is looked for with the estimate of the step" (fun () ->
                // First ĥ = 2^996 at a gradient of 0, then a gradient of 1e200 whose differences vanish: u = 1e200, at a rate of 1e200.
                let f (slope: float) (constant: float) =
                    FunctionObjective(
                        1,
                        FunctionObjective.ValueAndGradient(fun p g ->
                            g[0] <- slope * p[0] + constant
                            0.0)
                    )

                let plan =
                    plain
                        "sophiaWith (Sophia(Beta1 = 0.0, Beta2 = 0.0, Gamma = 1.0, Epsilon = 1.0, Clip = 1e308, Every = 1)) 1e200"
                        1

                let steep = Math.ScaleB(1.0, 996)
                let struct (next, report) = plan.StepReported(init plan [ 0.0 ], f steep 0.0)
                Expect.equal (next.ToArray(), next.Slot "sophia.h") ([| 0.0 |], [| steep |]) "p rests"
                Expect.isNull report.NonFinite "all is finite"
                let struct (last, report) = plan.StepReported(next, f 1.0 1e200)
                Expect.equal (last.ToArray(), last.Slot "sophia.h") ([| -infinity |], [| 0.0 |]) "p is not"
                Expect.equal (string report.NonFinite) "step made \"parameters\"[0] non-finite" "where")

            testCase "an estimate that is handed in is taken where it lies" (fun () ->
                let plan = plain looking 3
                let start = init plan [ 1.0; 2.0; 3.0 ]
                // The parameters of the state that stays, as the estimate.
                let next = plan.Step(start, ReadOnlySpan(vector [ 1.0; 1.0; 1.0 ]), start.AsSpan())
                Expect.equal (next.Slot "sophia.h") [| 1.0; 2.0; 3.0 |] "h"
                Expect.equal (start.ToArray()) [| 1.0; 2.0; 3.0 |] "p stays")

            testCase "in steps that do not look the average stays, from state to state and in place" (fun () ->
                let plan = plain "sophiaWith (Sophia(Beta1 = 0.0, Beta2 = 0.0, Every = 2)) 0.0" 2
                let gradient, diagonal = vector [ 1.0; 1.0 ], vector [ 2.0; 4.0 ]
                let session = plan.Start(vector [ 0.0; 0.0 ])
                let mutable state = init plan [ 0.0; 0.0 ]

                for scale in [ 1.0; 3.0; 5.0; 7.0 ] do
                    let estimate = Array.map ((*) scale) diagonal
                    state <- plan.Step(state, ReadOnlySpan gradient, ReadOnlySpan estimate)
                    session.Step(ReadOnlySpan gradient, ReadOnlySpan estimate) |> ignore
                    let taken = if scale < 5.0 then 1.0 else 5.0
                    Expect.equal (state.Slot "sophia.h") (Array.map ((*) taken) diagonal) $"{scale}"
                    Expect.equal (session.Snapshot()) state "in place")
        ]
    ]
