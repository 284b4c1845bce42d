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

    /// SCH-5.
    let phases =
        check
            "SCH-5"
            "restarts, warm-up-stable-decay, triangular"
            "restarts at T, T+mT, … at 1; plateau 1, then linear to 0; period 2n between a and 1"
            (source "Loshchilov and Hutter" 2017 "SGDR; Smith 2017")
            (Gen.zip3 (Gen.choose (1, 20)) (Gen.choose (1, 3)) (Gen.elements [ "restarts"; "wsd"; "triangular" ]))
            none
            (fun (n, m, kind) ->
                match kind with
                | "restarts" -> Schedule.cosineRestarts n m
                | "wsd" -> Schedule.warmupStableDecay n (4 * n) n
                | _ -> Schedule.triangular n 0.25)
            (fun s (n, m, kind) -> [
                match kind with
                | "restarts" ->
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
                | "wsd" ->
                    for t in 0 .. 5 * n do
                        let expected =
                            if t < n then float (t + 1) / float n
                            elif t < 3 * n then 1.0
                            else max 0.0 (float (4 * n - t) / float n)

                        Finding.equal "s(t)" t expected (4.0 * eps) (s t)
                | _ ->
                    for t in 0 .. 5 * n do
                        let place = t % (2 * n)
                        let rise = float (min place (2 * n - place)) / float n
                        Finding.equal "s(t)" t (0.25 + 0.75 * rise) (8.0 * eps) (s t)
            ])

    /// SCH-7.
    let algebra =
        check
            "SCH-7"
            "algebra of schedules"
            "andThen, times, plus, atLeast, atMost, delay, repeat, scaleBy by their definitions"
            (own "by definition")
            (Gen.zip3 (Gen.choose (0, 20)) (Gen.choose (1, 30)) (Gen.elements [ 0..7 ]))
            none
            (fun (n, T, kind) ->
                let a, b = Schedule.cosine T, Schedule.geometric 0.9

                match kind with
                | 0 -> a |> Schedule.andThen n b
                | 1 -> a |> Schedule.times b
                | 2 -> a |> Schedule.plus b
                | 3 -> a |> Schedule.atLeast 0.3
                | 4 -> a |> Schedule.atMost 0.3
                | 5 -> a |> Schedule.delay n
                | 6 -> a |> Schedule.repeat T
                | _ -> a |> Schedule.scaleBy 0.7)
            (fun s (n, T, kind) ->
                let a (t: int) = Schedule.cosine(T).At(int64 t)
                let b (t: int) = Schedule.geometric(0.9).At(int64 t)

                [
                    for t in 0..60 do
                        let expected =
                            match kind with
                            | 0 -> if t < n then a t else b (t - n)
                            | 1 -> a t * b t
                            | 2 -> a t + b t
                            | 3 -> max 0.3 (a t)
                            | 4 -> min 0.3 (a t)
                            | 5 -> a (max 0 (t - n))
                            | 6 -> a (t % T)
                            | _ -> 0.7 * a t

                        Finding.equal "s(t)" t expected 0.0 (s t)
                ])

    /// SCH-8.
    let applied =
        let tell (rate: float, T: int, n: int) =
            let optimizer =
                sgd rate |> OptDsl.ScheduleWords.cosine T |> OptDsl.ScheduleWords.warmup n

            $"Trajectory.feed ({optimizer}) [| 0.0 |] (Array.replicate {T + 3} [| 1.0 |])",
            fun machine ->
                let response =
                    Trajectory.feedOn machine optimizer [| 0.0 |] (Array.replicate (T + 3) [| 1.0 |])

                [
                    for t in 0 .. T + 2 do
                        let eta = rate * Schedule.cosine(T).At(int64 t) * Schedule.warmup(n).At(int64 t)

                        Finding.equal
                            "u_t"
                            t
                            eta
                            (8.0 * Vec.eps * (abs (response.Path[t][0]) + eta))
                            ((response.Update t)[0])
                ]

        law
            "SCH-8"
            "the step uses the product of the schedules at t"
            "u_t = lr s_1(t) s_2(t) g_t, t = 0 for the first update"
            "plain sgd"
            Identity
            (own "by definition")
            (Gen.map3
                (fun rate T n ->
                    Trial.over
                        (fun (rate, T, n) -> Draw.shrinkCount 1 T |> Seq.map (fun T -> rate, T, n))
                        tell
                        (rate, T, n))
                (Draw.logUniform 1e-3 1.0)
                counts
                counts)

    /// <summary>SCH-5, SCH-7, SCH-8.</summary>
    let laws: Law list = [ phases; algebra; applied ]
