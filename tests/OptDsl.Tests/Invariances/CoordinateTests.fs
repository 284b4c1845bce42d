/// What a change of coordinates does to a run (INV-1 … INV-3): translations, rotations, permutations, signs.
module OptDsl.Tests.Invariances.CoordinateTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Invariances.Pipelines
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

let private onEach pipelines property =
    forAll2 (oneOf pipelines) runs (fun (name, build) run -> property name build run)

/// Words whose step is the same for every orthogonal change of coordinates.
let private rotating: Named list = [
    "sgd", sgd
    "momentum", sgd >> momentum 0.9
    "nesterov", sgd >> nesterov 0.9
    "ema", sgd >> ema 0.9
    "velocity", sgd >> velocity 0.9 >> cosine 10
    "clip", sgd >> momentum 0.9 >> clip 1.0
    "clipPerTensor", sgd >> clipPerTensor 1.0
    "normalize", sgd >> normalizeWith (Normalize(Epsilon = 0.0))
    "clipUpdate", sgd >> momentum 0.9 >> clipUpdate 1.0
    "weightDecay", sgd >> weightDecay 0.1
    "novoGrad", novoGrad
    "lars", lars 0.0
    "ball", sgd >> ball 10.0
]

// INV-1

/// The updates do not depend on where the run starts; only their sums round, N times by ε of what they are added to.
let private translation (build: float -> Optimizer) (run: Run) shift =
    let path = trajectory (build 0.01) run

    let moved =
        trajectory (build 0.01) {
            run with
                Start = times 1.0 run.Start |> Array.map (fun x -> x + shift)
        }
    // The shift itself rounds once.
    let slack i =
        float (run.Steps + 1) * epsilon * (reach path i + abs shift)

    close slack moved (path |> Array.map (Array.map (fun x -> x + shift))) "translated"

let private translations pipelines =
    forAll3 (oneOf pipelines) runs scalars (fun (_, build) run shift -> translation build run shift)

// INV-2

/// A product of Householder reflections, applied to a vector.
let private reflect (mirrors: float[][]) (x: float[]) =
    let one (x: float[]) (v: float[]) =
        let vv = Array.sumBy (fun a -> a * a) v
        let vx = Array.fold2 (fun sum a b -> sum + a * b) 0.0 v x
        Array.map2 (fun a b -> a - 2.0 * vx / vv * b) x v

    Array.fold one x mirrors

let private mirrors n =
    Gen.arrayOfLength 3 (Gen.arrayOfLength n normal)
    |> Gen.where (Array.forall (fun v -> Array.sumBy (fun a -> a * a) v > 0.01))

let private norm (x: float[]) =
    let largest = x |> Array.fold (fun m v -> max m (abs v)) 0.0

    if largest = 0.0 || not (Double.IsFinite largest) then
        largest
    else
        largest * sqrt (x |> Array.sumBy (fun v -> (v / largest) * (v / largest)))

let private rotatedRuns =
    gen {
        let! run = runsOf (1, 12) (1, 8) |> Arb.toGen
        let! q = mirrors run.Length
        return run, q
    }
    |> Arb.fromGen

/// 3 reflections of d ≤ 8 numbers round by at most 3·(2d+4)ε of a norm; a step of these words passes an error on by at most
/// the ratio of its Lipschitz constant (2 for a normalised vector of its own length) times 1/(1−β) = 10; N ≤ 12 steps add up.
let private rotationSlack (run: Run) (path: float[][]) =
    let d = float run.Length

    let moved =
        path
        |> Array.pairwise
        |> Array.sumBy (fun (a, b) -> norm (Array.map2 (fun x y -> y - x) a b))

    let start = path |> Array.map norm |> Array.max
    3.0 * (2.0 * d + 4.0) * epsilon * 2.0 * 10.0 * float run.Steps * (start + moved)

let private rotation pipelines =
    forAll2 (oneOf pipelines) rotatedRuns (fun (name, build: float -> Optimizer) (run, q) ->
        let turned = {
            Start = reflect q run.Start
            Gradients = Array.map (reflect q) run.Gradients
        }

        let path = trajectory (build 0.1) run
        let slack = rotationSlack run path
        close (fun _ -> slack) (trajectory (build 0.1) turned) (Array.map (reflect q) path) name)

/// The gradient e₁ in four dimensions and the same turned onto the diagonal: a word that sees coordinates goes lr·N along e₁
/// in the one case and lr·N in each of four coordinates in the other, which is twice as far.
let private deviation (build: float -> Optimizer) =
    let steps, lr = 50, 0.01

    let run g = {
        Start = Array.zeroCreate 4
        Gradients = Array.replicate steps g
    }

    let straight = last (build lr) (run [| 1.0; 0.0; 0.0; 0.0 |])
    let diagonal = last (build lr) (run [| 0.5; 0.5; 0.5; 0.5 |])
    // The rotation takes e₁ to the diagonal; back again the diagonal's length lies along e₁.
    abs (norm diagonal - norm straight)

// INV-3

let private arranged (order: int[]) (x: float[]) = order |> Array.map (fun i -> x[i])

let private permuted =
    gen {
        let! run = Arb.toGen runs
        let! order = Gen.shuffle [| 0 .. run.Length - 1 |]
        return run, order
    }
    |> Arb.fromGen

let private permutation pipelines =
    forAll2 (oneOf pipelines) permuted (fun (name, build: float -> Optimizer) (run, order) ->
        let mixed = {
            Start = arranged order run.Start
            Gradients = Array.map (arranged order) run.Gradients
        }

        sameRuns (trajectory (build 0.1) mixed) (Array.map (arranged order) (trajectory (build 0.1) run)) name)

/// A norm's sum in another order: 70 terms, at most 71 roundings, halved by the root; a step multiplies by it once.
let private permutationOfNorms pipelines =
    forAll2 (oneOf pipelines) permuted (fun (name, build: float -> Optimizer) (run, order) ->
        let mixed = {
            Start = arranged order run.Start
            Gradients = Array.map (arranged order) run.Gradients
        }

        let path = Array.map (arranged order) (trajectory (build 0.1) run)

        let slack i =
            71.0 * epsilon * travel path i + float run.Steps * epsilon * reach path i

        close slack (trajectory (build 0.1) mixed) path name)

let private reflection pipelines =
    onEach pipelines (fun name build run ->
        let minus = Array.map (fun (x: float) -> -x)

        let mirrored = {
            Start = minus run.Start
            Gradients = Array.map minus run.Gradients
        }

        let plusZero = Array.map (fun (x: float) -> x + 0.0)
        // 0 has no sign to flip.
        sameRuns
            (trajectory (build 0.1) mirrored |> Array.map plusZero)
            (trajectory (build 0.1) run |> Array.map (minus >> plusZero))
            name)

[<Tests>]
let tests =
    testList "invariances" [
        law "INV-1" "a translated start translates the run" (translations elementwise)
        control "INV-1" "not with weight decay" (translations [ "adamW", adamW 0.1 ])

        law "INV-2" "a rotation of start and gradients rotates the run" (rotation rotating)
        control "INV-2" "not for adam" (rotation [ "adam", adam ])
        control "INV-2" "not for a clip by value" (rotation [ "clipValue", sgd >> clipValue 1.0 ])
        yield!
            [
                "adam", adamWith (Adam(Epsilon = 0.0))
                "signSgd", signSgd
                "lion", lion
                "rmsProp", rmsPropWith (RmsProp(Epsilon = 0.0, BiasCorrection = true))
            ]
            |> List.map (fun (name, build) ->
                fact "INV-2" $"{name} depends on the coordinates, by lr·N·(√d−1) = 0.5" (fun () ->
                    near 1e-12 (deviation build) 0.5 "deviation"
                    Expect.isGreaterThan (deviation build) 0.41 "the deviation that the reference measured"))
        fact "INV-2" "sgd does not" (fun () -> near 1e-15 (deviation sgd) 0.0 "deviation")

        law
            "INV-3"
            "elementwise words commute with permutations, bit for bit"
            (permutation (elementwise @ withParameters))
        law
            "INV-3"
            "words by norm do, up to the order of a sum"
            (permutationOfNorms [
                "clip", sgd >> clip 1.0
                "normalize", sgd >> normalize
                "clipPerTensor", sgd >> clipPerTensor 1.0
            ])
        control "INV-3" "noise does not" (permutation [ "noise", sgd >> noise 1.0 0.0 1 ])
        law "INV-3" "odd words commute with a change of sign, bit for bit" (reflection (elementwise @ withParameters))
        control "INV-3" "a one-sided box does not" (reflection [ "nonNegative", sgd >> nonNegative ])
    ]
