namespace OptVerify

open System
open System.Numerics
open MathNet.Numerics.LinearAlgebra
open OptCore

/// <summary>A function on which a pipeline runs in a circle of K points and never comes nearer to the minimum.</summary>
type Cycle = {
    /// <summary>(m, L) of the function.</summary>
    Interval: float * float
    /// <summary>K, the number of points of the cycle.</summary>
    Length: int
    /// <summary>The angle by which each step turns: 2πj/K.</summary>
    Angle: float
    /// <summary>The corner of the polygon that belongs to the point (1, 0).</summary>
    Corner: float * float
    /// <summary>How clearly the corner is the nearest point of the polygon, ≥ 0: with more than 0 the cycle attracts.</summary>
    Margin: float
}

/// <summary>What a run on the function of a cycle showed.</summary>
type CycleRun = {
    /// <summary>x_0 of the run.</summary>
    Start: float[]
    /// <summary>Gradients fed before the function is seen, which bring the slots onto the cycle; empty where the run starts afresh.</summary>
    Prelude: float[][]
    /// <summary>The number of updates on the function.</summary>
    Steps: int
    /// <summary>The distance to the minimum at the end; 1 on the cycle.</summary>
    Distance: float
    /// <summary>The largest distance between a point and the one K updates earlier, over the last 2K updates.</summary>
    Return: float
}

/// <summary>
/// The search for cycles (CE-2): any linear pipeline turns by θ for ever where the gradient is <c>λ y</c> with the complex
/// curvature <c>λ = 1/G(e^{iθ})</c>; a function of the class has these gradients at the K points if the corners
/// <c>p = (λ−m)/(L−m)</c> are the projections of the points onto the polygon.
/// </summary>
[<RequireQualifiedAccess>]
module Cycle =

    let private unit angle =
        Complex.FromPolarCoordinates(1.0, angle)

    // The corner p is the projection of 1 onto the polygon iff <1−p, p(e^{iφ}−1)> ≤ 0 for all other corners.
    let private margin (corner: Complex) count =
        let off = Complex.One - corner

        seq { 1 .. count - 1 }
        |> Seq.map (fun k ->
            -(Complex.Conjugate off
              * corner
              * (unit (2.0 * Math.PI * float k / float count) - Complex.One))
                .Real)
        |> Seq.min

    let private coprime a b =
        BigInteger.GreatestCommonDivisor(BigInteger(a: int), BigInteger(b: int)).IsOne

    let private candidate (m: float, l: float) transfer count turns =
        let angle = 2.0 * Math.PI * float turns / float count

        let corner =
            (Transfer.curvatureAt angle transfer - Complex(m, 0.0)) / Complex(l - m, 0.0)

        {
            Interval = (m, l)
            Length = count
            Angle = angle
            Corner = (corner.Real, corner.Imaginary)
            Margin = margin corner count
        }

    /// <summary>
    /// The only candidate of a number of points, each step turning by 2π/K: a cycle if its margin is not negative.
    /// </summary>
    /// <param name="interval">(m, L), m &lt; L.</param>
    /// <param name="count">K ≥ 3.</param>
    /// <param name="model">The pipeline.</param>
    let ofLength (interval: float * float) (count: int) (model: LinearModel) : Cycle =
        candidate interval (Transfer.ofModel model) count 1

    /// <summary>
    /// The clearest cycle of a pipeline on m-strongly convex L-smooth functions of two parameters, of 3 to 50 points.
    /// </summary>
    let find (interval: float * float) (model: LinearModel) : Cycle option =
        let m, l = interval
        let transfer = Transfer.ofModel model

        if m >= l then
            None
        else
            [
                for count in 3..50 do
                    for turns in 1 .. count / 2 do
                        if coprime turns count then
                            candidate interval transfer count turns
            ]
            |> List.filter (fun cycle -> Double.IsFinite cycle.Margin && cycle.Margin >= 0.0)
            |> List.sortByDescending (fun cycle -> cycle.Margin)
            |> List.tryHead

    /// <summary>The function of a cycle, in the class (m, L), with its minimum 0 at 0.</summary>
    let objective (cycle: Cycle) : IObjective =
        Polygon.objective cycle.Interval cycle.Corner cycle.Length

    /// <summary>
    /// Goujaud, Taylor and Dieuleveut's inequality for the heavy ball <c>(a, b)</c> and K points (Theorem 3.5): a value ≤ 0 says
    /// that the cycle exists.
    /// </summary>
    let heavyBallInequality (m: float, l: float) (a: float, b: float) (count: int) : float =
        let q, c = m / l, cos (2.0 * Math.PI / float count)
        let ma = m * a

        ma * ma - 2.0 * (b - c + q * (1.0 - b * c)) * ma
        + 2.0 * q * (1.0 - c) * (1.0 + b * b - 2.0 * b * c)

    // The state (parameter and slots) of the pipeline on its cycle at the moment when the next gradient is that of (1, 0).
    let private stateOnCycle (model: LinearModel) (cycle: Cycle) =
        let m, l = cycle.Interval

        let gain =
            Complex(m, 0.0)
            + Complex(l - m, 0.0) * Complex(fst cycle.Corner, snd cycle.Corner)

        let complex = model.A.Map(fun x -> Complex(x, 0.0))

        let shifted =
            Matrix<Complex>.Build.DenseIdentity model.A.RowCount * unit cycle.Angle
            - complex

        shifted.Solve(model.B.Map(fun x -> gain * Complex(x, 0.0)))

    // Start and gradients that bring the real optimizer into a state: its responses to each of them, by least squares.
    let private prelude (plan: Plan<float>) (model: LinearModel) (target: Vector<Complex>) =
        let count = model.A.RowCount + 1

        let response (inputs: float[]) =
            let start = plan.Init(ReadOnlySpan inputs[..0])
            let last = Array.fold (fun s g -> Runs.push plan [| g |] s) start inputs[1..]

            Dense.vector [
                for name in model.Names ->
                    if name = "parameters" then
                        (last.ToArray())[0]
                    else
                        (last.Slot name)[0]
            ]

        let basis i =
            Array.init (count + 1) (fun j -> if i = j then 1.0 else 0.0)

        let responses =
            Matrix<float>.Build.DenseOfColumnVectors [| for i in 0..count -> response (basis i) |]

        let inverse = responses.PseudoInverse()

        let solve (v: Vector<float>) =
            inverse * v, (responses * (inverse * v) - v).InfinityNorm()

        let real, e1 = solve (target.Map(fun z -> z.Real))
        let imaginary, e2 = solve (target.Map(fun z -> z.Imaginary))

        if max e1 e2 > 1e-9 then
            None
        else
            Some [| for i in 0..count -> [| real[i]; imaginary[i] |] |]

    let private observe (optimizer: Optimizer) (cycle: Cycle) (start: float[]) (fed: float[][]) steps =
        let points = Runs.pointsAfter fed optimizer (objective cycle) start steps

        let distance (x: float[]) (y: float[]) =
            sqrt ((x[0] - y[0]) ** 2.0 + (x[1] - y[1]) ** 2.0)

        let k = cycle.Length

        {
            Start = start
            Prelude = fed
            Steps = steps
            Distance = distance points[steps] [| 0.0; 0.0 |]
            Return =
                seq { steps - 2 * k .. steps }
                |> Seq.map (fun i -> distance points[i] points[i - k])
                |> Seq.max
        }

    /// <summary>Whether a run ended on a cycle: away from the minimum, and back where it was K updates before.</summary>
    let persists (run: CycleRun) : bool = run.Distance > 0.1 && run.Return < 1e-6

    let private freshStarts = [
        for radius in [ 1.0; 2.0; 4.0; 8.0 ] do
            for k in 0..11 do
                let z = Complex(radius, 0.0) * unit (Math.PI * float k / 6.0)
                [| z.Real; z.Imaginary |]
    ]

    /// <summary>
    /// Runs the real optimizer on the function of a cycle: from the first of 48 fresh starts that ends on the cycle, else from a
    /// state on the cycle, reached by gradients fed before.
    /// </summary>
    /// <returns>The run; None where the pipeline cannot be brought onto the cycle or leaves it.</returns>
    let run (optimizer: Optimizer) (model: LinearModel) (cycle: Cycle) (steps: int) : CycleRun option =
        let fresh =
            freshStarts
            |> Seq.map (fun start -> observe optimizer cycle start [||] steps)
            |> Seq.tryFind persists

        match fresh with
        | Some run -> Some run
        | None ->
            stateOnCycle model cycle
            |> prelude (optimizer.Plan 1) model
            |> Option.map (fun inputs -> observe optimizer cycle inputs[0] inputs[1..] steps)
            |> Option.filter persists
