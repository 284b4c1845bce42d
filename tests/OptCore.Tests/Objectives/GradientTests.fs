/// Where objectives ask their functions, and what they make of the answers; what they refuse.
module OptCore.Tests.Objectives.GradientTests

open System
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Objectives.Xoshiro

let private automatic =
    testList "automatic" [
        testCase "eight slopes at a time, at least once: each variable has its own" (fun () ->
            for dimension in 0..25 do
                let mutable asked: Dual[] list = []

                let linear =
                    AutoDiff(
                        dimension,
                        fun x ->
                            asked <- x :: asked

                            (Dual.op_Implicit 0.5, Seq.indexed x)
                            ||> Seq.fold (fun sum (i, xi) -> sum + float (i + 1) * xi)
                    )

                let point = Array.init dimension (fun i -> float (i + 1) / 4.0)
                let value, gradient = evaluate linear point
                Expect.equal value (0.5 + Seq.sum (Seq.map (fun p -> 4.0 * p * p) point)) $"{dimension}: value"
                Expect.equal gradient (Array.init dimension (fun i -> float (i + 1))) $"{dimension}: gradient"

                Expect.equal
                    [
                        for x in List.rev asked -> [ for xi in x -> xi.Value, [ for k in 0..7 -> xi.Slope k ] ]
                    ]
                    [
                        for first in 0..8 .. max 0 (dimension - 1) ->
                            [
                                for i in 0 .. dimension - 1 ->
                                    point[i], [ for k in 0..7 -> if i = first + k then 1.0 else 0.0 ]
                            ]
                    ]
                    $"{dimension}: what the function is asked")
    ]

let private numerical =
    testList "by differences" [
        testCase "two points for each coordinate, u^⅓ max(1, |x|) away, and the point itself" (fun () ->
            let mutable asked: float[] list = []

            // Every value another one, so that no two can be mistaken for one another.
            let value (x: float[]) =
                float asked.Length * 0.25 + x[0] - 3.0 * x[1] + x[2]

            let objective =
                NumericalGradient.OfArrays(
                    3,
                    fun x ->
                        asked <- Array.copy x :: asked
                        value x
                )

            let point = [| 0.5; -1000.0; 1.0 |]
            let found, gradient = evaluate objective point
            let step = 6.0554544523933429e-6
            // u^⅓ to 15 digits; its cube has three times the error.
            Expect.isLessThanOrEqual (abs (step * step * step * Math.ScaleB(1.0, 52) - 1.0)) 3e-15 "u^⅓"
            let lengths = [| step; 1000.0 * step; step |]

            let expected = [
                for i in 0..2 do
                    for sign in [ 1.0; -1.0 ] do
                        yield Array.init 3 (fun k -> if k = i then point[k] + sign * lengths[k] else point[k])
                yield point
            ]

            Expect.equal (List.rev asked) expected "the points"
            let seen = Array.ofList expected

            let value k =
                float (k + 1) * 0.25 + seen[k][0] - 3.0 * seen[k][1] + seen[k][2]

            Expect.equal found (value 6) "the value of the point itself"

            for i in 0..2 do
                Expect.equal
                    gradient[i]
                    ((value (2 * i) - value (2 * i + 1)) / (seen[2 * i][i] - seen[2 * i + 1][i]))
                    $"coordinate {i}: the distance as it is rounded")

        testCase "what is no number is no exception" (fun () ->
            let found, gradient =
                evaluate (NumericalGradient.OfArrays(1, (fun _ -> nan))) [| 1.0 |]

            Expect.isTrue (Double.IsNaN found && Double.IsNaN gradient[0]) "NaN")
    ]

// ------------------------------------------------------------------------------------------------ what is refused

let private never _ = failtest "asked"

/// Objectives of so many parameters whose functions are never to be asked.
let private all (dimension: int) : (unit -> IObjective) list = [
    fun () -> AutoDiff(dimension, never)
    fun () -> NumericalGradient(dimension, FunctionObjective.Value(fun _ -> never ()))
    fun () -> NumericalGradient.OfArrays(dimension, never)
    fun () -> FunctionObjective(dimension, FunctionObjective.ValueAndGradient(fun _ _ -> never ()))
    fun () ->
        FunctionObjective(
            dimension,
            FunctionObjective.Value(fun _ -> never ()),
            FunctionObjective.Gradient(fun _ _ -> never ())
        )
    fun () -> FunctionObjective.OfArrays(dimension, never, never)
    fun () -> FunctionObjective<float32>(dimension, never, never)
]

let private refusals =
    testList "refused before a function is asked" [
        testCase "a negative dimension; 0 is one" (fun () ->
            for build in all -1 do
                range [ "dimension = -1"; "0" ] build

            for build in all 0 do
                Expect.equal (build().Dimension) 0 "none")

        testCase "lengths and memory" (fun () ->
            for build in all 2 do
                let f = build ()

                for length in [ 1; 3 ] do
                    argument [ "parameters has length"; string length; "expected 2" ] (fun () ->
                        f.Evaluate(Array.zeroCreate<float> length, Array.zeroCreate<float> 2))

                    argument [ "gradient has length"; string length; "expected 2" ] (fun () ->
                        f.Evaluate(Array.zeroCreate<float> 2, Array.zeroCreate<float> length))

                // Two of three numbers each, one of them common.
                let memory = Array.zeroCreate<float> 3

                argument [ "gradient overlaps parameters" ] (fun () ->
                    f.Evaluate(ReadOnlySpan(memory, 0, 2), Span(memory, 1, 2))))

        testCase "lengths and memory of float32" (fun () ->
            let f = FunctionObjective<float32>(2, never, never)

            for length in [ 1; 3 ] do
                argument [ "parameters has length"; string length; "expected 2" ] (fun () ->
                    f.Evaluate(Array.zeroCreate<float32> length, Array.zeroCreate<float32> 2))

                argument [ "gradient has length"; string length; "expected 2" ] (fun () ->
                    f.Evaluate(Array.zeroCreate<float32> 2, Array.zeroCreate<float32> length))

            let memory = Array.zeroCreate<float32> 3

            argument [ "gradient overlaps parameters" ] (fun () ->
                f.Evaluate(ReadOnlySpan(memory, 0, 2), Span(memory, 1, 2)))

            // Of what computes in double: before anything is widened.
            for build in (all 2).[..5] do
                let f = build ()

                argument [ "parameters has length"; "3"; "expected 2" ] (fun () ->
                    f.EvaluateAt<float32>(ReadOnlySpan(memory, 0, 3), Span(Array.zeroCreate<float32> 2)))

                argument [ "gradient overlaps parameters" ] (fun () ->
                    f.EvaluateAt<float32>(ReadOnlySpan(memory, 0, 2), Span(memory, 1, 2))))

        testCase "functions that are none" (fun () ->
            let isNull (name: string) (build: unit -> 'T) =
                match caught build with
                | :? ArgumentNullException as e -> Expect.equal e.ParamName name "the parameter"
                | e -> failtestf "%O" e

            isNull "function" (fun () -> AutoDiff(1, nothing))
            isNull "function" (fun () -> NumericalGradient(1, nothing))
            isNull "function" (fun () -> NumericalGradient.OfArrays(1, nothing))
            isNull "function" (fun () -> FunctionObjective(1, nothing<FunctionObjective.ValueAndGradient>))
            isNull "value" (fun () -> FunctionObjective(1, nothing, FunctionObjective.Gradient(fun _ _ -> ())))
            isNull "gradient" (fun () -> FunctionObjective(1, FunctionObjective.Value(fun _ -> 0.0), nothing))
            isNull "value" (fun () -> FunctionObjective.OfArrays(1, nothing, never))
            isNull "gradient" (fun () -> FunctionObjective.OfArrays(1, never, nothing))
            isNull "value" (fun () -> FunctionObjective<float32>(1, nothing, never))
            isNull "gradient" (fun () -> FunctionObjective<float32>(1, never, nothing))
            isNull "objective" (fun () -> GradientCheck.Run(nothing, ReadOnlySpan [| 1.0 |])))

        testCase "gradients of another length, or none" (fun () ->
            let inDouble (result: float[]) () =
                evaluate (FunctionObjective.OfArrays(2, (fun _ -> 0.0), (fun _ -> result))) [| 1.0; 2.0 |]

            let inSingle (result: float32[]) () =
                FunctionObjective<float32>(2, (fun _ -> 0.0), (fun _ -> result))
                    .Evaluate([| 1f; 2f |], Array.zeroCreate<float32> 2)

            for length in [ 1; 3 ] do
                let words = [ $"returned an array of length {length}"; "expected an array of length 2" ]
                argument words (inDouble (Array.zeroCreate length))
                argument words (inSingle (Array.zeroCreate length))

            argument [ "returned null" ] (inDouble nothing)
            argument [ "returned null" ] (inSingle nothing))

        testCase "samples: none, below 0, beyond the last" (fun () ->
            let sum =
                OptModels.LeastSquares(Array2D.init 3 1 (fun i _ -> float i), [| 0.0; 1.0; 2.0 |]) :> IFiniteSum

            let at (samples: int[]) () =
                sum.Evaluate(ReadOnlySpan samples, ReadOnlySpan [| 1.0 |], Span(Array.zeroCreate<float> 1))

            argument [ "samples is empty" ] (at [||])

            for samples in [ [| -1 |]; [| 3 |]; [| 0; 2; 3; 1 |] ] do
                let i = samples |> Array.findIndex (fun s -> s < 0 || s > 2)
                range [ $"samples[{i}] = {samples[i]}"; "0 ≤ value < 3" ] (at samples)

            at [| 0; 2; 1; 2 |] () |> ignore)
    ]

// ------------------------------------------------------------------------------------------------ the check

/// A check, the points that it asked for, in order, and what it says.
let private watched (objective: IObjective) (point: float[]) seed =
    let told = Watched objective
    let check = GradientCheck.Run(told, ReadOnlySpan point, null, seed)
    check, List.rev told.Points

let private square =
    FunctionObjective.OfArrays(1, (fun x -> x[0] * x[0]), (fun x -> [| 2.0 * x[0] |]))

/// Σ xᵢ², with one coordinate of the gradient off.
let private spoilt dimension coordinate by =
    FunctionObjective.OfArrays(
        dimension,
        (fun x -> Array.sumBy (fun xi -> xi * xi) x),
        (fun x -> Array.mapi (fun i xi -> 2.0 * xi + (if i = coordinate then by else 0.0)) x)
    )

let private steps = [ for k in 0..13 -> Math.ScaleB(0.01, -2 * k) ]

let private checkTests =
    testList "the check" [
        testCase "fourteen steps, each a quarter of the last, along signs of random sizes" (fun () ->
            for seed in [ 0L; 1L; 2L; -5L ] do
                for point in [ [| 0.0 |]; [| 0.0; 0.0; 0.0; 0.0 |]; [| 3.0; 0.0; 0.0; 4.0 |]; [||] ] do
                    let n = point.Length
                    let check, asked = watched (spoilt n -1 0.0) point seed
                    let twin = Xoshiro.Of(seed, 0L)
                    let size = (if n = 4 && point[0] = 3.0 then 5.0 else 1.0) / sqrt (float (max 1 n))

                    let direction = [|
                        for _ in point do
                            let length = size * (0.5 + twin.Uniform())
                            if twin.Below 2 = 0 then length else -length
                    |]

                    Expect.equal asked.Head point "the point first"

                    Expect.equal
                        asked.Tail
                        [ for h in steps -> Array.map2 (fun p d -> p + h * d) point direction ]
                        $"then along the direction: seed {seed}, {n} coordinates"

                    Expect.equal [ for struct (h, _) in check.Remainders -> h ] steps "the steps")

        testCase "remainders and order of x² at 0: (h d)², hence exactly 2" (fun () ->
            let check, asked = watched square [| 0.0 |] 1L

            Expect.equal
                [ for struct (_, r) in check.Remainders -> r ]
                [ for point in asked.Tail -> point[0] * point[0] ]
                "h² d²"

            Expect.equal check.Order 2.0 "log 256 / log 16"
            Expect.isTrue check.IsRight "right"
            Expect.equal check.Coordinate (Nullable()) "no coordinate"
            Expect.isTrue (Double.IsNaN check.Claimed && Double.IsNaN check.Measured) "no slopes"
            Expect.equal (check.Place, string check) ("", "right: the remainder has order 2.00") "text")

        testCase "remainders of a wrong slope: |f(x + hd) − f(x) − h g·d|, hence order 1" (fun () ->
            // f = x, said to be 3x: the remainder is 2 h |d|.
            let line = FunctionObjective.OfArrays(1, (fun x -> x[0]), (fun _ -> [| 3.0 |]))

            let check, asked = watched line [| 0.0 |] 1L
            let moved = asked.[1..14] |> List.map (fun point -> point[0])
            let d = moved.Head / 0.01

            for struct (h, r), m in Seq.zip check.Remainders moved do
                Expect.equal m (h * d) "the point"
                Expect.equal r (abs (m - 0.0 - h * (d * 3.0))) "the remainder"

            // 2 h |d| up to roundings of a unit in the last place of 3 h |d| each.
            Expect.isLessThanOrEqual (abs (check.Order - 1.0)) 1e-15 "log 16 / log 16"
            Expect.isFalse check.IsRight "wrong"
            Expect.equal check.Coordinate (Nullable 0) "where"
            Expect.equal check.Claimed 3.0 "claimed"
            Expect.equal check.Measured 1.0 "measured: the differences of a line are exact at 0"
            Expect.equal (string check) "wrong at 0: 3 claimed, 1 measured (the remainder has order 1.00)" "text")

        testCase "an order below 3/2 is wrong, 3/2 is right" (fun () ->
            // |x|^p at 0 with the gradient 0 has order p.
            for p, right in [ 1.0, false; 1.4, false; 1.6, true; 2.0, true; 3.0, true ] do
                let power =
                    FunctionObjective.OfArrays(1, (fun x -> Math.Pow(abs x[0], p)), (fun _ -> [| 0.0 |]))

                let check, _ = watched power [| 0.0 |] 0L
                Expect.isLessThanOrEqual (abs (check.Order - p)) 1e-13 $"order {p}"
                Expect.equal check.IsRight right $"order {p}")

        testCase
            "an order from remainders that stand out alone: at least three, the last ones of the first run"
            (fun () ->
                // Values by the number of the call: what is asked is fourteen steps behind the point itself.
                let told (values: float list) =
                    let mutable call = -1

                    let objective =
                        FunctionObjective(
                            1,
                            FunctionObjective.ValueAndGradient(fun _ g ->
                                call <- call + 1
                                g[0] <- 0.0

                                if call = 0 then 1.0
                                elif call <= values.Length then 1.0 + values[call - 1]
                                else 1.0)
                        )

                    GradientCheck.Run(objective, ReadOnlySpan [| 0.0 |]).Order

                Expect.equal (told []) 2.0 "none"
                Expect.equal (told [ 0.5 ]) 2.0 "one"
                Expect.equal (told [ 0.5; 0.125 ]) 2.0 "two"
                Expect.equal (told [ 0.5; 0.125; 0.03125 ]) 1.0 "three: 16 within two steps is order 1"
                Expect.equal (told [ 0.5; 0.125; 0.03125; 0.0078125; 0.00048828125 ]) 1.5 "the last three of five"
                Expect.equal (told [ 0.5; 0.0; 0.125; 0.03125; 0.0078125 ]) 2.0 "one that does not stand out ends them"
                Expect.equal (told [ infinity; 0.5; 0.125; 0.03125 ]) 1.0 "what is not finite is passed over"
                Expect.equal (told [ 0.5; nan; 0.125; infinity; 0.03125 ]) 1.0 "wherever it is"
                // A thousand units in the last place of f(x) + f(x + hd) = 2.
                Expect.equal (told [ 4.39e-13; 4.39e-13; 4.39e-13 ]) 2.0 "rounding"
                Expect.equal (told [ 4.42e-13; 4.42e-13; 4.42e-13 ]) 0.0 "no rounding: it does not fall at all")

        testCase "the wrong coordinate, by halves down to 64, then one by one" (fun () ->
            for dimension in [ 1; 2; 63; 64; 65; 127; 128; 129; 131; 300 ] do
                for coordinate in List.distinct [ 0; dimension / 2 - 1; dimension / 2; dimension - 1 ] do
                    if coordinate >= 0 then
                        let point = Array.init dimension (fun i -> float (i % 5) / 8.0 - 0.25)
                        let check, asked = watched (spoilt dimension coordinate 0.5) point 3L
                        let name = $"{coordinate} of {dimension}"
                        Expect.equal check.Coordinate (Nullable coordinate) name
                        Expect.equal check.Place (string coordinate) name
                        Expect.equal check.Claimed (2.0 * point[coordinate] + 0.5) $"{name}: claimed"

                        // Σ x² is below 10: two such values, each of at most 300 roundings, over 2h.
                        Expect.isLessThan
                            (abs (check.Measured - 2.0 * point[coordinate]))
                            (600.0 * 10.0 * Math.ScaleB(1.0, -53) / (2.0 * 6e-6))
                            $"{name}: measured"

                        // Halves: two points each; the last at most 64: two points each, and twice more for the answer.
                        let rec halved start count =
                            if count <= 64 then
                                0, count
                            else
                                let half = count / 2

                                let halvings, left =
                                    if coordinate < start + half then
                                        halved start half
                                    else
                                        halved (start + half) (count - half)

                                halvings + 1, left

                        let halvings, left = halved 0 dimension
                        Expect.equal asked.Length (15 + 4 * halvings + 2 * left + 2) $"{name}: evaluations")

        testCase "places by the tensors' names and shapes, the last index running fastest" (fun () ->
            let layout =
                Layout.Empty.Add("scalar").Add("matrix", 2, 3).Add("empty", 0).Add("cube", 2, 2, 2)

            let places = [
                yield "\"scalar\"[]"
                for i in 0..1 do
                    for j in 0..2 do
                        yield $"\"matrix\"[{i}, {j}]"
                for i in 0..1 do
                    for j in 0..1 do
                        for k in 0..1 do
                            yield $"\"cube\"[{i}, {j}, {k}]"
            ]

            for coordinate, place in Seq.indexed places do
                let check =
                    GradientCheck.Run(spoilt 15 coordinate 1.0, ReadOnlySpan(Array.zeroCreate<float> 15), layout)

                Expect.equal check.Place place "place")

        testCase "lengths, and what is not finite at the point" (fun () ->
            argument [ "point has length 2"; "expected 1" ] (fun () ->
                GradientCheck.Run(square, ReadOnlySpan [| 1.0; 2.0 |]))

            argument [ "layout has length 2"; "expected 1" ] (fun () ->
                GradientCheck.Run(square, ReadOnlySpan [| 1.0 |], Layout.Plain 2))

            for value, slope in [ nan, 1.0; infinity, 1.0; 1.0, nan; 1.0, -infinity ] do
                let bad =
                    FunctionObjective.OfArrays(2, (fun _ -> value), (fun _ -> [| 1.0; slope |]))

                argument [ "Value or gradient of function is not finite at the point"; "point" ] (fun () ->
                    GradientCheck.Run(bad, ReadOnlySpan [| 1.0; 2.0 |]))

                // The first coordinate counts as any other.
                let bad =
                    FunctionObjective.OfArrays(2, (fun _ -> value), (fun _ -> [| slope; 1.0 |]))

                argument [ "not finite" ] (fun () -> GradientCheck.Run(bad, ReadOnlySpan [| 1.0; 2.0 |])))

        testCase "checks are equal where all that they found is" (fun () ->
            let run (objective: IObjective) seed =
                GradientCheck.Run(objective, ReadOnlySpan [| 0.25; 0.5 |], null, seed)

            let one = run (spoilt 2 1 0.5) 1L
            Expect.isTrue (one.Equals(run (spoilt 2 1 0.5) 1L)) "the same check again"
            Expect.equal (one.GetHashCode()) ((run (spoilt 2 1 0.5) 1L).GetHashCode()) "its hash"
            Expect.isFalse (one.Equals(nothing<GradientCheck>)) "none"

            // As C#'s `with` does it.
            let withed (property: string) (value: objnull) =
                let copy =
                    match typeof<GradientCheck>.GetMethod "<Clone>$" with
                    | null -> failtest "no clone"
                    | clone ->
                        match clone.Invoke(one, [||]) with
                        | :? GradientCheck as copy -> copy
                        | other -> failtestf "%O" other

                match typeof<GradientCheck>.GetProperty property with
                | null -> failtestf "no %s" property
                | found -> found.SetValue(copy, value)

                copy

            Expect.isTrue (one.Equals(withed "Claimed" one.Claimed)) "a copy"

            for property, value in
                [
                    "Coordinate", box 0
                    "Claimed", box 7.0
                    "Measured", box 7.0
                    "Place", box "elsewhere"
                ] do
                Expect.isFalse (one.Equals(withed property value)) property

            // Lines have order 2 whatever their remainders are, those of a constant are 0.
            let line =
                FunctionObjective.OfArrays(2, (fun x -> x[0] / 3.0), (fun _ -> [| 1.0 / 3.0; 0.0 |]))

            let constant =
                FunctionObjective.OfArrays(2, (fun _ -> 1.0), (fun _ -> [| 0.0; 0.0 |]))

            let line, constant = run line 1L, run constant 1L
            Expect.equal line.Order constant.Order "the same order"
            Expect.isFalse (line.Equals constant) "other remainders"

            Expect.isFalse ((run (spoilt 2 -1 0.0) 1L).Equals(run (spoilt 2 -1 0.0) 2L)) "another direction")
    ]

[<Tests>]
let tests = testList "gradients" [ automatic; numerical; refusals; checkTests ]
