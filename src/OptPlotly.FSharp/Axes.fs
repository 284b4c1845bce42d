namespace OptDsl.Plotting

open System
open System.Globalization
open Plotly.NET
open Plotly.NET.LayoutObjects

/// The axes of a chart, ours or of others: labels, logarithms, ranges. Of several panels every word changes all.
[<RequireQualifiedAccess>]
module internal Axes =

    let private invariant (text: FormattableString) =
        text.ToString CultureInfo.InvariantCulture

    // plotly.js calls the axis "x2" in a trace and "xaxis2" in a layout.
    let private keyOf (axis: string) (trace: Trace) =
        match Objects.find<string> (axis + "axis") trace with
        | Some id -> axis + "axis" + id.Substring 1
        | None -> axis + "axis"

    let private is3D (trace: Trace) = trace :? Trace3D

    let isSpatial (chart: GenericChart) =
        GenericChart.getTraces chart |> List.exists is3D

    let private keys axis (chart: GenericChart) =
        GenericChart.getTraces chart
        |> List.filter (is3D >> not)
        |> List.map (keyOf axis)
        |> List.distinct

    let private scenes (layout: Layout) =
        layout.GetProperties false
        |> Seq.map _.Key
        |> Seq.filter (fun key -> key.StartsWith "scene")
        |> List.ofSeq

    let private changed (change: LinearAxis -> unit) (axis: LinearAxis option) =
        let fresh =
            match axis with
            | Some axis -> Objects.copyTo (LinearAxis()) axis
            | None -> Theme.axis ()

        change fresh
        fresh

    /// Changes copies of the axes x, y or z.
    let change (axis: string) (f: LinearAxis -> unit) (chart: GenericChart) : GenericChart =
        chart
        |> Objects.withLayout (fun layout ->
            if axis <> "z" then
                for key in keys axis chart do
                    layout.SetProperty(key, changed f (Objects.find<LinearAxis> key layout))

            for key in scenes layout do
                match Objects.find<Scene> key layout with
                | Some scene ->
                    let scene = Objects.copyTo (Scene()) scene
                    scene.SetProperty(axis + "axis", changed f (Objects.find<LinearAxis> (axis + "axis") scene))
                    layout.SetProperty(key, scene)
                | None -> ())

    let label axis (text: string) =
        change axis (fun a -> a.SetProperty("title", Theme.title text))

    let private isLog (axis: LinearAxis) =
        Objects.find<string> "type" axis = Some "log"

    let private data axis (chart: GenericChart) = [
        for trace in GenericChart.getTraces chart do
            match Objects.numbers axis trace with
            | Some values -> trace, values
            | None -> ()
    ]

    let private refuse axis (trace: Trace) i (value: float) =
        let said =
            invariant $"\"{Objects.name trace}\"[{i}] is {value} on the logarithmic {axis} axis"

        raise (
            ArgumentException
                $"{said}; expected values > 0. NaN leaves a gap; Chart.gaps leaves out what is not above the minimum."
        )

    // Step 0 of a run has no place on a logarithmic axis and is left out; a series of nothing else would vanish.
    let private checkLog axis (trace: Trace) (values: float[]) =
        let cannot value =
            if axis = "x" then value < 0.0 else value <= 0.0

        match Array.tryFindIndex cannot values with
        | Some i -> refuse axis trace i values[i]
        | None when values.Length > 0 && Array.forall (fun value -> value <= 0.0) values ->
            refuse axis trace 0 values[0]
        | None -> ()

    /// The axis shows logarithms; data that cannot stand on it are refused.
    let log axis (chart: GenericChart) : GenericChart =
        let isField trace = Objects.kind trace = "contour"

        if
            axis <> "z"
            && GenericChart.getTraces chart |> List.exists (fun t -> isField t || is3D t)
        then
            raise (
                ArgumentException
                    "A contour or surface has linear axes x and y; Chart.logZ changes the heights of a surface."
            )

        for trace, values in data axis chart do
            if axis <> "z" then
                checkLog axis trace values

        let shown =
            data axis chart
            |> Seq.collect snd
            |> Seq.filter (fun value -> value > 0.0 && Double.IsFinite value)
            |> Array.ofSeq

        let few = shown.Length > 0 && Array.max shown < 2e3 * Array.min shown

        chart
        |> change axis (fun a ->
            if not (isLog a) then
                match Objects.find<float[]> "range" a with
                | Some [| low; high |] when low > 0.0 -> a.SetProperty("range", [| log10 low; log10 high |])
                | _ -> a.RemoveProperty "range" |> ignore

            a.SetProperty("type", "log")

            // Over few decades 2 and 5 are labelled, too; over more, plotly.js chooses.
            if few then
                a.SetProperty("dtick", "D2")
            else
                a.RemoveProperty "dtick" |> ignore)

    /// The range shown; what lies outside is cut off.
    let range axis (low: float, high: float) (chart: GenericChart) : GenericChart =
        let set (a: LinearAxis) =
            if not (low < high && Double.IsFinite(high - low)) || (isLog a && low <= 0.0) then
                let wanted = if isLog a then "0 < low < high" else "low < high"

                raise (
                    ArgumentException(
                        invariant $"The range of the {axis} axis is {low} … {high}; expected finite {wanted}."
                    )
                )

            let shown =
                if isLog a then
                    [| log10 low; log10 high |]
                else
                    [| low; high |]

            a.SetProperty("range", shown)

        change axis set chart
