/// Ctrl-C ends a run that asks for it, with the result so far, and nothing else of the program.
module OptCore.Tests.SignalTests

open System
open Expecto
open OptCore

/// A bowl that is told when it has been evaluated so often.
let private bowl (count: int) (act: unit -> unit) =
    let evaluations = ref 0

    FunctionObjective(
        1,
        FunctionObjective.ValueAndGradient(fun x gradient ->
            evaluations.Value <- evaluations.Value + 1

            if evaluations.Value = count then
                act ()

            gradient[0] <- x[0]
            0.5 * x[0] * x[0])
    )

[<Tests>]
let tests =
    testSequenced
    <| testList "signals" [
        testCase "Ctrl-C ends the run with the result so far" (fun () ->
            if OperatingSystem.IsWindows() then
                skiptest "no signals"

            if Signals.isIgnored Signals.interrupt then
                skiptest "started with Ctrl-C ignored"

            let limit = TimeSpan.FromMinutes 1.0

            let options =
                MinimizeOptions(Steps = Int64.MaxValue, HistoryEvery = 0, HandleSignals = true, TimeLimit = limit)

            let result =
                Minimizer.Minimize(
                    Optimizer.Sgd 1e-9,
                    bowl 5 (fun () -> Signals.send Signals.interrupt),
                    [| 1.0 |],
                    options
                )

            Expect.equal result.Reason Reason.Cancelled "reason"
            Expect.isGreaterThanOrEqual result.Steps 5L "what was made until then"
            Expect.equal result.State.Step result.Steps "its state")

        testCase "asked by nobody, a run hears nothing" (fun () ->
            Expect.isFalse (MinimizeOptions()).HandleSignals "this is no prompt"
            Expect.isFalse Attended.IsPrompt "this is no prompt"
            Expect.isNull (Attended.Listener()) "nor a line of the terminal")

        testCase "a line of the terminal begins behind the first second, and is cleared at the end" (fun () ->
            let heard = ResizeArray<Progress>()

            let listener =
                Attended.Late(
                    {
                        new IProgress<Progress> with
                            member _.Report progress = heard.Add progress
                    }
                )

            let report seconds finished =
                (listener :> IProgress<Progress>)
                    .Report(Progress(1L, 2L, 0.5, 0.5, TimeSpan.FromSeconds(seconds: float), finished))

            report 0.999 false
            report 5.0 true
            Expect.equal heard.Count 0 "over without a word"
            report 1.0 false
            report 1.1 true
            Expect.equal [ for progress in heard -> progress.Finished ] [ false; true ] "begun and ended")
    ]
