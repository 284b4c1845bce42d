namespace OptVerify

open FsCheck
open FsCheck.FSharp

/// Random members of a class, with the constants of the class, and the functions on which its bounds are attained.
module internal ClassProblems =

    let private radius = Draw.logUniform 0.1 10.0

    // A smaller problem of the pool may have other constants: each is scaled by itself.
    let rec private scaledTo (L: float) (problem: Problem) : Problem = {
        Problem.times (L / problem.Smoothness) problem with
            Smoothness = L
            Simpler =
                fun () ->
                    problem.Simpler()
                    |> Seq.filter (fun simpler -> simpler.Smoothness > 0.0)
                    |> Seq.map (scaledTo L)
    }

    let private scaled L problems =
        problems
        |> Gen.filter (fun (problem: Problem) -> problem.Smoothness > 0.0)
        |> Gen.map (scaledTo L)

    let private line L curvature =
        radius
        |> Gen.map (fun R -> {
            Quadratics.line curvature R with
                Smoothness = L
        })

    /// Convex L-smooth functions; Huber's functions are those of n steps of size h/L.
    let convex L h n =
        let huber count =
            radius
            |> Gen.map (fun R -> Piecewise.huber L (R / (count * float n * h + 1.0)) R)

        Gen.frequency [ 6, scaled L ProblemDraws.convex; 1, huber 2.0; 1, huber 1.0; 1, line L L ]

    /// Quadratics with eigenvalues in [m, L].
    let quadratic (m: float, L: float) =
        Gen.frequency [ 4, scaled L (Quadratics.conditionedTo (L / m)); 1, line L m; 1, line L L ]

    /// m-strongly convex L-smooth functions.
    let stronglyConvex (m: float, L: float) =
        Gen.frequency [
            3, quadratic (m, L)
            3, scaled L (Piecewise.stronglyConvex (L / m))
            1, scaled L (Polygons.stronglyConvex (L / m))
        ]

    /// L-smooth functions that are bounded below; sawteeth are those of n steps of size h/L.
    let smooth L h n =
        let saw =
            radius
            |> Gen.map (fun G -> Piecewise.sawtooth G L (max 1e-3 (min 1.0 h)) (min 6 n))

        Gen.frequency [
            5, scaled L Nonconvex.bounded
            1, scaled L Losses.logistics
            2, convex L h n
            1, saw
        ]

    /// Convex functions with subgradients up to G.
    let nonsmooth (G: float) =
        let rec scaledTo (problem: Problem) : Problem = {
            Problem.times (G / problem.Lipschitz) problem with
                Lipschitz = G
                Simpler =
                    fun () ->
                        problem.Simpler()
                        |> Seq.filter (fun simpler -> simpler.Lipschitz > 0.0)
                        |> Seq.map scaledTo
        }

        Gen.map scaledTo Nonsmooth.convex

    /// The functions of a class, for n steps of size h/L.
    let ofClass problemClass h n : Gen<Problem> =
        match problemClass with
        | Quadratic(m, l) -> quadratic (m, l)
        | StronglyConvex(m, l) -> stronglyConvex (m, l)
        | Convex l -> convex l h n
        | Smooth l -> smooth l h n
        | NonSmooth g -> nonsmooth g
