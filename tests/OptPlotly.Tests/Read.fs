/// A chart as its page has it: read back from the JSON that plotly.js is handed.
module OptPlotly.Tests.Read

open System
open System.Text.Json
open Expecto
open Plotly.NET

type Node = JsonElement

let private root (chart: GenericChart) : Node =
    use document = JsonDocument.Parse(GenericChart.toJson chart)
    document.RootElement.Clone()

let has (name: string) (node: Node) = fst (node.TryGetProperty name)

let at (path: string) (node: Node) : Node =
    path.Split '/'
    |> Array.fold
        (fun (node: Node) (name: string) ->
            match node.TryGetProperty name with
            | true, found -> found
            | _ -> failtest $"no {name} of {path}")
        node

let text (path: string) (node: Node) : string = string (at path node)

/// What plotly.js cannot read as a number is a gap.
let number (node: Node) : float =
    if node.ValueKind = JsonValueKind.Number then
        node.GetDouble()
    else
        nan

let numbers (path: string) (node: Node) : float list = [ for item in (at path node).EnumerateArray() -> number item ]

let rows (path: string) (node: Node) : float list list = [
    for row in (at path node).EnumerateArray() -> [ for item in row.EnumerateArray() -> number item ]
]

let layout (chart: GenericChart) : Node = at "layout" (root chart)

let traces (chart: GenericChart) : Node list = [ for trace in (at "data" (root chart)).EnumerateArray() -> trace ]

let kind (trace: Node) = text "meta" trace

let name (trace: Node) =
    if has "name" trace then text "name" trace else ""

let named (wanted: string) (chart: GenericChart) : Node =
    match traces chart |> List.filter (fun trace -> name trace = wanted) with
    | [ trace ] -> trace
    | several -> failtest $"{several.Length} traces named {wanted}"

let kinds (chart: GenericChart) =
    traces chart |> List.map (fun trace -> kind trace, name trace)

let axis (name: string) (chart: GenericChart) = at name (layout chart)

/// Equal numbers, NaN equal to NaN.
let same (actual: float list) (expected: float list) (message: string) =
    let bits =
        List.map (fun (x: float) -> if Double.IsNaN x then nan else x)
        >> List.map BitConverter.DoubleToInt64Bits

    Expect.equal (bits actual) (bits expected) message
