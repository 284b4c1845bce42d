/// Which tensors have a gradient and which stages act: the programs of the sets seen last are kept.
module OptCore.Tests.AttendanceTests

open System
open Expecto
open OptCore
open OptCore.Kernels

// Each its own bit of a number; 7 of them, so that there are more sets than are kept.
let private count = 7

let private layout =
    (Layout.Empty, [ 0 .. count - 1 ])
    ||> List.fold (fun all i -> all.Add($"t{i}", i + 1))

let private modelOf (text: string) =
    ((Optimizer.Parse text).Plan<float> layout).Resolved

let private has (set: int) i = set &&& (1 <<< i) <> 0

let private same (one: obj) (other: obj) = Object.ReferenceEquals(one, other)

let private tensors = [
    testCase "it says whether something has changed, and what is there" (fun () ->
        let attendance = Attendance<float>(modelOf "sgd 0.1 |> freeze \"t2\"")

        let set (flags: bool list) =
            attendance.Set(ReadOnlySpan(Array.ofList flags))

        let all = List.replicate count true
        let some = [ true; true; true; false; true; false; true ]
        let moving = [ 0; 1; 3; 4; 5; 6 ]

        let isFull () =
            Expect.isTrue attendance.IsFull "full"
            Expect.equal (List.ofArray attendance.Tensors) moving "all but the frozen one"
            // t0 and t1 lie before t2, which begins with element 3 and has three.
            Expect.equal attendance.Present [| ElementRange(0, 3); ElementRange(6, 28) |] "their elements"

        isFull ()
        Expect.isFalse (set []) "as it was"
        Expect.isFalse (set all) "all of them"
        // What is frozen is not asked for.
        Expect.isFalse (set [ true; true; false; true; true; true; true ]) "all that move"
        isFull ()
        Expect.isTrue (set some) "some"
        Expect.isFalse attendance.IsFull "not full"
        Expect.equal (List.ofArray attendance.Tensors) [ 0; 1; 4; 6 ] "some"
        Expect.equal attendance.Present [| ElementRange(0, 3); ElementRange(10, 15); ElementRange(21, 28) |] "elements"
        let programs = attendance.Programs
        Expect.isFalse (set some) "the same"
        Expect.isTrue (set []) "all again"
        isFull ()
        Expect.isTrue (set some) "some again"
        Expect.isTrue (same attendance.Programs programs) "the programs are kept"
        Expect.isTrue (set all) "all by name"
        isFull ()
        Expect.isTrue (set (List.replicate count false)) "none"
        Expect.isEmpty attendance.Tensors "none"
        Expect.isEmpty attendance.Present "none")

    testCase "one tensor: there or not" (fun () ->
        let attendance =
            Attendance<float>(((Optimizer.Parse "sgd 0.1").Plan<float>(Layout.Plain 3)).Resolved)

        let set (flag: bool) = attendance.Set(ReadOnlySpan [| flag |])
        Expect.isFalse (set true) "there"
        Expect.isTrue (set false) "not there"
        let programs = attendance.Programs
        Expect.isFalse (set false) "still not"
        Expect.isTrue (set true) "there again"
        Expect.isTrue attendance.IsFull "full"
        Expect.isTrue (set false) "not there again"
        Expect.isTrue (same attendance.Programs programs) "the programs are kept")

    testCase "the last 64 sets of tensors are kept" (fun () ->
        let attendance = Attendance<float>(modelOf "sgd 0.1")

        let programs set =
            attendance.Set(ReadOnlySpan [| for i in 0 .. count - 1 -> has set i |])
            |> ignore

            attendance.Programs

        let whole = attendance.Programs
        let first = [| for set in 1..64 -> programs set |]

        for set in 1..64 do
            Expect.isTrue (same (programs set) first[set - 1]) $"{set} is kept"

        let next = programs 65

        for set in 2..64 do
            Expect.isTrue (same (programs set) first[set - 1]) $"{set} is kept beside 65"

        Expect.isTrue (same (programs 65) next) "65 is kept"
        Expect.isFalse (same (programs 1) first[0]) "1 was the oldest"
        Expect.isFalse (same (programs 2) first[1]) "and then 2"
        Expect.isTrue (same (programs 4) first[3]) "4 is kept"
        attendance.Set(ReadOnlySpan<bool>.Empty) |> ignore
        Expect.isTrue (same attendance.Programs whole) "that of all is always there")
]

let private turns = [
    let text =
        "sgd 0.1" + String.replicate count " |> onlyWhen (StepsFrom 1) (scale 0.5)"

    let turns set = [| for i in 0 .. count - 1 -> if has set i then Turn.Passes else Turn.Acts |]

    testCase "it says whether other stages act" (fun () ->
        let attendance = Attendance<float>(modelOf text)
        let set (turns: Turn[]) = attendance.Set(ReadOnlySpan turns)
        let acting () = attendance.Model.Stages.Count
        Expect.isFalse (set (turns 0)) "all"
        Expect.isTrue attendance.IsFull "full"

        for i in 0 .. count - 1 do
            Expect.isTrue (set (turns (1 <<< i))) $"without {i}"
            Expect.isFalse attendance.IsFull $"without {i}"
            Expect.equal (acting ()) (count - 1) $"without {i}"
            Expect.isFalse (set (turns (1 <<< i))) $"still without {i}"
            Expect.isTrue (set (turns 0)) "all again"
            Expect.isTrue attendance.IsFull "full"

        Expect.isTrue (set (Array.create count Turn.Masks)) "0 for all"
        Expect.equal (acting ()) count "a 0 for each"
        Expect.isTrue (set (Array.create count Turn.Passes)) "none"
        Expect.equal (acting ()) 0 "none")

    testCase "the last 64 sets of stages are kept, that of all always" (fun () ->
        let attendance = Attendance<float>(modelOf text)

        let programs set =
            attendance.Set(ReadOnlySpan(turns set)) |> ignore
            attendance.Programs

        let first = [| for set in 0..63 -> programs set |]

        for set in 0..63 do
            Expect.isTrue (same (programs set) first[set]) $"{set} is kept"

        let next = programs 64

        for set in 0 :: [ 2..63 ] do
            Expect.isTrue (same (programs set) first[set]) $"{set} is kept beside 64"

        Expect.isTrue (same (programs 64) next) "64 is kept"
        Expect.isFalse (same (programs 1) first[1]) "1 was the oldest"
        Expect.isFalse (same (programs 2) first[2]) "and then 2"
        Expect.isTrue (same (programs 4) first[4]) "4 is kept"
        Expect.isTrue (same (programs 0) first[0]) "that of all")
]

[<Tests>]
let tests = testList "attendance" [ yield! tensors; yield! turns ]
