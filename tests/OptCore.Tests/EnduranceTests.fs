/// Short forms of what docs/reliability.md has in long ones: texts with faults, steps with numbers at the edges, memory over time.
module OptCore.Tests.EnduranceTests

open System
open System.Diagnostics
open System.IO
open Expecto
open OptCore
open OptCore.Tests.Checkpoints.States

/// How much: a variable sets it for longer runs.
let private amount (variable: string) (otherwise: int) =
    match Int32.TryParse(Environment.GetEnvironmentVariable variable) with
    | true, count -> count
    | _ -> otherwise

let private pick (random: Random) (items: 'T[]) = items[random.Next items.Length]

let private texts =
    lazy
        [|
            yield! List.map string optimizers

            yield! [
                "sgd 0.1 |> warmup 5 |> cosine 100"
                "adam 0.1 |> schedule (Schedule.warmup 10 |> Schedule.andThen 10 (Schedule.cosine 90))"
                "partition [\"a*\", adam 0.1; \"*\", sgd 0.1] |> rateFor \"x\" 2.0 // a comment"
                "Optimizer.Sgd(0.1).Momentum(0.9) (* none of ours *)"
            ]
        |]

let private marks = [|
    "("
    ")"
    "["
    "]"
    "\""
    "|>"
    ">>"
    ","
    ";"
    "="
    "-"
    "1e"
    "1e999"
    "nan"
    "0x"
    "\\u12"
    "(*"
    "//"
    "\n"
    "\000"
    "é"
    "𝛽"
    "."
|]

/// A text with up to three faults: something left out, doubled, put in, exchanged, from another text.
let private mutated (random: Random) =
    let once (text: string) =
        let at () = random.Next(text.Length + 1)
        let i, j = at (), at ()
        let first, last = min i j, max i j

        match random.Next 6 with
        | 0 -> text.Remove(first, min (last - first) 12)
        | 1 -> text.Insert(first, text.Substring(first, min (last - first) 12))
        | 2 -> text.Insert(i, pick random marks)
        | 3 -> text.Insert(i, string (char (random.Next 256)))
        | 4 when i < text.Length -> text.Remove(i, 1).Insert(i, pick random marks)
        | _ ->
            let other = pick random texts.Value
            text.Substring(0, i) + other.Substring(random.Next other.Length)

    (pick random texts.Value, [ 0 .. random.Next 3 ])
    ||> List.fold (fun text _ -> once text)

let private edges = [|
    nan
    infinity
    -infinity
    Double.Epsilon
    -Double.Epsilon
    Double.MaxValue
    -Double.MaxValue
    0.0
    -0.0
    1e-310
    -1e-200
    1e154
|]

let private alike (a: float[]) (b: float[]) =
    let same (x: float) (y: float) =
        BitConverter.DoubleToInt64Bits x = BitConverter.DoubleToInt64Bits y
        || Double.IsNaN x && Double.IsNaN y

    a.Length = b.Length && Array.forall2 same a b

let private alikeStates (a: State<float>) (b: State<float>) =
    a.Step = b.Step
    && alike (a.ToArray()) (b.ToArray())
    && Seq.forall2
        (fun (x: StateSlot) (y: StateSlot) ->
            let x, y = a.Read x.Name, b.Read y.Name
            alike x.Elements y.Elements && alike x.Numbers y.Numbers && x.Counts = y.Counts)
        a.Slots
        b.Slots

let private narrow = Execution(Bits = 128, Fuse = false, Threads = 1)

/// A few steps of one optimizer, pure, in place and block by block; how many steps were made.
let private excursion (random: Random) (optimizer: Optimizer) =
    let numbers () =
        Array.init layout.Length (fun _ ->
            if random.Next 4 = 0 then
                pick random edges
            else
                (random.NextDouble() - 0.5) * Math.Pow(10.0, float (random.Next(-5, 6))))

    let start = Array.map (fun x -> if Double.IsFinite x then x else 1.0) (numbers ())

    let plan, other =
        optimizer.Plan<float> layout, optimizer.Plan<float>(layout, narrow)

    let session = plan.Start start

    let rec go made (state: State<float>) (blocks: State<float>) =
        if made = 8 then
            made
        else
            let gradient = numbers ()
            let loss = pick random [| 1.0; -1.0; infinity; 1e300; 0.0 |]
            let before = state.ToArray()

            let next =
                try
                    Some(plan.Step(state, gradient, loss, atPoint = true))
                with
                | :? NonFiniteGradientException -> None
                // Rules that compute with the loss refuse it.
                | :? ArgumentException when not (Double.IsFinite loss) -> None

            if not (alike (state.ToArray()) before) then
                failtestf "%O: the old state has changed" optimizer

            match next with
            | None -> made
            | Some next ->
                session.Step(gradient, loss, atPoint = true) |> ignore
                let blocks = other.Step(blocks, gradient, loss, atPoint = true)

                if not (alikeStates next (session.Snapshot())) then
                    failtestf "%O: in place differs at step %d" optimizer made

                if not (alikeStates next blocks) then
                    failtestf "%O: block by block differs at step %d" optimizer made

                go (made + 1) next blocks

    go 0 (plan.Init start) (other.Init start)

/// What a long-lived program does: plans, steps, files, old states that go.
let private round (folder: string) (random: Random) =
    let optimizer = pick random (Array.ofList optimizers)
    let state = optimizer.Plan<float>(layout).Init(numbers 0 layout.Length)
    let last = walk 20 state |> List.last
    let path = Path.Combine(folder, "a.safetensors")
    Checkpoint.Save(last, path)

    if Checkpoint.Load<float> path <> last then
        failtestf "%O does not come back" optimizer

let private resident () =
    GC.Collect()
    GC.WaitForPendingFinalizers()
    GC.GetTotalMemory true

[<Tests>]
let tests =
    testList "endurance" [
        testCase "texts with faults are refused, or read, printed and read again" (fun () ->
            let random = Random 20
            let mutable read = 0

            for _ in 1 .. amount "OPTDSL_TEXTS" 3000 do
                let text = mutated random

                let value =
                    try
                        Some(Optimizer.Parse text)
                    with
                    | :? OptimizerParseException -> None
                    | wrong -> failtestf "%s: %O" text wrong

                match value with
                | Some optimizer ->
                    read <- read + 1
                    Expect.equal (Optimizer.Parse(string optimizer)) optimizer text
                | None -> ()

            Expect.isGreaterThan read 50 "some can be read")

        testCase "steps with NaN, ±∞, the largest and the smallest numbers: the same bits in every way" (fun () ->
            let random = Random 21
            let mutable made = 0
            let all = Array.ofList optimizers

            while made < amount "OPTDSL_STEPS" 2000 do
                made <- made + max 1 (excursion random (pick random all)))

        testCase "memory stays as it is over time" (fun () ->
            Checkpoints.Published.inFolder (fun folder ->
                let random = Random 22
                let all = TimeSpan.FromSeconds(float (amount "OPTDSL_SOAK" 4))
                let clock = Stopwatch.StartNew()
                // Compiled code and pools fill in the first quarter.
                while clock.Elapsed < all / 4.0 do
                    round folder random

                let before = resident ()

                while clock.Elapsed < all do
                    round folder random

                Expect.isLessThan (resident () - before) 4_000_000L "bytes more than after a quarter of the time"))
    ]
