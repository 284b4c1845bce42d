/// Searches behind directions that contain the rate; numbers that running products come to.
module OptCore.Tests.SearchRateTests

open System
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptModels
open OptCore.Tests.CornerCases.Steps

/// Sees what the step will multiply the update with, before the search.
type private Seeing(seen: ResizeArray<float>) =
    interface IOpenStage with
        member _.Phase = Phase.Update
        member _.Equation = ""

        member _.Build builder =
            builder.Then(fun step -> seen.Add step.StepRate)

let private pairs = layout [ "a", 1; "b", 1 ]

/// The points that were asked for in ten steps.
let private asked (text: string) =
    let plan = named text pairs
    let watched = Watched(Rosenbrock())
    let mutable state = init plan [ -1.25; 1.0 ]

    for _ in 1..10 do
        state <- plan.Step(state, watched)

    List.rev watched.Points

[<Tests>]
let tests =
    testList "line searches" [
        testList "rates" [
            // Rates that are powers of two multiply exactly, here or there.
            for search in [ "wolfe"; "wolfeWith (Wolfe(C2 = 0.25))"; "backtracking" ] do
                for rates in
                    [
                        "sgd 0.5"
                        "sgd 0.03125"
                        "sgd 0.0078125 |> rateFor \"b\" 0.25"
                        "sgd 0.0625 |> geometric 0.5"
                    ] do
                    testCase
                        $"a rate inside the direction is searched along as one outside: {rates} |> {search}"
                        (fun () ->
                            let outside = asked $"{rates} |> momentum 0.0 |> {search}"
                            Expect.isGreaterThan outside.Length 10 "there are trials"
                            Expect.equal (asked $"{rates} |> velocity 0.0 |> {search}") outside "inside"

                            Expect.equal
                                (asked $"{rates} |> only \"a\" (velocity 0.0) |> only \"b\" (momentum 0.0) |> {search}")
                                outside
                                "inside for one tensor"

                            Expect.equal
                                (asked $"{rates} |> only \"a\" (momentum 0.0) |> only \"b\" (velocity 0.0) |> {search}")
                                outside
                                "inside for the other")

            testCase
                "a stage before the search sees the rate of the step, whatever the last search has chosen"
                (fun () ->
                    // 5p²: a = 1 overshoots.
                    for direction, rate in [ "velocity 0.0", 1.0; "momentum 0.0", 0.5 ] do
                        let seen = ResizeArray()

                        let optimizer =
                            read $"sgd 0.5 |> {direction} |> backtrackingWith (Backtracking(Decrease = 0.5))"

                        let session = ((optimizer.With(Seeing seen)).Plan 1).Start(vector [ 1.0 ])

                        for _ in 1..3 do
                            session.Step parabola |> ignore

                        Expect.equal (List.ofSeq seen) [ rate; rate; rate ] direction)

            testCase "a loss that is NaN counts as infinite, in the report as well" (fun () ->
                let f =
                    FunctionObjective(
                        1,
                        FunctionObjective.ValueAndGradient(fun p g ->
                            g[0] <- 1.0
                            if p[0] > 0.5 then nan else 2.0)
                    )

                let plan = plain "sgd 0.5" 1
                let struct (_, report) = plan.StepReported(init plan [ 1.0 ], f)
                Expect.equal report.Loss infinity "NaN"
                let struct (_, report) = plan.StepReported(init plan [ 0.5 ], f)
                Expect.equal report.Loss 2.0 "a number")
        ]
        testCase "a power of a decay ends as 0 below 1e-20, where 1 − β^k is 1 long since" (fun () ->
            for words in [ ""; " |> scheduled \"Adam.Beta1\" (Schedule.constant 0.5)" ] do
                let plan = plain $"adamWith (Adam(Beta1 = 0.5)) 0.0{words}" 1
                let mutable state = init plan [ 1.0 ]

                for k in 1..70 do
                    state <- step plan state [ 1.0 ]
                    // 2^-66 = 1.36e-20.
                    let expected = if k <= 66 then Math.ScaleB(1.0, -k) else 0.0
                    Expect.equal (state.Numbers "adam.beta1Power") [| expected |] $"{words}, update {k}")
    ]
