namespace OptVerify

open FsCheck
open FsCheck.FSharp

/// <summary>Gradients that come from nowhere: what the theorems on adaptive methods hold for.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Code}")>]
type GradientSequence = {
    /// The parameters before the first step.
    Start: float[]
    /// The gradients in the order of the steps.
    Gradients: float[][]
} with

    /// The number of parameters.
    member sequence.Dimension = sequence.Start.Length

    /// The number of gradients.
    member sequence.Steps = sequence.Gradients.Length

    /// The start and the gradients as F# code.
    member sequence.Code = $"{Code.array sequence.Start} {Code.arrays sequence.Gradients}"

    /// The code.
    override sequence.ToString() = sequence.Code

/// <summary>Generators and shrinkers of gradient sequences.</summary>
[<RequireQualifiedAccess>]
module GradientSequence =

    /// <summary>Fewer steps, fewer coordinates, zeros, rounder numbers.</summary>
    let simpler (sequence: GradientSequence) : GradientSequence seq =
        let n, d = sequence.Steps, sequence.Dimension

        seq {
            for k in Draw.shrinkCount 1 n do
                {
                    sequence with
                        Gradients = Array.truncate k sequence.Gradients
                }

            for k in 0 .. n - 2 do
                {
                    sequence with
                        Gradients = Array.removeAt k sequence.Gradients
                }

            if d > 1 then
                for i in 0 .. d - 1 do
                    {
                        Start = Array.removeAt i sequence.Start
                        Gradients = sequence.Gradients |> Array.map (Array.removeAt i)
                    }

            for start in Draw.shrinkVector sequence.Start do
                { sequence with Start = start }

            for k in 0 .. n - 1 do
                for g in Draw.shrinkVector sequence.Gradients[k] do
                    {
                        sequence with
                            Gradients = Array.updateAt k g sequence.Gradients
                    }
        }

    let private elements =
        Gen.oneof [
            Gen.constant Draw.normal
            Gen.elements [ 1e-3; 1.0; 1e3 ]
            |> Gen.map (fun scale -> Gen.map ((*) scale) Draw.normal)
            Gen.constant Draw.cauchy
            Gen.constant (Gen.frequency [ 3, Gen.constant 0.0; 1, Draw.normal ])
        ]

    /// <summary>Normal at the scales 10⁻³, 1 and 10³, Cauchy, or sparse; up to the given number of steps.</summary>
    let ofDimension (steps: int) (d: int) : Gen<GradientSequence> = gen {
        let! n = Gen.choose (1, steps)
        let! element = elements
        let! gradients = Gen.arrayOfLength n (Gen.arrayOfLength d element)
        let! start = Draw.vector d
        return { Start = start; Gradients = gradients }
    }

    /// <summary>
    /// Normal at the scales 10⁻³, 1 and 10³, Cauchy, or sparse; up to the given numbers of steps and parameters.
    /// </summary>
    let arbitrary (steps: int) (dimension: int) : Gen<GradientSequence> =
        Gen.choose (1, dimension) |> Gen.bind (ofDimension steps)

    /// <summary>Without zero elements.</summary>
    let dense (steps: int) (dimension: int) : Gen<GradientSequence> =
        arbitrary steps dimension
        |> Gen.filter (fun sequence -> sequence.Gradients |> Array.forall (Array.forall (fun g -> abs g > 1e-9)))

    /// <summary>The gradients c·ratio^(−t) in one coordinate: where the step bounds of Adam are attained.</summary>
    let growing (ratio: float) (steps: int) : GradientSequence = {
        Start = [| 0.0 |]
        Gradients = Array.init steps (fun t -> [| ratio ** -float(steps - t) |])
    }
