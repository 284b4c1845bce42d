/// Every schedule is a function of t (SCH-6): finite, not negative, the same whenever it is asked.
///
/// Left: SCH-7, the bounds of the subgradient method under a schedule, which comes with the theorems.
module OptDsl.Tests.ScheduleLaws.FunctionTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running
open OptDsl.Tests.ScheduleLaws.Values

let private finiteAndNonnegative (source: Arbitrary<ISchedule>) =
    forAll2 source steps (fun s t ->
        let value = at s t
        Expect.isTrue (Double.IsFinite value && value >= 0.0) $"{s} at {t} is {show value}")

/// A schedule that counts its queries: what purity forbids.
type private Counting() =
    let mutable queries = 0.0

    interface ISchedule with
        member _.Equation = "the number of queries"

        member _.At _ =
            queries <- queries + 1.0
            queries

let private pure' (source: Arbitrary<ISchedule>) =
    forAll2 source (Arb.fromGen (Gen.arrayOfLength 12 (Arb.toGen steps))) (fun s ts ->
        let forward = ts |> Array.map (at s)
        let backward = ts |> Array.rev |> Array.map (at s) |> Array.rev
        sameBits backward forward $"{s} asked in another order")

/// Combinators of factors above 1, where an overflow would not be finite.
let private growing =
    Arb.fromGen (
        gen {
            let! factor = logUniform 1.0 1e3
            let! huge = logUniform 1.0 1e308

            return!
                Gen.elements [
                    Schedule.geometric factor
                    Schedule.stepDecay 1 factor
                    Schedule.multiStep [ 0..200 ] huge
                    Schedule.constant huge |> Schedule.times (Schedule.constant huge)
                    Schedule.constant huge |> Schedule.plus (Schedule.constant Double.MaxValue)
                    Schedule.geometric factor |> Schedule.scaleBy huge
                    Linear(5, From = huge, To = Double.MaxValue) :> ISchedule
                ]
        }
    )

[<Tests>]
let tests =
    testList "schedules" [
        law "SCH-6" "every schedule is finite and ≥ 0 for every t" (finiteAndNonnegative one)
        law "SCH-6" "growing ones too: they saturate" (finiteAndNonnegative growing)
        law "SCH-6" "every schedule is a function of t alone" (pure' one)
        control
            "SCH-6"
            "one that counts its queries is not"
            (pure' (Arb.fromGen (Gen.fresh (fun () -> Counting() :> ISchedule))))
        law
            "SCH-6"
            "past its end a schedule keeps its value"
            (forAll2 one steps (fun s t ->
                match Option.ofNullable s.End with
                | Some last when t >= last -> equalAt s (Schedule.constant (at s last)) t
                | _ -> ()))
    ]
