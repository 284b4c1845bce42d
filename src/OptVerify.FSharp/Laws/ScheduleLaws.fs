namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal ScheduleParts =

    let eps = 4.0 * Vec.eps

    let check
        id
        name
        statement
        author
        (settings: Gen<'s>)
        (shrink: 's -> 's seq)
        (build: 's -> ISchedule)
        (judge: (int -> float) -> 's -> Finding list)
        =
        let tell setting =
            let schedule = build setting
            $"{schedule}", fun (machine: Machine) -> judge (fun t -> machine.At schedule (int64 t)) setting

        law id name statement "t = 0, 1, 2, …" Identity author (settings |> Gen.map (Trial.over shrink tell))

    let counts = Gen.choose (1, 60)
    let none _ = Seq.empty

/// <summary>Schedules one by one: their values and ends.</summary>
[<RequireQualifiedAccess>]
module ScheduleLaws =

    open ScheduleParts

    /// SCH-1.
    let cosine =
        check
            "SCH-1"
            "cosine"
            "f+(1−f)(1+cos(πt/T))/2: ends, nonincreasing, s(t)+s(T−t) = 1+f, mean, longest step, stays at f"
            (source "Loshchilov and Hutter" 2017 "equation 5")
            (Gen.zip counts (Draw.uniform 0.0 1.0))
            none
            (fun (T, f) -> Schedule.cosineWith (Cosine(T, Floor = f)))
            (fun s (T, f) ->
                let mean = Seq.sum (seq { for t in 0..T -> s t }) / float (T + 1)

                [
                    Finding.equal "s(0)" 0 1.0 0.0 (s 0)
                    Finding.equal "s(T)" T f 0.0 (s T)
                    Finding.equal "s(3T+1)" (3 * T + 1) f 0.0 (s (3 * T + 1))
                    Finding.equal "mean" T ((1.0 + f) / 2.0) (16.0 * eps) mean
                    for t in 0..T do
                        Finding.equal
                            "s(t)"
                            t
                            (f + (1.0 - f) * (1.0 + cos (Math.PI * float t / float T)) / 2.0)
                            (8.0 * eps)
                            (s t)

                        Finding.equal "s(t) + s(T−t)" t (1.0 + f) (8.0 * eps) (s t + s (T - t))

                        Finding.atMost
                            "s(t) − s(t+1)"
                            t
                            ((1.0 - f) * sin (Math.PI / (2.0 * float T)))
                            (4.0 * eps)
                            (s t - s (t + 1))

                        Finding.atMost "s(t+1)" t (s t) 0.0 (s (t + 1))
                ])

    /// SCH-2.
    let warmup =
        check
            "SCH-2"
            "warm-up"
            "(t+1)/n up to 1, nondecreasing, steps of 1/n; then the next schedule from its start"
            (source "Goyal et al." 2017 "section 2.2")
            (Gen.zip counts counts)
            none
            (fun (n, T) -> Schedule.warmup n |> Schedule.andThen n (Schedule.cosine T))
            (fun s (n, T) -> [
                Finding.equal "first of the next" n 1.0 0.0 (s n)
                Finding.equal "last" (n + T) 0.0 0.0 (s (n + T))
                for t in 0 .. n - 1 do
                    Finding.equal "s(t)" t (float (t + 1) / float n) eps (s t)
                    Finding.atMost "s(t)" t 1.0 0.0 (s t)
                    Finding.atMost "s(t)" t (s (t + 1)) 0.0 (s t)
                    Finding.atMost "s(t+1) − s(t)" t (1.0 / float n) eps (s (t + 1) - s t)
            ])

    /// SCH-3.
    let oneCycle =
        check
            "SCH-3"
            "one cycle"
            "from 1/25 to 1 at 0.3 T to 1/(25·10⁴) at T; one peak"
            (source "Smith and Topin" 2018 "super-convergence")
            (Gen.choose (2, 100) |> Gen.map (fun n -> 10 * n))
            none
            Schedule.oneCycle
            (fun s T ->
                let peak = 3 * T / 10

                [
                    Finding.equal "s(0)" 0 (1.0 / 25.0) (8.0 * eps) (s 0)
                    Finding.equal "s(0.3 T)" peak 1.0 (8.0 * eps) (s peak)
                    Finding.equal "s(T)" T (1.0 / 25e4) (8.0 * eps) (s T)
                    Finding.equal "s(2T)" (2 * T) (s T) 0.0 (s (2 * T))
                    for t in 0 .. T - 1 do
                        if t < peak then
                            Finding.atMost "rising" t (s (t + 1)) eps (s t)
                        else
                            Finding.atMost "falling" t (s t) eps (s (t + 1))
                ])

    /// SCH-4.
    let powers =
        check
            "SCH-4"
            "geometric, exponential, step, polynomial, inverse square root"
            "s(t+1)/s(t) = γ; γ^⌊t/n⌋; polynomial 1 = linear; inverseSqrt(4t+3) = ½ inverseSqrt(t); 1/(1+λt)"
            (own "by definition")
            (Gen.zip3
                counts
                (Draw.uniform 0.5 0.99)
                (Gen.elements [
                    "geometric"
                    "exponential"
                    "step"
                    "milestones"
                    "polynomial"
                    "root"
                    "time"
                ]))
            none
            (fun (n, gamma, kind) ->
                match kind with
                | "geometric" -> Schedule.geometric gamma
                | "exponential" -> Schedule.exponential (1.0 - gamma)
                | "step" -> Schedule.stepDecay n gamma
                | "milestones" -> Schedule.multiStep [ n; 2 * n ] gamma
                | "polynomial" -> Schedule.polynomial 1.0 n
                | "root" -> Schedule.inverseSqrt
                | _ -> Schedule.inverseTime gamma)
            (fun s (n, gamma, kind) -> [
                Finding.equal "s(0)" 0 1.0 0.0 (s 0)
                for t in 0 .. 3 * n do
                    let slack = 8.0 * float (t + 1) * Vec.eps

                    match kind with
                    | "geometric" -> Finding.equal "s(t+1)" t (gamma * s t) slack (s (t + 1))
                    | "exponential" -> Finding.equal "s(t)" t (exp (-(1.0 - gamma) * float t)) slack (s t)
                    | "step" -> Finding.equal "s(t)" t (gamma ** float (t / n)) slack (s t)
                    | "milestones" ->
                        Finding.equal
                            "s(t)"
                            t
                            (if t >= 2 * n then gamma * gamma
                             elif t >= n then gamma
                             else 1.0)
                            slack
                            (s t)
                    | "polynomial" -> Finding.equal "s(t)" t (1.0 - float (min t n) / float n) slack (s t)
                    | "root" -> Finding.equal "s(4t+3)" t (s t / 2.0) slack (s (4 * t + 3))
                    | _ -> Finding.equal "s(t)" t (1.0 / (1.0 + gamma * float t)) slack (s t)
            ])

    /// <summary>SCH-1 … SCH-4.</summary>
    let laws: Law list = [ cosine; warmup; oneCycle; powers ]
