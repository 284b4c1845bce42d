/// What becomes of charts outside.
module OptPlotly.Tests.OutputTests

open System
open System.Globalization
open System.IO
open System.Threading
open Expecto
open OptCore
open OptDsl
open OptDsl.Plotting
open OptPlotly.Tests
open Plotly.NET
open OptPlotly.Tests.Charts

let private output =
    testList "out" [
        testCase "a page needs no network" (fun () ->
            let html = Chart.toHtml (Chart.lines [ "a", [ 1.0 ] ])

            Expect.isFalse
                (Text.RegularExpressions.Regex.IsMatch(html, "<(script|link)[^>]*(src|href)=\"?http"))
                "nothing to load"

            Expect.stringContains html "Plotly.newPlot" "drawn"
            // Browsers look for it in the first 1,024 bytes.
            Expect.stringContains html[..1023] "<meta charset=\"utf-8\">" "the encoding"
            Expect.isGreaterThan html.Length 1_000_000 "plotly.js is in it")
        testCase "unknown extensions and folders are refused" (fun () ->
            let chart = Chart.lines [ "a", [ 1.0 ] ]
            Expect.throwsT<ArgumentException> (fun () -> Chart.save "x.bmp" chart) "extension"
            Expect.throwsT<ArgumentException> (fun () -> Chart.save "x" chart) "none"

            let nowhere =
                Path.Combine(Path.GetTempPath(), $"nowhere-{Guid.NewGuid():N}", "x.html")

            Expect.throwsT<DirectoryNotFoundException> (fun () -> Chart.save nowhere chart) "folder"
            Expect.isFalse (Directory.Exists(nonNull (Path.GetDirectoryName nowhere))) "not made")
        testCase "numbers are those of no culture" (fun () ->
            let before = Thread.CurrentThread.CurrentCulture
            let comma = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
            comma.NumberFormat.NumberDecimalSeparator <- ","
            comma.NumberFormat.NegativeSign <- "minus"

            let draw () =
                Chart.objective (-2.0, 2.5) (-1.0, 1.5) valley
                |> Chart.path "p" [ -1.5, 0.25 ]
                |> GenericChart.toJson

            let expected = draw ()
            Thread.CurrentThread.CurrentCulture <- comma

            try
                Expect.equal (draw ()) expected "the same text"
            finally
                Thread.CurrentThread.CurrentCulture <- before)
    ]

// Alone: other tests read the variable, too.
[<Tests>]
let withoutBrowser =
    testSequenced (
        testCase "without a browser PNG and SVG say what is missing" (fun () ->
            let before = Environment.GetEnvironmentVariable Browser.Variable
            Environment.SetEnvironmentVariable(Browser.Variable, "/no/such/browser")

            try
                let error =
                    Expect.throwsC
                        (fun () ->
                            Chart.save (Path.Combine(Path.GetTempPath(), "x.png")) (Chart.lines [ "a", [ 1.0 ] ]))
                        id

                Expect.isTrue (error :? InvalidOperationException) $"{error}"

                for part in [ "/no/such/browser"; "chromium"; Browser.Variable; ".html" ] do
                    Expect.stringContains error.Message part "message"
            finally
                Environment.SetEnvironmentVariable(Browser.Variable, before))
    )

[<Tests>]
let tests = testList "charts" [ output ]
