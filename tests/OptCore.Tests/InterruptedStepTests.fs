/// Steps that do not end: what refuses a step before it writes changes nothing, and what throws while it writes leaves a session
/// that says so. Sessions serve one thread at a time, and probes want their point.
module OptCore.Tests.InterruptedStepTests

open System
open System.Threading
open System.Threading.Tasks
open Expecto
open OptCore

let private vector (xs: float list) = Array.ofList xs
let private read (text: string) = Optimizer.Parse text

let private refusedWith<'E when 'E :> exn> (words: string list) (action: unit -> unit) =
    Expect.throwsC action (fun e ->
        Expect.isTrue (e :? 'E) $"{e.GetType().Name}: {e.Message}"

        for word in words do
            Expect.stringContains e.Message word "message")

/// A stage of one's own that does something besides leaving the update as it is.
[<Word("meddle")>]
type Meddle(action: unit -> unit) =
    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "u = u"
        member _.Apply _ = action ()

/// 1e10 from update t on, 1 before: with a rate of 1e300 the product is no number.
type private TooMuchFrom = {
    Step: int64
} with

    interface ISchedule with
        member this.At step = if step < this.Step then 1.0 else 1e10
        member _.Equation = "1, then 1e10"

let private rates =
    let optimizer =
        (read "sgd 1e300 |> skipNonFinite 3 |> accumulate 3").Schedule { Step = 1L }

    let plan = optimizer.Plan 1
    let zero = vector [ 0.0 ]
    let bad = vector [ nan ]

    /// One update, then a refused gradient: the next one is refused because of its rate.
    let before () =
        let one =
            Seq.fold (fun (s: State<float>) _ -> plan.Step(s, zero)) (plan.Init zero) [ 1..3 ]

        plan.Step(one, bad)

    let message = [ "rate"; "not finite"; "step 1" ]

    testList "a rate that is not finite refuses the step before anything changes" [
        testCase "in a session" (fun () ->
            let session = plan.Resume(before ())
            refusedWith<ArgumentException> message (fun () -> session.Step zero |> ignore)
            refusedWith<ArgumentException> message (fun () -> session.StepReported zero |> ignore)
            Expect.equal (session.Snapshot()) (before ()) "the same state, the counters included"
            Expect.equal (session.Step bad) StepOutcome.Skipped "and it goes on")

        testCase "in pure steps" (fun () ->
            let state = before ()
            refusedWith<ArgumentException> message (fun () -> plan.Step(state, zero) |> ignore)
            refusedWith<ArgumentException> message (fun () -> plan.StepReported(state, zero) |> ignore)
            Expect.equal state (before ()) "the same state")

        testCase "with the memory of another state, which is not given up" (fun () ->
            let state, other = before (), plan.Init(vector [ 7.0 ])
            refusedWith<ArgumentException> message (fun () -> plan.Step(state, zero, other) |> ignore)
            Expect.equal state (before ()) "the same state"
            Expect.equal other (plan.Init(vector [ 7.0 ])) "the other one too")

        testCase "with its own memory, which is not given up" (fun () ->
            let state = before ()
            refusedWith<ArgumentException> message (fun () -> plan.Step(state, zero, state) |> ignore)
            Expect.equal state (before ()) "the same state")
    ]

let private throwing (fails: unit -> bool) =
    (read "adam 0.1")
        .With(
            Meddle(fun () ->
                if fails () then
                    invalidOp "no more")
        )
        .Plan
        2

let private broken =
    let one = vector [ 1.0; 2.0 ]

    /// A session whose third step has thrown, and the state before that step.
    let interrupted () =
        let count = ref 0

        let plan =
            throwing (fun () ->
                count.Value <- count.Value + 1
                count.Value = 3)

        let session = plan.Start one
        session.Step one |> ignore
        session.Step one |> ignore
        let before = session.Snapshot()
        refusedWith<InvalidOperationException> [ "no more" ] (fun () -> session.Step one |> ignore)
        session, before

    let words = [ "3"; "meddle"; "no more"; "Resume" ]

    testList "a stage that throws in the middle of a session's step" [
        testCase "every later use says which stage and step, and refuses" (fun () ->
            let session, _ = interrupted ()

            let says action =
                refusedWith<InvalidOperationException> words action

            says (fun () -> session.Step one |> ignore)
            says (fun () -> session.StepReported one |> ignore)
            says (fun () -> session.Snapshot() |> ignore)
            says (fun () -> session.AsSpan().Length |> ignore)
            says (fun () -> session.Point(Span<float>(Array.zeroCreate 2)))
            Expect.equal session.StepCount 2L "updates applied")

        testCase "an earlier state goes on" (fun () ->
            let _, before = interrupted ()
            let again = before.Plan.Resume before
            again.Step one |> ignore
            let never = (throwing (fun () -> false)).Start one

            for _ in 1..3 do
                never.Step one |> ignore

            Expect.equal (again.Snapshot().ToArray()) (never.Snapshot().ToArray()) "as if nothing had happened")

        testCase "a report that throws in the middle is the same" (fun () ->
            let plan = throwing (fun () -> true)
            let session = plan.Start one
            refusedWith<InvalidOperationException> [ "no more" ] (fun () -> session.StepReported one |> ignore)
            refusedWith<InvalidOperationException> [ "meddle" ] (fun () -> session.Step one |> ignore))

        testCase "bad arguments leave the session usable" (fun () ->
            let session = (throwing (fun () -> false)).Start one
            session.Step one |> ignore
            refusedWith<ArgumentException> [ "gradient" ] (fun () -> session.Step(vector [ 1.0 ]) |> ignore)
            refusedWith<ArgumentException> [ "point" ] (fun () -> session.Point(Span<float>(Array.zeroCreate 3)))
            Expect.equal (session.Step one) StepOutcome.Updated "it goes on")

        testCase "the memory of a state that was being written is given up" (fun () ->
            let plan = throwing (fun () -> true)
            let state, other = plan.Init one, plan.Init one
            refusedWith<InvalidOperationException> [ "no more" ] (fun () -> plan.Step(state, one, other) |> ignore)
            Expect.equal state (plan.Init one) "the state itself stays"
            refusedWith<ObjectDisposedException> [ "given up" ] (fun () -> other.ToArray() |> ignore)
            refusedWith<InvalidOperationException> [ "no more" ] (fun () -> plan.Step(state, one, state) |> ignore)
            refusedWith<ObjectDisposedException> [ "given up" ] (fun () -> state.ToArray() |> ignore))
    ]

let private threads =
    let one = vector [ 1.0 ]

    testList "a session serves one thread at a time" [
        testCase "who comes in during a step is refused, and the step ends well" (fun () ->
            use inside = new ManualResetEventSlim()
            use goOn = new ManualResetEventSlim()

            let plan =
                (read "sgd 0.5")
                    .With(
                        Meddle(fun () ->
                            inside.Set()
                            goOn.Wait())
                    )
                    .Plan
                    1

            let session = plan.Start one
            let first = Task.Run(fun () -> session.Step one |> ignore)
            inside.Wait()

            let says action =
                refusedWith<InvalidOperationException> [ "one thread" ] action

            says (fun () -> session.Step one |> ignore)
            says (fun () -> session.StepReported one |> ignore)
            says (fun () -> session.Snapshot() |> ignore)
            says (fun () -> session.AsSpan().Length |> ignore)
            goOn.Set()
            first.Wait()
            Expect.equal (session.Snapshot().ToArray()) [| 0.5 |] "the first thread's step"
            Expect.equal session.StepCount 1L "one update")

        testCase "a stage that steps its own session is refused" (fun () ->
            let mutable session: Session<float> | null = null

            let plan =
                (read "sgd 0.5").With(Meddle(fun () -> (nonNull session).Step one |> ignore)).Plan 1

            session <- plan.Start one
            refusedWith<InvalidOperationException> [ "own step" ] (fun () -> (nonNull session).Step one |> ignore))
    ]

let private probes =
    let one = vector [ 1.0 ]

    testList "a probe wants its point" [
        testTheory "pure steps have to say that the gradient is there" [ "nag 0.9"; "sam 0.1" ] (fun word ->
            let plan = (read $"sgd 0.5 |> {word}").Plan 1
            let state = plan.Init one
            let words = [ word.Split(' ')[0]; "Point"; "atPoint" ]
            refusedWith<ArgumentException> words (fun () -> plan.Step(state, one) |> ignore)
            refusedWith<ArgumentException> words (fun () -> plan.Step(state, one, state) |> ignore)
            refusedWith<ArgumentException> words (fun () -> plan.StepReported(state, one) |> ignore)
            Expect.equal (plan.Step(state, one, atPoint = true).Step) 1L "said")

        testCase "a session has to be asked for it before every update" (fun () ->
            let session = ((read "sgd 0.5 |> nag 0.9").Plan 1).Start one
            let point = Array.zeroCreate 1

            let forgotten () =
                refusedWith<InvalidOperationException> [ "nag"; "Point" ] (fun () -> session.Step one |> ignore)

            forgotten ()
            session.Point(Span point)
            session.Step one |> ignore
            forgotten ()
            Expect.equal (session.Step(one, atPoint = true)) StepOutcome.Updated "or told"
            session.Point(Span point)
            session.StepReported one |> ignore
            Expect.equal session.StepCount 3L "three updates")

        testCase "nag's point stays while gradients are collected, sam's is that of one gradient" (fun () ->
            let point = Array.zeroCreate 1
            let nag = ((read "sgd 0.5 |> nag 0.9 |> accumulate 2").Plan 1).Start one
            nag.Point(Span point)
            Expect.equal (nag.Step one) StepOutcome.Held "first"
            Expect.equal (nag.Step one) StepOutcome.Updated "second"
            let sam = ((read "sgd 0.5 |> sam 0.1 |> accumulate 2").Plan 1).Start one
            sam.Point(ReadOnlySpan one, Span point)
            Expect.equal (sam.Step one) StepOutcome.Held "first"
            refusedWith<InvalidOperationException> [ "sam" ] (fun () -> sam.Step one |> ignore))

        testCase "others may say it, too" (fun () ->
            let plan = (read "adam 0.1").Plan 1
            Expect.equal (plan.Step(plan.Init one, one, atPoint = true)) (plan.Step(plan.Init one, one)) "the same")
    ]

let private overflows =
    testList "lengths beyond the largest double" [
        testCase "a trust ratio whose product overflows" (fun () ->
            // 2.654e287 · ‖p‖ = ∞ by an update of length ¾: the difference of the exponents is no int.
            let optimizer =
                (read "sgd 0.9 |> skipNonFinite 1 |> rateFor \"t0*\" 0.9").With(TrustRatio(Coefficient = 2.654e287))

            let layout = Layout.Empty.Add("t0.w", 2).Add("t1.w", 1)
            let plan = optimizer.Plan<float> layout

            let next =
                plan.Step(plan.Init(vector [ 1e30; 1e30; 1e30 ]), vector [ 0.75; 0.0; 0.75 ])

            Expect.equal (next.ToArray()[1]) 1e30 "where the gradient is 0 nothing moves"

            // A length beyond the largest double counts as half of that: finite however it is rounded.
            for i in [ 0; 2 ] do
                Expect.isLessThan (next.ToArray()[i]) -7e307 "as long as a double can say"
                Expect.isTrue (Double.IsFinite(next.ToArray()[i])) "and finite")
    ]

[<Tests>]
let tests =
    testList "interrupted steps" [ rates; broken; threads; probes; overflows ]
