/// Stages and schedules of one's own take part in everything: an F# record, a class with options, a fused stage of the C# project
/// UserStage.CSharp (its kernel cannot be F#: see there).
module OptCore.Tests.UserStageTests

open System
open Expecto
open OptCore
open OptCore.Kernels
open UserStage

/// Heavy-ball momentum as an F# record: the library's momentum is its oracle.
type HeavyBall = {
    Beta: float
} with

    interface ISpanStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = β v + u; u = v"
        member _.Slots = [| SlotSpec.Element "v" |]

        member this.Apply step =
            let v = step.Slot "v"

            for i in 0 .. v.Length - 1 do
                // As the library's kernels round: once where the processor can.
                v[i] <-
                    if OptCore.Kernels.Hardware.HasFma then
                        Math.FusedMultiplyAdd(this.Beta, v[i], step.Update[i])
                    else
                        this.Beta * v[i] + step.Update[i]

                step.Update[i] <- v[i]

/// A class with a positional argument, an option and three kinds of slots; structural equality written out.
[<Word("pulse")>]
type Pulse(period: int) =
    let mutable gain = 2.0
    member _.Period = Require.Count(period, "Period")

    member _.Gain
        with get () = gain
        and set (value: float) = gain <- Require.NonNegative(value, "Gain")

    override this.Equals(other: obj | null) =
        match other with
        | :? Pulse as that -> this.Period = that.Period && this.Gain = that.Gain
        | _ -> false

    override this.GetHashCode() =
        HashCode.Combine(this.Period, this.Gain)

    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "every n-th update u = gain·u; counts, sums"

        member _.Slots = [|
            SlotSpec.Count "seen"
            SlotSpec.Scalar("sum", 1.0)
            SlotSpec("parts", SlotKind.PerTensor)
        |]

        member this.Apply step =
            let seen = step.Count "seen"
            let sum = step.Slot "sum"
            let parts = step.Slot "parts"
            seen[0] <- seen[0] + 1L
            sum[0] <- sum[0] + step.Rate * float step.Number
            parts[0] <- parts[0] + 1.0

            if int seen[0] % this.Period = 0 then
                for i in 0 .. step.Update.Length - 1 do
                    step.Update[i] <- this.Gain * step.Update[i]

/// A generator of 64 bits in a counter: what a double cannot hold.
type Dice = {
    Increment: int64
} with

    member this.Next(state: int64) =
        state * 6364136223846793005L + this.Increment

    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "rolls"
        member _.Slots = [| SlotSpec.Count "state"; SlotSpec.Scalar "sum" |]

        member this.Apply step =
            let state = step.Count "state"
            state[0] <- this.Next state[0]

/// A constraint of one's own: p = floor(p·4)/4.
type Quarters() =
    override _.Equals(other: obj | null) = other :? Quarters
    override _.GetHashCode() = 4

    interface ISpanStage with
        member _.Phase = Phase.Constraint
        member _.Equation = "p = ⌊4p⌋/4"

        member _.Apply step =
            for i in 0 .. step.Parameters.Length - 1 do
                step.Parameters[i] <- Math.Floor(4.0 * step.Parameters[i]) / 4.0

/// What a stage does, without a type of its own.
type Rule = delegate of SpanStep -> unit

/// A schedule of one's own: 1, ½, 1, ½, …
type Alternating = {
    Low: float
} with

    interface ISchedule with
        member this.At step =
            if step % 2L = 0L then 1.0 else this.Low

        member _.Equation = "1, low, 1, low, …"

let private vector (values: float list) : float[] = Array.ofList values

let private tensors = Layout.Empty.Add("w", 2, 3).Add("b", 1).Add("v", 12)

let private numbers (seed: int) =
    let random = Random seed
    Array.init tensors.Length (fun _ -> 4.0 * random.NextDouble() - 2.0)

let private ways = [
    for fuse in [ true; false ] do
        for bits in [ 128; Hardware.VectorBits ] do
            for threads in [ 1; 2 ] do
                Execution(Fuse = fuse, Bits = bits, Threads = threads)
]

/// Five steps, pure, reusing and in place, every way; all must agree.
let private run (optimizer: Optimizer) =
    let results = [
        for way in ways do
            let plan = optimizer.Plan<float>(tensors, way)
            let session = plan.Start(numbers 1)
            let mutable state = plan.Init(numbers 1)
            let mutable reused = plan.Init(numbers 1)

            for step in 2..6 do
                session.Step(numbers step, 1.0) |> ignore
                state <- plan.Step(state, numbers step, 1.0)
                reused <- plan.Step(reused, numbers step, reused, 1.0)

            Expect.equal (session.Snapshot()) state $"pure = in place, {way}"
            Expect.equal reused state $"pure = reuse, {way}"
            state
    ]

    for state in results do
        Expect.equal state results.Head "every way"

    results.Head

let private single (optimizer: Optimizer) =
    let singles seed : float32[] = Array.map float32 (numbers seed)
    let plan = optimizer.Plan<float32> tensors
    let session = plan.Start(singles 1)

    for step in 2..6 do
        session.Step(singles step, 1.0) |> ignore

    session.Snapshot()

let private read (text: string) = Optimizer.Parse text

/// The places of a stage: the optimizer with the stage put there.
let private places: (string * (IStage -> Optimizer)) list = [
    "plain", (fun s -> (Optimizer.Sgd 0.1).With s)
    "among others", (fun s -> (read "sgd 0.1 |> clip 1.0 |> weightDecay 0.1 |> cosine 9").With s)
    "only", (fun s -> (read "sgd 0.1 |> clip 1.0").Only("w", (fun o -> o.With s)))
    "except", (fun s -> (read "sgd 0.1 |> scale 0.5").Except("b", (fun o -> o.With s)))
    "partition",
    fun s -> (Optimizer.Partition [ struct ("w", (Optimizer.Sgd 0.1).With s); struct ("*", read "adam 0.01") ]).Clip 1.0
    "flow", (fun s -> Optimizer.Flow([ ClipValue 0.5; s; Scale 0.5 ], 0.1))
    "frozen", (fun s -> ((read "sgd 0.1").With s).Freeze "b")
]

let private heavyBall: (string * (float -> IStage)) list = [
    "record", (fun beta -> { HeavyBall.Beta = beta })
    "fused", (fun beta -> Blend beta)
]

let private momentum =
    testList "momentum of one's own is the library's, bit for bit" [
        for kind, make in heavyBall do
            for place, put in places do
                testCase $"{kind}: {place}" (fun () ->
                    let mine, theirs = put (make 0.9), put (Momentum 0.9)
                    Expect.equal (run(mine).ToArray()) (run(theirs).ToArray()) "float64"

                    // A span stage computes in double and rounds once more: exact in powers of two only.
                    if kind = "fused" then
                        Expect.equal (single(mine).ToArray()) (single(theirs).ToArray()) "float32")

            testCase $"{kind}: the slot is there under its name" (fun () ->
                let state = run ((Optimizer.Sgd 0.1).With(make 0.9))
                let slot = Seq.exactlyOne state.SlotNames
                Expect.equal slot (if kind = "record" then "heavyBall.v" else "blend.v") "name"
                Expect.equal (state.Slot slot) ((run (read "sgd 0.1 |> momentum 0.9")).Slot "momentum.v") "content")

        testCase "record: float32 with exact numbers" (fun () ->
            let run (stage: IStage) =
                let plan = (Optimizer.Sgd 0.5).With(stage).Plan<float32>(Layout.Plain 3)
                let start: float32[] = [| 1f; 2f; 3f |]
                let gradient: float32[] = [| 0.5f; -0.25f; 4f |]
                let session = plan.Start start

                for _ in 1..4 do
                    session.Step gradient |> ignore

                session.Snapshot().ToArray()

            Expect.equal (run { HeavyBall.Beta = 0.5 }) (run (Momentum 0.5)) "bits")

        testCase "the fused stage joins its neighbours' loop, the span stage is a barrier" (fun () ->
            let sweeps (stage: IStage) =
                let text =
                    (read "sgd 0.1 |> weightDecay 0.1")
                        .With(stage)
                        .Plan<float>(tensors, Execution(Threads = 1))
                        .Describe()

                text.Split('\n').Length

            Expect.equal (sweeps (Blend 0.9)) (sweeps (Momentum 0.9)) "as the library's"
            Expect.isGreaterThan (sweeps { HeavyBall.Beta = 0.9 }) (sweeps (Momentum 0.9)) "one pass more")
    ]

let private options =
    testList "a class with options" [
        testCase "its slots of every kind live in the state" (fun () ->
            let plan = (Optimizer.Sgd 0.5).With(Pulse 2).Plan 1
            let start = vector [ 0.0 ]
            let mutable state = plan.Init start
            Expect.equal ((state.Numbers "pulse.sum")[0], state.Count "pulse.seen") (1.0, 0L) "start"

            for _ in 1..4 do
                state <- plan.Step(state, vector [ 1.0 ])

            // 0.5 + 1 + 0.5 + 1
            Expect.equal (state.ToArray()) [| -3.0 |] "every second update doubled"
            Expect.equal (state.Count "pulse.seen") 4L "count"
            Expect.equal (state.Numbers "pulse.sum") [| 6.0 |] "1 + ½(1 + 2 + 3 + 4)"
            Expect.equal (state.Numbers "pulse.parts") [| 4.0 |] "per tensor")

        testCase "64 bits of a counter stay exact" (fun () ->
            let dice = { Increment = 1442695040888963407L }
            let plan = (Optimizer.Sgd 0.5).With(dice).Plan 1
            let mutable state = plan.Init(vector [ 0.0 ])

            for _ in 1..5 do
                state <- plan.Step(state, vector [ 1.0 ])

            Expect.equal (state.Count "dice.state") (Seq.fold (fun x _ -> dice.Next x) 0L [ 1..5 ]) "rolled")

        for place, put in places do
            testCase $"{place}: pure = in place = reuse = blocks" (fun () -> run (put (Pulse(3, Gain = 0.5))) |> ignore)

        testCase "a state from the middle goes on as the whole run" (fun () ->
            let plan =
                (Optimizer.Sgd 0.1).With(Pulse 2).With({ HeavyBall.Beta = 0.5 }).Plan<float> tensors

            let whole = plan.Start(numbers 1)

            for step in 2..4 do
                whole.Step(numbers step) |> ignore

            let rest = plan.Resume(whole.Snapshot())

            for step in 5..7 do
                whole.Step(numbers step) |> ignore
                rest.Step(numbers step) |> ignore

            Expect.equal (rest.Snapshot()) (whole.Snapshot()) "state")

        testCase "a constraint of one's own changes p" (fun () ->
            let plan = (Optimizer.Sgd 0.5).With(Quarters()).Plan 2
            let state = plan.Step(plan.Init(vector [ 1.0; 1.0 ]), vector [ 0.25; 1.75 ])
            Expect.equal (state.ToArray()) [| 0.75; 0.0 |] "quarters")
    ]

let private schedules =
    testList "a schedule of one's own" [
        testCase "multiplies the rate, combines, prints" (fun () ->
            let alternating: ISchedule = { Low = 0.5 }
            let optimizer = (read "sgd 0.5 |> linear 4").With alternating
            let plan = optimizer.Plan 1
            Expect.equal [ for t in 0L .. 4L -> plan.RateAt t ] [ 0.5; 0.1875; 0.25; 0.0625; 0.0 ] "rates"
            Expect.equal (Times(alternating, Constant 2.0).At 1L) 1.0 "combined"
            Expect.stringContains (optimizer.Explain()) "1, low, 1, low, …" "explained")

        testCase "text, once registered" (fun () ->
            Words.Register<Alternating>()
            let optimizer = (Optimizer.Sgd 0.5).With({ Low = 0.25 }: Alternating)
            Expect.equal (string optimizer) "sgd 0.5 |> schedule (Alternating(0.25))" "prints"
            Expect.equal (read (string optimizer)) optimizer "reads back"
            Expect.equal (read "sgd 0.5 |> alternating 0.25") optimizer "its word")
    ]

let private text =
    testList "text" [
        testCase "prints before it is registered, reads back after" (fun () ->
            let optimizer = (Optimizer.Sgd 0.1).With({ HeavyBall.Beta = 0.75 }).Clip 1.0
            Expect.equal (string optimizer) "sgd 0.1 |> clip 1.0 |> stage (HeavyBall(0.75))" "prints"
            Words.Register<HeavyBall>()
            Words.Register<HeavyBall>()
            Expect.equal (read (string optimizer)) optimizer "reads back"
            Expect.equal (read "sgd 0.1 |> clip 1.0 |> heavyBall 0.75") optimizer "its word")

        testCase "options print where they differ; its own refusals are reported at their place" (fun () ->
            Words.Register<Pulse>()
            let optimizer = (Optimizer.Sgd 0.1).With(Pulse(3, Gain = 0.5))
            Expect.equal (string optimizer) "sgd 0.1 |> stage (Pulse(3, Gain = 0.5))" "prints"
            Expect.equal (read (string optimizer)) optimizer "reads back"
            Expect.equal (string ((Optimizer.Sgd 0.1).With(Pulse 3))) "sgd 0.1 |> stage (Pulse(3))" "default option"

            Expect.throwsC (fun () -> read "sgd 0.1 |> stage (Pulse(3, Gain = -1.0))" |> ignore) (fun e ->
                Expect.stringContains e.Message "Gain = -1" "message"))

        testCase "scopes and partitions with it read back" (fun () ->
            Words.Register<HeavyBall>()
            Words.Register<Blend>()
            Words.Register<Pulse>()

            for stage in [ { HeavyBall.Beta = 0.5 } :> IStage; Blend 0.5; Pulse(2, Gain = 3.0) ] do
                for place, put in places do
                    let optimizer = put stage
                    Expect.equal (read (string optimizer)) optimizer place)

        testCase "a type of the library keeps its word" (fun () ->
            Words.Register<Momentum>()
            Words.Register<Momentum> "momentum"

            Expect.throwsC (fun () -> Words.Register<Momentum> "inertia") (fun e ->
                Expect.stringContains e.Message "Momentum is a type of the library, whose word is momentum" "message")

            Expect.equal (string (read "sgd 0.1 |> momentum 0.9")) "sgd 0.1 |> momentum 0.9" "still")

        testCase "a name of the library is taken" (fun () ->
            Expect.throwsT<ArgumentException> (fun () -> Words.Register<HeavyBall> "momentum") "momentum"
            Expect.throwsT<ArgumentException> (fun () -> Words.Register<HeavyBall> "only") "only"
            Expect.throwsT<ArgumentException> (fun () -> Words.Register typeof<string>) "no stage")

        testCase "explain shows its equation and state" (fun () ->
            let text = ((Optimizer.Sgd 0.1).With({ HeavyBall.Beta = 0.5 })).Explain()
            Expect.stringContains text "v = β v + u; u = v" "equation"
            Expect.stringContains text "state v" "state")
    ]

let private mistakes =
    let stage (slots: SlotSpec list) (rule: Rule) : IStage = {
        new ISpanStage with
            member _.Phase = Phase.Direction
            member _.Equation = ""
            member _.Slots = Array.ofList slots
            member _.Apply step = rule.Invoke step
    }

    testList "mistakes" [
        testCase "a slot that is not listed, a slot listed twice" (fun () ->
            let plan =
                (Optimizer.Sgd 0.1).With(stage [ SlotSpec.Element "v" ] (Rule(fun s -> s.Slot("w").Clear()))).Plan 1

            Expect.throwsC (fun () -> plan.Step(plan.Init(vector [ 1.0 ]), vector [ 1.0 ]) |> ignore) (fun e ->
                Expect.isTrue (e :? ArgumentException) "type"
                Expect.stringContains e.Message "\"w\"" "asked for"
                Expect.stringContains e.Message "v" "there are")

            Expect.throwsT<ArgumentException>
                (fun () ->
                    (Optimizer.Sgd 0.1)
                        .With(stage [ SlotSpec.Element "v"; SlotSpec.Scalar "v" ] (Rule(fun _ -> ())))
                        .Plan
                        1
                    |> ignore)
                "twice")

        testCase "a counter is no span of doubles, a double no counter" (fun () ->
            let slots = [ SlotSpec.Count "n"; SlotSpec.Scalar "x" ]

            for rule, word in
                [
                    Rule(fun s -> s.Slot("n").Clear()), "Count"
                    Rule(fun s -> s.Count("x").Clear()), "Slot"
                ] do
                let plan = (Optimizer.Sgd 0.1).With(stage slots rule).Plan 1

                Expect.throwsC (fun () -> plan.Step(plan.Init(vector [ 1.0 ]), vector [ 1.0 ]) |> ignore) (fun e ->
                    Expect.isTrue (e :? ArgumentException) "type"
                    Expect.stringContains e.Message $"ask for it with {word}" "what to ask for"))

        testCase "an exception in it leaves state and plan usable" (fun () ->
            let fails = ref true

            let own =
                stage
                    []
                    (Rule(fun step ->
                        if fails.Value then
                            failwith "broken"

                        step.Update[0] <- 2.0 * step.Update[0]))

            let plan = (Optimizer.Sgd 0.5).With(own).Plan 1
            let state = plan.Init(vector [ 1.0 ])
            Expect.throws (fun () -> plan.Step(state, vector [ 1.0 ]) |> ignore) "passed on"
            fails.Value <- false
            Expect.equal (plan.Step(state, vector [ 1.0 ]).ToArray()) [| 0.0 |] "1 − ½·2")
    ]

[<Tests>]
let tests =
    testList "stages of one's own" [ momentum; options; schedules; text; mistakes ]
