/// Clipping (CLIP-1, CLIP-2): `law id → statement → property`.
module OptDsl.Tests.ClipLawTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

/// What a word makes of one gradient: from p = 0 with rate 1 the step is −u, exactly.
let private gradientOf (word: Optimizer -> Optimizer) (g: float[]) =
    let run = {
        Start = Array.zeroCreate g.Length
        Gradients = [| g |]
    }

    last (sgd 1.0 |> word) run |> Array.map (fun p -> 0.0 - p)

/// The norm without over- or underflow; squares and sums keep their rounding errors, so that only the root rounds.
let private norm (x: float[]) =
    let largest = x |> Array.fold (fun m v -> max m (abs v)) 0.0

    if largest = 0.0 then
        0.0
    else
        let exponent = Math.ILogB largest

        let add (sum, lost) v =
            let y = Math.ScaleB(v, -exponent)
            let square = y * y
            let total = sum + square
            let part = total - sum

            total,
            lost
            + ((sum - (total - part)) + (square - part))
            + Math.FusedMultiplyAdd(y, y, -square)

        let sum, lost = Array.fold add (0.0, 0.0) x
        Math.ScaleB(sqrt (sum + lost), exponent)

let private scaledTo size (g: float[]) =
    let length = norm g

    if length = 0.0 then
        g
    else
        g |> Array.map (fun x -> x / length * size)

/// Vectors of norms 0, 1e-300 … 1e150, of ordinary size, and with some zeros.
let private vectors =
    let generator = gen {
        let! n = Gen.choose (1, 70)
        let! g = Gen.arrayOfLength n (Gen.frequency [ 1, Gen.constant 0.0; 5, normal ])

        let! size =
            Gen.oneof [
                Gen.elements [ 0.0; 1e-300; 1e-160; 1.0; 1e150 ]
                logUniform 1e-300 1e150
                logUniform 1e-3 1e3
            ]

        return scaledTo size g
    }

    let asRun g = { Start = g; Gradients = [||] }

    Arb.fromGenShrink (generator, asRun >> shrinkRun >> Seq.map _.Start >> Seq.filter (fun g -> g.Length > 0))

let private thresholds =
    Arb.fromGen (Gen.oneof [ Gen.constant 1.0; logUniform 1e-300 1e150; logUniform 1e-3 1e3 ])

let private onVectors property = forAll2 thresholds vectors property

/// The table's 4ε covers the roundings of the norm (float64 partial sums of at most 70/32 terms), quotient and product.
let private relative = 4.0 * epsilon

let private bounded (word: float -> Optimizer -> Optimizer) (measure: float[] -> float) =
    onVectors (fun c g -> atMost (relative * c) (measure (gradientOf (word c) g)) c "norm")

/// out = αg with one α in (0, 1].
let private keepsDirection (word: float -> Optimizer -> Optimizer) =
    onVectors (fun c g ->
        let out = gradientOf (word c) g
        let length = norm g

        for i in 0 .. g.Length - 1 do
            // c/‖g‖ need not be a double; the result below the normal range keeps fewer digits.
            let expected = if length <= c then g[i] else c * (g[i] / length)
            near (relative * abs expected + 4.0 * Double.Epsilon) out[i] expected $"[{i}]")

/// A margin around c for what is decided by a rounded norm.
let private below c g = norm g <= c * (1.0 - relative)

let private identityBelow (word: float -> Optimizer -> Optimizer) (inside: float -> float[] -> bool) =
    onVectors (fun c g ->
        let small = if inside c g then g else scaledTo (0.9 * c) g

        if inside c small then
            sameBits (gradientOf (word c) small) (Array.map (fun x -> x + 0.0) small) "untouched")

let private idempotent slack (word: float -> Optimizer -> Optimizer) =
    onVectors (fun c g ->
        let once = gradientOf (word c) g
        let twice = gradientOf (word c) once

        for i in 0 .. g.Length - 1 do
            near (slack * abs once[i] + slack * Double.Epsilon) twice[i] once[i] $"[{i}] twice")

let private nonexpansive (word: float -> Optimizer -> Optimizer) =
    forAll2 (positives 1e-3 1e3) pairs (fun c (x, y) ->
        let apart a b =
            norm (Array.map2 (fun (p: float) q -> p - q) a b)

        let out = apart (gradientOf (word c) x) (gradientOf (word c) y)
        // Both images round by 4ε of at most c; the difference itself by ε of the largest.
        atMost (2.0 * relative * (min c (max (norm x) (norm y)) + apart x y)) out (apart x y) "distance")

let private commutesWithScaling (word: float -> Optimizer -> Optimizer) =
    forAll3 (counts -40 40) (positives 1e-3 1e3) runs (fun k c run ->
        let s = pow2 k

        for g in run.Gradients do
            let scaled = gradientOf (word (s * c)) (Array.map (fun x -> s * x) g)
            sameBits scaled (gradientOf (word c) g |> Array.map (fun x -> s * x)) $"times 2^{k}")

let private reflected (v: float[]) (x: float[]) =
    let vv = Array.sumBy (fun a -> a * a) v
    let vx = Array.fold2 (fun sum a b -> sum + a * b) 0.0 v x
    Array.map2 (fun a b -> a - 2.0 * vx / vv * b) x v

let private rotates (word: float -> Optimizer -> Optimizer) =
    let mirrored = gen {
        let! n = Gen.choose (2, 8)
        let! g = Gen.arrayOfLength n normal
        let! v = Gen.arrayOfLength n normal |> Gen.where (fun v -> norm v > 0.1)
        return g, v
    }

    Prop.forAll (Arb.fromGen mirrored) (fun (g, v) ->
        let left = gradientOf (word 1.0) (reflected v g)
        let right = reflected v (gradientOf (word 1.0) g)

        for i in 0 .. g.Length - 1 do
            // A reflection in d ≤ 8 dimensions rounds by at most (2d+4)ε = 20ε of the norm, on both sides.
            near ((40.0 + 4.0) * epsilon * min 1.0 (norm g)) left[i] right[i] $"[{i}]")

let private notFinite =
    gen {
        let! g = Gen.nonEmptyListOf normal |> Gen.map Array.ofList
        let! i = Gen.choose (0, g.Length - 1)
        let! bad = Gen.elements [ nan; infinity; -infinity ]
        return Array.updateAt i bad g
    }
    |> Arb.fromGen

let private passesNonFinite (word: Optimizer -> Optimizer) =
    Prop.forAll notFinite (fun g ->
        let out = gradientOf word g

        for i in 0 .. g.Length - 1 do
            Expect.isTrue (out[i].Equals(g[i] + 0.0)) $"[{i}]: {show out[i]}, was {show g[i]}")

// CLIP-2

let private layoutOf (x: float[]) (y: float[]) =
    Layout.Empty.Add("x", x.Length).Add("y", y.Length)

let private onTwo (word: Optimizer -> Optimizer) (x: float[], y: float[]) =
    let plan = (sgd 1.0 |> word).Plan<float>(layoutOf x y)
    let g = Array.append x y
    let state = plan.Step(plan.Init(Array.zeroCreate<float> g.Length), g, 0.0)
    state.Tensor "x" |> Array.map (fun p -> 0.0 - p), state.Tensor "y" |> Array.map (fun p -> 0.0 - p)

let private isOneNorm (word: float -> Optimizer -> Optimizer) =
    forAll2 (positives 1e-3 1e3) pairs (fun c (x, y) ->
        let x', y' = onTwo (word c) (x, y)
        let both = gradientOf (clip c) (Array.append x y)
        sameBits (Array.append x' y') both "the concatenation")

let private scoped (word: float -> Optimizer -> Optimizer) =
    forAll2 (positives 1e-3 1e3) pairs (fun c (x, y) ->
        let x', y' = onTwo (only "x" (word c)) (x, y)
        sameBits x' (gradientOf (clip c) x) "clipped by its own norm"
        sameBits y' (Array.map (fun v -> v + 0.0) y) "outside of the scope")

let private perTensor (word: float -> Optimizer -> Optimizer) =
    forAll2 (positives 1e-3 1e3) pairs (fun c (x, y) ->
        let x', y' = onTwo (word c) (x, y)
        sameBits x' (gradientOf (clip c) x) "x"
        sameBits y' (gradientOf (clip c) y) "y")

let private isBox (word: float -> Optimizer -> Optimizer) =
    onVectors (fun c g -> sameBits (gradientOf (word c) g) (g |> Array.map (fun x -> max -c (min c x) + 0.0)) "box")

let private largest (x: float[]) =
    x |> Array.fold (fun m v -> max m (abs v)) 0.0

[<Tests>]
let tests =
    testList "clips" [
        law "CLIP-1" "the norm is at most c, from 1e-300 to 1e150" (bounded clip norm)
        control "CLIP-1" "twice c is more" (bounded (fun c -> clip (2.0 * c)) norm)
        law "CLIP-1" "the direction is kept: out = g·min(1, c/‖g‖)" (keepsDirection clip)
        control "CLIP-1" "a clip by value turns it" (keepsDirection clipValue)
        law "CLIP-1" "identity up to c, bit for bit" (identityBelow clip below)
        control "CLIP-1" "normalize is none" (identityBelow (fun _ -> normalize) below)
        law "CLIP-1" "idempotent" (idempotent relative clip)
        control "CLIP-1" "scale is not" (idempotent relative (fun _ -> scale 0.5))
        law "CLIP-1" "nonexpansive" (nonexpansive clip)
        control "CLIP-1" "normalize expands" (nonexpansive (fun _ -> normalizeWith (Normalize(Epsilon = 0.0))))
        law "CLIP-1" "commutes with powers of two, bit for bit" (commutesWithScaling clip)
        control "CLIP-1" "a threshold that does not scale" (commutesWithScaling (fun _ -> clip 1.0))
        law "CLIP-1" "commutes with rotations" (rotates clip)
        control "CLIP-1" "a clip by value does not" (rotates (fun c -> clipValue (0.3 * c)))
        law "CLIP-1" "a norm that is not finite passes unchanged" (passesNonFinite (clip 1.0))
        law "CLIP-1" "per tensor too" (passesNonFinite (clipPerTensor 1.0))
        control "CLIP-1" "a box cuts infinities" (passesNonFinite (clipValue 1.0))
        law
            "CLIP-1"
            "clipUpdate clips the finished direction"
            (forAll2 (positives 1e-3 1e3) runs (fun c run ->
                let path =
                    trajectory (sgd 1.0 |> momentum 0.9 |> clipUpdate c) {
                        run with
                            Start = Array.zeroCreate run.Length
                    }
                // Positions add up to at most N·c, and the difference of two rounds by ε of that, in each of 70 coordinates.
                let slack = c * (relative + 70.0 * float run.Steps * epsilon)

                for a, b in Array.pairwise path do
                    atMost slack (norm (Array.map2 (fun (p: float) q -> q - p) a b)) c "step"))

        law "CLIP-2" "clipValue is the projection on a box, bit for bit" (isBox clipValue)
        control "CLIP-2" "clip is not" (isBox clip)
        law "CLIP-2" "clipValue is bounded by c in every coordinate" (bounded clipValue largest)
        law "CLIP-2" "clipValue is idempotent, bit for bit" (idempotent 0.0 clipValue)
        law "CLIP-2" "clipValue is nonexpansive" (nonexpansive clipValue)
        law "CLIP-2" "clipValue commutes with powers of two, bit for bit" (commutesWithScaling clipValue)

        law "CLIP-2" "clip takes one norm over all tensors, bit for bit" (isOneNorm clip)
        control "CLIP-2" "clipPerTensor does not" (isOneNorm clipPerTensor)
        law "CLIP-2" "clipPerTensor clips each tensor, bit for bit" (perTensor clipPerTensor)
        control "CLIP-2" "clip does not" (perTensor clip)
        law "CLIP-2" "a scoped clip takes its norm over its scope" (scoped clip)
        control "CLIP-2" "a scoped clip by value is another" (scoped clipValue)
    ]
