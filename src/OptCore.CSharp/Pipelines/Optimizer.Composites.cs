namespace OptCore;

/// <content>
/// The heads that are made of several stages, declared here: text, F# and the documentation read them off these methods. They
/// print expanded. The last parameter is the rate.
/// </content>
public sealed partial class Optimizer
{
    /// <summary>Adam with decoupled weight decay: <c>u = m̂/(√v̂ + ε) + λp</c>, which is <c>adam rate |> weightDecay λ</c>.</summary>
    /// <param name="lambda">λ, the decay per unit of rate: λ ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Source: Loshchilov &amp; Hutter 2019. Equals PyTorch <c>AdamW</c> and Optax <c>adamw</c>.</remarks>
    /// <example><c>adamW 0.01 0.1</c></example>
    [Word("adamW")]
    public static Optimizer AdamW(double lambda, double rate) => Head(new Adam(), rate).With(new WeightDecay(lambda));

    /// <summary>The sign of the averaged gradient, <c>u = sign(m)</c>: <c>ema β</c>, then <c>Sign()</c>.</summary>
    /// <param name="beta">β, the decay of the average: 0 ≤ β &lt; 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Source: Bernstein et al. 2018. Equals Optax <c>signum</c>.</remarks>
    /// <example><c>signum 0.9 0.1</c></example>
    [Word("signum")]
    public static Optimizer Signum(double beta, double rate) => Head(new Ema(beta), rate).With(new Sign());

    /// <summary>
    /// LAMB: <c>Adam(Epsilon = 1e-6)</c>, then the decay λp, then every tensor's update at the length of the tensor
    /// (<c>trustRatio</c>).
    /// </summary>
    /// <param name="lambda">λ, the decay per unit of rate: λ ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Source: You et al. 2020. Equals Optax <c>lamb</c>.</remarks>
    /// <example><c>lamb 0.01 0.1</c></example>
    [Word("lamb")]
    public static Optimizer Lamb(double lambda, double rate) =>
        Head(new Adam { Epsilon = 1e-6 }, rate).With(new WeightDecay(lambda)).With(new TrustRatio());

    /// <summary>Adam with optimistic steps: <c>adam rate |> optimistic 1.0 1.0</c>.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Source: Daskalakis et al. 2018. Equals Optax <c>optimistic_adam_v2</c> with nesterov=False, whose default is
    /// <c>nadam rate |> optimistic 1.0 1.0</c>.
    /// </remarks>
    /// <example><c>optimisticAdam 0.001</c></example>
    [Word("optimisticAdam")]
    public static Optimizer OptimisticAdam(double rate) => Head(new Adam(), rate).With(new Optimistic(1, 1));

    /// <summary>
    /// Averaged gradient descent: <c>p ← (1 − λη_t) p − η_t u</c> with <c>η_t = rate/(1 + λ·rate·t)^α</c>, and the mean of the parameters
    /// behind update t0 + 1: <c>weightDecay λ</c>, <c>InverseTime(λ·rate, Power = α)</c>, <c>PolyakAverage(From = t0 + 1)</c>.
    /// </summary>
    /// <param name="lambda">λ, the decay per unit of rate and of the rate itself: λ ≥ 0.</param>
    /// <param name="alpha">α, the power of the rate's decay: α &gt; 0.</param>
    /// <param name="start">t0, the number of updates before the mean begins: t0 ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Source: Polyak &amp; Juditsky 1992. Equals PyTorch <c>ASGD</c> and its average <c>ax</c> (until 2024 its foreach form put α on
    /// t alone); under a PyTorch scheduler its rate lags one update.
    /// </remarks>
    /// <example><c>asgd 0.0001 0.75 1000 0.01</c></example>
    [Word("asgd")]
    public static Optimizer Asgd(double lambda, double alpha, int start, double rate) =>
        Sgd(rate)
            .With(new WeightDecay(lambda))
            .With(new InverseTime(lambda * rate) { Power = alpha })
            .With(new PolyakAverage { From = Require.Count(start, nameof(start), least: 0) + 1 });

    /// <summary>
    /// Muon: Nesterov's momentum as an average, orthogonalized matrix by matrix: <c>emaWith (Ema(β, Nesterov = true))</c>, then
    /// <c>orthogonalize</c>.
    /// </summary>
    /// <param name="beta">β, the decay of the average: 0 ≤ β &lt; 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Tensors of rank 0 and 1 are an error: <c>partition ["*.bias", adam 0.001; "*", muon 0.95 0.02]</c>. Source: Jordan 2024. Equals
    /// PyTorch <c>Muon</c> with <c>Orthogonalize(Epsilon = 0)</c>, which iterates in bfloat16.
    /// </remarks>
    /// <example><c>muon 0.95 0.02</c></example>
    [Word("muon")]
    public static Optimizer Muon(double beta, double rate) => Head(new Ema(beta) { Nesterov = true }, rate).With(new Orthogonalize());
}
