namespace OptVerify

open MathNet.Numerics.LinearAlgebra

/// Short names for MathNet's builders.
[<RequireQualifiedAccess>]
module internal Dense =

    /// A matrix of its rows.
    let matrix (rows: seq<#seq<float>>) : Matrix<float> =
        Matrix<float>.Build.DenseOfRows(Seq.map Seq.cast<float> rows)

    /// A vector of its elements.
    let vector (elements: seq<float>) : Vector<float> =
        Vector<float>.Build.DenseOfEnumerable elements
