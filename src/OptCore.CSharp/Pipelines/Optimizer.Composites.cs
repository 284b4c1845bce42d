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
}
