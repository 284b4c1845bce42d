namespace OptDsl

open OptDsl.Charts

/// <summary>A picture as a value: made and changed by the words of the module <c>Chart</c>, written as SVG.</summary>
[<StructuredFormatDisplay("{Text}")>]
type Chart = internal {
    Columns: int
    Plots: Plot list
} with

    /// <summary>One line: what it shows.</summary>
    override chart.ToString() =
        let one (plot: Plot) =
            let names =
                plot.Series
                |> List.map (fun series -> $"\"{series.Name}\"")
                |> String.concat ", "

            let kind = if plot.Field.IsSome then "contour" else "lines"
            let title = if plot.Title = "" then "" else $" \"{plot.Title}\""

            if names = "" then
                kind + title
            else
                $"{kind}{title} of {names}"

        chart.Plots |> List.map one |> String.concat "; "

    member private chart.Text = string chart

namespace OptDsl.Charts

open System
open System.IO
open System.Text
open System.Xml
open OptCore
open OptDsl

/// What the words of the module Chart are made of.
[<RequireQualifiedAccess>]
module internal Build =

    let plot (plot: Plot) : Chart = {
        Columns = 1
        Plots = [ Plot.check plot ]
    }

    let change (f: Plot -> Plot) (chart: Chart) : Chart = {
        chart with
            Plots = chart.Plots |> List.map (f >> Plot.check)
    }

    let series stroke name (points: (float * float) seq) : Series = {
        Name = name
        Points = [| for x, y in points -> struct (x, y) |]
        Stroke = stroke
    }

    let counted (ys: float seq) = ys |> Seq.mapi (fun i y -> float i, y)

    let lines (named: (string * #seq<float * float>) list) =
        plot {
            Plot.empty with
                Series = [ for name, points in named -> series Line name points ]
        }

    let append (series: Series) =
        change (fun plot -> {
            plot with
                Series = plot.Series @ [ series ]
        })

    let spot shape (x, y) =
        change (fun plot -> {
            plot with
                Spots =
                    plot.Spots
                    @ [
                        {
                            Name = ""
                            X = x
                            Y = y
                            Shape = shape
                        }
                    ]
        })

    let labels x y =
        change (fun plot -> {
            plot with
                X = { plot.X with Label = x }
                Y = { plot.Y with Label = y }
        })

    let private ascends (name: string) (items: float[]) =
        if
            items.Length < 2
            || Array.exists (fun (a, b) -> not (a < b)) (Array.pairwise items)
        then
            raise (ArgumentException($"{name} of a surface does not ascend, or has less than two numbers.", name))

    let surface bottom (xs: float[]) (ys: float[]) (values: float[,]) =
        ascends (nameof xs) xs
        ascends (nameof ys) ys

        if values.GetLength 0 <> xs.Length || values.GetLength 1 <> ys.Length then
            let found = $"{values.GetLength 0} × {values.GetLength 1}"
            raise (ArgumentException($"values are {found}; expected {xs.Length} × {ys.Length}.", nameof values))

        let grid = { Xs = xs; Ys = ys; Values = values }

        let field = {
            Grid = grid
            Bottom = bottom
            Levels = Contour.levels 14 bottom grid
        }

        plot {
            Plot.empty with
                Field = Some field
                Width = 640.0
        }

    let private spaced (low: float, high: float) n = [|
        for i in 0 .. n - 1 -> low + (high - low) * float i / float (n - 1)
    |]

    let sampled bottom xRange yRange (f: float -> float -> float) =
        let xs, ys = spaced xRange 121, spaced yRange 121
        let values = Array2D.init 121 121 (fun i j -> f xs[i] ys[j])
        let finite = Seq.cast<float> values |> Seq.filter Double.IsFinite
        surface (defaultArg bottom (Seq.fold min infinity finite)) xs ys values

    let objective xRange yRange (objective: IObjective) =
        if objective.Dimension <> 2 then
            let found = $"{objective.Name} has {objective.Dimension} parameters"

            raise (
                ArgumentException(
                    $"{found}; a contour shows 2. Chart.plane cuts a plane through more.",
                    nameof objective
                )
            )

        let f x y = Objective.value [| x; y |] objective
        let chart = sampled (Option.ofNullable objective.Minimum) xRange yRange f

        match objective.Minimizer with
        | null -> chart
        | at -> spot Minimum (at[0], at[1]) chart

    let plane radius (center: float[]) (u: float[]) (v: float[]) objective =
        let at a b =
            Array.map3 (fun c x y -> c + a * x + b * y) center u v

        sampled None (-radius, radius) (-radius, radius) (fun a b -> Objective.value (at a b) objective)

    let path name (points: (float * float) seq) chart =
        let path = series Trail name points
        let drawn = append path chart

        match Array.tryHead path.Points with
        | Some(struct (x, y)) -> spot Start (x, y) drawn
        | None -> drawn

    let coordinates (iterate: TracePoint) =
        match iterate.Point with
        | [| x; y |] -> x, y
        | point -> raise (ArgumentException $"The trace has {point.Length} parameters; a path has 2.")

    /// The document as text, the same on every system.
    let text (chart: Chart) =
        let settings =
            XmlWriterSettings(Indent = true, IndentChars = " ", NewLineChars = "\n", Encoding = UTF8Encoding false)

        use memory = new MemoryStream()

        using (XmlWriter.Create(memory, settings)) (fun writer ->
            (Picture.document chart.Columns chart.Plots).Save writer)

        UTF8Encoding(false).GetString(memory.ToArray()) + "\n"
