/// Input of absurd size: refused with a message that can be read, at a cost that grows with the input and no faster.
module OptCore.Tests.BadInput.SizeTests

open System
open System.Threading
open Expecto
open OptCore
open OptCore.Tests
open OptModels
open OptCore.Tests.BadInput.Refusals

let private refusal (source: string) =
    match caught (fun () -> Optimizer.Parse source) with
    | :? OptimizerParseException as e -> e
    | e -> failtestf "%O" e

let private long = String('q', 1_000_000)

let private texts =
    testList "text" [
        testTheory
            "a long word is refused with its beginning, for a few bytes a character"
            [
                "an argument", $"sgd 0.1 |> momentum {long}"
                "a word", $"sgd 0.1 |> {long}"
                "a head", $"{long} 0.1"
                "a record", $"sgd 0.1 |> stage ({long}(0.9))"
                "an option", $"adamWith (Adam({long} = 0.9)) 0.1"
                "a schedule", $"sgd 0.1 |> schedule (Schedule.{long} 3)"
                "a string", $"sgd 0.1 |> clip \"{long}\""
                "a number", "sgd 0.1 |> cosine " + String('9', 1_000_000)
                "dots", "sgd 0.1 |> " + String.replicate 500_000 "q."
                "behind everything", $"sgd 0.1 |> clip 1.0{long}"
            ]
            (fun (_, source) ->
                let mutable length = 0
                // Sixteen bytes a character for the source and its copies, the rest for what is known.
                let bytes = Allocation.during (fun () -> length <- (refusal source).Message.Length)
                Expect.isLessThan length 1000 "a message to be read"
                Expect.isLessThan bytes (100_000_000L) "bytes")

        testCase "of a long line the message shows sixty characters on both sides of the place" (fun () ->
            let many = String.replicate 200 " |> clip 1.0"
            let source = $"sgd 0.1{many} |> clp 1.0{many}"
            let lines = (refusal source).Message.Split '\n'
            let at = source.IndexOf "clp"
            Expect.equal lines[1] ("…" + source.Substring(at - 60, 120) + "…") "line"
            Expect.equal lines[2] (String(' ', 61) + "^") "caret"
            Expect.stringContains lines[0] $"column {at + 1}" "column")

        testCase "a short line is shown whole" (fun () ->
            let lines = (refusal "sgd 0.1\n|> clp 1.0\n|> clip 2.0").Message.Split '\n'
            Expect.equal (Array.toList lines[1..]) [ "|> clp 1.0"; "   ^" ] "line and caret")
    ]

let private pipelines =
    testList "pipelines" [
        testTheory "every further word costs the same" [ "clip 1.0"; "momentum 0.5"; "constant 1.0" ] (fun word ->
            let source count =
                "sgd 0.1" + String.replicate count $" |> {word}"

            let cost count =
                let text = source count
                Allocation.during (fun () -> Optimizer.Parse text |> ignore)

            cost 10 |> ignore
            Expect.isLessThan (cost 16_000) (10L * cost 2_000) "eight times the words, at most ten times the bytes")

        testCase "stages of a later phase first" (fun () ->
            let text =
                "sgd 0.1"
                + String.replicate 3 " |> momentum 0.5"
                + String.replicate 3 " |> clip 1.0 |> l2 0.1"

            let names = [ for placed in (Optimizer.Parse text).Stages -> placed.Stage.GetType().Name ]
            let three = List.replicate 3

            Expect.equal names (three "ClipGlobalNorm" @ three "L2" @ three "Momentum") "by phase")
    ]

let private onSmallStack (f: unit -> unit) =
    let mutable failure: exn | null = null

    let thread =
        Thread(
            (fun () ->
                try
                    f ()
                with e ->
                    failure <- e),
            512 * 1024
        )

    thread.Start()
    thread.Join()
    failure |> Option.ofObj |> Option.iter (fun e -> failtestf "%O" e)

/// A schedule so deep; the innermost is no combinator.
let private nested depth : ISchedule =
    Seq.fold (fun (s: ISchedule) _ -> ScaleBy(s, 0.5) :> ISchedule) (Constant 1.0) (seq { 1..depth })

let private schedules =
    testList "schedules" [
        testCase "1000 deep: made, compared, hashed, evaluated, printed, read back on a small stack" (fun () ->
            onSmallStack (fun () ->
                let deep, twin = nested 1000, nested 1000
                Expect.isTrue (deep.Equals twin) "equal"
                Expect.equal (deep.GetHashCode()) (twin.GetHashCode()) "hash"
                Expect.equal (deep.At 0L) (2.0 ** -1000.0) "value"
                Expect.equal deep.End (Nullable 0L) "end"
                Expect.isTrue ((Words.ParseSchedule(Words.Print deep)).Equals deep) "read back"))

        testCase "one deeper is refused where it is made" (fun () ->
            let deep = nested 1000
            let words = [ "1000 deep"; "at most 1000" ]
            argument words (fun () -> ScaleBy(deep, 0.5))
            argument words (fun () -> Times(Constant 1.0, deep))
            argument words (fun () -> Plus(deep, Constant 1.0))
            argument words (fun () -> AndThen(Constant 1.0, 3, deep))
            argument words (fun () -> Delay(deep, 3))
            argument words (fun () -> Repeat(deep, 3))
            argument words (fun () -> AtLeast(deep, 0.1))
            argument words (fun () -> AtMost(deep, 0.1)))

        testCase "text that is deeper is refused, however deep" (fun () ->
            let text =
                "Schedule.constant 1.0" + String.replicate 30_000 " |> Schedule.scaleBy 0.5"

            refused typeof<OptimizerParseException> [ "at most 1000" ] (fun () -> Words.ParseSchedule text)

            refused typeof<OptimizerParseException> [ "at most 1000" ] (fun () ->
                Optimizer.Parse $"sgd 0.1 |> schedule ({text})"))

        testCase "width is no depth: a schedule used twice counts once" (fun () ->
            let wide =
                Seq.fold (fun (s: ISchedule) _ -> Times(s, s) :> ISchedule) (Constant 1.0) (seq { 1..900 })

            Expect.isTrue (Object.ReferenceEquals((wide :?> Times).First, (wide :?> Times).Second)) "one")
    ]

let private names =
    testList "names of tensors" [
        testTheory
            "control characters and half characters are refused"
            [
                "a\nb"
                "\r"
                "a\tb"
                "\u0000"
                "a\u0085"
                // Halves of pairs: not as literals, which the compiler repairs.
                String([| '\uD800' |])
                String([| 'a'; '\uDC00'; 'b' |])
                String([| '\uDC00'; '\uD800' |])
            ]
            (fun (name: string) ->
                argument [ "name of a tensor" ] (fun () -> Layout.Empty.Add(name, 2))
                argument [ "name of a tensor" ] (fun () -> Layout.Of [ struct (name, [| 2 |]) ]))

        testTheory
            "everything else is a name"
            [ "w"; "layer 1/weights"; "größe"; "\U0001F600"; "重み"; "\uFFFD" ]
            (fun name -> Expect.equal (Layout.Empty.Add(name, 2)).Tensors[0].Name name "kept")

        testCase "a negative axis is named once" (fun () ->
            let e = caught (fun () -> Layout.Empty.Add("w", 2, -3))
            Expect.stringContains e.Message "\"w\" has an axis of length -3; the range is 0 ≤ value." "axis"
            Expect.equal (e.Message.Split("axis").Length) 2 "once")
    ]

let private starts =
    testTheory "a start that is not finite" [ nan; infinity; -infinity ] (fun bad ->
        let tensors = Layout.Empty.Add("w", 2).Add("b", 1)
        let start = vector [ 1.0; bad; 0.0 ]
        let plan = (Optimizer.Sgd 0.1).Plan<float> tensors
        argument [ $"parameters[1] = {text bad}; expected finite numbers" ] (fun () -> plan.Init start)
        argument [ $"parameters[1] = {text bad}" ] (fun () -> plan.Start start)
        let single = (Optimizer.Sgd 0.1).Plan<float32> tensors
        let singles: float32[] = Array.map float32 start
        argument [ "parameters[1] = " ] (fun () -> single.Init singles))

let private images =
    testTheory
        "image sets whose sizes overflow"
        [
            1 <<< 30, 1 <<< 30, 1
            Int32.MaxValue, Int32.MaxValue, Int32.MaxValue
            1 <<< 16, 1 <<< 16, 1
        ]
        (fun (height, width, channels) ->
            range [ "channels · height · width" ] (fun () ->
                ImageSet([||], Array.zeroCreate 16, height, width, 10, channels)))

[<Tests>]
let tests =
    testList "bad input" [ testList "size" [ texts; pipelines; schedules; names; starts; images ] ]
