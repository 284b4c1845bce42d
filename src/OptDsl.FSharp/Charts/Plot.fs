namespace OptDsl.Charts

open System
open System.Globalization

/// How a series is drawn.
type internal Stroke =
    | Line
    /// A theoretical bound: dashed.
    | Bound
    /// The iterates of an optimizer in the plane of its parameters.
    | Trail

type internal Series = {
    Name: string
    Points: struct (float * float)[]
    Stroke: Stroke
}

type internal Shape =
    | Start
    | Minimum

/// A marked point.
type internal Spot = {
    Name: string
    X: float
    Y: float
    Shape: Shape
}

type internal Axis = {
    Label: string
    Log: bool
    Range: (float * float) option
}

/// A filled contour: the grid, and the levels between its bands.
type internal Field = {
    Grid: Grid
    Bottom: float
    Levels: float[]
}

/// One picture, as data. Everything about pixels is left to the drawing.
type internal Plot = {
    Title: string
    Subtitle: string
    X: Axis
    Y: Axis
    Width: float
    /// Of the area between the axes; None for the one that suits the picture.
    Height: float option
    Field: Field option
    Series: Series list
    Spots: Spot list
}

[<RequireQualifiedAccess>]
module internal Plot =

    let private axis = {
        Label = ""
        Log = false
        Range = None
    }

    let empty = {
        Title = ""
        Subtitle = ""
        X = axis
        Y = axis
        Width = 720.0
        Height = None
        Field = None
        Series = []
        Spots = []
    }

    let private invariant (text: FormattableString) =
        text.ToString CultureInfo.InvariantCulture

    let private refuseNonPositive axis (series: Series) (values: float[]) =
        match values |> Array.tryFindIndex (fun v -> v <= 0.0) with
        | Some i ->
            let said =
                invariant $"\"{series.Name}\"[{i}] is {values[i]} on the logarithmic {axis} axis"

            raise (
                ArgumentException
                    $"{said}; expected values > 0. NaN leaves a gap; Chart.gaps leaves out what is not above the minimum."
            )
        | None -> ()

    let private firsts series =
        series.Points |> Array.map (fun struct (x, _) -> x)

    let private seconds series =
        series.Points |> Array.map (fun struct (_, y) -> y)

    let private refuseRange name axis =
        match axis.Range with
        | Some(low, high) when not (low < high && Double.IsFinite(high - low)) || (axis.Log && low <= 0.0) ->
            let wanted = if axis.Log then "0 < low < high" else "low < high"

            raise (
                ArgumentException(
                    invariant $"The range of the {name} axis is {low} … {high}; expected finite {wanted}."
                )
            )
        | _ -> ()

    /// The plot itself, where its axes can show its data.
    let check (plot: Plot) : Plot =
        refuseRange "x" plot.X
        refuseRange "y" plot.Y

        if plot.Field.IsSome && (plot.X.Log || plot.Y.Log) then
            raise (ArgumentException "A contour has linear axes; its levels are spaced logarithmically as they are.")

        for series in plot.Series do
            if plot.X.Log then
                refuseNonPositive "x" series (firsts series)

            if plot.Y.Log then
                refuseNonPositive "y" series (seconds series)

        plot

    let private scaleOf axis room values =
        match axis.Range with
        | Some(low, high) -> {
            Low = low
            High = high
            Log = axis.Log
          }
        | None -> Scale.over axis.Log room values

    // Infinite values are gaps; a point counts where both of its coordinates can be shown.
    let private shown (plot: Plot) =
        plot.Series
        |> Seq.collect _.Points
        |> Seq.filter (fun struct (x, y) -> Double.IsFinite x && Double.IsFinite y)
        |> Array.ofSeq

    /// The scales of both axes: those of the field, else what the series need.
    let scales (plot: Plot) : Scale * Scale =
        match plot.Field with
        | Some field -> scaleOf plot.X 0.0 field.Grid.Xs, scaleOf plot.Y 0.0 field.Grid.Ys
        | None ->
            let points = shown plot
            let xs = points |> Seq.map (fun struct (x, _) -> x)
            let x = scaleOf plot.X 0.0 (Seq.append xs (plot.Spots |> Seq.map _.X))
            let visible x' = x' >= x.Low && x' <= x.High

            let ys =
                points
                |> Seq.filter (fun struct (x', _) -> visible x')
                |> Seq.map (fun struct (_, y) -> y)

            x, scaleOf plot.Y 0.04 (Seq.append ys (plot.Spots |> Seq.map _.Y))
