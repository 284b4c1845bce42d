namespace OptVerify

open System
open OptCore

/// <summary>The functions of the counter-examples, with what is known about them. All have their minimum 0 at 0 unless said.</summary>
[<RequireQualifiedAccess>]
module CounterExampleFunctions =

    let private scalar name smoothness convexity (value: float -> float) (gradient: float -> float) : IObjective =
        let bounded (x: float option) = Option.toNullable x

        FunctionObjective(
            1,
            FunctionObjective.Value(fun x -> value x[0]),
            FunctionObjective.Gradient(fun x g -> g[0] <- gradient x[0]),
            Name = name,
            Minimum = Nullable 0.0,
            Minimizer = [| 0.0 |],
            Smoothness = bounded smoothness,
            Convexity = bounded convexity
        )

    /// <summary>λx²/2.</summary>
    let quadratic (eigenvalue: float) : IObjective = Runs.quadratic eigenvalue

    /// <summary>
    /// The function of Lessard, Recht and Packard (2016, section 4.6), m = 1, L = 25: f'(x) = 25x below 1, x + 24 up to 2, 25x − 24
    /// from there.
    /// </summary>
    let lessardRechtPackard: IObjective =
        let gradient x =
            if x < 1.0 then 25.0 * x
            elif x < 2.0 then x + 24.0
            else 25.0 * x - 24.0

        let value x =
            if x < 1.0 then 12.5 * x * x
            elif x < 2.0 then 0.5 * x * x + 24.0 * x - 12.0
            else 12.5 * x * x - 24.0 * x + 36.0

        scalar "Lessard-Recht-Packard" (Some 25.0) (Some 1.0) value gradient

    /// <summary>|x|, with the subgradient 0 at 0.</summary>
    let absolute: IObjective =
        scalar "|x|" None (Some 0.0) abs (fun x -> float (sign x))

    /// <summary>max(0, a_1·x, a_2·x, …), with the gradient of the first that is largest; 0 where all are negative.</summary>
    let largest (slopes: float[][]) : IObjective =
        let dot (a: float[]) (x: float[]) =
            Array.fold2 (fun sum ai xi -> sum + ai * xi) 0.0 a x

        let n = slopes[0].Length

        let first x =
            slopes
            |> Array.fold (fun best a -> if dot a x > dot best x then a else best) (Array.zeroCreate n)

        FunctionObjective.OfArrays(n, (fun x -> dot (first x) x), (fun x -> Array.copy (first x)))

    /// <summary>cosh x − 1: convex, |f''| ≤ 1 + |f'|, not smooth.</summary>
    let cosh: IObjective =
        scalar "cosh x - 1" None (Some 1.0) (fun x -> Math.Cosh x - 1.0) Math.Sinh

    /// <summary>The polygon function of section CE-2, see <c>Polygon.objective</c>.</summary>
    let polygon (interval: float * float) (corner: float * float) (count: int) : IObjective =
        Polygon.objective interval corner count

    type private Rounds(name: string, slope: int64 -> float) =
        interface IObjective with
            member _.Dimension = 1
            member _.Name = name

            member this.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) =
                (this :> IObjective).Evaluate(0L, parameters, gradient)

            member _.Evaluate(step: int64, parameters: ReadOnlySpan<float>, gradient: Span<float>) =
                gradient[0] <- slope step
                slope step * parameters[0]

    /// <summary>Linear losses g_t x that change from step to step, by their slopes.</summary>
    let rounds (name: string) (slope: int64 -> float) : IObjective = Rounds(name, slope)

    /// <summary>
    /// The losses of Reddi, Kale and Kumar (2018, Theorem 1): slope C in every third step, −1 else. On [−1, 1] the sum is smallest at
    /// −1 for C &gt; 2.
    /// </summary>
    let reddi (c: float) : IObjective =
        rounds $"Reddi-Kale-Kumar {c}" (fun step -> if step % 3L = 0L then c else -1.0)

    /// <summary>The slopes ratio^(last − t): those that make Adam's steps longest at step <paramref name="last"/>.</summary>
    let growing (ratio: float) (last: int64) : IObjective =
        rounds "growing slopes" (fun step -> Math.Pow(ratio, float (last - step)))
