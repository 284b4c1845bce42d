namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// Schedules, and the steps at which they are asked.
module internal ScheduleDraws =

    let counts = Gen.choose (1, 60)

    /// Near 0, past every end, and where a float no longer counts by ones.
    let steps: Gen<int64> =
        Gen.frequency [
            6, Gen.choose (0, 200) |> Gen.map int64
            2, Gen.choose64 (0L, 1L <<< 40)
            1,
            Gen.elements [
                int64 Int32.MaxValue
                1L <<< 53
                (1L <<< 53) + 1L
                Int64.MaxValue - 1L
                Int64.MaxValue
            ]
        ]

    let private share = Draw.uniform 0.0 1.0
    let private shrinking = Draw.uniform 0.2 1.0

    let private simple: Gen<ISchedule> =
        Gen.oneof [
            Gen.map Schedule.constant (Draw.uniform 0.0 2.0)
            Gen.map2 Schedule.stepDecay counts shrinking
            Gen.map2 (fun n gamma -> Schedule.multiStep [ n; n + 3; 2 * n + 7 ] gamma) counts shrinking
            Gen.map Schedule.geometric shrinking
            Gen.map Schedule.exponential (Draw.logUniform 1e-4 10.0)
            Gen.map2 (fun n floor -> Schedule.cosineWith (Cosine(n, Floor = floor))) counts share
            Gen.map2 Schedule.cosineRestarts counts (Gen.choose (1, 3))
            Gen.map Schedule.linear counts
            Gen.map2 Schedule.polynomial (Draw.uniform 0.5 5.0) counts
            Gen.map Schedule.warmup counts
            Gen.map2 Schedule.warmupFrom share counts
            Gen.map2 (fun n more -> Schedule.warmupCosine n (n + more)) counts counts
            Gen.map Schedule.oneCycle counts
            Gen.constant Schedule.inverseSqrt
            Gen.map Schedule.inverseTime (Draw.logUniform 1e-4 10.0)
            Gen.map2 Schedule.triangular counts share
            Gen.map3 (fun n hold down -> Schedule.warmupStableDecay n (n + hold + down) down) counts counts counts
        ]

    /// One word, or two put together.
    let any: Gen<ISchedule> =
        Gen.frequency [
            3, simple
            1, Gen.map2 Schedule.times simple simple
            1, Gen.map2 Schedule.plus simple simple
            1, Gen.map3 Schedule.andThen (Gen.choose (0, 40)) simple simple
        ]
