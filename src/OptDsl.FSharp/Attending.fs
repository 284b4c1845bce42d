namespace OptDsl

open System
open System.Diagnostics
open OptCore

/// Loops over traces, attended as those of minimize: at the prompt they show how far they are, and Ctrl-C ends them.
module internal Attending =

    /// Does some work that may ask whether it has to end: where somebody waits at a prompt, Ctrl-C says so.
    let attended (work: (unit -> bool) -> 'Outcome) : 'Outcome =
        use interruption = new Interruption(Attended.IsPrompt)
        work (fun () -> interruption.IsAsked)

    /// The items to the one behind which the work has to end; the first one in any case, and none is computed in vain.
    let until (asked: unit -> bool) (items: 'Item seq) : 'Item seq = seq {
        use items = items.GetEnumerator()
        let mutable goes = items.MoveNext()

        while goes do
            yield items.Current
            goes <- not (asked ()) && items.MoveNext()
    }

    /// The points of a trace, of which a listener hears ten times a second, and once more at the end; null hears nothing.
    let heardBy (listener: IProgress<Progress> | null) (steps: int) (trace: TracePoint<'T> seq) : TracePoint<'T> seq =
        match listener with
        | null -> trace
        | listener -> seq {
            let started = Stopwatch.GetTimestamp()
            let mutable due = TimeSpan.Zero
            let mutable last = Progress(0L, int64 steps, nan, nan, TimeSpan.Zero, true)

            try
                for point in trace do
                    yield point
                    let elapsed = Stopwatch.GetElapsedTime started

                    last <- Progress(point.Step, int64 steps, point.Value, point.GradientNorm, elapsed, true)

                    if elapsed >= due then
                        due <- elapsed + TimeSpan.FromSeconds 0.1

                        listener.Report(
                            Progress(point.Step, int64 steps, point.Value, point.GradientNorm, elapsed, false)
                        )
            finally
                listener.Report last
          }
