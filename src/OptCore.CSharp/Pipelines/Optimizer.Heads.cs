namespace OptCore;

/// <content>
/// The heads, one static method per word; in C# the rate comes first, so that the options can be left out. A direction
/// that follows another one is added by <see cref="With(IStage)"/>.
/// </content>
public sealed partial class Optimizer
{
    /// <summary>Any direction as a head: the general form of the methods below.</summary>
    /// <param name="direction">A stage of the phase Direction, the library's or one's own.</param>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <returns>The optimizer of the direction alone.</returns>
    /// <exception cref="ArgumentException">The stage is of another phase.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <example><code>Optimizer.Head(new Lion { Beta2 = 0.98 }, 1e-4)</code></example>
    public static Optimizer Head(IStage direction, double rate) =>
        Require.NotNull(direction).Phase == Phase.Direction
            ? Sgd(rate).With(direction)
            : throw new ArgumentException(
                $"{Describe(direction)} is of phase {direction.Phase}; a head is a stage of phase Direction. Add others with With.",
                nameof(direction));

    /// <summary>Adam: a dimensionless direction from bias-corrected averages of u and u²: <c>u = m̂/(√v̂ + ε)</c>. Equals PyTorch and Optax <c>adam</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Adam"/>
    public static Optimizer Adam(double rate, Adam? options = null) => Head(options ?? new Adam(), rate);

    /// <summary>AMSGrad: Adam with the largest second moment so far, <c>w = max(w, v); u = m̂/(√(w/(1−β2^k)) + ε)</c>. Equals PyTorch <c>Adam(amsgrad=True)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.AmsGrad"/>
    public static Optimizer AmsGrad(double rate, AmsGrad? options = null) => Head(options ?? new AmsGrad(), rate);

    /// <summary>AdaMax: Adam with a decaying maximum instead of a root mean square, <c>n = max(β2 n, |u|+ε); u = m̂/n</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.AdaMax"/>
    public static Optimizer AdaMax(double rate, AdaMax? options = null) => Head(options ?? new AdaMax(), rate);

    /// <summary>Nadam: Adam with Nesterov's look at the next average, <c>u = (β1 m/(1−β1^{k+1}) + (1−β1)u/(1−β1^k))/(√v̂ + ε)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Nadam"/>
    public static Optimizer Nadam(double rate, Nadam? options = null) => Head(options ?? new Nadam(), rate);

    /// <summary>RAdam: Adam that falls back to <c>u = m̂</c> while the variance of the second moment is not tractable.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.RAdam"/>
    public static Optimizer RAdam(double rate, RAdam? options = null) => Head(options ?? new RAdam(), rate);

    /// <summary>AdaBelief: Adam by the surprise of the gradient, <c>s = β2 s + (1−β2)(u−m)² + ε_root; u = m̂/(√ŝ + ε)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.AdaBelief"/>
    public static Optimizer AdaBelief(double rate, AdaBelief? options = null) => Head(options ?? new AdaBelief(), rate);

    /// <summary>Yogi: Adam with an additive second moment, <c>v = v − (1−β2) sign(v−u²) u²; u = m̂/(√v̂ + ε)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Yogi"/>
    public static Optimizer Yogi(double rate, Yogi? options = null) => Head(options ?? new Yogi(), rate);

    /// <summary>AdaGrad: by the sum of all squares, <c>G = G + u²; u = u/(√G + ε)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Adagrad"/>
    public static Optimizer Adagrad(double rate, Adagrad? options = null) => Head(options ?? new Adagrad(), rate);

    /// <summary>RMSProp: by the root mean square, <c>v = αv + (1−α)u²; u = u/(√v + ε)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.RmsProp"/>
    public static Optimizer RmsProp(double rate, RmsProp? options = null) => Head(options ?? new RmsProp(), rate);

    /// <summary>AdaDelta: steps in the units of the parameters, <c>v = ρv + (1−ρ)u²; d = √(x+ε)/√(v+ε) ⊙ u; x = ρx + (1−ρ)d²; u = d</c>. Its usual rate is 1.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.AdaDelta"/>
    public static Optimizer AdaDelta(double rate, AdaDelta? options = null) => Head(options ?? new AdaDelta(), rate);

    /// <summary>Lion: the sign of a blend, <c>c = sign(β1 m + (1−β1)u); m = β2 m + (1−β2)u; u = c</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Lion"/>
    public static Optimizer Lion(double rate, Lion? options = null) => Head(options ?? new Lion(), rate);

    /// <summary>Rprop: a step per coordinate that grows while the sign stays and shrinks when it changes; the rate is the first step length, schedules change nothing.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.RProp"/>
    public static Optimizer RProp(double rate, RProp? options = null) => Head(options ?? new RProp(), rate);

    /// <summary>Adan: averages of the gradient, of its change and of the square of both, <c>u = (m̂ + β2 v̂)/(√n̂ + ε)</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Adan"/>
    public static Optimizer Adan(double rate, Adan? options = null) => Head(options ?? new Adan(), rate);

    /// <summary>NovoGrad: by the norm of each tensor, <c>ν = β2 ν + (1−β2)‖u‖²; m = β1 m + u/(√ν + ε); u = m</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options; its defaults if null.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.NovoGrad"/>
    public static Optimizer NovoGrad(double rate, NovoGrad? options = null) => Head(options ?? new NovoGrad(), rate);

    /// <summary>The sign of the gradient: <c>u = sign(u)</c>, sign(0) = 0; the rate is the length of every coordinate's step. Equals Optax <c>sign_sgd</c>.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    /// <seealso cref="OptCore.Sign"/>
    public static Optimizer SignSgd(double rate) => Head(new Sign(), rate);

    /// <summary>The sign of the averaged gradient: <c>ema β</c>, then <c>sign</c>. Prints expanded. Equals Optax <c>signum</c>.</summary>
    /// <param name="beta">β, the decay of the average: 0 ≤ β &lt; 1.</param>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static Optimizer Signum(double beta, double rate) => Head(new Ema(beta), rate).With(new Sign());

    /// <summary>Adam with decoupled weight decay: <c>u = m̂/(√v̂ + ε) + λp</c>. Prints expanded. Equals PyTorch and Optax <c>adamw</c>.</summary>
    /// <param name="lambda">λ ≥ 0, the decay per unit of rate.</param>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <remarks>Source: Loshchilov and Hutter 2019.</remarks>
    public static Optimizer AdamW(double lambda, double rate) => Adam(rate).WeightDecay(lambda);

    /// <summary>LAMB: Adam with ε = 1e-6, then decay, then the trust ratio of each tensor. Prints expanded. Equals Optax <c>lamb</c>.</summary>
    /// <param name="lambda">λ ≥ 0, the decay per unit of rate.</param>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <remarks>Source: You et al. 2020.</remarks>
    public static Optimizer Lamb(double lambda, double rate) => Adam(rate, new Adam { Epsilon = 1e-6 }).WeightDecay(lambda).TrustRatio();

    /// <summary>LARS: per tensor <c>u = u + λp; u = u·c‖p‖/(‖u‖+ε); v = βv + η_t u; p ← p − v</c>, the rate inside. Equals Optax <c>lars</c>.</summary>
    /// <param name="lambda">λ ≥ 0, the decay added to the gradient.</param>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Lars"/>
    public static Optimizer Lars(double lambda, double rate) => Head(new Lars(lambda), rate);

    /// <summary>LARS with options.</summary>
    /// <param name="rate">The learning rate lr, ≥ 0 and finite.</param>
    /// <param name="options">The record with its options.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    public static Optimizer Lars(double rate, Lars options) => Head(Require.NotNull(options), rate);
}
