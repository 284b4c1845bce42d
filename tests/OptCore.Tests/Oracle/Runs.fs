namespace OptCore.Tests.Oracle

open System
open System.Numerics
open OptCore

/// An optimizer, tensors, a start and gradients.
[<StructuredFormatDisplay("{Text}")>]
type Problem = {
    Optimizer: Optimizer
    Layout: Layout
    Start: float[]
    Gradients: float[][]
    /// One loss per gradient.
    Losses: float[]
    /// c: the gradient at x is g_t + c·x, so that it matters where it is taken.
    Curvature: float
} with

    /// The problem as F# code.
    member problem.Text =
        let vector (xs: float[]) =
            xs
            |> Array.map (fun x -> Words.Print(x: float))
            |> String.concat "; "
            |> sprintf "[| %s |]"

        let tensors =
            problem.Layout.Tensors
            |> Seq.map (fun tensor ->
                let shape = tensor.Shape |> Seq.map (sprintf ", %d") |> String.concat ""
                $".Add(\"{tensor.Name}\"{shape})")
            |> String.concat ""

        String.concat "\n" [
            ""
            $"let optimizer = {problem.Optimizer}"
            $"let layout = Layout.Empty{tensors}"
            $"let start = {vector problem.Start}"
            $"let gradients = [|"
            for gradient in problem.Gradients do
                $"    {vector gradient}"
            "|]"
            if problem.Losses |> Array.exists (Double.IsNaN >> not) then
                $"let losses = {vector problem.Losses}"
            if problem.Curvature <> 0.0 then
                $"let gradientAt t x = gradients[t] + {Words.Print problem.Curvature} * x"
        ]

    override problem.ToString() = problem.Text

/// How a plan is stepped.
type Way =
    /// Every state is new.
    | Pure
    /// Every state gives its memory to the next one.
    | Reuse
    /// Every state takes the memory of the one before the last.
    | ReuseOlder
    /// A session.
    | InPlace

/// Runs the implementation.
module Runs =

    /// What a run leaves: the parameters after every gradient, and the last state.
    type Trace<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>> = { After: 'T[][]; Last: State<'T> }

    let private convert<'T when 'T :> IBinaryFloatingPointIeee754<'T>> (xs: float[]) : 'T[] =
        xs |> Array.map (fun x -> 'T.CreateTruncating x)

    // g_t + c·x in the numbers of the plan.
    let private at<'T when 'T :> IBinaryFloatingPointIeee754<'T>> curvature (gradient: 'T[]) (point: 'T[]) =
        Array.map2
            (fun g x -> 'T.CreateTruncating(Double.CreateTruncating g + curvature * Double.CreateTruncating x))
            gradient
            point

    /// Runs a problem in one way.
    let run<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (execution: Execution)
        way
        problem
        : Trace<'T> =
        let plan = problem.Optimizer.Plan<'T>(problem.Layout, execution)
        let start = convert<'T> problem.Start
        let gradients = problem.Gradients |> Array.map convert<'T>

        let gradient t (parameters: unit -> 'T[]) (point: 'T[] -> 'T[]) =
            if problem.Curvature = 0.0 then
                gradients[t]
            else
                match plan.Probes with
                | 0 -> at problem.Curvature gradients[t] (parameters ())
                | 1 -> at problem.Curvature gradients[t] (point [||])
                | _ -> at problem.Curvature gradients[t] (point (at problem.Curvature gradients[t] (parameters ())))

        if way = InPlace then
            let session = plan.Start(ReadOnlySpan start)

            let point (g: 'T[]) =
                let point = Array.zeroCreate<'T> start.Length

                if g.Length = 0 then
                    session.Point(Span point)
                else
                    session.Point(ReadOnlySpan g, Span point)

                point

            let after =
                gradients
                |> Array.mapi (fun t _ ->
                    let g = gradient t (fun () -> session.AsSpan().ToArray()) point
                    session.Step(ReadOnlySpan g, problem.Losses[t], atPoint = true) |> ignore
                    session.AsSpan().ToArray())

            {
                After = after
                Last = session.Snapshot()
            }
        else
            let mutable older: State<'T> option = None
            let mutable state = plan.Init(ReadOnlySpan start)

            let after =
                gradients
                |> Array.mapi (fun t _ ->
                    let now = state

                    let point (g: 'T[]) =
                        if g.Length = 0 then
                            plan.Point now
                        else
                            plan.Point(now, ReadOnlySpan g)

                    let g = gradient t (fun () -> now.ToArray()) point

                    let next =
                        match way, older with
                        | Reuse, _ -> plan.Step(now, ReadOnlySpan g, now, problem.Losses[t], atPoint = true)
                        | ReuseOlder, Some old ->
                            plan.Step(now, ReadOnlySpan g, old, problem.Losses[t], atPoint = true)
                        | _ -> plan.Step(now, ReadOnlySpan g, problem.Losses[t], atPoint = true)

                    older <- Some now
                    state <- next
                    next.ToArray())

            { After = after; Last = state }

    /// Runs a problem through an interpreter: it, and the parameters after every gradient.
    let interpret rules problem =
        let interpreter =
            Interpreter(rules, problem.Optimizer, problem.Layout, problem.Start)

        let pull t (point: float[]) =
            if problem.Curvature = 0.0 then
                problem.Gradients[t]
            else
                Array.map2 (fun g x -> g + problem.Curvature * x) problem.Gradients[t] point

        let after =
            problem.Gradients
            |> Array.mapi (fun t _ ->
                let g = pull t interpreter.Parameters
                interpreter.Take(pull t (interpreter.Point g), problem.Losses[t]) |> ignore
                Array.copy interpreter.Parameters)

        interpreter, after

    /// All widths of this processor.
    let widths =
        [ 128; 256; 512 ]
        |> List.filter (fun bits -> bits <= OptCore.Kernels.Hardware.VectorBits)

    /// All executions that must give the same bits: every width, fused and by blocks.
    let executions = [
        for bits in widths do
            for fuse in [ true; false ] do
                Execution(Bits = bits, Fuse = fuse)
    ]
