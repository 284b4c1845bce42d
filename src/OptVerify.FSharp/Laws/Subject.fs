namespace OptVerify

open System
open OptCore

/// <summary>
/// What the laws run: the operations of the library that they rely on. <c>Subject.library</c> is the library itself; a
/// subject with one operation replaced is a mutant, and shows that a law would notice.
/// </summary>
[<NoEquality; NoComparison>]
type Subject = {
    /// What this subject does differently; "the library" for the library.
    Name: string
    /// The optimizer that is run where a law asks for one.
    Rewrite: Optimizer -> Optimizer
    /// The objective that is evaluated where a problem has one.
    Observe: IObjective -> IObjective
    /// One pure step: state, gradient, loss.
    Step: State<float> -> float[] -> float -> State<float>
    /// One pure step that asks the objective, as a line search does, with its report.
    Search: State<float> -> IObjective -> State<float> * StepReport
    /// The point at which the gradient of the next step is evaluated; takes the gradient at the parameters.
    Point: State<float> -> float[] -> float[]
    /// All steps in place, from the parameters, over the gradients: the parameters at the end.
    Session: Plan<float> -> float[] -> float[][] -> float[]
    /// A state as it is after it was stored and loaded.
    Restore: State<float> -> State<float>
    /// The text of an optimizer.
    Print: Optimizer -> string
    /// The factor of a schedule at a step.
    At: ISchedule -> int64 -> float
} with

    /// The plan of an optimizer for the given number of parameters.
    member subject.Plan(optimizer: Optimizer, length: int) = subject.Rewrite(optimizer).Plan(length)

    /// The plan of an optimizer for named tensors.
    member subject.Plan(optimizer: Optimizer, layout: Layout) =
        subject.Rewrite(optimizer).Plan<float> layout

/// <summary>The library, and ways to change one thing about it.</summary>
[<RequireQualifiedAccess>]
module Subject =

    let private point (state: State<float>) (gradient: float[]) =
        match state.Plan.Probes with
        | 0 -> state.ToArray()
        | 1 -> state.Plan.Point state
        | _ -> state.Plan.Point(state, ReadOnlySpan gradient)

    let private session (plan: Plan<float>) (start: float[]) (gradients: float[][]) =
        let session = plan.Start(ReadOnlySpan start)

        for gradient in gradients do
            session.Step(ReadOnlySpan gradient, atPoint = true) |> ignore

        session.AsSpan().ToArray()

    // As a checkpoint in a file is, but in memory.
    let private stored (state: State<float>) =
        use stream = new System.IO.MemoryStream()
        OptCore.Checkpoint.Save(state, stream)
        stream.Position <- 0L
        OptCore.Checkpoint.Load(state.Plan, stream)

    /// <summary>The library as it is.</summary>
    let library: Subject = {
        Name = "the library"
        Rewrite = id
        Observe = id
        Step = fun state gradient loss -> state.Plan.Step(state, ReadOnlySpan gradient, loss, atPoint = true)
        Search =
            fun state objective ->
                let struct (next, report) = state.Plan.StepReported(state, objective)
                next, report
        Point = point
        Session = session
        Restore = stored
        Print = string
        At = fun schedule step -> schedule.At step
    }

    /// <summary>The same stages and schedules, each replaced by what the functions return for it; scopes are lost.</summary>
    let rebuild (stage: IStage -> IStage) (schedule: ISchedule -> ISchedule) (optimizer: Optimizer) : Optimizer =
        let head = Optimizer.Sgd optimizer.Rate

        let staged =
            (head, optimizer.Stages)
            ||> Seq.fold (fun built placed -> built.With(stage placed.Stage))

        (staged, optimizer.Schedules)
        ||> Seq.fold (fun built placed -> built.With(schedule placed.Schedule))

    /// <summary>A subject that runs another stage where the function returns one.</summary>
    let withStage name (replace: IStage -> IStage option) : Subject =
        let stage other =
            replace other |> Option.defaultValue other

        // Only what the mutant touches is rebuilt, so that scopes and flows of other optimizers survive.
        let rewrite (optimizer: Optimizer) =
            if optimizer.Stages |> Seq.exists (fun placed -> (replace placed.Stage).IsSome) then
                rebuild stage id optimizer
            else
                optimizer

        {
            library with
                Name = name
                Rewrite = rewrite
        }

    /// <summary>A subject with other values of the schedules.</summary>
    let withSchedule name (at: ISchedule -> int64 -> float) (replace: ISchedule -> ISchedule) : Subject = {
        library with
            Name = name
            At = at
            Rewrite =
                fun optimizer ->
                    if optimizer.Schedules.Count > 0 then
                        rebuild id replace optimizer
                    else
                        optimizer
    }

    /// <summary>A subject that runs another optimizer.</summary>
    let withOptimizer name (rewrite: Optimizer -> Optimizer) : Subject = {
        library with
            Name = name
            Rewrite = rewrite
    }
