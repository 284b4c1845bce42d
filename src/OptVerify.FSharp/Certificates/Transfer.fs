namespace OptVerify

open System
open System.Numerics
open MathNet.Numerics.LinearAlgebra

/// <summary>
/// A pipeline seen from outside: the transfer function <c>G(z) = N(z)/D(z)</c> from gradients to the points at which they
/// are taken, <c>y = G g</c>. Coefficients from the constant one up.
/// </summary>
type Transfer = {
    /// <summary>N, of degree below n: n + 1 coefficients.</summary>
    Numerator: float[]
    /// <summary>D, monic of degree n: n + 1 coefficients.</summary>
    Denominator: float[]
}

/// <summary>Transfer functions of linear pipelines.</summary>
[<RequireQualifiedAccess>]
module Transfer =

    /// <summary>G(z) = C (zI − A)⁻¹ B by the recursion of Faddeev and Le Verrier.</summary>
    let ofModel (model: LinearModel) : Transfer =
        let n = model.A.RowCount
        let identity = Matrix<float>.Build.DenseIdentity n
        let numerator = Array.zeroCreate (n + 1)
        let denominator = Array.zeroCreate (n + 1)
        denominator[n] <- 1.0
        let mutable adjugate = identity

        for k in 1..n do
            numerator[n - k] <- model.C * (adjugate * model.B)
            let product = model.A * adjugate
            denominator[n - k] <- -product.Trace() / float k
            adjugate <- product + denominator[n - k] * identity

        {
            Numerator = numerator
            Denominator = denominator
        }

    let internal evaluate (coefficients: float[]) (z: Complex) =
        Array.foldBack (fun c (sum: Complex) -> sum * z + Complex(c, 0.0)) coefficients Complex.Zero

    /// <summary>The characteristic polynomial D − λN of the loop closed by the gradient λy.</summary>
    let loop (curvature: float) (transfer: Transfer) : float[] =
        Array.map2 (fun d n -> d - curvature * n) transfer.Denominator transfer.Numerator

    /// <summary>The gain λ(θ) = 1/G(e^{iθ}): the complex curvature at which the pipeline turns by θ for ever.</summary>
    let curvatureAt (angle: float) (transfer: Transfer) : Complex =
        let z = Complex.FromPolarCoordinates(1.0, angle)
        evaluate transfer.Denominator z / evaluate transfer.Numerator z
