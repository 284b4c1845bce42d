/// Rates and certificates rest on what stages and schedules declare: what is slow, tiny or far away is not taken for nothing.
module OptVerify.Tests.DeclaredTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptVerify
open OptVerify.Tests.Methods

let private interval = 1.0, 10.0

let private reason optimizer =
    match Certify.rate optimizer interval with
    | Unknown reason -> reason
    | answer -> failtestf "%O: %s" optimizer (Certify.describe answer)

/// None of these has the rate 0.9 of sgd 0.1, which twenty, or thousands, of their steps show.
let private disguised: (Optimizer * string) list = [
    (sgd 0.1).With(StepDecay(50, 0.5)), "neither ends nor repeats"
    (sgd 0.1).With(StepDecay(1000, 0.5)), "neither ends nor repeats"
    (sgd 0.1).With(GeometricDecay 0.9999999999999), "neither ends nor repeats"
    (sgd 0.1).With(ExponentialDecay 1e-300), "neither ends nor repeats"
    (sgd 0.1).With(InverseTime 1e-300), "neither ends nor repeats"
    (sgd 0.1).With(CosineRestarts(1_000_000, 1)), "period 1000000"
    (sgd 0.1).With(CosineRestarts(1_000_000, 2)), "neither ends nor repeats"
    (sgd 0.1).With(TriangularWave(1_000_000, 0.5)), "period 2000000"
    (sgd 0.1).With(Repeat(MultiStep([ 1000 ], 0.5), 2000)), "period 2000"
    (sgd 0.1).With(Plateau(100, 0.5)), "follows the loss"
    (sgd 0.1).With(ClipGlobalNorm 1e150), "does not say that it is linear"
    (sgd 0.1).With(ClipValue 1e150), "does not say that it is linear"
    (sgd 0.1).With(Box(-1e140, 1e140)), "does not say that it is linear"
    (sgd 0.1).With(Noise(1e-300, 0.0, 1)), "draws random numbers"
    (sgd 0.1).OnlyWhen(StepsFrom 1000L, (fun o -> o.With(Scale 0.5))), "acts in some steps only, where t ≥ 1000"
    (sgd 0.1).OnlyWhen(GradientAbove 1e150, (fun o -> o.With(Momentum 0.9))), "acts in some steps only"
    Optimizer.Flow([ ClipGlobalNorm 1e150 ], 0.1), "does not say that it is linear"
    Optimizer.Partition [ struct ("*", (sgd 0.1).With(ClipGlobalNorm 1e150)) ], "does not say that it is linear"
    Optimizer.Partition [ struct ("*", (sgd 0.1).With(StepDecay(1000, 0.5))) ], "neither ends nor repeats"
]

/// A stage of one's own that is linear as far as anybody can measure, and says nothing.
type private Silent() =
    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "u = u"
        member _.Apply _ = ()

/// The same, with the declaration.
type private Outspoken() =
    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "u = u"
        member _.Traits = StageTraits.Linear ||| StageTraits.RestsAtZero
        member _.Apply _ = ()

/// It declares what is not so.
type private Liar() =
    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "u = u³"
        member _.Traits = StageTraits.Linear ||| StageTraits.RestsAtZero

        member _.Apply step =
            for i in 0 .. step.Update.Length - 1 do
                step.Update[i] <- step.Update[i] ** 3.0

let private limitOf optimizer =
    match Certify.rate optimizer interval with
    | Certified certificate -> certificate.Limit
    | answer -> failtestf "%O: %s" optimizer (Certify.describe answer)

[<Tests>]
let tests =
    testList "declared, not sampled" [
        testList "no certificate, no rate" [
            for optimizer, words in disguised do
                testCase $"{optimizer}" (fun () ->
                    Expect.stringContains (reason optimizer) words "certificate"

                    match Rate.onQuadratics optimizer interval with
                    | NoRate reason -> Expect.stringContains reason words "rate"
                    | Exact(rate, _) -> failtestf "rate %g" rate)
        ]

        testList "no worst factor of what is not linear" [
            for stage in
                [
                    ClipGlobalNorm 1e150 :> IStage
                    Box(-1e140, 1e140)
                    Noise(1e-300, 0.0, 1)
                    Plateau(100, 0.5)
                    Silent()
                ] do
                testCase (Words.Print stage) (fun () ->
                    Expect.isNone (Rate.worstFactor ((sgd 0.1).With stage) 10 interval) "factor")
        ]

        testCase "what is linear from step to step has a worst factor" (fun () ->
            for optimizer in
                [
                    (sgd 0.1).With(StepDecay(50, 0.5))
                    (sgd 0.1).With(Momentum(0.9, Dampening = 0.5))
                    (sgd 0.1).With(Lookahead(5, 0.5))
                    (sgd 0.1).With(Accumulate 3)
                ] do
                Expect.isSome (Rate.worstFactor optimizer 10 interval) (string optimizer))

        testCase "a stage of one's own has the rate that it declares" (fun () ->
            Expect.stringContains (reason ((sgd 0.1).With(Silent()))) "does not say that it is linear" "silent"

            match Certify.rate ((sgd 0.1).With(Outspoken())) interval with
            | Certified certificate -> Expect.floatClose Accuracy.veryHigh certificate.Rate 0.9 "rate"
            | answer -> failtest (Certify.describe answer)

            Expect.stringContains (reason ((sgd 0.1).With(Liar()))) "though its stages say so" "a false declaration")

        testCase "lookahead: the period that it declares, however long" (fun () ->
            let factor (n: int) l =
                abs (0.5 + 0.5 * (1.0 - 0.1 * l) ** float n) ** (1.0 / float n)

            for n in [ 2; 33; 100; 128 ] do
                match Rate.onQuadratics ((sgd 0.1).With(Lookahead(n, 0.5))) (1.0, 1.0) with
                | Exact(rate, _) -> Expect.floatClose Accuracy.high rate (factor n 1.0) $"{n}"
                | NoRate reason -> failtest reason

            Expect.stringContains (reason ((sgd 0.1).With(Lookahead(129, 0.5)))) "period 129" "too long")

        testCase "schedules that repeat count with their period" (fun () ->
            let factor l =
                sqrt (abs ((1.0 - 0.05 * l) * (1.0 - 0.1 * l)))

            match Rate.onQuadratics ((sgd 0.05).With(Repeat(MultiStep([ 1 ], 2.0), 2))) (2.0, 2.0) with
            | Exact(rate, _) -> Expect.floatClose Accuracy.veryHigh rate (factor 2.0) "two steps"
            | NoRate reason -> failtest reason)

        testList "decays converge to another point, and the verdict says so" [
            for optimizer, cause in
                [
                    (sgd 0.1).With(L2 0.1), "L2(0.1)"
                    (sgd 0.1).With(WeightDecay 0.1), "WeightDecay(0.1)"
                    // Nothing that a measurement would see.
                    (sgd 0.1).With(L2 1e-20), "L2(1e-20)"
                ] do
                testCase $"{optimizer}" (fun () ->
                    Expect.equal (limitOf optimizer) (Limit.Elsewhere cause) "limit"
                    let described = Certify.describe (Certify.rate optimizer interval)

                    Expect.stringContains
                        described
                        $"another point than the minimizer, to which {cause} draws it"
                        "text")
        ]

        testCase "everything else to the minimizer" (fun () ->
            for optimizer in
                [
                    sgd 0.1
                    heavyBall 0.05 0.5
                    nesterov 0.05 0.5
                    nag 0.05 0.5
                    (sgd 0.1).With(Scale 0.5)
                ] do
                Expect.equal (limitOf optimizer) Limit.Minimizer (string optimizer))

        testCase "a model given by numbers says where it rests" (fun () ->
            let limit model =
                (Expect.wantSome (Certify.model interval model) "certificate").Limit

            Expect.equal (limit (tripleMomentum 10.0)) Limit.Minimizer "triple momentum"

            let drawn = {
                A = Matrix<float>.Build.Dense(1, 1, 0.99)
                B = Vector<float>.Build.Dense(1, -0.1)
                C = Vector<float>.Build.Dense(1, 1.0)
                Names = [ "x" ]
            }

            Expect.notEqual (limit drawn) Limit.Minimizer "x' = 0.99 x − 0.1 g")
    ]

/// What is known to repeat: from which step on, with which period.
let private recurrences: (ISchedule * (int64 * int64) option) list =
    let s (schedule: #ISchedule) = schedule :> ISchedule

    [
        s (Constant 0.5), Some(0L, 1L)
        s (Cosine 10), Some(10L, 1L)
        s (TriangularWave(8, 0.5)), Some(0L, 16L)
        s (TriangularWave(8, 1.0)), Some(0L, 1L)
        s (CosineRestarts(7, 1)), Some(0L, 7L)
        s (CosineRestarts(7, 2)), None
        s (StepDecay(10, 0.5)), None
        s (GeometricDecay 0.5), None
        s (Repeat(StepDecay(10, 0.5), 30)), Some(0L, 30L)
        s (AndThen(Warmup 5, 9, TriangularWave(2, 0.5))), Some(9L, 4L)
        s (Times(TriangularWave(2, 0.5), TriangularWave(3, 0.5))), Some(0L, 12L)
        s (Times(GeometricDecay 0.5, Constant 1.0)), None
        s (Plus(TriangularWave(2, 0.5), Cosine 9)), Some(9L, 4L)
        s (ScaleBy(AtMost(Delay(TriangularWave(2, 0.5), 3), 0.7), 2.0)), Some(3L, 4L)
        s (AtLeast(TriangularWave(5, 0.1), 0.7)), Some(0L, 10L)
        s (ScaleBy(GeometricDecay 0.5, 0.0)), Some(0L, 1L)
        s (Delay(Constant 0.5, 3)), Some(0L, 1L)
    ]

[<Tests>]
let schedules =
    testList "recurrence" [
        for schedule, expected in recurrences do
            testCase $"{schedule}" (fun () ->
                let actual =
                    schedule.Recurrence
                    |> Option.ofNullable
                    |> Option.map (fun r -> r.From, r.Period)

                Expect.equal actual expected "from, period"

                for from, period in Option.toList actual do
                    for t in from .. from + 2L * period do
                        let now, later = schedule.At t, schedule.At(t + period)

                        Expect.equal
                            (BitConverter.DoubleToInt64Bits later)
                            (BitConverter.DoubleToInt64Bits now)
                            $"step {t}, bit for bit")
    ]
