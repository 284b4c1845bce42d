/// The algebra of the combinators of schedules: `law id → statement → property`.
module OptDsl.Tests.ScheduleLaws.AlgebraTests

open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running
open OptDsl.Tests.ScheduleLaws.Values

let private both (make: ISchedule -> ISchedule * ISchedule) =
    Arb.fromGen (Gen.map make Schedules.schedule)

let private pairOf (make: ISchedule -> ISchedule -> ISchedule * ISchedule) =
    Arb.fromGen (Gen.map2 make Schedules.schedule Schedules.schedule)

/// A combinator and what it means at t.
let private pointwise (make: ISchedule -> ISchedule) (meaning: ISchedule -> int64 -> float) =
    forAll2 one steps (fun s t ->
        let actual, expected = at (make s) t, meaning s t

        if not (actual.Equals expected) then
            failtestf "%O at %d: %s, expected %s" (make s) t (show actual) (show expected))

[<Tests>]
let tests =
    testList "schedules" [
        law "algebra" "andThen 0 s' s = s'" (same (pairOf (fun s next -> Schedule.andThen 0 next s, next)))
        law
            "algebra"
            "andThen is associative"
            (same (
                Arb.fromGen (
                    gen {
                        let! a = Schedules.schedule
                        let! b = Schedules.schedule
                        let! c = Schedules.schedule
                        let! n = Gen.choose (0, 30)
                        let! m = Gen.choose (0, 30)

                        return
                            Schedule.andThen n (Schedule.andThen m c b) a,
                            Schedule.andThen (n + m) c (Schedule.andThen n b a)
                    }
                )
            ))
        control
            "algebra"
            "not with the lengths the other way round"
            (same (
                pairOf (fun a b ->
                    Schedule.andThen 3 (Schedule.andThen 5 a b) a, Schedule.andThen 5 a (Schedule.andThen 3 b a))
            ))
        law "algebra" "times commutes" (same (pairOf (fun a b -> Schedule.times a b, Schedule.times b a)))
        law
            "algebra"
            "times has the unit constant 1.0"
            (same (both (fun s -> Schedule.times (Schedule.constant 1.0) s, s)))
        law "algebra" "plus commutes" (same (pairOf (fun a b -> Schedule.plus a b, Schedule.plus b a)))
        control "algebra" "constant 2.0 is no unit" (same (both (fun s -> Schedule.times (Schedule.constant 2.0) s, s)))
        law
            "algebra"
            "andThen is s, then s' in its own time"
            (pointwise (Schedule.andThen 7 (Schedule.cosine 20)) (fun s t ->
                if t < 7L then at s t else at (Schedule.cosine 20) (t - 7L)))
        law
            "algebra"
            "times is pointwise"
            (pointwise (Schedule.times (Schedule.warmup 9)) (fun s t -> at s t * at (Schedule.warmup 9) t))
        law
            "algebra"
            "plus is pointwise"
            (pointwise (Schedule.plus (Schedule.warmup 9)) (fun s t -> at s t + at (Schedule.warmup 9) t))
        law "algebra" "delay n is s(max(0, t−n))" (pointwise (Schedule.delay 11) (fun s t -> at s (max 0L (t - 11L))))
        law "algebra" "repeat n is s(t mod n)" (pointwise (Schedule.repeat 11) (fun s t -> at s (t % 11L)))
        law "algebra" "scaleBy a is a·s" (pointwise (Schedule.scaleBy 0.7) (fun s t -> 0.7 * at s t))
        law "algebra" "atLeast a is max" (pointwise (Schedule.atLeast 0.3) (fun s t -> max 0.3 (at s t)))
        law "algebra" "atMost a is min" (pointwise (Schedule.atMost 0.3) (fun s t -> min 0.3 (at s t)))
        control
            "algebra"
            "delay is not a shift of one more"
            (pointwise (Schedule.delay 11) (fun s t -> at s (max 0L (t - 12L))))
        law
            "algebra"
            "several schedules of an optimizer multiply its rate"
            (forAll3 one one steps (fun a b t ->
                let rate (o: Optimizer) = (planFor 1 o).RateAt t
                // Three factors in two orders: two roundings each.
                let product = 0.1 * at a t * at b t
                near (4.0 * epsilon * product) (rate (sgd 0.1 |> schedule a |> schedule b)) product "product"))
    ]
