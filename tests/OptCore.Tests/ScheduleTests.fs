/// From where on a schedule stays at one value, and with which period it repeats: every case written out by hand, and held against
/// the values themselves.
module OptCore.Tests.ScheduleTests

open System
open Expecto
open OptCore

let private ramp: ISchedule = LinearRamp 4
let private fades: ISchedule = ExponentialDecay 0.1
let private waves period : ISchedule = CosineRestarts(period, 1)

// Schedule, the step of its end, from where on it repeats and its period.
let private cases: (ISchedule * int64 option * (int64 * int64) option) list =
    let ends (schedule: ISchedule) (step: int64) = schedule, Some step, Some(step, 1L)
    let never (schedule: ISchedule) = schedule, None, None

    let repeats (schedule: ISchedule) from period =
        schedule, None, Some(int64 from, int64 period)

    [
        ends (Constant 0.5) 0L
        ends (Cosine 10) 10L
        ends (CosineRestarts(1, 1)) 0L
        never (CosineRestarts(1, 2))
        repeats (CosineRestarts(5, 1)) 0 5
        never (CosineRestarts(5, 2))
        ends (ExponentialDecay 0.0) 0L
        never fades
        ends (GeometricDecay 1.0) 0L
        ends (GeometricDecay 0.0) 1L
        never (GeometricDecay 0.5)
        never (InverseSqrt())
        ends (InverseTime 0.0) 0L
        never (InverseTime 0.5)
        ends ramp 4L
        ends (LinearRamp(4, From = 0.5, To = 0.5)) 0L
        ends (MultiStep([], 0.5)) 0L
        ends (MultiStep([ 3; 7 ], 1.0)) 0L
        ends (MultiStep([ 3; 7 ], 0.0)) 3L
        ends (MultiStep([ 7; 3 ], 0.5)) 7L
        ends (OneCycle 10) 10L
        ends (OneCycle(10, Inclusive = true)) 9L
        ends (PolynomialDecay(0.0, 5)) 0L
        ends (PolynomialDecay(2.0, 5)) 5L
        ends (SqrtDecay 6) 6L
        ends (StepDecay(3, 1.0)) 0L
        ends (StepDecay(3, 0.0)) 3L
        never (StepDecay(3, 0.5))
        ends (TriangularWave(3, 1.0)) 0L
        repeats (TriangularWave(3, 0.5)) 0 6
        ends (Warmup 5) 4L
        ends (WarmupCosine(2, 9)) 9L
        ends (WarmupFrom(1.0, 4)) 0L
        ends (WarmupFrom(0.0, 4)) 4L
        ends (WarmupStableDecay(2, 9, 3)) 9L
        ends (AndThen(Cosine 10, 4, Constant 1.0)) 4L
        ends (AndThen(Cosine 10, 3, ramp)) 7L
        repeats (AndThen(ramp, 4, waves 5)) 4 5
        ends (AtLeast(ramp, 0.1)) 4L
        repeats (AtLeast(waves 5, 0.1)) 0 5
        ends (AtMost(ramp, 0.9)) 4L
        repeats (AtMost(waves 5, 0.9)) 0 5
        ends (Delay(Constant 0.5, 7)) 0L
        ends (Delay(ramp, 7)) 11L
        repeats (Delay(waves 5, 7)) 7 5
        ends (Plus(ramp, Cosine 10)) 10L
        ends (Plus(Cosine 10, ramp)) 10L
        never (Plus(ramp, fades))
        never (Plus(fades, ramp))
        repeats (Plus(waves 4, waves 6)) 0 12
        repeats (Plus(ramp, waves 6)) 4 6
        ends (Times(Warmup 5, Cosine 10)) 10L
        never (Times(fades, ramp))
        repeats (Times(waves 4, waves 6)) 0 12
        ends (Repeat(ramp, 1)) 0L
        ends (Repeat(Constant 0.5, 3)) 0L
        repeats (Repeat(ramp, 3)) 0 3
        ends (ScaleBy(fades, 0.0)) 0L
        ends (ScaleBy(ramp, 2.0)) 4L
        repeats (ScaleBy(waves 5, 2.0)) 0 5
    ]

[<Tests>]
let tests =
    testList "schedules" [
        for schedule, ends, repeats in cases do
            testCase $"the end of {schedule}" (fun () ->
                Expect.equal (Option.ofNullable schedule.End) ends "end"

                let recurrence =
                    Option.ofNullable schedule.Recurrence
                    |> Option.map (fun recurrence -> recurrence.From, recurrence.Period)

                Expect.equal recurrence repeats "recurrence"

                for ends in Option.toList ends do
                    for step in ends .. ends + 20L do
                        Expect.equal (schedule.At step) (schedule.At ends) $"step {step} is behind the end"

                    if ends > 0L then
                        Expect.notEqual (schedule.At(ends - 1L)) (schedule.At ends) "no earlier"

                for from, period in Option.toList repeats do
                    for step in from .. from + 20L do
                        Expect.equal (schedule.At(step + period)) (schedule.At step) $"step {step} comes again")

        testCase "a wave that is longer than any step index" (fun () ->
            // Waves of 1, 3, 9, …, 3³⁹ updates; the next one is 3⁴⁰ > 2⁶³ long, and 3³⁸ is a ninth of it.
            let power exponent = pown 3L exponent
            let before = Seq.sum (Seq.map power (seq { 0..39 }))
            let restarts = CosineRestarts(1, 3)
            Expect.equal (restarts.At before) 1.0 "a restart"
            let expected = Math.Pow(Math.Cos(Math.PI / 18.0), 2.0)
            Expect.floatClose Accuracy.veryHigh (restarts.At(before + power 38)) expected "cos²(π/18)")
    ]
