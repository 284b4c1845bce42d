namespace OptDsl

open System
open System.Globalization
open OptCore

/// <summary>The first place at which two optimizers, started alike, hold different numbers.</summary>
[<RequireQualifiedAccess; StructuredFormatDisplay("{Text}")>]
type Difference = {
    /// <summary>The number of updates after which they differ; all states before are the same.</summary>
    Step: int64
    /// <summary>The slot of the first stage whose memory differs, as <c>adam.m</c>; <c>parameters</c> where no slot that both have does.</summary>
    Slot: string
    /// <summary>The tensor; None for a slot that belongs to none, or to a part of the tensors.</summary>
    Tensor: string option
    /// <summary>The index within the tensor, row-major; else within the slot.</summary>
    Index: int
    /// <summary>The number of the first optimizer.</summary>
    Left: float
    /// <summary>The number of the second.</summary>
    Right: float
    /// <summary>The first word in which the two differ as they are written; None where they are the same value.</summary>
    Words: (string * string) option
} with

    /// <summary>One line.</summary>
    override difference.ToString() =
        let text (x: float) =
            x.ToString("R", CultureInfo.InvariantCulture)

        let tensor =
            difference.Tensor
            |> Option.map (fun name -> $" of \"{name}\"")
            |> Option.defaultValue ""

        let words =
            match difference.Words with
            | Some(left, right) -> $" ({left} against {right})"
            | None -> ""

        let places = $"{difference.Slot}{tensor}[{difference.Index}]"
        $"after {difference.Step} updates {places} is {text difference.Left} against {text difference.Right}{words}"

    member private difference.Text = string difference

module internal Differing =

    let private wide (values: 'T[]) : float[] =
        values |> Array.map Kernels.Reduction.Widen

    // The numbers of a slot, whatever its kind; states have no word for the kind itself.
    let private numbers (state: State<'T>) name =
        try
            wide (state.Slot name)
        with :? ArgumentException ->
            try
                state.Numbers name
            with :? ArgumentException -> [| float (state.Count name) |]

    // Bits apart from NaN's payload and the sign of zero at tolerance 0: what nobody can see is no difference.
    let private differs (tolerance: float) (a: float) (b: float) =
        if Double.IsNaN a || Double.IsNaN b then
            Double.IsNaN a <> Double.IsNaN b
        elif a = b then
            false
        else
            not (abs (a - b) <= tolerance * max (abs a) (abs b))

    let private firstOf tolerance (left: float[]) (right: float[]) =
        if left.Length <> right.Length then
            None
        else
            Seq.zip left right |> Seq.tryFindIndex (fun (a, b) -> differs tolerance a b)

    let private site (layout: Layout) length index =
        if length = layout.Length then
            let tensor = layout.Tensors |> Seq.find (fun tensor -> index < tensor.End)
            Some tensor.Name, index - tensor.Offset
        else
            None, index

    // As they print, cut at the pipes; those of the longer one that has no partner stand against nothing.
    let private words (left: Optimizer) (right: Optimizer) =
        let cut (optimizer: Optimizer) = (string optimizer).Split " |> "
        let a, b = cut left, cut right

        let at (items: string[]) i =
            if i < items.Length then items[i] else "nothing"

        seq { 0 .. max a.Length b.Length - 1 }
        |> Seq.map (fun i -> at a i, at b i)
        |> Seq.tryFind (fun (x, y) -> x <> y)

    let private found words (point: TracePoint<'T>) slot (x: float[]) (y: float[]) i : Difference =
        let tensor, index = site point.State.Plan.Layout x.Length i

        {
            Step = point.Step
            Slot = slot
            Tensor = tensor
            Index = index
            Left = x[i]
            Right = y[i]
            Words = words
        }

    let private compare tolerance words (left: TracePoint<'T>) (right: TracePoint<'T>) =
        let a, b = left.State, right.State
        let shared = a.SlotNames |> Seq.filter (fun name -> Seq.contains name b.SlotNames)

        let candidates = seq {
            for name in shared do
                name, numbers a name, numbers b name

            "parameters", wide (a.ToArray()), wide (b.ToArray())
        }

        candidates
        |> Seq.tryPick (fun (slot, x, y) -> firstOf tolerance x y |> Option.map (found words left slot x y))

    let run
        (asked: unit -> bool)
        tolerance
        steps
        (objective: IObjective)
        (start: 'T[])
        (left: Plan<'T>)
        (right: Plan<'T>)
        : Difference option =
        Require.NonNegative(tolerance, nameof tolerance) |> ignore
        Require.Count(steps, nameof steps, 0) |> ignore

        if left.Layout <> right.Layout then
            raise (
                ArgumentException(
                    $"The plans are of different layouts: {left.Layout} and {right.Layout}.",
                    nameof right
                )
            )

        let trace (plan: Plan<'T>) =
            Minimizer.Trace<'T>(plan, objective, ReadOnlySpan<'T> start)

        let words = words left.Optimizer right.Optimizer

        Seq.zip (trace left |> Attending.heardBy (Attended.Listener()) steps) (trace right)
        |> Seq.truncate (steps + 1)
        |> Seq.tryPick (fun (a, b) ->
            let found = compare tolerance words a b

            // That there is none is not known yet.
            if found.IsNone && a.Step < int64 steps && asked () then
                raise (OperationCanceledException $"Stopped after {a.Step} updates, up to which both are the same.")

            found)
