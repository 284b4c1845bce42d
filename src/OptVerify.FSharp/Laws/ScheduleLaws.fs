namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal ScheduleParts =

    let eps = 4.0 * Vec.eps
    let counts = ScheduleDraws.counts

    /// F# code that shows a schedule at some steps: as the rates of an optimizer, whose text is code.
    let code (schedule: ISchedule) (steps: string) =
        $"[ for t in {steps} -> (({sgd 1.0 |> OptimizerWords.schedule schedule}).Plan 1).RateAt t ]"

    /// The values of a schedule that is built from a setting.
    let values (settings: Gen<'s>) (build: 's -> ISchedule) (judge: (int -> float) -> 's -> Finding list) =
        let tell setting =
            let schedule = build setting

            code schedule "0L .. 100L", fun (subject: Subject) -> judge (fun t -> subject.At schedule (int64 t)) setting

        settings |> Gen.map (Case.over (fun _ -> Seq.empty) tell)

    /// s(t) of a schedule against a formula, at steps near 0.
    let follows (settings: Gen<'s>) (build: 's -> ISchedule) last slack (formula: 's -> int -> float) =
        values settings build (fun s setting -> [
            for t in 0 .. last setting -> Finding.equal "s(t)" t (formula setting t) (slack t) (s t)
        ])

/// <summary>Schedules one by one: their values and ends.</summary>
[<RequireQualifiedAccess>]
module ScheduleLaws =

    open ScheduleParts

    /// SCH-1.
    let cosine = {
        Id = "SCH-1"
        Name = "cosine"
        Statement = "f+(1−f)(1+cos(πt/T))/2: ends, nonincreasing, s(t)+s(T−t) = 1+f, mean, longest step, stays at f"
        Assumptions = "t = 0, 1, 2, …"
        Tightness = Identity
        Source = source "Loshchilov and Hutter" 2017 "equation 5"
        Cases =
            values
                (Gen.zip (Gen.choose (1, 200)) (Draw.uniform 0.0 1.0))
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
    }

    /// SCH-2.
    let warmup =
        let joined =
            values
                (Gen.zip counts counts)
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

        let fromBelow =
            follows
                (Gen.zip counts (Draw.uniform 0.0 1.0))
                (fun (n, a) -> Schedule.warmupFrom a n)
                (fun (n, _) -> 2 * n)
                (fun _ -> 2.0 * eps)
                (fun (n, a) t -> a + (1.0 - a) * float (min t n) / float n)

        let oneWord =
            values (Gen.zip counts counts) (fun (n, more) -> Schedule.warmupCosine n (n + more)) (fun s (n, more) ->
                let parts = Schedule.warmup n |> Schedule.andThen n (Schedule.cosine more)

                [
                    for t in 0 .. 2 * (n + more) -> Finding.equal "warmupCosine" t (parts.At(int64 t)) 0.0 (s t)
                ])

        {
            Id = "SCH-2"
            Name = "warm-up"
            Statement =
                "(t+1)/n or a+(1−a)t/n up to 1, nondecreasing, steps of 1/n; then the next schedule from its start"
            Assumptions = "t = 0, 1, 2, …"
            Tightness = Identity
            Source = source "Goyal et al." 2017 "section 2.2"
            Cases = Gen.oneof [ joined; fromBelow; oneWord ]
        }

    /// SCH-3.
    let oneCycle = {
        Id = "SCH-3"
        Name = "one cycle"
        Statement = "from 1/25 to 1 at 0.3 T to 1/(25·10⁴) at T; one peak"
        Assumptions = "t = 0, 1, 2, …"
        Tightness = Identity
        Source = source "Smith and Topin" 2018 "super-convergence"
        Cases =
            values (Gen.choose (2, 100) |> Gen.map (fun n -> 10 * n)) Schedule.oneCycle (fun s T ->
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
    }

    /// SCH-4.
    let powers =
        let gammas = Draw.uniform 0.5 0.99
        let rounded t = 8.0 * float (t + 1) * Vec.eps
        let both = Gen.zip counts gammas
        let three (n, _) = 3 * n

        {
            Id = "SCH-4"
            Name = "geometric, exponential, step, polynomial, inverse square root"
            Statement =
                "s(t+1)/s(t) = γ; γ^⌊t/n⌋; polynomial 1 = linear; inverseSqrt(4t+3) = ½ inverseSqrt(t); 1/(1+λt)"
            Assumptions = "t = 0, 1, 2, …"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Gen.oneof [
                    values both (fun (_, gamma) -> Schedule.geometric gamma) (fun s (n, gamma) -> [
                        Finding.equal "s(0)" 0 1.0 0.0 (s 0)
                        for t in 0 .. 3 * n do
                            Finding.equal "s(t+1)" t (gamma * s t) (rounded t) (s (t + 1))
                    ])
                    follows both (fun (_, rate) -> Schedule.exponential (1.0 - rate)) three rounded (fun (_, rate) t ->
                        exp (-(1.0 - rate) * float t))
                    follows both (fun (n, gamma) -> Schedule.stepDecay n gamma) three rounded (fun (n, gamma) t ->
                        gamma ** float (t / n))
                    follows
                        both
                        (fun (n, gamma) -> Schedule.multiStep [ n; n + 3; 2 * n + 7 ] gamma)
                        three
                        rounded
                        (fun (n, gamma) t ->
                            let reached =
                                [ n; n + 3; 2 * n + 7 ] |> List.filter (fun milestone -> t >= milestone)

                            gamma ** float reached.Length)
                    values both (fun (n, _) -> Schedule.polynomial 1.0 n) (fun s (n, _) -> [
                        for t in 0 .. 3 * n do
                            Finding.equal "s(t)" t (Schedule.linear(n).At(int64 t)) 0.0 (s t)
                            Finding.equal "s(t)" t (1.0 - float (min t n) / float n) (rounded t) (s t)
                    ])
                    values both (fun _ -> Schedule.inverseSqrt) (fun s (n, _) -> [
                        Finding.equal "s(0)" 0 1.0 0.0 (s 0)
                        for t in 0 .. 3 * n do
                            Finding.equal "s(4t+3)" t (s t / 2.0) (rounded t) (s (4 * t + 3))
                    ])
                    follows both (fun (_, rate) -> Schedule.inverseTime rate) three rounded (fun (_, rate) t ->
                        1.0 / (1.0 + rate * float t))
                ]
        }

    /// <summary>SCH-1 … SCH-4.</summary>
    let laws: Law list = [ cosine; warmup; oneCycle; powers ]
