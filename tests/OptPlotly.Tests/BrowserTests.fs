/// Every kind of picture in a real browser: what is on it, and that nothing went wrong. Skipped where no Chromium is installed.
module OptPlotly.Tests.BrowserTests

open System
open System.IO
open System.Text.Json
open Expecto
open OptDsl
open OptDsl.Plotting
open OptPlotly.Tests.Gallery

/// What plotly.js made of the chart: its own data, not ours.
let private seen =
    "function(p){return JSON.stringify({errors:window.optdslErrors,links:Array.from(document.querySelectorAll('[src],[href]'))"
    + ".map(function(e){return e.getAttribute('src')||e.getAttribute('href');}).filter(function(u){return !/^data:/.test(u);}),"
    + "traces:p._fullData.map(function(t){return {meta:t.meta||'',name:/^trace /.test(t.name)?'':t.name,visible:t.visible,"
    + "points:t.x.length};})});}"

/// The same with the picture itself.
let private drawn =
    $"function(p){{return Plotly.toImage(p,{{format:'png',width:p._fullLayout.width,height:p._fullLayout.height}})"
    + $".then(function(u){{var s=JSON.parse(({seen})(p));s.picture=u;return JSON.stringify(s);}});}}"

let private folder =
    lazy
        (match Environment.GetEnvironmentVariable "OPTDSL_PICTURES" with
         | null
         | "" -> None
         | folder ->
             Directory.CreateDirectory folder |> ignore
             Some folder)

let private needsBrowser () =
    if (Browser.find ()).IsNone then
        skiptest $"no Chromium on the PATH, and {Browser.Variable} names none"

[<Tests>]
let tests =
    testList "in the browser" [
        for picture in pictures do
            testCase picture.Name (fun () ->
                needsBrowser ()
                let question = if folder.Value.IsSome then drawn else seen

                use document =
                    JsonDocument.Parse(Browser.ask picture.Name question picture.Chart.Value)

                let root = document.RootElement
                let texts (name: string) = [ for item in (root.GetProperty name).EnumerateArray() -> string item ]
                Expect.equal (texts "errors") [] "the console"
                Expect.equal (texts "links") [] "what the page would load"

                let traces = [
                    for trace in (root.GetProperty "traces").EnumerateArray() do
                        Expect.isTrue (trace.GetProperty("visible").GetBoolean()) "visible"

                        string (trace.GetProperty "meta"),
                        string (trace.GetProperty "name"),
                        trace.GetProperty("points").GetInt32()
                ]

                Expect.equal traces picture.Traces "traces"

                match folder.Value with
                | Some folder ->
                    let url = string (root.GetProperty "picture")
                    let bytes = Convert.FromBase64String(url.Substring(url.IndexOf ',' + 1))
                    File.WriteAllBytes(Path.Combine(folder, picture.Name + ".png"), bytes)
                | None -> ())

        testCase "an SVG is one, with the names of the lines; a PNG is one of twice the size" (fun () ->
            needsBrowser ()

            let chart =
                Chart.lines [ "first", [ 1.0; 2.0 ]; "second", [ 2.0; 1.0 ] ]
                |> Chart.size 400 300

            let svg = Xml.Linq.XDocument.Parse(Chart.toSvg chart)

            let texts = [
                for element in svg.Descendants() do
                    if element.Name.LocalName = "text" then
                        element.Value
            ]

            Expect.containsAll texts [ "first"; "second" ] "legend"
            let path = Path.Combine(Path.GetTempPath(), $"chart-{Guid.NewGuid():N}.png")

            try
                Chart.save path chart
                let bytes = File.ReadAllBytes path

                let bigEndian i =
                    int bytes[i] * 16777216
                    + int bytes[i + 1] * 65536
                    + int bytes[i + 2] * 256
                    + int bytes[i + 3]

                Expect.equal bytes[..7] [| 137uy; 80uy; 78uy; 71uy; 13uy; 10uy; 26uy; 10uy |] "the signature of PNG"
                Expect.equal (bigEndian 16, bigEndian 20) (800, 600) "pixels"
            finally
                File.Delete path)
    ]
