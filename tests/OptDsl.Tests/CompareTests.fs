/// Run.race, Run.findRate, Run.diff.
module OptDsl.Tests.CompareTests

open System
open Expecto
open OptCore
open OptDsl

let private bowl = Objective.quadratic [| 2.0; 1.0 |]
let private start = [| 1.0; 1.0 |]
let private names (race: Race) = race.Entrants |> List.map _.Name

let private races =
    testList "race" [
        testCase "ranked by the value at the end, what diverges behind" (fun () ->
            // The slowest factor on this bowl is |1 − η| or |1 − 2η|: 0.9, 0.5, 0.2/0.6; 1.5 diverges.
            let race =
                Run.race 60 bowl start [ "far", sgd 1.5; "slow", sgd 0.1; "fast", sgd 0.6; "middle", sgd 0.5 ]

            Expect.equal (names race) [ "fast"; "middle"; "slow"; "far" ] "order")
        testCase "each run is the one that minimize makes" (fun () ->
            let race = Run.race 20 bowl start [ "a", adam 0.1; "b", sgd 0.1 ]
            Expect.all race.Entrants (fun e -> e.Result = minimize 20 bowl start e.Optimizer) "results")
        testCase "the reference is f*, else the least value met" (fun () ->
            Expect.equal (Run.race 5 bowl start [ ("a", sgd 0.1) ]).Reference 0.0 "f*"

            let unknown =
                Objective.ofFunction 1 (fun x -> x[0] * x[0] + 3.0) (Array.map ((*) 2.0))

            Expect.equal (Run.race 5 unknown [| 4.0 |] [ "slow", sgd 0.1; "exact", sgd 0.5 ]).Reference 3.0 "met")
        testCase "near is the first update from which a thousandth is left" (fun () ->
            // f_t = f_0·0.25^t on ½x²: below a thousandth at t = 5.
            let line = Objective.quadratic [| 1.0 |]
            let race = Run.race 8 line [| 1.0 |] [ "half", sgd 0.5; "hundredth", sgd 0.01 ]
            Expect.equal (race.Entrants |> List.map _.Near) [ Some 5L; None ] "steps")
        testCase "the table has a row for each, the text a line" (fun () ->
            let race = Run.race 5 bowl start [ "one", sgd 0.1; "two", sgd 0.5 ]
            Expect.hasLength (race.Table.Split '\n') 4 "title, head, rows"
            Expect.equal (string race) "race on quadratic: two, one" "one line"
            Expect.equal (sprintf "%A" race) race.Table "as F# Interactive shows it")
        testCase "in float32: each run is that of minimize32, near counts its updates" (fun () ->
            let start = [| 1.0f; 1.0f |]
            let race = Run.race32 20 bowl start [ "a", adam 0.1; "b", sgd 0.1 ]
            Expect.all race.Entrants (fun e -> e.Result = minimize32 20 bowl start e.Optimizer) "results"
            let line = Objective.quadratic [| 1.0 |]
            let race = Run.race32 8 line [| 1.0f |] [ "half", sgd 0.5; "hundredth", sgd 0.01 ]
            Expect.equal [ for e in race.Entrants -> e.Name, e.Near ] [ "half", Some 5L; "hundredth", None ] "steps"
            Expect.equal (sprintf "%A" race) race.Table "as F# Interactive shows it"
            Expect.equal (string race) "race on quadratic: half, hundredth" "one line")
        testCase "in float32 what leaves its range fails, which float does not" (fun () ->
            // f_t = 10^2t on ½·2x²: beyond 3.4e38 behind 20 updates, the default limit of growth apart.
            let steep = Objective.ofFunction32 1 (fun _ -> 0.0) (Array.map ((*) 2.0f))
            let race = Run.race32 50 steep [| 1.0f |] [ "far", sgd 5.5; "near", sgd 0.5 ]
            Expect.equal [ for e in race.Entrants -> e.Name ] [ "near"; "far" ] "order"
            Expect.equal (List.last race.Entrants).Result.Reason Reason.Diverged "reason")
        testCase "nobody is a race, too" (fun () -> Expect.isEmpty (Run.race 5 bowl start []).Entrants "entrants")
    ]

let private curvature = 4.0
let private line = Objective.quadratic [| curvature |]

let private rateTests =
    testList "findRate" [
        testCase "rates grow by one factor between the ends, and values are those of the recurrence" (fun () ->
            let test = sgd 7.0 |> Run.findRate (1e-4, 1e-1) 31 line [| 1.0 |]
            Expect.hasLength test.Rates 31 "all"
            Expect.floatClose Accuracy.veryHigh test.Rates[0] 1e-4 "low"
            Expect.floatClose Accuracy.veryHigh test.Rates[30] 1e-1 "high"
            let points = Array.scan (fun x rate -> x * (1.0 - rate * curvature)) 1.0 test.Rates

            for i in 0..30 do
                Expect.floatClose Accuracy.veryHigh test.Rates[i] (1e-4 * Math.Pow(10.0, float i / 10.0)) "rate"
                Expect.floatClose Accuracy.veryHigh test.Values[i] (curvature * points[i] * points[i] / 2.0) "value"

            Expect.isNone test.DivergedAt "never worse")
        testCase "gradient descent turns beyond 2/L, where theory says that it diverges" (fun () ->
            let test = sgd 1.0 |> Run.findRate (1e-3, 1e2) 200 line [| 1.0 |]
            let growth = Math.Pow(1e5, 1.0 / 199.0)
            Expect.isGreaterThanOrEqual test.Turning (2.0 / curvature / growth) "turning"
            Expect.isGreaterThan (Expect.wantSome test.DivergedAt "ends") (2.0 / curvature) "end"
            Expect.equal test.Suggested (test.Turning / 10.0) "suggested")
        testCase "schedules and stages take part" (fun () ->
            let test = sgd 1.0 |> scale 0.0 |> Run.findRate (1e-3, 1.0) 10 line [| 1.0 |]
            Expect.all test.Values ((=) 2.0) "nothing moves")
        testCase "a range without a turning point says so, and which way to go" (fun () ->
            let said (low, high) =
                string (sgd 1.0 |> Run.findRate (low, high) 50 line [| 1.0 |])

            Expect.stringStarts
                (said (1e-8, 1e-7))
                "no turning point: still better at the largest rate 1E-07; test larger"
                "low"

            Expect.stringStarts (said (10.0, 100.0)) "no turning point: worse from the smallest rate 10 on" "high"
            Expect.stringEnds (said (10.0, 100.0)) "; test smaller rates" "high"
            Expect.stringStarts (said (1e-3, 1e2)) "best at rate " "between")
        testCase "the rates of a partition are multiplied" (fun () ->
            let parts = partition [ "*", sgd 2.0 ]
            let test = parts |> Run.findRate (1e-4, 1e-1) 31 line [| 1.0 |]
            let twice = sgd 1.0 |> Run.findRate (2e-4, 2e-1) 31 line [| 1.0 |]

            for i in 0..30 do
                Expect.floatClose Accuracy.veryHigh test.Rates[i] (twice.Rates[i] / 2.0) "factor"
                Expect.floatClose Accuracy.veryHigh test.Values[i] twice.Values[i] "value")
        testCase "in float32: the rates of float, and the values that a run in float32 sees" (fun () ->
            let bowl = Objective.conditioned 3 20.0 5L
            let start = [| 1.0f; -0.5f; 0.25f |]
            let test = adam 1.0 |> Run.findRate32 (1e-4, 1e-1) 31 bowl start
            let wide = adam 1.0 |> Run.findRate (1e-4, 1e-1) 31 bowl (Array.map float start)
            Expect.equal test.Rates wide.Rates "rates"
            Expect.notEqual test.Values wide.Values "rounded"
            let growth = Math.Pow(1e-1 / 1e-4, 1.0 / 30.0)

            let seen =
                (adam 1e-4).With(GeometricDecay growth) |> trace32 bowl start |> Seq.truncate 31

            Expect.equal (List.ofArray test.Values) [ for point in seen -> point.Value ] "values")
        testCase "a test that is stopped is that of the rates so far, and says so" (fun () ->
            let stopped objective point (low, high) =
                let left = ref point

                let asked () =
                    left.Value <- left.Value - 1
                    left.Value <= 0

                sgd 1.0 |> RateTesting.run asked (low, high) 50 objective [| 1.0 |]

            let stoppedAt = stopped line
            let whole = sgd 1.0 |> Run.findRate (1e-3, 1e-1) 50 line [| 1.0 |]
            let half = stoppedAt 20 (1e-3, 1e-1)
            Expect.equal half.Rates whole.Rates[..19] "rates"
            Expect.equal half.Values whole.Values[..19] "values"
            Expect.equal half.Smoothed whole.Smoothed[..19] "smoothed"
            Expect.equal (half.Cancelled, whole.Cancelled) (true, false) "said"
            Expect.stringStarts (string half) "no turning point before it was stopped at 0.0" "text"
            Expect.equal (stoppedAt 1 (1e-3, 1e-1)).Rates [| 1e-3 |] "one at least"
            // Behind the turning point there is one to tell: of |1 − Σ rates|, which is 0 at the 26th and rises slowly.
            let wall = Objective.ofFunction 1 (fun x -> abs x[0]) (fun _ -> [| 1.0 |])
            let turned = stopped wall 37 (1e-2, 1.0)
            Expect.isTrue (turned.Cancelled && turned.Turning < Array.last turned.Rates) "turned"
            Expect.stringContains (string turned) ", stopped at " "text"
            // What has diverged was not stopped.
            let over = stoppedAt 50 (1e-3, 1e2)
            Expect.equal (over.Cancelled, over.DivergedAt.IsSome) (false, true) "diverged")
        testCase "a gradient that is not finite ends the test where it is" (fun () ->
            let cliff =
                Objective.ofFunction 1 (fun x -> x[0] * x[0]) (Array.map (fun x -> if x < 0.5 then nan else 2.0 * x))

            let test = sgd 1.0 |> Run.findRate (1e-2, 1.0) 40 cliff [| 1.0 |]
            Expect.equal test.DivergedAt (Some(Array.last test.Rates)) "ended"
            Expect.isLessThan test.Rates.Length 40 "there"
            Expect.isFalse test.Cancelled "by itself"
            Expect.stringContains (string test) ", ended at " "text")
        testCase "the range is checked" (fun () ->
            for low, high in [ 0.0, 1.0; 1.0, 1.0; 2.0, 1.0; nan, 1.0; 1.0, infinity ] do
                Expect.throwsT<ArgumentException>
                    (fun () -> sgd 1.0 |> Run.findRate (low, high) 10 line [| 1.0 |] |> ignore)
                    $"{low}, {high}"

            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> sgd 1.0 |> Run.findRate (0.1, 1.0) 1 line [| 1.0 |] |> ignore)
                "steps")
        testCase "a start that is not finite says so" (fun () ->
            let broken = Objective.ofFunction 1 (fun _ -> nan) id

            Expect.throwsT<ArgumentException>
                (fun () -> sgd 1.0 |> Run.findRate (0.1, 1.0) 5 broken [| 1.0 |] |> ignore)
                "NaN")
    ]

/// What is written to the error output meanwhile.
let private told (f: unit -> unit) =
    let before = Console.Error
    use writer = new System.IO.StringWriter()
    Console.SetError(System.IO.TextWriter.Synchronized writer)

    try
        f ()
    finally
        Console.SetError before

    writer.ToString()

let private notices =
    testCase "minimize tells what the number of steps says of the schedules, each sentence once" (fun () ->
        // A number of steps that no other test has.
        let run () =
            sgd 0.1 |> cosine 10 |> minimize 173 line [| 1.0 |]

        let mutable result = Unchecked.defaultof<Result>

        let output =
            told (fun () ->
                result <- run ()
                run () |> ignore)

        let told = output.Split "the run takes 173 steps"
        Expect.equal told.Length 2 "once"

        Expect.stringContains
            told[0]
            "warning: schedule-ends-early: the schedule Schedule.cosine 10 stays at 0"
            "sentence"

        Expect.equal [ for w in result.Warnings -> w.Code ] [ "schedule-ends-early" ] "data, every time")

let private found left right =
    Expect.wantSome (Run.diff 50 bowl start left right) "differ"

let private differences =
    testList "diff" [
        testCase "an optimizer does not differ from itself, nor from its words in another order" (fun () ->
            Expect.isNone (Run.diff 30 bowl start (adam 0.1) (adam 0.1)) "itself"
            let left = sgd 0.1 |> clip 1.0 |> momentum 0.9
            Expect.isNone (Run.diff 30 bowl start left (sgd 0.1 |> momentum 0.9 |> clip 1.0)) "order")
        testCase "the first slot that differs is named: β₂ is in v, not in m" (fun () ->
            let difference = found (adam 0.1) (adamWith (Adam(Beta2 = 0.99)) 0.1)
            Expect.equal (difference.Step, difference.Slot, difference.Index) (1L, "adam.v", 0) "place"
            // v = (1 − β₂)g², g = 2.
            Expect.floatClose Accuracy.veryHigh difference.Left 0.004 "left"
            Expect.floatClose Accuracy.veryHigh difference.Right 0.04 "right")
        testCase "a rate differs in the parameters after one update" (fun () ->
            let difference = found (sgd 0.1) (sgd 0.2)

            Expect.equal
                (difference.Step, difference.Slot, difference.Tensor)
                (1L, "parameters", Some "parameters")
                "place"

            Expect.equal difference.Words (Some("sgd 0.1", "sgd 0.2")) "words")
        testCase "schedules differ where their values first do" (fun () ->
            // t = 0, 1, 2 have the same rate; the update of t = 3 makes state 4.
            let difference = found (sgd 0.1 |> stepDecay 3 0.5) (sgd 0.1)
            Expect.equal difference.Step 4L "step")
        testCase "a clip differs where it first binds" (fun () ->
            // ‖g‖ shrinks on the bowl, so it binds at once or never.
            Expect.isNone (Run.diff 30 bowl start (sgd 0.1) (sgd 0.1 |> clip 3.0)) "never"
            Expect.equal (found (sgd 0.1) (sgd 0.1 |> clip 2.0)).Step 1L "at once")
        testCase "the tensor is named" (fun () ->
            let layout = Layout.Empty.Add("w", 1).Add("b", 1)
            let plan (optimizer: Optimizer) = optimizer.Plan<float> layout
            let left, right = plan (sgd 0.1), plan (sgd 0.1 |> rateFor "b" 2.0)

            let difference =
                Expect.wantSome (Run.diffWith 0.0 10 bowl start left right) "differ"

            Expect.equal (difference.Tensor, difference.Index) (Some "b", 0) "tensor")
        testCase "rounding is no difference where a tolerance says so" (fun () ->
            let plan (optimizer: Optimizer) = optimizer.Plan 2
            let left, right = plan (sgd 0.03), plan (sgd 0.1 |> scale 0.3)
            Expect.isNone (Run.diffWith 1e-12 30 bowl start left right) "within 1e-12"
            Expect.isSome (Run.diffWith 1e-12 30 bowl start left (plan (sgd 0.0300001))) "beyond")
        testCase "in float32: what it rounds away is no difference" (fun () ->
            let start = [| 1.0f; 1.0f |]
            let left, right = sgd 0.1, sgd (0.1 + 1e-12)
            Expect.isNone (Run.diff32 30 bowl start left right) "rounded away"
            Expect.isSome (Run.diff 30 bowl (Array.map float start) left right) "not in float"

            let difference =
                Expect.wantSome (Run.diff32 30 bowl start (adam 0.1) (adamWith (Adam(Beta2 = 0.99)) 0.1)) "differ"

            Expect.equal (difference.Step, difference.Slot, difference.Index) (1L, "adam.v", 0) "place"
            Expect.equal difference.Left (float (float32 difference.Left)) "a float32"
            // v = (1 − β₂)g² = 0.004: three roundings.
            Expect.isLessThan (abs (difference.Left - 0.004)) (0.004 * 3.0 * 2.0 ** -24.0) "left"
            let plan (optimizer: Optimizer) = optimizer |> plan32 (Layout.Plain 2)
            let exact, scaled = plan (sgd 0.03), plan (sgd 0.1 |> scale 0.3)
            Expect.isNone (Run.diffWith 1e-5 30 bowl start exact scaled) "within 1e-5"
            Expect.isSome (Run.diffWith 1e-5 30 bowl start exact (plan (sgd 0.0301))) "beyond")
        testCase "stopped before a difference it says how far both are the same" (fun () ->
            let stoppedAt updates left right =
                let asked = ref updates

                let ask () =
                    asked.Value <- asked.Value - 1
                    asked.Value < 0

                let plan (optimizer: Optimizer) = optimizer.Plan 2
                Differing.run ask 0.0 10 bowl start (plan left) (plan right)

            Expect.throwsC (fun () -> stoppedAt 4 (adam 0.1) (adam 0.1) |> ignore) (fun error ->
                Expect.isTrue (error :? OperationCanceledException) $"{error}"
                Expect.stringContains error.Message "after 4 updates" "how far")

            Expect.isNone (stoppedAt 10 (adam 0.1) (adam 0.1)) "nobody asks at the end"
            Expect.isSome (stoppedAt 1 (sgd 0.1) (sgd 0.2)) "what is found is told")
        testCase "steps and tolerance are checked" (fun () ->
            let plan = (sgd 0.1).Plan 2

            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> Run.diff -1 bowl start (sgd 0.1) (sgd 0.2) |> ignore)
                "steps"

            for tolerance in [ -1e-9; nan; infinity ] do
                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> Run.diffWith tolerance 5 bowl start plan plan |> ignore)
                    $"{tolerance}")
        testCase "layouts must be the same" (fun () ->
            let left = (sgd 0.1).Plan 2
            let right = (sgd 0.1).Plan<float>(Layout.Empty.Add("w", 2))
            Expect.throwsT<ArgumentException> (fun () -> Run.diffWith 0.0 5 bowl start left right |> ignore) "layouts")
        testCase "one line of text" (fun () ->
            let text = string (found (sgd 0.5) (sgd 0.25))

            Expect.equal
                text
                "after 1 updates parameters of \"parameters\"[0] is 0 against 0.5 (sgd 0.5 against sgd 0.25)"
                "text")
    ]

let private attended =
    testList "attended" [
        testCase "until: the items to the one behind which somebody asks, and none is computed in vain" (fun () ->
            for stop in 1..6 do
                let computed = ref 0

                let items = seq {
                    for i in 1..5 do
                        computed.Value <- i
                        yield i
                }

                let asked () = computed.Value >= stop
                Expect.equal (items |> Attending.until asked |> List.ofSeq) [ 1 .. min 5 stop ] "items"
                Expect.equal computed.Value (min 5 stop) "computed"

            Expect.isEmpty (Attending.until (fun () -> true) Seq.empty<int>) "nothing")
        testCase "heardBy: the first point, few of the others, and the last as the end" (fun () ->
            let heard = ResizeArray<Progress>()

            let listener = {
                new IProgress<Progress> with
                    member _.Report progress = heard.Add progress
            }

            let points = sgd 0.1 |> trace bowl start |> Seq.truncate 11 |> List.ofSeq
            let passed = points |> Attending.heardBy listener 10 |> List.ofSeq
            Expect.equal passed points "the points themselves"
            let first, last = heard[0], heard[heard.Count - 1]
            Expect.equal (first.Done, first.Value, first.Finished) (0L, points[0].Value, false) "first"
            let expected = (10L, 10L, points[10].Value, points[10].GradientNorm, true)
            Expect.equal (last.Done, last.Steps, last.Value, last.GradientNorm, last.Finished) expected "last"
            Expect.equal (heard |> Seq.filter _.Finished |> Seq.length) 1 "one end"
            heard.Clear()
            points |> Attending.heardBy listener 10 |> Seq.head |> ignore
            Expect.isTrue heard[heard.Count - 1].Finished "one that is left early ends, too"
            Expect.isTrue (Object.ReferenceEquals(Attending.heardBy null 10 points, points)) "nobody listens")
    ]

[<Tests>]
let tests =
    testList "comparing" [ races; rateTests; notices; differences; attended ]
