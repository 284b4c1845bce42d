namespace OptCore;

/// <content>
/// The stages, one method per word. Options are given by the record:
/// <c>With(new Momentum(0.9) { Dampening = 0.1 })</c>.
/// </content>
public sealed partial class Optimizer
{
    /// <summary>Clips the gradient by one norm over all tensors: <c>u · min(1, c/‖u‖)</c>, the identity where ‖u‖ ≤ c.</summary>
    /// <param name="maxNorm">c &gt; 0, infinity allowed, in units of the gradient.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ClipGlobalNorm"/>
    public Optimizer Clip(double maxNorm) => With(new ClipGlobalNorm(maxNorm));

    /// <summary>Clips every element of the gradient: <c>max(−c, min(c, u))</c>.</summary>
    /// <param name="limit">c &gt; 0, infinity allowed, in units of the gradient.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ClipValue"/>
    public Optimizer ClipValue(double limit) => With(new ClipValue(limit));

    /// <summary>Clips each tensor of the gradient by its own norm. Equals Keras <c>clipnorm</c>.</summary>
    /// <param name="maxNorm">c &gt; 0, infinity allowed, in units of the gradient.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ClipPerTensor"/>
    public Optimizer ClipPerTensor(double maxNorm) => With(new ClipPerTensor(maxNorm));

    /// <summary>Clips each unit of the gradient by the norm of its parameters: <c>g_i · min(1, c·max(‖p_i‖, ε)/max(‖g_i‖, 1e-6))</c>.</summary>
    /// <param name="ratio">c &gt; 0, infinity allowed, without unit.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ClipAdaptive"/>
    public Optimizer ClipAdaptive(double ratio) => With(new ClipAdaptive(ratio));

    /// <summary>Subtracts the mean over all axes but the first from the gradient of tensors of rank 2 and more.</summary>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <seealso cref="OptCore.Centralize"/>
    public Optimizer Centralize() => With(new Centralize());

    /// <summary>Divides the gradient by its norm: <c>u/(‖u‖+ε)</c>.</summary>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <seealso cref="OptCore.Normalize"/>
    public Optimizer Normalize() => With(new Normalize());

    /// <summary>Adds normal noise of variance <c>η/k^γ</c> to the gradient; the generator's state is part of the optimizer's.</summary>
    /// <param name="variance">η ≥ 0, finite, the variance at the first update, in units of the gradient squared.</param>
    /// <param name="decay">γ ≥ 0, finite.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Noise"/>
    public Optimizer Noise(double variance, double decay, int seed) => With(new Noise(variance, decay, seed));

    /// <summary>Makes one update of the mean of n gradients; t counts updates. May stand once.</summary>
    /// <param name="count">n ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Accumulate"/>
    public Optimizer Accumulate(int count) => With(new Accumulate(count));

    /// <summary>Leaves parameters and state unchanged where the raw gradient is not finite; the n-th in a row throws <see cref="NonFiniteGradientException"/>. May stand once.</summary>
    /// <param name="count">n ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.SkipNonFinite"/>
    public Optimizer SkipNonFinite(int count) => With(new SkipNonFinite(count));

    /// <summary>Multiplies the rate by γ when the loss has not improved for more than n updates; every step needs a loss. May stand once.</summary>
    /// <param name="patience">n ≥ 1.</param>
    /// <param name="factor">0 ≤ γ &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Plateau"/>
    public Optimizer Plateau(int patience, double factor) => With(new Plateau(patience, factor));

    /// <summary>Adds the gradient of ½λ‖p‖²: <c>u + λp</c>, before the direction. PyTorch's <c>weight_decay</c> of SGD and Adam.</summary>
    /// <param name="lambda">λ ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.L2"/>
    public Optimizer L2(double lambda) => With(new L2(lambda));

    /// <summary>Adds the subgradient of λ‖p‖₁: <c>u + λ sign(p)</c>, before the direction.</summary>
    /// <param name="lambda">λ ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.L1"/>
    public Optimizer L1(double lambda) => With(new L1(lambda));

    /// <summary>Heavy-ball momentum: <c>v = βv + u; u = v</c>. Equals PyTorch <c>SGD(momentum=β)</c>.</summary>
    /// <param name="beta">0 ≤ β &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Momentum"/>
    public Optimizer Momentum(double beta) => With(new Momentum(beta));

    /// <summary>Nesterov momentum; the stored point is the look-ahead point: <c>v = βv + u; u = u + βv</c>. Equals PyTorch <c>SGD(nesterov=True)</c>.</summary>
    /// <param name="beta">0 ≤ β &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Nesterov"/>
    public Optimizer Nesterov(double beta) => With(new Nesterov(beta));

    /// <summary>The moving average of the gradient: <c>m = βm + (1−β)u; u = m</c>.</summary>
    /// <param name="beta">0 ≤ β &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Ema"/>
    public Optimizer Ema(double beta) => With(new Ema(beta));

    /// <summary>Momentum with the rate inside: <c>v = βv + η_t u; p ← p − v</c>. Equals Keras.</summary>
    /// <param name="beta">0 ≤ β &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Velocity"/>
    public Optimizer Velocity(double beta) => With(new Velocity(beta));

    /// <summary>Nesterov's method in its look-ahead form: gradient at <c>p − η_t βv</c>; <c>v = βv + u; u = v</c>. Stands alone as direction.</summary>
    /// <param name="beta">0 ≤ β &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Nag"/>
    public Optimizer Nag(double beta) => With(new Nag(beta));

    /// <summary>Sharpness-aware: the gradient at <c>p + ρg/‖g‖</c>; needs two gradients of the same mini-batch.</summary>
    /// <param name="radius">ρ ≥ 0, finite, in units of the parameters.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Sam"/>
    public Optimizer Sam(double radius) => With(new Sam(radius));

    /// <summary>Decoupled weight decay: <c>u + λp</c> after the direction.</summary>
    /// <param name="lambda">λ ≥ 0, finite, per unit of rate.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.WeightDecay"/>
    public Optimizer WeightDecay(double lambda) => With(new WeightDecay(lambda));

    /// <summary>Scales each tensor's update to its parameters: <c>u·‖p‖/(‖u‖+ε)</c>, ratio 1 if either norm is 0.</summary>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <seealso cref="OptCore.TrustRatio"/>
    public Optimizer TrustRatio() => With(new TrustRatio());

    /// <summary>Clips the finished direction by one norm over all tensors.</summary>
    /// <param name="maxNorm">c &gt; 0, infinity allowed, in units of the update.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ClipUpdate"/>
    public Optimizer ClipUpdate(double maxNorm) => With(new ClipUpdate(maxNorm));

    /// <summary>Multiplies the finished direction: <c>a·u</c>.</summary>
    /// <param name="factor">a ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Scale"/>
    public Optimizer Scale(double factor) => With(new Scale(factor));

    /// <summary>Keeps every parameter in an interval: <c>p = max(lo, min(hi, p))</c>.</summary>
    /// <param name="low">lo, −infinity allowed.</param>
    /// <param name="high">hi ≥ lo, infinity allowed.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Box"/>
    public Optimizer Within(double low, double high) => With(new Box(low, high));

    /// <summary>Keeps every parameter ≥ 0: <c>p = max(0, p)</c>.</summary>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <seealso cref="OptCore.NonNegative"/>
    public Optimizer NonNegative() => With(new NonNegative());

    /// <summary>Projects the parameters onto the ball ‖p‖ ≤ r.</summary>
    /// <param name="radius">r &gt; 0.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Ball"/>
    public Optimizer Ball(double radius) => With(new Ball(radius));

    /// <summary>Projects the parameters onto the simplex p ≥ 0, Σp = r.</summary>
    /// <param name="radius">r &gt; 0.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Simplex"/>
    public Optimizer Simplex(double radius) => With(new Simplex(radius));

    /// <summary>Projects the parameters onto the ball ‖p‖₁ ≤ r.</summary>
    /// <param name="radius">r &gt; 0.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.L1Ball"/>
    public Optimizer L1Ball(double radius) => With(new L1Ball(radius));

    /// <summary>Soft-thresholds the parameters by η_t λ: <c>p = sign(p)·max(0, |p| − η_t λ)</c> (ISTA).</summary>
    /// <param name="lambda">λ ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ProxL1"/>
    public Optimizer ProxL1(double lambda) => With(new ProxL1(lambda));

    /// <summary>Every n updates: slow ← slow + α(p − slow), p ← slow.</summary>
    /// <param name="every">n ≥ 1.</param>
    /// <param name="alpha">0 ≤ α ≤ 1, the part of the way to p.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Lookahead"/>
    public Optimizer Lookahead(int every, double alpha) => With(new Lookahead(every, alpha));

    /// <summary>Keeps a moving average of the parameters, <c>a = d a + (1−d)p</c>, which <see cref="Result.Averaged"/> returns; p is untouched.</summary>
    /// <param name="decay">0 ≤ d &lt; 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.ParameterEma"/>
    public Optimizer Average(double decay) => With(new ParameterEma(decay));

    /// <summary>Keeps the arithmetic mean of the iterates, which <see cref="Result.Averaged"/> returns; p is untouched.</summary>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <seealso cref="OptCore.PolyakAverage"/>
    public Optimizer PolyakAverage() => With(new PolyakAverage());
}
