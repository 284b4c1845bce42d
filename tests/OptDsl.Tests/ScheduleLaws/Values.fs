/// Schedules at a step, and two of them at every step.
module OptDsl.Tests.ScheduleLaws.Values

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl.Tests
open OptDsl.Tests.Numbers

let at (s: ISchedule) (t: int64) = s.At t

let atStep (s: ISchedule) (t: int) = s.At(int64 t)

/// Steps near 0, past every end, and at the end of time.
let steps =
    let generator =
        Gen.frequency [
            6, Gen.choose (0, 120) |> Gen.map int64
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

    Arb.fromGenShrink (
        generator,
        fun t -> Seq.distinct [ 0L; t / 2L; t - 1L ] |> Seq.filter (fun s -> s >= 0L && s < t)
    )

let equalAt (left: ISchedule) (right: ISchedule) t =
    if not ((at left t).Equals(at right t)) then
        failtestf "%O and %O differ at %d: %s, %s" left right t (show (at left t)) (show (at right t))

/// Two schedules with the same value at every step.
let same build =
    forAll2 build steps (fun (left, right) t -> equalAt left right t)

let one = Schedules.schedules
