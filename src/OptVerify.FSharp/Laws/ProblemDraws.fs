namespace OptVerify

open FsCheck
open FsCheck.FSharp

/// Problems by class.
module internal ProblemDraws =

    let convex =
        Gen.frequency [ 4, Piecewise.convex; 2, Quadratics.rankDeficient; 1, Losses.logCoshes ]

    let stronglyConvex =
        Gen.frequency [
            3, Quadratics.stronglyConvex
            3, Piecewise.stronglyConvex 1000.0
            1, Polygons.stronglyConvex 100.0
        ]

    /// Everything smooth, convex or not.
    let smooth =
        Gen.oneof [
            convex
            stronglyConvex
            Nonconvex.bounded
            Quadratics.indefinite
            Losses.logistics
        ]

    /// R, L and h for worst cases in one variable.
    let scaled (h: Gen<float>) =
        Gen.map3 (fun h L R -> h, L, R) h (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0)
