/// What directions that look at a tensor's shape are on special tensors, gradients and hyper-parameters.
module OptCore.Tests.TensorLawTests

open System
open Expecto
open OptCore
open OptCore.Tests.Oracle

// Steps of plain gradients on the tensors, the parameters after each.
let private path (optimizer: string) (layout: Layout) (start: float[]) (gradients: float[][]) =
    let plan = (Optimizer.Parse optimizer).Plan<float> layout
    let mutable state = plan.Init(ReadOnlySpan start)

    [|
        for gradient in gradients do
            state <- plan.Step(state, ReadOnlySpan gradient)
            state.ToArray()
    |]

let private random seed = Random(seed: int)

let private normal (random: Random) length =
    Array.init length (fun _ ->
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble()))

let private gradients seed steps length =
    let random = random seed
    Array.init steps (fun _ -> normal random length)

let private start seed length = normal (random (seed + 1000)) length

let private apart (expected: float[][]) (actual: float[][]) =
    Array.fold2 (Array.fold2 (fun most (e: float) a -> max most (abs (e - a) / (1.0 + abs e)))) 0.0 expected actual

let private agree tolerance (left: string) (right: string) (layout: Layout) gradients =
    let start = start 1 layout.Length

    let difference =
        apart (path left layout start gradients) (path right layout start gradients)

    Expect.isLessThanOrEqual difference tolerance $"{left} = {right}"

let private one (shape: int list) =
    Layout.Empty.Add("w", Array.ofList shape)

let private several =
    Layout.Empty.Add("w", 4, 3).Add("b", 5).Add("k", 2, 3, 2, 3).Add("s")

// The update of the first step at rate 1.
let private direction (optimizer: string) shape (gradient: float[]) =
    let layout = one shape

    path optimizer layout (Array.zeroCreate layout.Length) [| gradient |]
    |> Array.head
    |> Array.map (fun p -> 0.0 - p)

let private exact options =
    $"sgd 1.0 |> orthogonalizeWith (Orthogonalize(Epsilon = 0.0, A = 1.5, B = -0.5, C = 0.0, {options}))"
    |> fun text ->
        if text.Contains "Steps" then
            text
        else
            text.Replace("A = 1.5", "Steps = 60, A = 1.5")

let private close tolerance (expected: float[]) (actual: float[]) =
    Expect.isLessThanOrEqual (apart [| expected |] [| actual |]) tolerance "as expected"

// The shorter side, and X Xᵀ of it.
let private gram (rows, columns) (x: float[]) =
    if rows <= columns then
        rows, (fun i j -> Seq.sum (seq { for k in 0 .. columns - 1 -> x[i * columns + k] * x[j * columns + k] }))
    else
        columns, (fun i j -> Seq.sum (seq { for k in 0 .. rows - 1 -> x[k * columns + i] * x[k * columns + j] }))

// A matrix of 4 × 6 turned from both sides: L X R.
let private turned (x: float[]) =
    let rotation seed n =
        let r = random seed
        let start = Array2D.init n n (fun _ _ -> Array.head (normal r 1))
        Matrices.orthogonalFactor start

    let left, right = rotation 21 4, rotation 22 6

    [|
        for i in 0..3 do
            for j in 0..5 do
                Seq.sum (
                    seq {
                        for k in 0..3 do
                            for l in 0..5 -> left[i, k] * x[k * 6 + l] * right[l, j]
                    }
                )
    |]

[<Tests>]
let tests =
    testList "tensor laws" [
        testCase "adafactor is adagrad where it is not factored and the rate falls with the root" (fun () ->
            let options =
                "Exponent = 1.0, Epsilon = 0.0, Clip = infinity, RelativeStep = false, ParameterScale = false"

            agree
                1e-13
                $"adafactorWith (Adafactor({options}, Factored = false)) 0.1 |> inverseSqrt"
                "adagradWith (Adagrad(Epsilon = 0.0)) 0.1"
                several
                (gradients 2 12 several.Length))

        testCase "adafactor is exact where squared gradients have rank one" (fun () ->
            let r = random 3

            let outer () =
                let a, b = normal r 4, normal r 6

                [|
                    for x in a do
                        for y in b -> x * y
                |]
            // One pattern in all steps, or the mean of several would have a higher rank.
            let pattern = outer ()

            let steps = [|
                for t in 1..9 -> pattern |> Array.map (fun x -> x / float t * (if t % 2 = 0 then -1.0 else 1.0))
            |]

            let whole = "Epsilon = 0.0, RelativeStep = false"

            agree
                1e-13
                $"adafactorWith (Adafactor({whole})) 0.1"
                $"adafactorWith (Adafactor({whole}, Factored = false)) 0.1"
                (one [ 4; 6 ])
                steps)

        testCase "sm3 is adagrad on vectors" (fun () ->
            agree
                1e-13
                "sm3With (Sm3(Beta1 = 0.0, Epsilon = 0.01)) 0.1"
                "adagradWith (Adagrad(Epsilon = 0.01, EpsilonInside = true)) 0.1"
                (one [ 7 ])
                (gradients 4 12 7))

        testCase "sm3 never steps further than adagrad" (fun () ->
            let layout = Layout.Empty.Add("w", 4, 3).Add("k", 2, 3, 2)
            let gradients = gradients 5 12 layout.Length
            let zero = Array.zeroCreate layout.Length

            let steps optimizer =
                Array.append [| zero |] (path optimizer layout zero gradients)
                |> Array.pairwise
                |> Array.map (fun (p, q) -> Array.map2 (-) p q)

            Array.iter2
                (Array.iter2 (fun (own: float) adagrad ->
                    Expect.isLessThanOrEqual (abs own) (abs adagrad * (1.0 + 1e-12)) "|Δ|"))
                (steps "sm3With (Sm3(Beta1 = 0.0, Epsilon = 0.0)) 0.1")
                (steps "adagradWith (Adagrad(Epsilon = 0.0)) 0.1"))

        testCase "orthogonalize: Newton–Schulz steps end at an orthogonal matrix" (fun () ->
            for rows, columns in [ 4, 6; 6, 4; 5, 5 ] do
                let u =
                    direction
                        (exact "WidthScale = false")
                        [ rows; columns ]
                        (Array.head (gradients 6 1 (rows * columns)))

                let short, x = gram (rows, columns) u

                for i in 0 .. short - 1 do
                    for j in 0 .. short - 1 do
                        Expect.isLessThan (abs (x i j - (if i = j then 1.0 else 0.0))) 1e-13 $"XXᵀ at {i}, {j}")

        testCase "orthogonalize ignores the scale of the update" (fun () ->
            let gradient = gradients 7 1 24 |> Array.head

            let run scale =
                direction (exact "Steps = 5") [ 4; 6 ] (gradient |> Array.map (fun g -> g * scale))

            Expect.equal (run (2.0 ** -30.0)) (run 1.0) "2^−30"
            close 1e-13 (run 1.0) (run 1e-5))

        testCase "orthogonalize turns with rotations of rows and columns" (fun () ->
            let gradient = gradients 8 1 24 |> Array.head
            let options = "sgd 1.0 |> orthogonalizeWith (Orthogonalize(Epsilon = 0.0))"
            close 1e-12 (turned (direction options [ 4; 6 ] gradient)) (direction options [ 4; 6 ] (turned gradient)))

        testCase "orthogonalize: the sides of a kernel, by where its output is" (fun () ->
            let gradient = gradients 9 1 24 |> Array.head
            let first = direction "sgd 1.0 |> orthogonalize" [ 2; 3; 4 ] gradient
            Expect.equal first (direction "sgd 1.0 |> orthogonalize" [ 2; 12 ] gradient) "output first"

            let last =
                direction "sgd 1.0 |> orthogonalizeWith (Orthogonalize(OutputFirst = false))" [ 2; 3; 4 ] gradient

            let flat =
                direction "sgd 1.0 |> orthogonalizeWith (Orthogonalize(WidthScale = false))" [ 6; 4 ] gradient

            Expect.equal last flat "output last: 4 of 6"
            let tall = direction "sgd 1.0 |> orthogonalize" [ 6; 4 ] gradient
            close 1e-14 (flat |> Array.map (fun u -> u * sqrt 1.5)) tall)

        testCase "orthogonalize: an average and its sum are one" (fun () ->
            let layout = Layout.Empty.Add("w", 4, 6).Add("k", 2, 3, 3)

            agree
                1e-11
                "sgd 0.1 |> emaWith (Ema(0.75, Nesterov = true)) |> orthogonalizeWith (Orthogonalize(Epsilon = 0.25))"
                "sgd 0.1 |> nesterov 0.75 |> orthogonalizeWith (Orthogonalize(Epsilon = 1.0))"
                layout
                (gradients 16 8 layout.Length))

        testCase "muon is its average and its steps" (fun () ->
            Expect.equal
                (string (Optimizer.Parse "muon 0.95 0.02"))
                "sgd 0.02 |> emaWith (Ema(0.95, Nesterov = true)) |> orthogonalize"
                "expanded")

        testCase "orthogonalize: zero stays zero, vectors are refused by name" (fun () ->
            Expect.equal (direction (exact "Steps = 5") [ 2; 3 ] (Array.zeroCreate 6)) (Array.zeroCreate 6) "zero"

            for name, layout in
                [
                    "bias", Layout.Empty.Add("w", 2, 2).Add("bias", 3)
                    "s", Layout.Empty.Add("s")
                ] do
                Expect.throwsC
                    (fun () -> (Optimizer.Parse "sgd 0.1 |> orthogonalize").Plan<float> layout |> ignore)
                    (fun e -> Expect.stringContains e.Message $"\"{name}\"" "the message names the tensor"))

        testCase "shampoo: the first update is the orthogonal factor" (fun () ->
            let gradient = gradients 10 1 24 |> Array.head

            close
                1e-11
                (direction (exact "WidthScale = false") [ 4; 6 ] gradient)
                (direction "shampooWith (Shampoo(Epsilon = 0.0)) 1.0" [ 4; 6 ] gradient))

        testCase "shampoo turns with rotations" (fun () ->
            let gradients = gradients 11 6 24
            let zero = Array.zeroCreate 24

            let last gradients =
                path "shampooWith (Shampoo(Epsilon = 0.01)) 0.1" (one [ 4; 6 ]) zero gradients
                |> Array.last

            close 1e-12 (turned (last gradients)) (last (Array.map turned gradients)))

        testCase "shampoo without matrices is adagrad" (fun () ->
            agree
                1e-13
                "shampooWith (Shampoo(Epsilon = 0.01, MaximumSize = 0)) 0.1"
                "adagradWith (Adagrad(Initial = 0.01, Epsilon = 0.0, EpsilonInside = true)) 0.1"
                several
                (gradients 12 12 several.Length))

        testCase "soap without bases is adam one update later" (fun () ->
            let gradients = gradients 13 12 several.Length
            let start = start 2 several.Length

            let soap =
                path "soapWith (Soap(MaximumSize = 0, Epsilon = 0.0)) 0.1" several start gradients

            let adam =
                path "adamWith (Adam(Beta1 = 0.95, Beta2 = 0.95, Epsilon = 0.0)) 0.1" several start gradients[1..]

            Expect.equal soap[0] start "the first update moves nothing"
            Expect.isLessThan (apart adam soap[1..]) 1e-13 "soap = adam")

        testCase "galore with a rank that is not shorter is adam" (fun () ->
            for optimizer in [ "galore 4 3 0.1"; "galoreWith (GaLore(7, 1, Scale = 0.25)) 0.1" ] do
                agree 1e-13 optimizer "adam 0.1" several (gradients 14 12 several.Length))

        testCase "galore moves in the span of its singular vectors" (fun () ->
            let r = random 15
            let a, b = normal r 4, normal r 6

            let gradient = [|
                for x in a do
                    for y in b -> x * y
            |]

            let u = direction "galoreWith (GaLore(1, 5, Epsilon = 0.0)) 1.0" [ 4; 6 ] gradient
            // Adam's first step is the sign of y = ‖a‖ b up to the sign that makes the largest entry of a positive.
            let size = sqrt (Array.sumBy (fun x -> x * x) a)

            close
                1e-12
                [|
                    for x in a do
                        for y in b -> x / size * float (sign y)
                |]
                u)

        testCase "tensors of no elements have neither state nor update" (fun () ->
            let layout = Layout.Empty.Add("w", 0, 3).Add("v", 3, 0).Add("b", 0)

            for optimizer in [ "adafactor 0.1"; "sm3 0.1"; "shampoo 0.1"; "soap 0.1"; "galore 2 3 0.1" ] do
                let plan = (Optimizer.Parse optimizer).Plan<float> layout
                let state = plan.Step(plan.Init(ReadOnlySpan [||]), ReadOnlySpan [||])

                for name in state.SlotNames do
                    Expect.equal (state.Slot(name).Length) 0 $"{name} of {optimizer}"

            let matrices = Layout.Empty.Add("w", 0, 3).Add("b", 0)
            let plan = (Optimizer.Parse "sgd 0.1 |> orthogonalize").Plan<float> matrices
            Expect.equal (plan.Step(plan.Init(ReadOnlySpan [||]), ReadOnlySpan [||]).Step) 1L "a step")
    ]
