/// Numbers and vectors: magnitudes from 1e-12 to 1e12, special values, sequences of gradients that shrink together.
module OptDsl.Tests.Numbers

open System
open FsCheck
open FsCheck.FSharp

/// The unit of relative rounding, 2^-52: twice the error of one operation.
let epsilon = Math.BitIncrement 1.0 - 1.0

/// A float as F# code: all digits, always a point or an exponent.
let show (x: float) = OptCore.Words.Print x

/// An array as F# code.
let showArray (x: float[]) =
    $"""[| {x |> Array.map show |> String.concat "; "} |]"""

/// The bits of a vector: what "bit for bit" compares.
let bits (x: float[]) =
    x |> Array.map BitConverter.DoubleToInt64Bits

/// 2^k, exactly.
let pow2 (k: int) = Math.ScaleB(1.0, k)

let private unit = Catalogue.Draws.unit

/// Uniform in [low, high].
let uniform low high = Catalogue.Draws.uniform low high

/// Log-uniform in [low, high], both positive.
let logUniform low high = Catalogue.Draws.logUniform low high

/// Standard normal, by Box and Muller.
let normal =
    Gen.map2 (fun a b -> sqrt (-2.0 * log (1.0 - a)) * cos (2.0 * Math.PI * b)) unit unit

/// Cauchy: no mean, now and then huge.
let cauchy = uniform -0.4999 0.4999 |> Gen.map (fun r -> tan (Math.PI * r))

/// 1 or -1.
let plusOrMinus = Gen.elements [ 1.0; -1.0 ]

/// Magnitudes log-uniform from 1e-12 to 1e12 of both signs, zeros, and the numbers people try first.
let scalar =
    Gen.frequency [
        8, Gen.map2 (*) plusOrMinus (logUniform 1e-12 1e12)
        1, Gen.constant 0.0
        2, Gen.elements [ 1.0; -1.0; 2.0; 0.5; -3.0; 10.0 ]
    ]

let private isPowerOfTwo x =
    Double.IsFinite x
    && x <> 0.0
    && Double.IsNormal x
    && abs x = pow2 (Math.ILogB x)

/// Simpler numbers: 0, 1, the positive, the power of two below, and powers of two nearer to 1.
let shrinkScalar (x: float) =
    if x = 0.0 then
        Seq.empty
    elif not (Double.IsFinite x) then
        Seq.ofList [ 0.0; 1.0 ]
    elif x = 1.0 then
        Seq.singleton 0.0
    else
        seq {
            0.0
            1.0

            if x < 0.0 then
                -x

            if isPowerOfTwo x then
                let k = Math.ILogB x

                if k <> 0 then
                    Math.CopySign(pow2 (k / 2), x)
            elif Double.IsNormal x then
                Math.CopySign(pow2 (Math.ILogB x), x)
        }

/// Scalars with their shrinker.
let scalars = Arb.fromGenShrink (scalar, shrinkScalar)

/// Positive numbers that shrink toward 1 and powers of two.
let positives low high =
    Arb.fromGenShrink (logUniform low high, shrinkScalar >> Seq.filter (fun x -> x >= low && x <= high))

/// Learning rates.
let rates = positives 1e-6 10.0

/// Decays 0 ≤ β < 1, among them those that people use.
let decay = Catalogue.Draws.decay

/// Integers that shrink toward the smallest.
let counts low high =
    Arb.fromGenShrink (
        Gen.choose (low, high),
        fun n ->
            Seq.distinct [ low; low + (n - low) / 2; n - 1 ]
            |> Seq.filter (fun m -> m >= low && m < n)
    )

/// Vectors of one length with values of one kind.
let vector n =
    Gen.oneof [ Gen.arrayOfLength n scalar; Gen.arrayOfLength n normal ]

/// Gradients of one run, a row per step: normal at three scales, Cauchy, sparse, alternating signs, all magnitudes.
let gradients steps n =
    let rows element =
        Gen.arrayOfLength steps (Gen.arrayOfLength n element)

    let scaled s = normal |> Gen.map (fun x -> s * x)

    let alternating =
        Gen.arrayOfLength n scalar
        |> Gen.map (fun g -> Array.init steps (fun t -> if t % 2 = 0 then g else Array.map (~-) g))

    Gen.oneof [
        rows (scaled 1e-3)
        rows normal
        rows (scaled 1e3)
        rows cauchy
        rows (Gen.frequency [ 3, Gen.constant 0.0; 1, normal ])
        alternating
        rows scalar
    ]

/// The array without one element.
let without index items = Array.removeAt index items

/// A start and gradients of equal lengths: what a run on a plain vector needs.
[<StructuredFormatDisplay("{Code}")>]
type Run = {
    Start: float[]
    Gradients: float[][]
} with

    /// The number of parameters.
    member run.Length = run.Start.Length

    /// The number of gradients.
    member run.Steps = run.Gradients.Length

    /// F# code that builds it.
    member run.Code =
        $"""{{ Start = {showArray run.Start}; Gradients = [| {run.Gradients |> Array.map showArray |> String.concat "; "} |] }}"""

    override run.ToString() = run.Code

let private sizes count =
    [ for i in 0..3 -> count / pown 2 (i + 1) ]
    |> List.filter (fun k -> k > 0)
    |> List.distinct

/// Fewer steps, fewer elements, simpler values; lengths stay equal.
let shrinkRun (run: Run) =
    let columns keep = {
        Start = keep run.Start
        Gradients = Array.map keep run.Gradients
    }

    let withElement row column value =
        let replaced (x: float[]) = Array.updateAt column value x

        if row < 0 then
            { run with Start = replaced run.Start }
        else
            {
                run with
                    Gradients = Array.updateAt row (replaced run.Gradients[row]) run.Gradients
            }

    let simplest (x: float) =
        if x = 0.0 || abs x = 1.0 then x else Math.CopySign(1.0, x)

    let rounded = {
        Start = Array.map simplest run.Start
        Gradients = Array.map (Array.map simplest) run.Gradients
    }

    seq {
        for k in sizes run.Steps do
            {
                run with
                    Gradients = Array.truncate k run.Gradients
            }

        for t in 0 .. run.Steps - 1 do
            if run.Steps > 1 then
                {
                    run with
                        Gradients = without t run.Gradients
                }

        for k in sizes run.Length do
            columns (Array.truncate k)
            columns (fun x -> Array.skip (x.Length - k) x)

        if run.Length <= 12 then
            for i in 0 .. run.Length - 1 do
                columns (without i)

        if rounded <> run then
            rounded

        if run.Length * (run.Steps + 1) <= 24 then
            for row in -1 .. run.Steps - 1 do
                for column in 0 .. run.Length - 1 do
                    let value =
                        if row < 0 then
                            run.Start[column]
                        else
                            run.Gradients[row][column]

                    for simpler in shrinkScalar value do
                        withElement row column simpler
    }

/// Runs with lengths and steps between limits.
let runsOf (fewest, most) (least, longest) =
    let generator = gen {
        let! n = Gen.choose (least, longest)
        let! steps = Gen.choose (fewest, most)
        let! start = vector n
        let! rows = gradients steps n
        return { Start = start; Gradients = rows }
    }

    Arb.fromGenShrink (generator, shrinkRun >> Seq.filter (fun run -> run.Steps >= fewest && run.Length >= least))

/// Runs of 1 to 12 steps over 0 to 70 elements.
let runs = runsOf (1, 12) (0, 70)

/// Two vectors of one length, which shrink together.
let pairs =
    let toRun (x, y) = { Start = x; Gradients = [| y |] }
    let ofRun run = run.Start, run.Gradients[0]
    runsOf (1, 1) (1, 70) |> Arb.convert ofRun toRun

/// A property of two independent inputs.
let forAll2 a b (property: 'A -> 'B -> unit) =
    Prop.forAll a (fun x -> Prop.forAll b (property x))
