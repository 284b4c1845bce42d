/// Constraints are Euclidean projections: feasible, idempotent, the nearest point.
module OptCore.Tests.ProjectionTests

open System
open Expecto
open FsCheck.FSharp
open OptCore

let private project (stage: IStage) (point: float[]) =
    let plan = (Optimizer.Sgd 0.0).With(stage).Plan point.Length
    plan.Step(plan.Init point, Array.zeroCreate<float> point.Length).ToArray()

let private norm (x: float[]) = sqrt (Array.sumBy (fun v -> v * v) x)

let private norm1 (x: float[]) = Array.sumBy abs x

let private slack (x: float[]) = 1e-12 * (1.0 + norm1 x)

type private Set = {
    Name: string
    Stage: IStage
    /// Whether a point is in the set, up to a slack.
    Contains: float -> float[] -> bool
    /// A point of the set made of any point.
    Feasible: float[] -> float[]
}

let private scaled (limit: float) (size: float[] -> float) (x: float[]) =
    let length = size x

    if length <= limit then
        x
    else
        Array.map ((*) (limit / length)) x

let private sets = [
    {
        Name = "within"
        Stage = Box(-0.5, 2.0)
        Contains = fun e -> Array.forall (fun v -> v >= -0.5 - e && v <= 2.0 + e)
        Feasible = Array.map (fun v -> Math.Clamp(v, -0.5, 2.0))
    }
    {
        Name = "nonNegative"
        Stage = NonNegative()
        Contains = fun e -> Array.forall (fun v -> v >= -e)
        Feasible = Array.map abs
    }
    {
        Name = "ball"
        Stage = Ball 1.5
        Contains = fun e x -> norm x <= 1.5 + e
        Feasible = scaled 1.5 norm
    }
    {
        Name = "l1Ball"
        Stage = L1Ball 1.5
        Contains = fun e x -> norm1 x <= 1.5 + e
        Feasible = scaled 1.5 norm1
    }
    {
        Name = "withinEach"
        Stage = Bounds([ -0.5 ], [ 2.0 ])
        Contains = fun e -> Array.forall (fun v -> v >= -0.5 - e && v <= 2.0 + e)
        Feasible = Array.map (fun v -> Math.Clamp(v, -0.5, 2.0))
    }
    {
        // Σp ≤ 1.5, of any number of coordinates.
        Name = "halfspace"
        Stage = Halfspace([ 2.0 ], 3.0)
        Contains = fun e x -> 2.0 * Array.sum x <= 3.0 + e
        Feasible = fun x -> Array.map (fun v -> v - max 0.0 (Array.sum x - 1.5) / float x.Length) x
    }
    {
        Name = "hyperplane"
        Stage = Hyperplane([ -2.0 ], 3.0)
        Contains = fun e x -> abs (2.0 * Array.sum x + 3.0) <= e
        Feasible = fun x -> Array.map (fun v -> v - (Array.sum x + 1.5) / float x.Length) x
    }
    {
        Name = "simplex"
        Stage = Simplex 1.5
        Contains = fun e x -> Array.forall (fun v -> v >= 0.0) x && abs (Array.sum x - 1.5) <= e
        Feasible =
            fun x ->
                let weights = Array.map (fun v -> 1e-3 + abs v) x
                Array.map (fun w -> 1.5 * w / Array.sum weights) weights
    }
]

let private points =
    let coordinate =
        Gen.choose (-4000, 4000)
        |> Gen.map (fun n -> float n / 1000.0)
        |> (fun g -> Gen.oneof [ g; Gen.elements [ 0.0; 1.0; 1.0; -1.0; 1e-9; 1e6 ] ])

    gen {
        let! length = Gen.choose (1, 40)
        let! x = Gen.arrayOfLength length coordinate
        let! y = Gen.arrayOfLength length coordinate
        return x, y
    }
    |> Arb.fromGen

[<Tests>]
let tests =
    testList "projections" [
        for set in sets do
            testProperty
                $"{set.Name}: feasible, idempotent, nearest"
                (Prop.forAll points (fun (x, y) ->
                    let p = project set.Stage x
                    Expect.isTrue (set.Contains (slack x) p) "feasible"
                    let again = project set.Stage p
                    Expect.isTrue (Array.forall2 (fun a b -> abs (a - b) <= slack x) again p) "idempotent"
                    // ⟨x − p, q − p⟩ ≤ 0 for every q of the set.
                    let q = set.Feasible y

                    let inner =
                        (0.0, Array.zip3 x p q)
                        ||> Array.fold (fun sum (x, p, q) -> sum + (x - p) * (q - p))

                    Expect.isTrue (inner <= 1e-9 * (1.0 + norm x) * (1.0 + norm x + norm q)) $"nearest: {inner}"))

        testCase "points of the set stay, bit for bit" (fun () ->
            let inside = [| 0.25; 0.5; 0.0; 0.125 |]

            for set in sets do
                if set.Name <> "simplex" && set.Name <> "hyperplane" then
                    Expect.equal (project set.Stage inside) inside set.Name)

        testCase "known projections" (fun () ->
            Expect.equal (project (Box(-1.0, 1.0)) [| -3.0; 0.5; 9.0 |]) [| -1.0; 0.5; 1.0 |] "box"
            Expect.equal (project (NonNegative()) [| -3.0; 0.5 |]) [| 0.0; 0.5 |] "orthant"
            Expect.equal (project (Ball 5.0) [| 6.0; 8.0 |]) [| 3.0; 4.0 |] "ball"
            // Soft threshold at θ with (3 − θ) + (2 − θ) = 3: θ = 1.
            Expect.equal (project (L1Ball 3.0) [| 3.0; -2.0; 0.5 |]) [| 2.0; -1.0; 0.0 |] "ℓ1 ball"
            // (2 − θ) + (1 − θ) = 1: θ = 1.
            Expect.equal (project (Simplex 1.0) [| 2.0; 1.0; -5.0 |]) [| 1.0; 0.0; 0.0 |] "vertex"
            Expect.equal (project (Simplex 1.0) [| 7.0; 7.0 |]) [| 0.5; 0.5 |] "middle"
            Expect.equal (project (Simplex 2.0) [| -3.0 |]) [| 2.0 |] "one element")

        testCase "bounds and normals by coordinate" (fun () ->
            Expect.equal
                (project (Bounds([ 0.0; -1.0; -infinity ], [ 1.0; infinity; 2.0 ])) [| 5.0; -5.0; 5.0 |])
                [| 1.0; -1.0; 2.0 |]
                "withinEach"
            // ⟨a, p⟩ = 3 − 8 = −5 is below −1; 3 + 8 = 11 is 12 above: 12/25 of a.
            Expect.equal (project (Halfspace([ 3.0; -4.0 ], -1.0)) [| 1.0; 2.0 |]) [| 1.0; 2.0 |] "inside"
            let out = project (Halfspace([ 3.0; -4.0 ], -1.0)) [| 1.0; -2.0 |]
            Expect.floatClose Accuracy.veryHigh out[0] (1.0 - 36.0 / 25.0) "halfspace"
            Expect.floatClose Accuracy.veryHigh out[1] (-2.0 + 48.0 / 25.0) "halfspace")

        testCase "sphere: the nearest point of length r; 0 stays" (fun () ->
            Expect.equal (project (Sphere 5.0) [| 6.0; 8.0 |]) [| 3.0; 4.0 |] "from outside"
            Expect.equal (project (Sphere 5.0) [| -0.75; 1.0 |]) [| -3.0; 4.0 |] "from inside"
            Expect.equal (project (Sphere 5.0) [| 0.0; 0.0 |]) [| 0.0; 0.0 |] "0"
            let far = project (Sphere 1.0) [| 3e200; 4e200 |]
            Expect.floatClose Accuracy.veryHigh far[0] 0.6 "no overflow"
            let tiny = project (Sphere 1.0) [| 3e-320; 4e-320 |]
            Expect.isTrue (abs (norm tiny - 1.0) <= 1e-12) "no underflow")

        testCase "by unit: columns, rows, vectors" (fun () ->
            let onto (stage: IStage) (shape: int list) (point: float[]) =
                Projection.Onto(stage, Layout.Empty.Add("w", Array.ofList shape), ReadOnlySpan point)

            let matrix: float[] = [| 6.0; 0.5; 8.0; 0.0 |]
            Expect.equal (onto (MaxNorm 5.0) [ 2; 2 ] matrix) [| 3.0; 0.5; 4.0; 0.0 |] "columns"

            Expect.equal
                (onto (MaxNorm(5.0, OutputFirst = true)) [ 2; 2 ] [| 6.0; 8.0; 0.5; 0.0 |])
                [| 3.0; 4.0; 0.5; 0.0 |]
                "rows"

            Expect.equal (onto (MaxNorm 5.0) [ 2 ] [| 6.0; 8.0 |]) [| 3.0; 4.0 |] "a vector is one unit"
            Expect.equal (onto (MinMaxNorm(1.0, 5.0)) [ 2; 2 ] matrix) [| 3.0; 1.0; 4.0; 0.0 |] "between"
            // Through axis 0 of a rank 3 each place of the other axes is a unit.
            Expect.equal (onto (UnitNorm()) [ 1; 2; 2 ] [| 4.0; -2.0; 0.0; 8.0 |]) [| 1.0; -1.0; 0.0; 1.0 |] "rank 3"
            Expect.equal (onto (UnitNorm()) [ 0; 3 ] [||]) [||] "empty"
            Expect.equal (onto (MaxNorm infinity) [ 2; 2 ] matrix) matrix "infinity"
            let tiny = onto (UnitNorm()) [ 2; 2 ] [| 3e-320; 1e-300; 4e-320; 0.0 |]
            Expect.isTrue (abs (sqrt (tiny[0] * tiny[0] + tiny[2] * tiny[2]) - 1.0) <= 1e-12) "no underflow"
            Expect.floatClose Accuracy.veryHigh tiny[1] 1.0 "no underflow"
            let far = onto (MaxNorm 1.0) [ 2; 2 ] [| 3e200; 1.0; 4e200; 0.0 |]
            Expect.floatClose Accuracy.veryHigh far[0] 0.6 "no overflow"

            Expect.equal
                (Projection.Distance(MaxNorm 5.0, Layout.Empty.Add("w", 2, 2), ReadOnlySpan matrix))
                5.0
                "10 − 5 in one column")

        testCase "by unit: a unit that is not finite stays as it is" (fun () ->
            for text in
                [
                    "sgd 1.0 |> maxNorm 1.0"
                    "sgd 1.0 |> unitNorm"
                    "sgd 1.0 |> minMaxNorm 0.5 1.0"
                ] do
                let plan = (Optimizer.Parse text).Plan 2
                let start, gradient = [| 1.0; 2.0 |], [| -infinity; 0.0 |]
                let p = plan.Step(plan.Init(ReadOnlySpan start), ReadOnlySpan gradient).ToArray()
                Expect.equal p [| infinity; 2.0 |] text)

        testProperty
            "by unit: feasible, points inside bit for bit, distance"
            (Prop.forAll points (fun (x, _) ->
                let columns = 1 + x.Length % 3
                let rows = x.Length / columns
                let x = Array.truncate (rows * columns) x

                if rows > 0 then
                    let layout = Layout.Empty.Add("w", rows, columns)
                    let p = Projection.Onto(MinMaxNorm(0.5, 1.5), layout, ReadOnlySpan x)

                    for j in 0 .. columns - 1 do
                        let column (x: float[]) =
                            Array.init rows (fun i -> x[i * columns + j])

                        let before, after = norm (column x), norm (column p)

                        if before >= 0.5 && before <= 1.5 || before = 0.0 then
                            Expect.equal (column p) (column x) "inside"
                        else
                            let wanted = Math.Clamp(before, 0.5, 1.5)
                            Expect.isTrue (abs (after - wanted) <= 1e-14) $"length {after}, wanted {wanted}"

                            for a, b in Array.zip (column x) (column p) do
                                Expect.isTrue (abs (b - a * wanted / before) <= 1e-14) "same direction"))

        testCase "bad input" (fun () ->
            let argument words make = BadInput.Refusals.argument words make
            argument [ "Normal is empty" ] (fun () -> Halfspace([], 1.0))
            BadInput.Refusals.range [ "High = 1"; "at least Low = 2" ] (fun () -> MinMaxNorm(2.0, 1.0))
            BadInput.Refusals.range [ "Rate = 1.5"; "0 ≤ value ≤ 1" ] (fun () -> MinMaxNorm(0.0, 1.0, Rate = 1.5))
            BadInput.Refusals.range [ "Radius = 0" ] (fun () -> MaxNorm 0.0)

            argument [ "MinMaxNorm(0.0, 1.0, Rate = 0.5) is no projection" ] (fun () ->
                Projection.Onto(MinMaxNorm(0.0, 1.0, Rate = 0.5), ReadOnlySpan [| 1.0 |]))

            argument [ "Normal is 0" ] (fun () -> Hyperplane([ 0.0; 0.0 ], 1.0))
            argument [ "Low is empty" ] (fun () -> Bounds([], [ 1.0 ]))
            BadInput.Refusals.range [ "Low"; "NaN" ] (fun () -> Bounds([ nan ], [ 1.0 ]))
            BadInput.Refusals.range [ "High" ] (fun () -> Bounds([ 0.0 ], [ -infinity ]))
            BadInput.Refusals.range [ "Normal"; "Infinity" ] (fun () -> Halfspace([ infinity ], 1.0))

            argument [ "Bounds.High has 2 numbers; its scope has 3 parameters" ] (fun () ->
                project (Bounds([ 0.0 ], [ 1.0; 2.0 ])) [| 1.0; 2.0; 3.0 |])

            argument [ "Halfspace.Normal has 2 numbers"; "3 parameters" ] (fun () ->
                project (Halfspace([ 1.0; 2.0 ], 1.0)) [| 1.0; 2.0; 3.0 |])

            BadInput.Refusals.range [ "High"; "at least Low = 2, at 1" ] (fun () ->
                project (Bounds([ 0.0; 2.0 ], [ 1.0; 1.0 ])) [| 1.0; 2.0 |]))

        testCase "as functions" (fun () ->
            for set in sets do
                let point: float[] = [| 3.0; -1.0; 0.25 |]
                Expect.equal (Projection.Onto(set.Stage, point)) (project set.Stage point) set.Name

            Expect.equal (Projection.Distance(Ball 5.0, ReadOnlySpan [| 6.0; 8.0 |])) 5.0 "10 − 5"
            Expect.equal (Projection.Distance(Ball 5.0, ReadOnlySpan [| 3.0; 4.0 |])) 0.0 "on it"

            BadInput.Refusals.argument [ "ProxL1(1.0) is no projection" ] (fun () ->
                Projection.Onto(ProxL1 1.0, ReadOnlySpan [| 1.0 |]))

            BadInput.Refusals.argument [ "Momentum(0.9) is no projection" ] (fun () ->
                Projection.Onto(Momentum 0.9, ReadOnlySpan [| 1.0 |])))

        testCase "proxL1: the soft threshold by η_t λ" (fun () ->
            let plan = (Optimizer.Parse "sgd 0.5 |> geometric 0.5 |> proxL1 2.0").Plan 4
            let zero = Array.zeroCreate<float> 4
            let start = [| 3.0; -3.0; 1.0; -0.25 |]
            let first = plan.Step(plan.Init start, zero)
            Expect.equal (first.ToArray()) [| 2.0; -2.0; 0.0; 0.0 |] "threshold 1"
            Expect.equal (plan.Step(first, zero).ToArray()) [| 1.5; -1.5; 0.0; 0.0 |] "threshold ½")

        testCase "constraints run as declared, behind the step" (fun () ->
            let run (text: string) =
                let plan = (Optimizer.Parse text).Plan 1
                let start: float[] = [| 0.0 |]
                let gradient: float[] = [| -8.0 |]
                plan.Step(plan.Init start, gradient).ToArray()

            Expect.equal (run "sgd 1.0 |> within 0.0 3.0 |> ball 2.0") [| 2.0 |] "box, ball"
            Expect.equal (run "sgd 1.0 |> ball 2.0 |> within 3.0 4.0") [| 3.0 |] "ball, box")

        testCase "large and tiny radii do not over- or underflow" (fun () ->
            let far = project (Ball 1.0) [| 3e200; 4e200 |]
            Expect.floatClose Accuracy.veryHigh far[0] 0.6 "far"
            Expect.floatClose Accuracy.veryHigh far[1] 0.8 "far"
            let small = project (Ball 5e-200) [| 3e-190; 4e-190 |]
            Expect.floatClose Accuracy.veryHigh (small[0] * 1e200) 3.0 "small")
    ]
