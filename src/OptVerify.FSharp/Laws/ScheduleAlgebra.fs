namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Schedules put together, and applied by an optimizer.</summary>
[<RequireQualifiedAccess>]
module ScheduleAlgebra =

    open ScheduleParts

    let private restarts =
        values
            (Gen.zip (Gen.choose (1, 20)) (Gen.choose (1, 3)))
            (fun (n, m) -> Schedule.cosineRestarts n m)
            (fun s (n, m) -> [
                let mutable start, length = 0, n

                for _ in 1..4 do
                    Finding.equal "s at a restart" start 1.0 0.0 (s start)

                    for t in 0 .. length - 1 do
                        Finding.equal
                            "s in a period"
                            (start + t)
                            ((1.0 + cos (Math.PI * float t / float length)) / 2.0)
                            (8.0 * eps)
                            (s (start + t))

                    start <- start + length
                    length <- length * m
            ])

    let private stable =
        follows
            (Gen.zip3 (Gen.choose (1, 20)) (Gen.choose (0, 20)) (Gen.choose (1, 20)))
            (fun (n, hold, down) -> Schedule.warmupStableDecay n (n + hold + down) down)
            (fun (n, hold, down) -> n + hold + down + 3)
            (fun _ -> 4.0 * eps)
            (fun (n, hold, down) t ->
                if t < n then float (t + 1) / float n
                elif t < n + hold then 1.0
                else max 0.0 (float (n + hold + down - t) / float down))

    let private zigzag =
        follows
            (Gen.zip counts (Draw.uniform 0.0 1.0))
            (fun (n, a) -> Schedule.triangular n a)
            (fun (n, _) -> 5 * n)
            (fun _ -> 8.0 * eps)
            (fun (n, a) t ->
                let place = t % (2 * n)
                a + (1.0 - a) * float (min place (2 * n - place)) / float n)

    // The rate of a step of gradient 1 is its length, up to the rounding of positions of at most 30.
    let private plateaus =
        let tell (patience: int, factor: float, losses: float[]) =
            let floor = 0.01
            let optimizer = sgd 1.0 |> plateauWith (Plateau(patience, factor, Floor = floor))
            let gradients = Array.create losses.Length [| 1.0 |]

            $"Trajectory.steps (({optimizer}).Plan 1) [| 0.0 |] {Code.arrays gradients} {Code.array losses}",
            fun (subject: Subject) ->
                let response =
                    Trajectory.stepsOn subject (subject.Plan(optimizer, 1)) [| 0.0 |] gradients losses

                let rate t = (response.Update t)[0]
                let slack = 64.0 * Vec.eps

                [
                    for t in 0 .. losses.Length - 1 do
                        Finding.atMost "the floor" t (rate t) slack floor
                        Finding.atMost "the rate" t (if t = 0 then 1.0 else rate (t - 1)) slack (rate t)
                ]

        let shrink (patience, factor, losses: float[]) =
            Draw.shrinkCount 1 losses.Length
            |> Seq.map (fun n -> patience, factor, Array.truncate n losses)

        Gen.map3
            (fun patience factor losses -> Case.over shrink tell (patience, factor, losses))
            (Gen.choose (1, 4))
            (Draw.uniform 0.0 0.9)
            (Gen.arrayOfLength 30 Draw.normal)

    /// SCH-5.
    let phases = {
        Id = "SCH-5"
        Name = "restarts, warm-up-stable-decay, triangular, plateau"
        Statement =
            "restarts at T, T+mT, … at 1; hold 1, then linear to 0; period 2n between a and 1; plateau: never up, never below its floor"
        Assumptions = "t = 0, 1, 2, …; any losses"
        Tightness = Identity
        Source = source "Loshchilov and Hutter" 2017 "SGDR; Smith 2017"
        Cases = Gen.oneof [ restarts; stable; zigzag; plateaus ]
    }

    // A combinator of two schedules and a number, and what it means at t.
    let private combinators: (string * (ISchedule -> ISchedule -> int -> ISchedule) * _) list = [
        "andThen",
        (fun a b n -> a |> Schedule.andThen n b),
        (fun (a: int64 -> float) (b: int64 -> float) n t -> if t < int64 n then a t else b (t - int64 n))
        "times", (fun a b _ -> a |> Schedule.times b), (fun a b _ t -> a t * b t)
        "plus", (fun a b _ -> a |> Schedule.plus b), (fun a b _ t -> a t + b t)
        "atLeast", (fun a _ n -> a |> Schedule.atLeast (float n / 60.0)), (fun a _ n t -> max (float n / 60.0) (a t))
        "atMost", (fun a _ n -> a |> Schedule.atMost (float n / 60.0)), (fun a _ n t -> min (float n / 60.0) (a t))
        "delay", (fun a _ n -> a |> Schedule.delay n), (fun a _ n t -> a (max 0L (t - int64 n)))
        "repeat", (fun a _ n -> a |> Schedule.repeat (n + 1)), (fun a _ n t -> a (t % int64 (n + 1)))
        "scaleBy", (fun a _ n -> a |> Schedule.scaleBy (float n / 30.0)), (fun a _ n t -> float n / 30.0 * a t)
    ]

    /// SCH-7.
    let algebra =
        let settings = gen {
            let! combinator = Gen.elements combinators
            let! a = ScheduleDraws.any
            let! b = ScheduleDraws.any
            let! n = Gen.choose (0, 60)
            let! steps = Gen.listOfLength 20 ScheduleDraws.steps
            return combinator, a, b, n, steps
        }

        let tell ((name, combine, meaning), a: ISchedule, b: ISchedule, n: int, steps: int64 list) =
            let schedule: ISchedule = combine a b n

            let asked = steps |> List.map (sprintf "%dL") |> String.concat "; "

            code schedule $"[ {asked} ]",
            fun (subject: Subject) -> [
                for t in steps -> Finding.equal $"{name} at {t}" -1 (meaning a.At b.At n t) 0.0 (subject.At schedule t)
            ]

        let shrink (combinator, a, b, n, steps) =
            steps
            |> Seq.filter (fun _ -> List.length steps > 1)
            |> Seq.map (fun step -> combinator, a, b, n, [ step ])

        {
            Id = "SCH-7"
            Name = "algebra of schedules"
            Statement = "andThen, times, plus, atLeast, atMost, delay, repeat, scaleBy by their definitions"
            Assumptions = "any schedules, any t ≥ 0, bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases = settings |> Gen.map (Case.over shrink tell)
        }

    /// SCH-8.
    let applied =
        let tell (rate: float, (first: ISchedule, second: ISchedule), n: int) =
            let optimizer = sgd rate |> schedule first |> schedule second
            let gradients = Array.create n [| 1.0 |]

            $"Trajectory.feed ({optimizer}) [| 0.0 |] {Code.arrays gradients}",
            fun subject ->
                let response = Trajectory.feedOn subject optimizer [| 0.0 |] gradients

                [
                    for t in 0 .. n - 1 do
                        let eta = rate * first.At(int64 t) * second.At(int64 t)
                        let slack = 8.0 * Vec.eps * (abs (response.Path[t][0]) + eta)
                        Finding.equal "u_t" t eta slack ((response.Update t)[0])
                ]

        let shrink (rate, schedules, n) =
            Draw.shrinkCount 1 n |> Seq.map (fun n -> rate, schedules, n)

        {
            Id = "SCH-8"
            Name = "the step uses the product of the schedules at t"
            Statement = "u_t = lr s_1(t) s_2(t) g_t, t = 0 for the first update"
            Assumptions = "plain sgd"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Gen.map3
                    (fun rate schedules n -> Case.over shrink tell (rate, schedules, n))
                    (Draw.logUniform 1e-3 1.0)
                    (Gen.zip ScheduleDraws.any ScheduleDraws.any)
                    counts
        }

    /// <summary>SCH-5, SCH-7, SCH-8.</summary>
    let laws: Law list = [ phases; algebra; applied ]
