/// Steps that ask the objective for curvature, and for a sign turned.
module OptCore.Tests.CurvatureTests

open System
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptModels
open OptCore.Tests.CornerCases.Steps

// f as a function alone, times a sign: neither products nor anything else is known of it.
let private times (sign: float) (f: IObjective) : IObjective =
    FunctionObjective(
        f.Dimension,
        FunctionObjective.ValueAndGradient(fun p g ->
            let point = p.ToArray()
            let value, gradient = evaluate f point

            for i in 0 .. gradient.Length - 1 do
                g[i] <- sign * gradient[i]

            sign * value)
    )

let private curvature = [
    testCase "sophia by hand" (fun () ->
        // m = 10 p, h = 10: u = p, at most 1.
        let plan = plain "sophiaWith (Sophia(Beta1 = 0.0, Beta2 = 0.0, Gamma = 1.0)) 1.0" 1
        Expect.equal ((plan.Step(init plan [ 0.5 ], Quadratic [| 10.0 |])).ToArray()) [| 0.0 |] "Newton"
        Expect.equal ((plan.Step(init plan [ 4.0 ], Quadratic [| 10.0 |])).ToArray()) [| 3.0 |] "limited"
        let p = (plan.Step(init plan [ 0.5 ], parabola)).ToArray()
        Expect.isLessThan (abs p[0]) 1e-9 "by differences")

    testCase "sophia needs the objective where it looks at curvature" (fun () ->
        let plan = plain "sophiaWith (Sophia(Every = 2)) 0.1" 1
        let start = init plan [ 1.0 ]
        let gradient, diagonal = vector [ 2.0 ], vector [ 4.0 ]

        says [ "t = 0"; "Step(state, objective)"; "Step(state, gradient, diagonal)" ] (fun () ->
            step plan start [ 2.0 ])

        let session = plan.Start(vector [ 1.0 ])
        says [ "Step(state, objective)" ] (fun () -> session.Step gradient)
        let next = plan.Step(start, ReadOnlySpan gradient, ReadOnlySpan diagonal)
        session.Step(ReadOnlySpan gradient, ReadOnlySpan diagonal) |> ignore
        Expect.equal (session.Snapshot()) next "in place"
        let h = next.Slot "sophia.h"
        Expect.floatClose Accuracy.veryHigh h[0] 0.04 "h"
        // In between a gradient is enough.
        let later = step plan next [ 2.0 ]
        Expect.equal later.Step 2L "t"
        Expect.equal (later.Slot "sophia.h") h "h rests"
        Expect.equal (plan.ProbesAt 0L) 2 "two gradients"
        Expect.equal (plan.ProbesAt(0L, Quadratic [| 1.0 |])) 1 "one product"
        Expect.equal (plan.ProbesAt 1L) 0 "none")

    testCase "a diagonal that is a part of the state is the one before the step" (fun () ->
        let plan = plain "sophiaWith (Sophia(Every = 1)) 0.1" 3
        let start, gradient = vector [ 1.0; -2.0; 3.0 ], vector [ 2.0; 0.5; -1.0 ]
        let other, own = plan.Start start, plan.Start start

        for _ in 1..3 do
            let diagonal = own.AsSpan().ToArray()
            own.Step(ReadOnlySpan gradient, own.AsSpan()) |> ignore
            other.Step(ReadOnlySpan gradient, ReadOnlySpan diagonal) |> ignore
            Expect.equal (own.Snapshot()) (other.Snapshot()) "as from a copy")

    testTheory "sophia stands without other probes and searches" [ "sam 0.1"; "nag 0.9"; "wolfe" ] (fun word ->
        says [ "Sophia" ] (fun () -> read $"sophia 0.1 |> {word}")
        says [ "Sophia" ] (fun () -> (read $"sgd 0.1 |> {word}").With(Sophia())))

    testCase "sophia in place, and evaluations are counted" (fun () ->
        let plan = plain "sophiaWith (Sophia(Every = 3, Seed = 5)) 0.01" 2
        let session = plan.Start(vector [ -1.2; 1.0 ])
        let mutable state = plan.Init(vector [ -1.2; 1.0 ])

        for _ in 1..8 do
            state <- plan.Step(state, Rosenbrock())
            session.Step(Rosenbrock()) |> ignore
            Expect.equal (session.Snapshot()) state "the same state"

        let watched = Watched(Rosenbrock())

        let result =
            Minimizer.Minimize(plan, watched, ReadOnlySpan [| -1.2; 1.0 |], MinimizeOptions(Steps = 8L))

        Expect.equal result.Point (state.ToArray()) "minimize"
        Expect.equal result.Evaluations (int64 watched.Points.Length) "evaluations")

    testTheory
        "ascend on -f is the same without it on f, bit for bit"
        [ "sgd 0.01 |> wolfe"; "lbfgs 3 1.0 |> backtracking"; "sophia 0.01" ]
        (fun text ->
            let run (text: string) f =
                let plan = plain text 2
                let mutable state = plan.Init(vector [ -1.2; 1.0 ])

                for _ in 1..8 do
                    state <- plan.Step(state, f)

                state.ToArray()

            Expect.equal
                (run $"{text} |> ascend" (times -1.0 (Rosenbrock())))
                (run text (times 1.0 (Rosenbrock())))
                "p")
]

[<Tests>]
let tests = testList "line searches" [ testList "curvature" curvature ]
