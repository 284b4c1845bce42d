/// Pictures, and what scripts print.
module Pictures

#load "Markdown.fsx"

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Text
open System.Text.RegularExpressions
open Files

let plotly = Regex(@"(?s)<script[^>]*>(?=[^<]{0,200}plotly\.js v).*?</script>")

/// Browsers ask for an icon otherwise.
let noIcon = "<link rel=\"icon\" href=\"data:,\">"

/// One plotly.js for all pictures; each picture as wide and high as it says.
let adopt (file: string) =
    let html = File.ReadAllText file
    let name = Path.GetFileName file
    let script = plotly.Match html

    if not script.Success then
        failwith $"{name} has no plotly.js"

    let shared = Path.Combine(shown, "pictures", "plotly.js")
    Directory.CreateDirectory(Path.GetDirectoryName shared) |> ignore

    if not (File.Exists shared) then
        File.WriteAllText(shared, Regex.Replace(script.Value, @"^<script[^>]*>|</script>$", ""))

    let html =
        html.Replace(script.Value, "<script src=\"plotly.js\"></script>" + noIcon)

    File.WriteAllText(Path.Combine(shown, "pictures", name), html)

    let size (side: string) otherwise =
        let m = Regex.Matches(html, $"\"{side}\":(\\d+)")

        if m.Count = 0 then
            otherwise
        else
            int m[m.Count - 1].Groups[1].Value

    size "width" 760, size "height" 520

/// A picture in a page.
let embed (page: string) (folder: string) (name: string) =
    let width, height = adopt (Path.Combine(folder, name + ".html"))
    let path = relative page $"pictures/{name}.html"

    $"<div class=\"picture\"><iframe src=\"{path}\" title=\"{name}\" loading=\"lazy\" width=\"{width + 20}\" height=\"{height + 20}\"></iframe>"
    + $"<p><a href=\"{path}\">{name} alone</a></p></div>\n"

/// Runs a program; what it prints.
let run (program: string) (arguments: string list) =
    let start =
        ProcessStartInfo(program, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root)

    start.StandardOutputEncoding <- Encoding.UTF8
    List.iter start.ArgumentList.Add arguments

    use ran = Process.Start start
    let errors = ran.StandardError.ReadToEndAsync()
    let output = ran.StandardOutput.ReadToEnd()
    ran.WaitForExit()

    if ran.ExitCode <> 0 then
        failwith $"{program} {arguments}: exit code {ran.ExitCode}\n{output}\n{errors.Result}"

    output.Replace("\r\n", "\n")

let drawn = Regex(@"(?m)^picture (\S+)\.html\n?")

let scratch (name: string) =
    Path.Combine(stage, "..", "run", name) |> Path.GetFullPath

// Pages whose code draws are run, and show below each block what it draws.

/// Draws what a name of a script stands for, where that is a chart.
let drawing =
    "#load @\""
    + from "samples/lib/charts.fsx"
    + "\"\n"
    + "let optdslDraw (name: string) (value: obj) =\n"
    + "    match value with\n"
    + "    | :? Plotly.NET.GenericChart as chart -> Charts.picture name chart\n"
    + "    | _ -> ()\n"

/// The last statement of a cell, if it is an expression, gets a name.
let named (name: string) (cell: string) =
    let lines = cell.TrimEnd().Split '\n'

    let begins (line: string) =
        line <> ""
        && not (Char.IsWhiteSpace line[0])
        && not (Regex.IsMatch(line, @"^(\|>|\]|\)|\}|//)"))

    match Array.tryFindIndexBack begins lines with
    | Some i when
        not (Regex.IsMatch(lines[i], @"^(let|open|type|module|for|while|if|printf|#)\b"))
        && not (lines[i].StartsWith '#')
        ->
        String.concat "\n" lines[.. i - 1]
        + $"\nlet {name} =\n"
        + String.concat "\n" [ for line in lines[i..] -> "    " + line ]
    | _ -> cell

/// The blocks of a page, run one after the other; the pictures of each.
let picturesOf (page: string) (blocks: string list) =
    let name = Path.GetFileNameWithoutExtension page

    let body = [
        for i, block in List.indexed blocks do
            let cell = $"{name}-{i + 1}"

            let code =
                named $"optdslCell{i}" (Regex.Replace(block, @"(?m)^#(r|load|i) .*$", ""))

            code + "\n"

            for m in Regex.Matches(code, @"(?m)^let (\w+) =") do
                let value = m.Groups[1].Value
                let suffix = if value.StartsWith "optdslCell" then "" else "-" + value
                $"optdslDraw \"{cell}{suffix}\" (box {value})\n"

            $"printfn \"@@block\"\n"
    ]

    let folder = scratch name
    Directory.CreateDirectory folder |> ignore
    let script = Path.Combine(folder, name + ".fsx")
    File.WriteAllText(script, drawing + String.Concat body)

    (run "dotnet" [ "fsi"; "--quiet"; script; folder ]).Split "@@block"
    |> Array.toList
    |> List.map (fun output -> drawn.Replace(output, "").Trim(), [ for m in drawn.Matches output -> m.Groups[1].Value ])
    |> fun outputs -> folder, List.truncate blocks.Length outputs

let fsharp = Regex(@"(?ms)^```fsharp\n(.*?)^```[ \t]*$")

let withPictures (page: string) (text: string) =
    let blocks = [ for m in fsharp.Matches text -> m.Groups[1].Value ]
    let folder, outputs = picturesOf page blocks
    let rest = Queue outputs

    fsharp.Replace(
        text,
        fun (m: Match) ->
            let pictures = snd (rest.Dequeue())

            m.Value
            + "\n\n"
            + String.concat "\n" [ for picture in pictures -> embed page folder picture ]
    )
