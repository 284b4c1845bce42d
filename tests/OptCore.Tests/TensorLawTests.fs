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
    ]
