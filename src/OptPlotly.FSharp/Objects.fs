namespace OptDsl.Plotting

open System
open System.Collections
open System.Globalization
open DynamicObj
open Plotly.NET

[<AutoOpen>]
module internal Property =

    /// A property of one of Plotly.NET's objects: binds weaker than |>.
    let inline (:=) (name: string) (value: 'T) : string * obj = name, Unchecked.nonNull (box value)

/// Plotly.NET's objects are bags of properties that know plotly.js by name. Ours never change one that a caller may hold: they copy.
[<RequireQualifiedAccess>]
module internal Objects =

    let set (properties: (string * obj) list) (target: 'T :> DynamicObj) : 'T =
        for name, value in properties do
            target.SetProperty(name, value)

        target

    let plain (properties: (string * obj) list) = set properties (DynamicObj())

    /// The properties of one object in a new one.
    let copyTo (target: 'T :> DynamicObj) (source: DynamicObj) : 'T =
        for property in source.GetProperties false do
            target.SetProperty(property.Key, property.Value)

        target

    let find<'T> (name: string) (source: DynamicObj) : 'T option =
        match source.TryGetPropertyValue name with
        | Some(:? 'T as value) -> Some value
        | _ -> None

    let copyTrace (trace: Trace) : Trace =
        match trace with
        | :? Trace3D -> copyTo (Trace3D trace.``type``) trace
        | :? Trace2D -> copyTo (Trace2D trace.``type``) trace
        | other -> other

    /// The traces of a chart with another layout, made of the old one by changes to a copy.
    let withLayout (change: Layout -> unit) (chart: GenericChart) : GenericChart =
        let layout = copyTo (Layout()) (GenericChart.getLayout chart)
        change layout
        GenericChart.setLayout layout chart

    let withTraces (traces: Trace list) (chart: GenericChart) : GenericChart =
        GenericChart.MultiChart(
            traces,
            GenericChart.getLayout chart,
            GenericChart.getConfig chart,
            GenericChart.getDisplayOptions chart
        )

    /// A property that holds numbers, ours or one that Plotly.NET made; None where it holds something else.
    let numbers (name: string) (source: DynamicObj) : float[] option =
        match source.TryGetPropertyValue name with
        | Some(:? (float[]) as xs) -> Some xs
        | Some(:? string) -> None
        | Some(:? IEnumerable as xs) ->
            try
                Some [| for x in xs -> Convert.ToDouble(x, CultureInfo.InvariantCulture) |]
            with
            | :? FormatException
            | :? InvalidCastException -> None
        | _ -> None

    /// What we drew a trace for: line, bound, mark, path, start, minimizer, arrows, contour, surface; "" for those of others.
    let kind (trace: Trace) =
        find<string> "meta" trace |> Option.defaultValue ""

    let name (trace: Trace) =
        find<string> "name" trace |> Option.defaultValue ""
