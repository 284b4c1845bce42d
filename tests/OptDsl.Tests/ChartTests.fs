/// Charts: where values come to lie, to the pixel, and what is refused.
module OptDsl.Tests.ChartTests

open System
open System.Globalization
open System.IO
open System.Threading
open System.Xml.Linq
open Expecto
open OptCore
open OptDsl
open OptDsl.Charts

let private scale low high log = { Low = low; High = high; Log = log }
let private labels count scale = Scale.ticks count scale |> List.map snd
let private values count scale = Scale.ticks count scale |> List.map fst

let private scales =
    testList "scales" [
        testCase "a linear axis maps its ends to its ends, and the middle to the middle" (fun () ->
            let place = Scale.place 10.0 110.0 (scale -1.0 3.0 false)
            Expect.equal [ place -1.0; place 1.0; place 3.0 ] [ 10.0; 60.0; 110.0 ] "places")
        testCase "a logarithmic axis maps equal factors to equal distances" (fun () ->
            let place = Scale.place 300.0 0.0 (scale 0.01 10.0 true)
            let places = [ 0.01; 0.1; 1.0; 10.0 ] |> List.map place

            List.zip places [ 300.0; 200.0; 100.0; 0.0 ]
            |> List.iter (fun (a, e) -> Expect.floatClose Accuracy.veryHigh a e "place"))
        testCase "ticks are what one would write: 0.3, not 0.30000000000000004" (fun () ->
            let ticks = Scale.ticks 10 (scale 0.0 1.0 false)
            Expect.equal (List.map fst ticks) [ 0.0; 0.1; 0.2; 0.3; 0.4; 0.5; 0.6; 0.7; 0.8; 0.9; 1.0 ] "values"
            Expect.equal (snd ticks[3], snd ticks[10]) ("0.3", "1.0") "labels")
        testCase "steps are 1, 2 or 5 times a power of ten" (fun () ->
            Expect.equal (values 5 (scale 0.0 100.0 false)) [ 0.0; 20.0; 40.0; 60.0; 80.0; 100.0 ] "2"
            Expect.equal (labels 3 (scale -7.0 7.0 false)) [ "-5"; "0"; "5" ] "5"
            Expect.equal (labels 2 (scale 0.0 2e-9 false)) [ "0"; "1·10⁻⁹"; "2·10⁻⁹" ] "small"
            Expect.equal (labels 3 (scale 0.0 3e8 false)) [ "0"; "1·10⁸"; "2·10⁸"; "3·10⁸" ] "large")
        testCase "decades, plain where they are few and near 1" (fun () ->
            Expect.equal (labels 9 (scale 0.001 100.0 true)) [ "0.001"; "0.01"; "0.1"; "1"; "10"; "100" ] "near"
            Expect.equal (labels 4 (scale 1e-12 1.0 true)) [ "10⁻¹²"; "10⁻⁸"; "10⁻⁴"; "1" ] "far"
            Expect.equal (labels 4 (scale 0.15 0.7 true)) [ "0.2"; "0.5" ] "within a decade"
            Expect.equal (values 4 (scale 1.0 1.3 true)) (values 4 (scale 1.0 1.3 false)) "within a part of one")
        testCase "constants get room, nothing gets 0 … 1, infinities are not looked at" (fun () ->
            Expect.equal (Scale.over false 0.1 [ 2.0; 2.0 ]) (scale 1.8 2.2 false) "constant"
            Expect.equal (Scale.over false 0.1 [ 0.0 ]) (scale -1.0 1.0 false) "zero"
            Expect.equal (Scale.over true 0.1 [ 8.0 ]) (scale 4.0 16.0 true) "logarithmic"
            Expect.equal (Scale.over false 0.0 [ nan; 1.0; infinity; 3.0 ]) (scale 1.0 3.0 false) "not finite"
            Expect.equal (Scale.over false 0.1 []) (scale 0.0 1.0 false) "nothing"
            Expect.equal (Scale.over false 0.1 [ 1.0; 1.0 + 1e-15 ]) (scale 0.9 1.1 false) "nearly constant")
        testCase "the ends of the floats have axes, too" (fun () ->
            for axis in
                [
                    Scale.over false 0.1 [ Double.MaxValue; -Double.MaxValue ]
                    Scale.over true 0.1 [ Double.Epsilon; Double.MaxValue ]
                    Scale.over false 0.1 [ Double.Epsilon; 0.0 ]
                    scale 1.0 (1.0 + 1e-15) false
                ] do
                Expect.all (Scale.ticks 6 axis) (fun (x, _) -> Double.IsFinite(Scale.place 0.0 1.0 axis x)) "places")
        testProperty
            "ticks ascend, lie on the axis and have labels of their own"
            (fun (a: int16) (width: uint16) (e: sbyte) ->
                let unit = Math.Pow(10.0, float e / 8.0)
                let axis = scale (float a * unit) ((float a + 1.0 + float width) * unit) false
                let ticks = Scale.ticks 6 axis
                let slack = 1e-6 * (axis.High - axis.Low)
                Expect.all ticks (fun (x, _) -> x >= axis.Low - slack && x <= axis.High + slack) "on the axis"
                Expect.isAscending (List.map fst ticks) "order"
                Expect.equal (List.distinct (List.map snd ticks)) (List.map snd ticks) "labels"
                Expect.isTrue (ticks.Length >= 1 && ticks.Length <= 7) "number")
    ]

let private grid n low high f =
    let xs = [| for i in 0 .. n - 1 -> low + (high - low) * float i / float (n - 1) |]

    {
        Xs = xs
        Ys = xs
        Values = Array2D.init n n (fun i j -> f xs[i] xs[j])
    }

let private area (ring: struct (float * float)[]) =
    ring
    |> Array.pairwise
    |> Array.sumBy (fun (struct (x, y), struct (x', y')) -> (x * y' - x' * y) / 2.0)
    |> abs

let private isClosed (line: struct (float * float)[]) = line[0] = line[line.Length - 1]

let private contours =
    testList "contours" [
        testCase "of a plane: one open line, exact" (fun () ->
            let lines = Contour.lines (grid 9 0.0 1.0 (fun x y -> x + 2.0 * y)) 0.9
            Expect.hasLength lines 1 "lines"
            Expect.isFalse (isClosed lines[0]) "open"
            Expect.all lines[0] (fun struct (x, y) -> abs (x + 2.0 * y - 0.9) < 1e-14) "on the line")
        testCase "of a bowl: one ring, whose points are off by what linear interpolation is off" (fun () ->
            let h = 2.0 / 40.0
            let lines = Contour.lines (grid 41 -1.0 1.0 (fun x y -> x * x + y * y)) 0.5
            Expect.hasLength lines 1 "rings"
            Expect.isTrue (isClosed lines[0]) "closed"
            // Linear interpolation of x² on an interval h misses it by at most h²/4.
            Expect.all lines[0] (fun struct (x, y) -> abs (x * x + y * y - 0.5) <= h * h / 4.0 + 1e-14) "value"
            Expect.isTrue (abs (area lines[0] - Math.PI / 2.0) <= 2.0 * Math.PI * h * h) "area")
        testCase "of a saddle: two lines" (fun () ->
            let lines = Contour.lines (grid 8 -1.0 1.0 (fun x y -> x * y)) 0.1
            Expect.hasLength lines 2 "lines")
        testCase "a saddle within one cell is decided by its middle" (fun () ->
            let cell middle = {
                Xs = [| 0.0; 1.0 |]
                Ys = [| 0.0; 1.0 |]
                Values = array2D [ [ 1.0; middle ]; [ middle; 1.0 ] ]
            }
            // Corners 1, a, 1, a: the level 0.5 lies above the mean for a = −1 and below it for a = 0.2.
            for a, isJoined in [ -1.0, false; 0.2, true ] do
                let regions = Contour.regions (cell a) 0.5
                Expect.hasLength regions (if isJoined then 1 else 2) $"a = {a}")
        testCase "regions are closed, and a half plane has its area" (fun () ->
            let regions = Contour.regions (grid 11 0.0 1.0 (fun x _ -> x)) 0.25
            Expect.hasLength regions 1 "regions"
            Expect.isTrue (isClosed regions[0]) "closed"
            Expect.floatClose Accuracy.veryHigh (area regions[0]) 0.75 "area")
        testCase "what is not finite lies above every level" (fun () ->
            for hole in [ nan; infinity ] do
                let holed = grid 11 0.0 1.0 (fun x _ -> if x > 0.55 then hole else 0.0)
                let regions = Contour.regions holed 3.0
                Expect.hasLength regions 1 "regions"
                Expect.floatClose Accuracy.veryHigh (area regions[0]) 0.5 "from the last finite column on")
        testCase "of a constant: nothing" (fun () ->
            let flat = grid 5 0.0 1.0 (fun _ _ -> 2.0)
            Expect.isEmpty (Contour.lines flat 2.5) "lines"
            Expect.isEmpty (Contour.levels 5 0.0 flat) "levels")
        testCase "levels are spaced evenly in their logarithm, between the values" (fun () ->
            let levels =
                Contour.levels 9 0.0 (grid 40 -1.0 1.0 (fun x y -> x * x + 100.0 * y * y))

            let factors = levels |> Array.pairwise |> Array.map (fun (a, b) -> b / a)
            Expect.all factors (fun f -> abs (f / factors[0] - 1.0) < 1e-12 && f > 1.0) "factors"
            Expect.isTrue (levels[0] > 0.0 && levels[8] < 101.0) "inside")
    ]

let private svg (name: string) =
    XName.Get(name, "http://www.w3.org/2000/svg")

let private parse chart = XDocument.Parse(Chart.toSvg chart)

let private attribute (name: string) (element: XElement) =
    match element.Attribute(XName.Get name) with
    | null -> ""
    | found -> found.Value

let private elements name chart =
    (parse chart).Descendants(svg name) |> List.ofSeq

let private texts chart =
    elements "text" chart |> List.map _.Value

let private isData element =
    (attribute "class" element).StartsWith 's'
    || attribute "class" element = "bound"

/// The paths of the series, without the samples of the legend.
let private curves chart =
    elements "path" chart
    |> List.filter (fun path -> isData path && attribute "d" path <> "M0 0H28")
    |> List.map (attribute "d")

let private area' chart =
    let clip = elements "clipPath" chart |> List.head
    let rect = clip.Elements() |> Seq.head
    float (attribute "width" rect), float (attribute "height" rect)

let private show (x: float) =
    x.ToString("0.##", CultureInfo.InvariantCulture)

let private drawing =
    testList "pictures" [
        testCase "a line lies where the data say, to the pixel" (fun () ->
            let chart =
                Chart.lines [ ("y", [ 0.0; 1.0; 4.0 ]) ]
                |> Chart.yRange (0.0, 4.0)
                |> Chart.size 400.0 200.0

            let w, h = area' chart
            Expect.equal h 200.0 "height"
            Expect.equal (curves chart) [ $"M0 200L{show (w / 2.0)} 150L{show w} 0" ] "path")
        testCase "a logarithmic axis spaces decades evenly" (fun () ->
            let chart =
                Chart.points [ ("y", [ 1.0, 1.0; 10.0, 0.1; 100.0, 0.01 ]) ]
                |> Chart.logX
                |> Chart.logY
                |> Chart.yRange (0.01, 1.0)
                |> Chart.size 400.0 200.0

            let w, _ = area' chart
            Expect.equal (curves chart) [ $"M0 0L{show (w / 2.0)} 100L{show w} 200" ] "path")
        testCase "a bound is dashed and has no colour of its own" (fun () ->
            let chart =
                Chart.lines [ "a", [ 1.0; 2.0 ]; "b", [ 2.0; 3.0 ] ]
                |> Chart.bound "theory" [ 3.0; 4.0 ]

            let bound =
                elements "path" chart
                |> List.filter (fun path -> attribute "class" path = "bound")

            Expect.all bound (fun path -> attribute "stroke-dasharray" path <> "") "dashes"
            Expect.hasLength bound 2 "the line, and its sample"
            Expect.containsAll (texts chart) [ "a"; "b"; "theory" ] "legend")
        testCase "NaN and infinity are gaps" (fun () ->
            let chart =
                Chart.lines [ ("y", [ 1.0; 2.0; nan; 3.0; 4.0; infinity; -infinity; 5.0; 6.0 ]) ]

            Expect.hasLength (curves chart) 3 "stretches"
            Expect.isFalse ((Chart.toSvg chart).Contains "NaN") "no NaN"
            Expect.isFalse ((Chart.toSvg chart).Contains "∞") "no infinity")
        testCase "nothing to show says so" (fun () ->
            for nothing in [ []; [ nan; infinity ] ] do
                Expect.contains (texts (Chart.lines [ ("y", nothing) ])) "no finite values" "said")
        testCase "texts are escaped, and what XML cannot hold is replaced" (fun () ->
            let chart =
                Chart.lines [ ("a < b & \"c\"", [ 1.0 ]) ]
                |> Chart.title "x > y \u0001 'z' \uD800"
                |> Chart.labels "<t>" "&"

            Expect.containsAll (texts chart) [ "a < b & \"c\""; "x > y \uFFFD 'z' \uFFFD"; "<t>"; "&" ] "read back")
        testCase "numbers are those of no culture" (fun () ->
            let before = Thread.CurrentThread.CurrentCulture
            let comma = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
            comma.NumberFormat.NumberDecimalSeparator <- ","
            comma.NumberFormat.NegativeSign <- "minus"

            let draw () =
                Chart.objective (-2.0, 2.5) (-1.0, 1.5) (Objective.rosenbrock 2)
                |> Chart.path "p" [ -1.5, 0.25; 0.125, -0.5 ]
                |> Chart.toSvg

            let expected = draw ()
            Thread.CurrentThread.CurrentCulture <- comma

            try
                Expect.equal (draw ()) expected "the same text"
            finally
                Thread.CurrentThread.CurrentCulture <- before)
        testCase "a hundred thousand points make a small file, with the extremes of every column" (fun () ->
            let noise =
                Array.init 100_000 (fun i -> if i = 31_415 then 7.0 else sin (float i * 12.9898))

            let chart =
                Chart.lines [ ("noise", noise) ]
                |> Chart.yRange (-1.0, 7.0)
                |> Chart.size 720.0 300.0

            Expect.isLessThan (Chart.toSvg chart).Length 60_000 "size"
            let w, _ = area' chart
            let spike = 31_415.0 / 99_999.0 * w
            Expect.stringContains (List.head (curves chart)) $"L{show spike} 0L" "the spike")
        testCase "panels have clips of their own" (fun () ->
            let chart =
                Chart.panels 2 [ for n in 1..5 -> Chart.schedule 20 (Schedule.cosine (n * 4)) ]

            let ids = elements "clipPath" chart |> List.map (attribute "id")
            Expect.hasLength (List.distinct ids) 5 "ids")
        testCase "start and minimiser are marked, and named once" (fun () ->
            let f = Objective.rosenbrock 2

            let chart =
                Chart.objective (-2.0, 2.0) (-1.0, 3.0) f
                |> Chart.trajectory "gd" 5 (sgd 0.001 |> trace f [| -1.0; 1.0 |])
                |> Chart.trajectory "adam" 5 (adam 0.1 |> trace f [| -1.0; 1.0 |])

            Expect.equal
                (texts chart |> List.filter (fun t -> t = "start" || t = "minimiser"))
                [ "minimiser"; "start" ]
                "legend")
        testCase "a picture is saved where no folder is" (fun () ->
            let folder = Path.Combine(Path.GetTempPath(), $"charts-{Guid.NewGuid():N}")
            let path = Path.Combine(folder, "deep", "x.svg")
            let chart = Chart.lines [ ("y", [ 1.0; 2.0 ]) ]

            try
                Chart.save path chart
                Expect.equal (File.ReadAllText path) (Chart.toSvg chart) "content"
            finally
                Directory.Delete(folder, true))
        testCase "dark viewers have rules for every class that has a colour" (fun () ->
            let chart =
                Chart.objective (-2.0, 2.0) (-1.0, 3.0) (Objective.rosenbrock 2)
                |> Chart.path "p" [ 0.0, 0.0; 1.0, 1.0 ]

            let style = (elements "style" chart |> List.head).Value

            let classes =
                (parse chart).Descendants()
                |> Seq.map (attribute "class")
                |> Seq.filter ((<>) "")
                |> Seq.distinct

            Expect.all classes (fun name -> style.Contains $".{name}{{") "rules")
        testProperty "every series of floats makes a sound picture" (fun (ys: float list) (zs: float list) ->
            let chart = Chart.lines [ "y", ys; "z", zs ] |> Chart.title "any"
            let text = Chart.toSvg chart
            XDocument.Parse text |> ignore
            Expect.isFalse (text.Contains "NaN" || text.Contains "Infinity") "numbers")
    ]

let private refused (part: string) f =
    Expect.throwsC f (fun e ->
        Expect.isTrue (e :? ArgumentException) $"{e.GetType().Name}"
        Expect.stringContains e.Message part "message")

let private errors =
    testList "refusals" [
        testCase "a logarithmic axis refuses what is not above 0, and says where it is" (fun () ->
            let chart = Chart.lines [ "good", [ 1.0; 2.0 ]; "loss", [ 1.0; 0.5; 0.0 ] ]
            refused "\"loss\"[2] is 0 on the logarithmic y axis" (fun () -> Chart.logY chart |> ignore)
            let log = Chart.lines [ ("good", [ 1.0 ]) ] |> Chart.logY
            refused "\"later\"[1] is -3" (fun () -> Chart.line "later" [ nan; -3.0 ] log |> ignore)

            refused "\"good\"[0] is 0 on the logarithmic x axis" (fun () ->
                Chart.lines [ ("good", [ 1.0 ]) ] |> Chart.logX |> ignore))
        testCase "ranges that are none" (fun () ->
            let chart = Chart.lines [ ("y", [ 1.0 ]) ]
            refused "expected finite low < high" (fun () -> Chart.yRange (1.0, 1.0) chart |> ignore)
            refused "expected finite low < high" (fun () -> Chart.xRange (0.0, infinity) chart |> ignore)
            refused "0 < low < high" (fun () -> chart |> Chart.yRange (0.0, 1.0) |> Chart.logY |> ignore))
        testCase "surfaces that do not fit" (fun () ->
            refused "expected 2 × 3" (fun () ->
                Chart.surface 0.0 [| 0.0; 1.0 |] [| 0.0; 1.0; 2.0 |] (Array2D.zeroCreate 3 2)
                |> ignore)

            refused "xs of a surface does not ascend" (fun () ->
                Chart.surface 0.0 [| 1.0; 1.0 |] [| 0.0; 1.0 |] (Array2D.zeroCreate 2 2)
                |> ignore)

            refused "a contour shows 2" (fun () ->
                Chart.objective (0.0, 1.0) (0.0, 1.0) (Objective.rosenbrock 3) |> ignore))
    ]

let private runs =
    testList "of runs" [
        testCase "gaps and norms leave out what is not above 0" (fun () ->
            // One step of rate 1/L lands on the minimiser: f − f* and ‖g‖ are 0 from then on.
            let result = sgd 0.5 |> minimize 3 (Objective.quadratic [| 2.0 |]) [| 1.0 |]

            for chart in [ Chart.gaps 0.0 [ ("gd", result) ]; Chart.gradientNorms [ ("gd", result) ] ] do
                Expect.hasLength
                    (elements "path" chart
                     |> List.filter (fun p -> (attribute "class" p).StartsWith 'f'))
                    1
                    "one point")
        testCase "the update ratio of gradient descent on a bowl is the rate times the curvature" (fun () ->
            let trace = sgd 0.25 |> trace (Objective.quadratic [| 2.0; 2.0 |]) [| 3.0; -4.0 |]
            Expect.equal (Curves.updateRatios 5 trace) [| for t in 0..4 -> float t, 0.5 |] "ratios")
        testCase "bias correction" (fun () ->
            let factors = Curves.biasCorrection 3 0.5
            Expect.equal factors [| 1.0, 2.0; 2.0, 4.0 / 3.0; 3.0, 8.0 / 7.0 |] "factors")
        testCase "a schedule is drawn under its name, its values where they are" (fun () ->
            let chart =
                Chart.schedule 3 (Schedule.linear 2)
                |> Chart.yRange (0.0, 1.0)
                |> Chart.size 300.0 100.0

            let w, _ = area' chart
            Expect.equal (curves chart) [ $"M0 0L{show (w / 2.0)} 50L{show w} 100" ] "values"
            Expect.contains (texts chart) (string (Schedule.linear 2)) "title")
    ]

[<Tests>]
let tests = testList "charts" [ scales; contours; drawing; errors; runs ]
