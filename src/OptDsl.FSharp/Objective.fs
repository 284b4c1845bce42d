namespace OptDsl

open System
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptModels

/// <summary>
/// What optimizers minimise: functions with gradients on flat arrays. Wrong lengths are an <c>ArgumentException</c>.
/// </summary>
[<RequireQualifiedAccess>]
module Objective =

    /// <summary>
    /// <c>f(x) = ½ Σ λᵢ xᵢ²</c> with the given curvatures λ; minimum 0 at 0. L = max|λᵢ|. Elsewhere or rotated:
    /// <c>Quadratic(spectrum, minimizer, seed)</c>.
    /// </summary>
    let quadratic (spectrum: float[]) : IObjective = Quadratic spectrum

    /// <summary>
    /// A quadratic in d ≥ 2 dimensions with condition number κ ≥ 1: curvatures evenly spaced in their logarithm from m = 1 to L = κ,
    /// turned by a random rotation of the seed.
    /// </summary>
    let conditioned (dimension: int) (kappa: float) (seed: int64) : IObjective =
        Require.Count(dimension, nameof dimension, 2) |> ignore
        Require.AtLeast(kappa, 1.0, nameof kappa) |> ignore
        Quadratic(Quadratic.LogUniformSpectrum(dimension, 1.0, kappa), null, seed)

    /// <summary>Rosenbrock's valley in d ≥ 2 dimensions: minimum 0 at (1, …, 1).</summary>
    let rosenbrock (dimension: int) : IObjective = Rosenbrock dimension

    /// <summary>Beale's function of two variables: minimum 0 at (3, ½).</summary>
    let beale: IObjective = Beale()

    /// <summary>Himmelblau's function of two variables: minimum 0 at four points, (3, 2) one of them.</summary>
    let himmelblau: IObjective = Himmelblau()

    /// <summary>A saddle at the origin between two minima, −¼ at (0, ±1): <c>½x² + ¼y⁴ − ½y²</c>.</summary>
    let saddle: IObjective = Saddle()

    /// <summary>A bowl in a plain that gets ever flatter: <c>Σ xᵢ²/(1 + xᵢ²)</c>; minimum 0 at 0.</summary>
    let plain (dimension: int) : IObjective = Plain dimension

    /// <summary>A sharp and a flat minimum of value 0, whose curvatures have the ratio r > 1.</summary>
    let sharpAndFlat (ratio: float) : SharpAndFlat = SharpAndFlat ratio

    /// <summary>A bowl full of local minima: <c>Σ xᵢ² + 10(1 − cos 2πxᵢ)</c>; minimum 0 at 0.</summary>
    let rastrigin (dimension: int) : IObjective = Rastrigin dimension

    /// <summary><c>f(x) = ‖Ax − b‖²/(2n)</c>, n rows.</summary>
    let leastSquares (matrix: float[,]) (targets: float[]) : LeastSquares = LeastSquares(matrix, targets)

    /// <summary><c>leastSquares</c> of a MathNet matrix and vector.</summary>
    let leastSquaresOf (matrix: Matrix<float>) (targets: Vector<float>) : LeastSquares =
        LeastSquares(matrix.ToArray(), targets.ToArray())

    /// <summary>Logistic regression: the mean of <c>log(1 + exp(−y x·w))</c> plus <c>(λ/2)‖w‖²</c>; labels 0/1 or −1/1.</summary>
    let logistic (lambda: float) (samples: float[,]) (labels: float[]) : Logistic = Logistic(samples, labels, lambda)

    /// <summary>Softmax regression of labelled images; tensors <c>weights</c> and <c>bias</c>.</summary>
    let softmax (images: ImageSet) : SoftmaxRegression = SoftmaxRegression images

    /// <summary>
    /// The layout of a softmax regression, for words that name tensors: <c>weights</c> [K, d] and <c>bias</c> [K].
    /// </summary>
    let layout (regression: SoftmaxRegression) : Layout = Layout.Of regression.Tensors

    /// <summary>
    /// A finite sum seen batch by batch: update t sees batch t, drawn from (seed, epoch); every epoch shuffles anew. Runs that are
    /// resumed see the same batches.
    /// </summary>
    let miniBatches (batchSize: int) (seed: int64) (sum: #IFiniteSum) : MiniBatches = MiniBatches(sum, batchSize, seed)

    /// <summary>
    /// One's own value and gradient: <c>Objective.ofFunction 2 (fun x -> x[0] ** 2.0 + x[1] ** 2.0) (Array.map ((*) 2.0))</c>.
    /// Both must be pure; a gradient of a wrong length is an <c>ArgumentException</c> at the evaluation.
    /// </summary>
    let ofFunction (dimension: int) (value: float[] -> float) (gradient: float[] -> float[]) : IObjective =
        FunctionObjective.OfArrays(dimension, value, gradient)

    /// <summary>
    /// <c>ofFunction</c> for a model of one's own that computes in <c>float32</c>. A function of <c>float</c> need not be written again:
    /// every objective serves both.
    /// </summary>
    let ofFunction32 (dimension: int) (value: float32[] -> float) (gradient: float32[] -> float32[]) : IObjective =
        FunctionObjective<float32>(dimension, value, gradient)

    /// <summary>
    /// A function that needs no gradient by hand: <c>Objective.ofGeneric 2 (fun x -> (1.0 - x[0]) ** 2.0 + exp (x[0] * x[1]))</c>. Its
    /// own arithmetic gives the exact gradient (forward-mode automatic differentiation), for ⌈d/8⌉ evaluations. A function that is
    /// written <c>inline</c> serves floats and gradients alike.
    /// </summary>
    let ofGeneric (dimension: int) (value: Dual[] -> Dual) : IObjective = AutoDiff(dimension, value)

    /// <summary>A function whose gradient is taken by central differences, for 2d + 1 evaluations: for quick trials.</summary>
    let numerical (dimension: int) (value: float[] -> float) : IObjective =
        NumericalGradient.OfArrays(dimension, value)

    /// <summary><c>ofFunction</c> on MathNet vectors.</summary>
    let ofVectors
        (dimension: int)
        (value: Vector<float> -> float)
        (gradient: Vector<float> -> Vector<float>)
        : IObjective =
        let vector (point: float[]) = Vector<float>.Build.Dense point
        FunctionObjective.OfArrays(dimension, vector >> value, vector >> gradient >> (fun g -> g.ToArray()))

    /// <summary>The value at a point.</summary>
    let value (point: float[]) (objective: IObjective) : float =
        objective.Evaluate(point, Array.zeroCreate<float> point.Length)

    /// <summary>
    /// The value that a run in <c>float32</c> sees: computed in <c>float32</c> where the objective can, else in <c>float</c>.
    /// </summary>
    let value32 (point: float32[]) (objective: IObjective) : float =
        objective.EvaluateAt<float32>(ReadOnlySpan<float32> point, Span<float32>(Array.zeroCreate point.Length))

    /// <summary>The gradient at a point.</summary>
    let gradient (point: float[]) (objective: IObjective) : float[] =
        let gradient = Array.zeroCreate<float> point.Length
        objective.Evaluate(point, gradient) |> ignore
        gradient

    /// <summary>
    /// The gradient that a run in <c>float32</c> sees: computed in <c>float32</c> where the objective can, else in <c>float</c> and rounded.
    /// </summary>
    let gradient32 (point: float32[]) (objective: IObjective) : float32[] =
        let gradient = Array.zeroCreate<float32> point.Length

        objective.EvaluateAt<float32>(ReadOnlySpan<float32> point, Span<float32> gradient)
        |> ignore

        gradient

    /// <summary>
    /// Checks the gradient at a point by its Taylor remainder; where it is wrong, says at which coordinate:
    /// <c>objective |> Objective.check [| 1.0; 2.0 |]</c>.
    /// </summary>
    let check (point: float[]) (objective: IObjective) : GradientCheck = GradientCheck.Run(objective, point)
