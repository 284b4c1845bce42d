namespace OptDsl

open OptCore

/// <summary>
/// The words that add a stage. The phase of a stage decides where it runs, so words of different phases commute; within a phase
/// they run as declared. A word whose record has options has a form <c>…With</c> that takes the record. Arguments outside
/// their ranges are an <c>ArgumentOutOfRangeException</c>, stages that exclude each other an <c>ArgumentException</c>.
/// </summary>
[<AutoOpen>]
module StageWords =

    // From here to the end of the region generated from the records by scripts/generate.

    // Probe

    /// <summary>
    /// Sharpness-aware minimization: the gradient is evaluated at <c>p + ρ g/‖g‖</c>, where g is the gradient at p of
    /// the same mini-batch and ‖·‖ runs over all tensors in scope; the step itself starts from p.
    /// </summary>
    /// <param name="rho">ρ, the distance to the point of the second gradient: ρ ≥ 0.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Foret, Kleiner, Mobahi &amp; Neyshabur 2021, equation 2 with p = 2. Equals <c>optax.contrib.sam</c> in opaque
    /// mode with <c>normalize</c> and <c>sgd(ρ)</c> as the adversary.
    /// </remarks>
    let sam (rho: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Sam rho)

    // Gradient

    /// <summary>
    /// Makes one update of n gradients: the first n−1 are only added up, <c>sum = sum + u</c>; the n-th lets their mean
    /// pass, <c>u = (sum + u)/n; sum = 0</c>.
    /// </summary>
    /// <param name="steps">n, the number of gradients of one update: n ≥ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>MultiSteps(n)</c> with <c>use_grad_mean</c>.</remarks>
    let accumulate (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.With(Accumulate steps)

    /// <summary>
    /// Maximizes: <c>u = −u</c> and f = −f before every other stage, wherever it is declared. Every step is that of the
    /// same optimizer on −f.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals PyTorch <c>maximize=True</c>.</remarks>
    let ascend (optimizer: Optimizer) : Optimizer = optimizer.With(Ascend())

    /// <summary>
    /// Gradient centralization: subtracts from every slice of a tensor along its first axis the slice's mean,
    /// <c>u_i = u_i − mean(u_i)</c>; tensors of rank 0 and 1 pass unchanged.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Yong, Huang, Hua &amp; Zhang 2020. Equals Optax <c>centralize</c>.</remarks>
    let centralize (optimizer: Optimizer) : Optimizer = optimizer.With(Centralize())

    /// <summary>
    /// Clips the gradient by one norm over all tensors in scope: <c>u · min(1, c/‖u‖)</c>, the projection onto the ball
    /// of radius c.
    /// </summary>
    /// <param name="maxNorm">
    /// c, the largest norm let through, in units of the gradient: c > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Pascanu, Mikolov &amp; Bengio 2013. Equals Optax <c>clip_by_global_norm</c>.</remarks>
    let clip (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipGlobalNorm maxNorm)

    /// <summary>
    /// Adaptive gradient clipping: limits the gradient of every unit i to a fraction of the unit's own norm:
    /// <c>u_i = u_i · min(1, c·max(‖p_i‖, ε)/max(‖u_i‖, 1e-6))</c>.
    /// </summary>
    /// <param name="maxRatio">c, the largest ratio ‖u_i‖/‖p_i‖ let through: c > 0, infinity allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Brock, De, Smith &amp; Simonyan 2021. Equals Optax <c>adaptive_grad_clip(c, eps=ε)</c>; <c>OutputFirst</c>
    /// equals its <c>axis=</c> all but the first, and timm.
    /// </remarks>
    let clipAdaptive (maxRatio: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipAdaptive maxRatio)

    /// <summary>
    /// <c>clipAdaptive</c> with options, as in <c>clipAdaptiveWith (ClipAdaptive(0.01, Epsilon = 1e-2))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Epsilon = 0.001</c>: ε, the norm that a unit is taken to have at
    /// least, in units of the parameters: ε ≥ 0. Lets zeros grow. <c>OutputFirst = false</c>: Whether the first axis of
    /// a tensor is the output, <c>[out, in, …]</c>.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let clipAdaptiveWith (options: ClipAdaptive) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Clips every tensor of the gradient by the root mean square of its elements: <c>u_i / max(1, RMS(u_i)/d)</c> for
    /// each tensor i.
    /// </summary>
    /// <param name="maxRms">
    /// d, the largest root mean square let through, in units of the gradient: d > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Shazeer &amp; Stern 2018, section 6. Equals Optax <c>clip_by_block_rms</c>.</remarks>
    let clipBlockRms (maxRms: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipBlockRms maxRms)

    /// <summary>Clips the gradient by one p-norm over all tensors in scope: <c>u · min(1, c/‖u‖_p)</c>.</summary>
    /// <param name="order">p, the order of the norm: p ≥ 1, infinity allowed.</param>
    /// <param name="maxNorm">
    /// c, the largest norm let through, in units of the gradient: c > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Pascanu, Mikolov &amp; Bengio 2013, with other norms. Equals PyTorch <c>clip_grad_norm_(norm_type=p)</c> but for
    /// the 1e-6 that it adds to the norm.
    /// </remarks>
    let clipNorm (order: float) (maxNorm: float) (optimizer: Optimizer) : Optimizer =
        optimizer.With(ClipNorm(order, maxNorm))

    /// <summary>
    /// Clips every tensor of the gradient by its own norm: <c>u_i · min(1, c/‖u_i‖)</c> for each tensor i.
    /// </summary>
    /// <param name="maxNorm">
    /// c, the largest norm of a tensor let through, in units of the gradient: c > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Equals Keras <c>clipnorm</c>; Optax has it as <c>clip_by_global_norm</c> under <c>partition</c>.
    /// </remarks>
    let clipPerTensor (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipPerTensor maxNorm)

    /// <summary>Clips every coordinate of the gradient: <c>u = max(−c, min(c, u))</c>.</summary>
    /// <param name="maxValue">
    /// c, the largest magnitude let through, in units of the gradient: c > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals PyTorch <c>clip_grad_value_</c>, Optax <c>clip</c>, Keras <c>clipvalue</c>.</remarks>
    let clipValue (maxValue: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipValue maxValue)

    /// <summary>
    /// Dynamic loss scaling: takes the gradient of S·f for a scale S that it finds itself: <c>u = g/S</c>; where g is
    /// not finite the step is skipped and S shrinks, after every n finite gradients in a row S grows.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Micikevicius et al. 2018, section 3.2. Equals PyTorch <c>GradScaler</c> (<c>unscale_</c>, <c>step</c> and
    /// <c>update</c> in one), Keras <c>LossScaleOptimizer</c> with <c>Initial = 32768</c>.
    /// </remarks>
    let lossScale (optimizer: Optimizer) : Optimizer = optimizer.With(LossScale())

    /// <summary>
    /// <c>lossScale</c> with options, as in <c>lossScaleWith (LossScale(Initial = 1024.0, Every = 200))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Initial = 65536.0</c>: S before the first step: S > 0, finite; a
    /// power of two is exact. <c>Growth = 2.0</c>: What S is multiplied with when it grows: growth ≥ 1, finite.
    /// <c>Backoff = 0.5</c>: What S is multiplied with when it shrinks: 0 &lt; backoff &lt; 1. <c>Every = 2000</c>: n,
    /// the number of finite gradients in a row after which S grows: n ≥ 1. <c>Minimum = 1.0</c>: The smallest S that it
    /// shrinks to: minimum > 0, finite.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let lossScaleWith (options: LossScale) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Adds annealed Gaussian noise to the gradient: <c>u = u + √(η/k^γ) z</c> with z ~ N(0, 1) in every coordinate, so
    /// that the noise of update k has the variance η/k^γ (not the standard deviation).
    /// </summary>
    /// <param name="variance">η, the variance of the first noise, in units of the gradient squared: η ≥ 0.</param>
    /// <param name="decay">γ, the power of the annealing: γ ≥ 0; 0 keeps the variance constant.</param>
    /// <param name="seed">Where the generator starts. Any integer.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Neelakantan et al. 2015 (there η ∈ {0.01, 0.3, 1}, γ = 0.55). Equals Optax <c>add_noise(η, γ, key)</c> in
    /// distribution; the numbers themselves are of another generator.
    /// </remarks>
    let noise (variance: float) (decay: float) (seed: int) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Noise(variance, decay, seed))

    /// <summary>Normalizes the gradient: <c>u = u/(‖u‖+ε)</c>, one norm over all tensors in scope.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Nesterov 2004, section 3.2.3 (normalized gradients); Cortés 2006. Equals Optax <c>normalize_by_update_norm</c>.
    /// </remarks>
    let normalize (optimizer: Optimizer) : Optimizer = optimizer.With(Normalize())

    /// <summary><c>normalize</c> with options, as in <c>normalizeWith (Normalize(Epsilon = 0.0))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Epsilon = 1e-06</c>: ε, added to the norm, in units of the
    /// gradient: ε ≥ 0.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let normalizeWith (options: Normalize) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Refuses gradients that are too large: unless ‖g‖ ≤ c parameters and state stay bit-unchanged but for this
    /// stage's own counter, and t does not advance. It never throws.
    /// </summary>
    /// <param name="maxNorm">c, the largest norm of a gradient that is taken: c > 0, infinity allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>MultiSteps(…, should_skip_update_fn=skip_large_updates(c²))</c>.</remarks>
    let skipLarge (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.With(SkipLarge maxNorm)

    /// <summary>
    /// Refuses gradients with a NaN or an infinity: parameters and state stay bit-unchanged but for this stage's own
    /// counter, and t does not advance. The n-th in a row makes the step throw.
    /// </summary>
    /// <param name="maxConsecutive">n, the number of such gradients in a row at which to give up: n ≥ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    let skipNonFinite (maxConsecutive: int) (optimizer: Optimizer) : Optimizer =
        optimizer.With(SkipNonFinite maxConsecutive)

    /// <summary>
    /// Puts 0 in the place of every NaN of the gradient, with Infinities of ±∞ as well: <c>u = 0 where u is NaN</c>.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>zero_nans</c>, which keeps a flag per tensor instead of a count.</remarks>
    let zeroNans (optimizer: Optimizer) : Optimizer = optimizer.With(ZeroNans())

    /// <summary><c>zeroNans</c> with options, as in <c>zeroNansWith (ZeroNans(Infinities = true))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Infinities = false</c>: Whether ±∞ is replaced, too.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let zeroNansWith (options: ZeroNans) (optimizer: Optimizer) : Optimizer = optimizer.With options

    // Regularization

    /// <summary>Adds a subgradient of λ‖p‖₁ to the gradient: <c>u = u + λ sign(p)</c>, sign(0) = 0.</summary>
    /// <param name="lambda">λ, the strength of the penalty: λ ≥ 0.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Tibshirani 1996 (the penalty). Equals <c>SignDecay</c> of Optimisers.jl.</remarks>
    let l1 (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.With(L1 lambda)

    /// <summary>
    /// Adds the gradient of ½λ‖p‖² to the gradient: <c>u = u + λ p</c>, before the direction (coupled).
    /// </summary>
    /// <param name="lambda">λ, the strength of the penalty: λ ≥ 0.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Tikhonov 1963; Loshchilov &amp; Hutter 2019 for the difference to decay. Equals <c>weight_decay</c> of PyTorch's
    /// SGD and Adam, Optax <c>add_decayed_weights</c> before the direction.
    /// </remarks>
    let l2 (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.With(L2 lambda)

    // Direction

    /// <summary>
    /// An exponential moving average of the update.
    /// <code>
    /// m = β m + (1−β) u;  u = m
    /// BiasCorrection:  u = m/(1−β^k)
    /// Nesterov:        u = β m + (1−β) u;  with both:  u = β m/(1−β^(k+1)) + (1−β) u/(1−β^k)
    /// </code>
    /// </summary>
    /// <param name="beta">β, the decay of the average: 0 ≤ β &lt; 1. With 0 the stage is the identity.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Brown 1956, exponential smoothing; corrected as by Kingma &amp; Ba 2015. Equals Optax <c>ema</c>, whose
    /// <c>debias</c> is on unless told otherwise.
    /// </remarks>
    let ema (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Ema beta)

    /// <summary><c>ema</c> with options, as in <c>emaWith (Ema(0.9, Nesterov = true))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>BiasCorrection = false</c>: Whether the average is divided by
    /// 1−β^k. <c>Nesterov = false</c>: Whether the newest u is blended in once more: the average one step ahead.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let emaWith (options: Ema) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Heavy-ball momentum: <c>v = β v + (1−τ) u; u = v</c>; the first step sets <c>v = u</c>, undampened.
    /// </summary>
    /// <param name="beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 and τ = 0 the stage is the identity.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Polyak 1964. Equals PyTorch <c>SGD(momentum=β, dampening=τ)</c>; with τ = 0 Optax <c>trace</c>.
    /// </remarks>
    let momentum (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Momentum beta)

    /// <summary><c>momentum</c> with options, as in <c>momentumWith (Momentum(0.9, Dampening = 0.1))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Dampening = 0.0</c>: τ, by which the new gradient is reduced from
    /// the second step on: 0 ≤ τ ≤ 1.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let momentumWith (options: Momentum) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Nesterov's accelerated gradient in look-ahead form: the gradient is evaluated where the momentum is about to
    /// lead.
    /// <code>
    /// g = ∇f(p − η_t β v);  v = β v + u;  u = v
    /// </code>
    /// </summary>
    /// <param name="beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 the step is plain gradient descent.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Nesterov 1983; in this form Sutskever et al. 2013, equation 3, for a constant rate.</remarks>
    let nag (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Nag beta)

    /// <summary>
    /// Nesterov momentum in the form that needs the gradient at the stored parameters only:
    /// <c>v = β v + u; u = u + β v</c>.
    /// </summary>
    /// <param name="beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 the stage is the identity.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Nesterov 1983, in the form of Bengio, Boulanger-Lewandowski &amp; Pascanu 2013. Equals PyTorch
    /// <c>SGD(momentum=β, nesterov=True)</c> and Optax <c>sgd(momentum=β, nesterov=True)</c>.
    /// </remarks>
    let nesterov (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Nesterov beta)

    /// <summary>
    /// Optimistic steps: the update and how it has changed, <c>u = α u + β(u − u_prev)</c>, with u_prev = u at first.
    /// </summary>
    /// <param name="alpha">α, the factor of the update: α ≥ 0 and finite.</param>
    /// <param name="beta">β, the factor of its change: β ≥ 0 and finite.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Daskalakis et al. 2018; Mokhtari, Ozdaglar &amp; Pattathil 2020 with α and β. Equals Optax
    /// <c>scale_by_optimistic_gradient(α, β)</c>.
    /// </remarks>
    let optimistic (alpha: float) (beta: float) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Optimistic(alpha, beta))

    /// <summary>
    /// The optimized gradient method for N steps: of all methods that take gradients of a smooth convex function it has
    /// the smallest worst case.
    /// <code>
    /// v = w + u;  w = ((θ−1)/θ') v + (θ/θ') u;  u = u + w
    /// θ' = (1+√(1+4θ²))/2 from θ = 1;  in the N-th step θ' = (1+√(1+8θ²))/2
    /// </code>
    /// </summary>
    /// <param name="steps">N, the number of steps: N ≥ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Kim &amp; Fessler 2016, algorithm OGM1; that no method does better:</remarks>
    let optimizedGradient (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.With(OptimizedGradient steps)

    /// <summary>
    /// Orthogonalization by Newton–Schulz steps: every matrix of the update is replaced by about its orthogonal factor
    /// UVᵀ, so that all of its directions become equally long.
    /// <code>
    /// X = M/(‖M‖ + ε), transposed if M has more rows than columns   (per tensor, as a matrix M)
    /// Steps times:  B' = X Xᵀ;  X = a X + (b B' + c B'²) X
    /// u = X · √max(1, out/in)  (WidthScale);  Rms > 0:  u = X · Rms · √max(rows, columns)
    /// </code>
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Jordan 2024 (Newton–Schulz steps of Muon; Björck &amp; Bowie 1971, Higham 2008). Equals Optax and Keras.
    /// </remarks>
    let orthogonalize (optimizer: Optimizer) : Optimizer = optimizer.With(Orthogonalize())

    /// <summary>
    /// <c>orthogonalize</c> with options, as in <c>orthogonalizeWith (Orthogonalize(Steps = 6, Rms = 0.2))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Steps = 5</c>: The number of steps: ≥ 1. <c>Epsilon = 1e-07</c>:
    /// ε, added to the norm of the matrix, in its units: ε ≥ 0. <c>A = 3.4445</c>: a, what a step takes of X: finite.
    /// <c>B = -4.775</c>: b, what a step takes of X Xᵀ X: finite. <c>C = 2.0315</c>: c, what a step takes of (X Xᵀ)² X:
    /// finite. <c>WidthScale = true</c>: Whether the result is scaled by √max(1, out/in). <c>OutputFirst = true</c>:
    /// Whether out is the first axis and in are the others; else out is the last one and in are those before.
    /// <c>Rms = 0.0</c>: The root mean square that the elements of an orthogonal result get, in place of the scale by
    /// widths: ≥ 0; 0 for none.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let orthogonalizeWith (options: Orthogonalize) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// The triple momentum method for strongly convex functions of known curvatures, the fastest of those with constant
    /// coefficients.
    /// <code>
    /// v' = β v + u;  u = v' + γ (v' − v);  v = v'
    /// ρ = 1 − √q,  β = ρ²/(2−ρ),  γ = ρ²/((1+ρ)(2−ρ))
    /// </code>
    /// </summary>
    /// <param name="ratio">q = m/L, the smallest curvature over the largest: 0 &lt; q ≤ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Van Scoy, Freeman &amp; Lynch 2018, theorem 1.</remarks>
    let tripleMomentum (ratio: float) (optimizer: Optimizer) : Optimizer = optimizer.With(TripleMomentum ratio)

    /// <summary>Momentum with the rate inside the buffer: <c>v = β v + η_t u; p ← p − v</c>.</summary>
    /// <param name="beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 the step is plain gradient descent.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Sutskever et al. 2013, equation 1. Equals Keras <c>SGD(momentum=β)</c>, whose buffer has the other sign.
    /// </remarks>
    let velocity (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Velocity beta)

    // Update

    /// <summary>
    /// Clips the finished direction by one norm over all tensors in scope: <c>u · min(1, c/‖u‖)</c>. A step then moves
    /// p by at most η_t c.
    /// </summary>
    /// <param name="maxNorm">
    /// c, the largest norm let through, in units of the direction: c > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>clip_by_global_norm</c> chained behind the direction.</remarks>
    let clipUpdate (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipUpdate maxNorm)

    /// <summary>
    /// Clips every tensor of the finished direction by the root mean square of its elements:
    /// <c>u_i / max(1, RMS(u_i)/d)</c> for each tensor i.
    /// </summary>
    /// <param name="maxRms">
    /// d, the largest root mean square let through, in units of the direction: d > 0, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Shazeer &amp; Stern 2018, section 6, update clipping. Equals Optax <c>clip_by_block_rms</c> chained behind the
    /// direction.
    /// </remarks>
    let clipUpdateRms (maxRms: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ClipUpdateRms maxRms)

    /// <summary>
    /// Stochastic gradient Langevin dynamics: noise on the finished direction, <c>u = u + √(2T/η_t) z</c> with z ~ N(0,
    /// 1) in every coordinate, so that the step adds noise of the variance 2 η_t T to p. At a small rate p is a sample
    /// of the density e^(−f/T).
    /// </summary>
    /// <param name="temperature">T, in units of the loss: T ≥ 0.</param>
    /// <param name="seed">Where the generator starts. Any integer.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Welling &amp; Teh 2011, with the temperature T (there 1, of a loss that is summed).</remarks>
    let langevin (temperature: float) (seed: int) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Langevin(temperature, seed))

    /// <summary>Multiplies the finished direction by a constant: <c>u = a u</c>.</summary>
    /// <param name="factor">a, the factor: a ≥ 0 and finite.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>scale</c> up to its sign: here updates are always subtracted, so a ≥ 0.</remarks>
    let scale (factor: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Scale factor)

    /// <summary>
    /// Multiplies the update of every tensor by the tensor's Euclidean norm: <c>u_i · max(‖p_i‖, Minimum)</c> for each
    /// tensor i.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Shazeer &amp; Stern 2018, section 8, relative step sizes. Equals Optax <c>scale_by_param_block_norm</c>.
    /// </remarks>
    let scaleByParameterNorm (optimizer: Optimizer) : Optimizer = optimizer.With(ScaleByParameterNorm())

    /// <summary>
    /// <c>scaleByParameterNorm</c> with options, as in <c>scaleByParameterNormWith (ScaleByParameterNorm(Minimum =
    /// 0.1))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Minimum = 0.001</c>: The least factor, in units of the
    /// parameters: ≥ 0.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let scaleByParameterNormWith (options: ScaleByParameterNorm) (optimizer: Optimizer) : Optimizer =
        optimizer.With options

    /// <summary>
    /// Multiplies the update of every tensor by the tensor's root mean square: <c>u_i · max(RMS(p_i), Minimum)</c> for
    /// each tensor i.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Shazeer &amp; Stern 2018, section 8, relative step sizes. Equals Optax <c>scale_by_param_block_rms</c>.
    /// </remarks>
    let scaleByParameterRms (optimizer: Optimizer) : Optimizer = optimizer.With(ScaleByParameterRms())

    /// <summary>
    /// <c>scaleByParameterRms</c> with options, as in
    /// <c>scaleByParameterRmsWith (ScaleByParameterRms(Minimum = 0.1))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Minimum = 0.001</c>: The least factor, in units of the
    /// parameters: ≥ 0.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let scaleByParameterRmsWith (options: ScaleByParameterRms) (optimizer: Optimizer) : Optimizer =
        optimizer.With options

    /// <summary>
    /// Layer-wise adaptation: gives the update of every tensor i the length of the tensor,
    /// <c>u_i = u_i · c‖p_i‖/(‖u_i‖+ε)</c>; the ratio is 1 where one of the norms is 0.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// You et al. 2020 (LAMB, algorithm 2, with φ the identity). Equals Optax <c>scale_by_trust_ratio</c> with
    /// <c>min_norm = 0</c>.
    /// </remarks>
    let trustRatio (optimizer: Optimizer) : Optimizer = optimizer.With(TrustRatio())

    /// <summary>
    /// <c>trustRatio</c> with options, as in <c>trustRatioWith (TrustRatio(Coefficient = 0.001))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Coefficient = 1.0</c>: c, the length of an update relative to its
    /// tensor per unit of rate: c ≥ 0. <c>Epsilon = 0.0</c>: ε, added to the norm of the update: ε ≥ 0.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let trustRatioWith (options: TrustRatio) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Decoupled weight decay: <c>u = u + λ p</c> after the direction, so that a step shrinks p by the factor 1 − η_t
    /// λ.
    /// </summary>
    /// <param name="lambda">λ, the decay per unit of rate: λ ≥ 0.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Loshchilov &amp; Hutter 2019. Equals the decay of PyTorch's and Optax' <c>adamw</c>.</remarks>
    let weightDecay (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.With(WeightDecay lambda)

    // Step

    /// <summary>
    /// Armijo's line search along the step w = η_t u that the pipeline would take: <c>p = p − a w</c> with a the first
    /// of a₀, a₀·Decrease, a₀·Decrease², … at which the objective has fallen enough.
    /// <code>
    /// f(p − a w) ≤ f(p) − C1·a⟨∇f, w⟩;  a₀ = min(Increase·a_prev, Maximum),  a_prev = 1 at first
    /// </code>
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Armijo 1966. Equals Optax <c>scale_by_backtracking_linesearch(MaximumEvaluations − 1, slope_rtol=C1,
    /// decrease_factor, increase_factor, max_learning_rate)</c> behind <c>scale(−η)</c>.
    /// </remarks>
    let backtracking (optimizer: Optimizer) : Optimizer = optimizer.With(Backtracking())

    /// <summary>
    /// <c>backtracking</c> with options, as in <c>backtrackingWith (Backtracking(Decrease = 0.5))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>C1 = 0.0001</c>: C1, the part of the slope's promise that has to
    /// be kept: 0 ≤ C1 &lt; 1. <c>Decrease = 0.8</c>: The factor of a from trial to trial: 0 &lt; Decrease &lt; 1.
    /// <c>Increase = 1.5</c>: How much longer than the last step the first trial may be: ≥ 1. <c>Maximum = 1.0</c>: The
    /// largest a: > 0, infinity allowed. <c>MaximumEvaluations = 60</c>: The largest number of trials in one step: ≥ 1.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let backtrackingWith (options: Backtracking) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Hypergradient descent: the rate learns from its own gradient. The loss behind the last step, as a function of
    /// the factor c of its rate, has the slope −η⟨g, d⟩, where d is the update of that step before c; c goes down that
    /// slope.
    /// <code>
    /// h = ⟨g, d⟩;  c = min(max(c + β h, Minimum), Maximum);  d = u;  u = c u
    /// Multiplicative:  c = min(max(c (1 + β h/(‖g‖‖d‖)), Minimum), Maximum)
    /// </code>
    /// </summary>
    /// <param name="beta">β, the rate of the factor: β ≥ 0; with 0 nothing is learned.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Baydin et al. 2018, SGD-HD, SGDN-HD and Adam-HD with both rules, additive and multiplicative: at a constant rate
    /// η their additive β is η times this one.
    /// </remarks>
    let hypergradient (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Hypergradient beta)

    /// <summary>
    /// <c>hypergradient</c> with options, as in <c>hypergradientWith (Hypergradient(0.1, Multiplicative = true))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Multiplicative = false</c>: Whether c is multiplied by 1 + β
    /// times the cosine of g and d. Default false: β⟨g, d⟩ is added. <c>Minimum = 0.0</c>: The smallest factor: 0 ≤
    /// value ≤ 1. <c>Maximum = infinity</c>: The largest factor: ≥ 1, infinity allowed.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let hypergradientWith (options: Hypergradient) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Mechanic: learns the scale of whatever stands before it. The steps that the pipeline would take are summed up in
    /// Δ, and the parameters are the start minus S times Δ, with S from several bettors.
    /// <code>
    /// β_j = 1 − 10^(−j), j = 1 … Count;  S = Σ s_j;  h = ⟨Δ, g + Decay·S‖g‖p/(‖p‖ + ε)⟩;  Δ = Δ + η_t u
    /// m_j = max(β_j m_j, |h|);  v_j = β_j² v_j + h²;  r_j = max(0, β_j r_j + s_j h);  s_j = (Initial·m_j/Count + r_j)/(√v_j + ε)
    /// p = p_0 − S Δ
    /// </code>
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Cutkosky, Defazio &amp; Mehta 2023, algorithm 1.</remarks>
    let mechanic (optimizer: Optimizer) : Optimizer = optimizer.With(Mechanic())

    /// <summary><c>mechanic</c> with options, as in <c>mechanicWith (Mechanic(Initial = 1e-4))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Initial = 1e-08</c>: The first wealth of all bettors, relative to
    /// the largest |h|: ≥ 0; with 0 nothing ever moves. <c>Decay = 0.01</c>: The strength of the decay of p, relative
    /// to the gradient: ≥ 0. <c>Epsilon = 1e-08</c>: ε, added to √v and to ‖p‖: ≥ 0. <c>Count = 6</c>: The number of
    /// bettors: ≥ 1.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let mechanicWith (options: Mechanic) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Reduces the rate when the loss stops improving: multiplies it by γ, not below the floor, after more than n
    /// updates in a row without <c>loss &lt; best − Threshold·|best|</c>.
    /// </summary>
    /// <param name="patience">n, the number of updates without improvement that are let pass: n ≥ 1.</param>
    /// <param name="factor">γ, the factor of the rate: 0 ≤ γ &lt; 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Equals PyTorch <c>ReduceLROnPlateau(mode, factor=γ, patience=n, threshold=Threshold, threshold_mode, cooldown,
    /// min_lr=Floor)</c> called after every step, for positive losses.
    /// </remarks>
    let plateau (patience: int) (factor: float) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Plateau(patience, factor))

    /// <summary>
    /// <c>plateau</c> with options, as in <c>plateauWith (Plateau(10, 0.1, Floor = 0.001, Cooldown = 5))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Threshold = 0.0001</c>: The relative decrease that counts as an
    /// improvement: ≥ 0. <c>Floor = 0.0</c>: The rate below which lr is not reduced: ≥ 0. <c>Maximize = false</c>:
    /// Whether larger is better: a metric such as an accuracy is handed in in place of the loss.
    /// <c>Absolute = false</c>: Whether the threshold is taken as it is, and not times |best|. <c>Cooldown = 0</c>: The
    /// number of updates behind a reduction in which none counts as bad: ≥ 0. <c>Sparse = false</c>: Whether a step
    /// without a loss is no look at it: for a validation metric that is known every so many steps. All counts are of
    /// looks then. Default false: such a step is an error.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let plateauWith (options: Plateau) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// A line search along the step w = η_t u that the pipeline would take: <c>p = p − a w</c> with an a that meets the
    /// strong Wolfe conditions, found by bracketing and cubic interpolation. With φ(a) = f(p − a w):
    /// <code>
    /// φ(a) ≤ φ(0) + C1·a·φ'(0),  |φ'(a)| ≤ −C2·φ'(0);  Weak: φ'(a) ≥ C2·φ'(0) in place of the second
    /// </code>
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Nocedal &amp; Wright 2006, algorithms 3.5 and 3.6, equations 3.6, 3.7 and 3.59. Equals PyTorch's
    /// <c>strong_wolfe</c> of <c>LBFGS</c>.
    /// </remarks>
    let wolfe (optimizer: Optimizer) : Optimizer = optimizer.With(Wolfe())

    /// <summary><c>wolfe</c> with options, as in <c>wolfeWith (Wolfe(C2 = 0.1))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>C1 = 0.0001</c>: C1, the part of the slope's promise that has to
    /// be kept: 0 ≤ C1 &lt; C2. <c>C2 = 0.9</c>: C2, the part of the slope that may be left: C1 &lt; C2 &lt; 1.
    /// <c>MaximumEvaluations = 25</c>: The largest number of trials in one step: ≥ 1. <c>Weak = false</c>: Whether the
    /// weak condition on the slope is enough, φ'(a) ≥ C2·φ'(0): a step past the minimum along w is taken as well.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let wolfeWith (options: Wolfe) (optimizer: Optimizer) : Optimizer = optimizer.With options

    // Constraint

    /// <summary>
    /// Projects the parameters onto the Euclidean ball of radius r around 0 after every step:
    /// <c>p = p · min(1, r/‖p‖)</c>, with one norm over all tensors in scope.
    /// </summary>
    /// <param name="radius">r, in units of the parameters: r > 0, infinity allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_l2_ball</c>, applied behind the step.</remarks>
    let ball (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Ball radius)

    /// <summary>
    /// Projects the parameters onto the halfspace {⟨a, p⟩ ≤ b} after every step:
    /// <c>p = p − max(0, ⟨a, p⟩ − b)/‖a‖² a</c>, over all tensors in scope as one vector.
    /// </summary>
    /// <param name="normal">a, its normal: finite, not 0.</param>
    /// <param name="offset">b: finite.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_halfspace</c>, applied behind the step.</remarks>
    let halfspace (normal: float seq) (offset: float) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Halfspace(normal, offset))

    /// <summary>
    /// Projects the parameters onto the hyperplane {⟨a, p⟩ = b} after every step: <c>p = p − (⟨a, p⟩ − b)/‖a‖² a</c>,
    /// over all tensors in scope as one vector.
    /// </summary>
    /// <param name="normal">a, its normal: finite, not 0.</param>
    /// <param name="offset">b: finite.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_hyperplane</c>, applied behind the step.</remarks>
    let hyperplane (normal: float seq) (offset: float) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Hyperplane(normal, offset))

    /// <summary>
    /// Projects the parameters onto the ball ‖p‖₁ ≤ r after every step: <c>p = sign(p) max(|p| − τ, 0)</c> with the τ ≥
    /// 0 for which the sum of magnitudes is r, over all tensors in scope as one vector. Makes exact zeros.
    /// </summary>
    /// <param name="radius">r, the largest sum of magnitudes: r > 0, infinity allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Duchi, Shalev-Shwartz, Singer &amp; Chandra 2008 for the reduction to the simplex. Equals Optax
    /// <c>projection_l1_ball</c>, applied behind the step.
    /// </remarks>
    let l1Ball (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.With(L1Ball radius)

    /// <summary>
    /// Limits the norm of every unit i of the parameters after every step: <c>p_i = p_i · min(1, r/‖p_i‖)</c>, the
    /// projection onto a ball for each unit.
    /// </summary>
    /// <param name="radius">r, the largest norm of a unit, in units of the parameters: r > 0, infinity allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Srivastava, Hinton, Krizhevsky, Sutskever &amp; Salakhutdinov 2014 (max-norm regularization). Equals Keras
    /// <c>MaxNorm(r, axis=0)</c>, for kernels of rank 4 <c>axis=[0, 1, 2]</c>.
    /// </remarks>
    let maxNorm (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.With(MaxNorm radius)

    /// <summary><c>maxNorm</c> with options, as in <c>maxNormWith (MaxNorm(2.0, OutputFirst = true))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>OutputFirst = false</c>: Whether the first axis of a tensor is
    /// the output, <c>[out, in, …]</c>.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let maxNormWith (options: MaxNorm) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Keeps the norm of every unit i of the parameters between two bounds after every step:
    /// <c>n = ‖p_i‖; p_i = p_i · (ρ·max(lo, min(hi, n)) + (1−ρ) n)/n</c>.
    /// </summary>
    /// <param name="low">lo, the smallest norm of a unit: 0 ≤ lo ≤ hi, finite.</param>
    /// <param name="high">hi, the largest norm of a unit: hi > 0, hi ≥ lo, infinity allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Equals Keras <c>MinMaxNorm(lo, hi, rate=ρ, axis=0)</c>, for kernels of rank 4 <c>axis=[0, 1, 2]</c>.
    /// </remarks>
    let minMaxNorm (low: float) (high: float) (optimizer: Optimizer) : Optimizer = optimizer.With(MinMaxNorm(low, high))

    /// <summary>
    /// <c>minMaxNorm</c> with options, as in <c>minMaxNormWith (MinMaxNorm(0.5, 2.0, Rate = 0.5))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Rate = 1.0</c>: ρ, the share of the way to the bound that a step
    /// takes: 0 ≤ ρ ≤ 1. <c>OutputFirst = false</c>: Whether the first axis of a tensor is the output,
    /// <c>[out, in, …]</c>.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let minMaxNormWith (options: MinMaxNorm) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Projects the parameters onto the non-negative orthant after every step: <c>p = max(0, p)</c>.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_non_negative</c>, Keras <c>NonNeg</c>, applied behind the step.</remarks>
    let nonNegative (optimizer: Optimizer) : Optimizer = optimizer.With(NonNegative())

    /// <summary>
    /// The proximal operator of η_t λ‖p‖₁ after every step, <c>p = sign(p) max(|p| − η_t λ, 0)</c>: with <c>sgd</c> the
    /// iterative soft-thresholding algorithm (ISTA) for a loss plus λ‖p‖₁. Makes exact zeros.
    /// </summary>
    /// <param name="lambda">λ, the strength of the penalty: λ ≥ 0.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Beck &amp; Teboulle 2009, equation 1.6.</remarks>
    let proxL1 (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ProxL1 lambda)

    /// <summary>
    /// Projects the parameters onto the simplex {p ≥ 0, Σp = r} after every step: <c>p = max(p − τ, 0)</c> with the τ
    /// for which the sum is r, over all tensors in scope as one vector.
    /// </summary>
    /// <param name="radius">r, the sum of the parameters: r > 0 and finite; 1 for probabilities.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Held, Wolfe &amp; Crowder 1974; Michelot 1986. Equals Optax <c>projection_simplex</c>, applied behind the step.
    /// </remarks>
    let simplex (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Simplex radius)

    /// <summary>
    /// Projects the parameters onto the Euclidean sphere of radius r around 0 after every step: <c>p = p · r/‖p‖</c>,
    /// with one norm over all tensors in scope.
    /// </summary>
    /// <param name="radius">r, in units of the parameters: r > 0, finite.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_l2_sphere</c>, applied behind the step.</remarks>
    let sphere (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Sphere radius)

    /// <summary>
    /// Keeps the norm of every unit i of the parameters at 1: <c>p_i = p_i/‖p_i‖</c> after every step, the projection
    /// onto a sphere for each unit.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Keras <c>UnitNorm(axis=0)</c>, for kernels of rank 4 <c>axis=[0, 1, 2]</c>.</remarks>
    let unitNorm (optimizer: Optimizer) : Optimizer = optimizer.With(UnitNorm())

    /// <summary><c>unitNorm</c> with options, as in <c>unitNormWith (UnitNorm(OutputFirst = true))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>OutputFirst = false</c>: Whether the first axis of a tensor is
    /// the output, <c>[out, in, …]</c>.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let unitNormWith (options: UnitNorm) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Projects the parameters onto a box after every step: <c>p = max(lo, min(hi, p))</c>, coordinate by coordinate.
    /// </summary>
    /// <param name="low">lo, the smallest value: lo ≤ hi, −∞ allowed.</param>
    /// <param name="high">hi, the largest value: hi ≥ lo, +∞ allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_box</c>, applied behind the step.</remarks>
    let within (low: float) (high: float) (optimizer: Optimizer) : Optimizer = optimizer.With(Box(low, high))

    /// <summary>
    /// Projects the parameters onto a box with bounds by coordinate after every step:
    /// <c>p_i = max(lo_i, min(hi_i, p_i))</c>.
    /// </summary>
    /// <param name="low">lo, the smallest values: −∞ allowed, lo_i ≤ hi_i.</param>
    /// <param name="high">hi, the largest values: +∞ allowed.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Equals Optax <c>projection_box</c> with arrays, applied behind the step.</remarks>
    let withinEach (low: float seq) (high: float seq) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Bounds(low, high))

    // Iterate

    /// <summary>
    /// Keeps an exponential moving average of the parameters beside them: <c>a = d a + (1−d) p</c>; the first update
    /// copies, <c>a = p_1</c>. The parameters are not touched.
    /// </summary>
    /// <param name="decay">d, the share that the average keeps per update: 0 ≤ d &lt; 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Polyak &amp; Juditsky 1992; Tarvainen &amp; Valpola 2017 for networks. Equals PyTorch
    /// <c>AveragedModel(multi_avg_fn=get_ema_multi_avg_fn(d))</c> updated after every step; with Warmup TensorFlow
    /// <c>ExponentialMovingAverage(d, num_updates)</c>.
    /// </remarks>
    let average (decay: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ParameterEma decay)

    /// <summary>
    /// <c>average</c> with options, as in <c>averageWith (ParameterEma(0.999, Every = 10, Warmup = true))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Every = 1</c>: The number of updates from one average to the
    /// next: ≥ 1. <c>Warmup = false</c>: Whether the first shares are smaller and p_0 is part of the average.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let averageWith (options: ParameterEma) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// FISTA, the accelerated proximal gradient method: behind the constraints the iterate x is taken further in the
    /// direction in which it has moved.
    /// <code>
    /// x' = p, behind step and constraints;  p = x' + ((t−1)/t') (x' − x);  x = x'
    /// t' = (1+√(1+4t²))/2 from t = 1
    /// </code>
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Beck &amp; Teboulle 2009, section 4.</remarks>
    let fista (optimizer: Optimizer) : Optimizer = optimizer.With(Fista())

    /// <summary>
    /// Lookahead: every n updates a slow copy of the parameters goes part of the way to them, and they go back to it,
    /// <c>slow = slow + α(p − slow); p = slow</c>.
    /// </summary>
    /// <param name="period">n, the number of updates from one exchange to the next: n ≥ 1.</param>
    /// <param name="alpha">α, the part of the way that the slow copy goes: 0 ≤ α ≤ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Zhang, Lucas, Ba &amp; Hinton 2019, algorithm 1. Equals Optax <c>lookahead(sync_period=n, slow_step_size=α,
    /// reset_state=False)</c>; its fast parameters are p here.
    /// </remarks>
    let lookahead (period: int) (alpha: float) (optimizer: Optimizer) : Optimizer =
        optimizer.With(Lookahead(period, alpha))

    /// <summary>
    /// Keeps the arithmetic mean of the iterates p_1 … p_k beside the parameters: <c>a = a + (p − a)/c</c>, where c is
    /// the number of iterates that count. The parameters are not touched.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Polyak &amp; Juditsky 1992; Ruppert 1988. Equals PyTorch <c>AveragedModel</c> with <c>get_swa_avg_fn</c> updated
    /// after every step, and <c>ax</c> of its <c>ASGD(t0=From−1)</c>, which averages with the weight of the step
    /// before.
    /// </remarks>
    let polyakAverage (optimizer: Optimizer) : Optimizer = optimizer.With(PolyakAverage())

    /// <summary>
    /// <c>polyakAverage</c> with options, as in <c>polyakAverageWith (PolyakAverage(From = 100, Every = 10))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>From = 0</c>: The index t of the first update whose result
    /// counts: From ≥ 0; 0 averages p_1, p_2, …. <c>Every = 1</c>: The number of updates from one iterate that counts
    /// to the next: ≥ 1.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let polyakAverageWith (options: PolyakAverage) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Keeps an average of the iterates beside the parameters whose weights grow as k^γ:
    /// <c>a = (1−w) a + w p, w = (γ+1)/(γ+k)</c>. The parameters are not touched.
    /// </summary>
    /// <param name="gamma">γ, the power by which weights grow: γ ≥ 0.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>Shamir &amp; Zhang 2013, section 4. Equals the authors' averager of DoG, with γ = 8.</remarks>
    let polynomialAverage (gamma: float) (optimizer: Optimizer) : Optimizer = optimizer.With(PolynomialAverage gamma)

    /// <summary>
    /// Schedule-free learning: the gradient is taken between the iterate z and its average x, so that a constant rate
    /// does what a decaying one would.
    /// <code>
    /// z = z − η_t u  in place of the step; constraints act on z
    /// w = k^StepPower · (max η so far)^RatePower;  W = W + w;  x = x + (w/W)(z − x)
    /// p = β x + (1−β) z
    /// </code>
    /// </summary>
    /// <param name="beta">β, the part of x in the point of the gradient: 0 ≤ β ≤ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Defazio et al. 2024. Equals the authors' <c>SGDScheduleFree</c> and <c>AdamWScheduleFree</c> with their warm-up
    /// as <c>warmup n</c>, and Optax <c>contrib.schedule_free</c> at a constant rate.
    /// </remarks>
    let scheduleFree (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.With(ScheduleFree beta)

    /// <summary>
    /// <c>scheduleFree</c> with options, as in <c>scheduleFreeWith (ScheduleFree(beta, RatePower = 2.0))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>RatePower = 2.0</c>: The power of the largest rate so far in the
    /// weight of an iterate: ≥ 0. <c>StepPower = 0.0</c>: The power of the step's number in the weight of an iterate: ≥
    /// 0.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let scheduleFreeWith (options: ScheduleFree) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>
    /// Keeps a target that follows the parameters with delay: every n updates
    /// <c>target = target + Rate (p − target)</c>. The parameters are not touched.
    /// </summary>
    /// <param name="period">n, the number of updates from one change to the next: n ≥ 1.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Mnih et al. 2015 (copies); Lillicrap et al. 2016 (soft targets). Equals Optax <c>periodic_update</c> and
    /// <c>incremental_update</c>.
    /// </remarks>
    let targetUpdate (period: int) (optimizer: Optimizer) : Optimizer = optimizer.With(TargetUpdate period)

    /// <summary>
    /// <c>targetUpdate</c> with options, as in <c>targetUpdateWith (TargetUpdate(1, Rate = 0.005))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Rate = 1.0</c>: The part of the way that the target goes: 0 ≤
    /// Rate ≤ 1.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    let targetUpdateWith (options: TargetUpdate) (optimizer: Optimizer) : Optimizer = optimizer.With options

    // The end of the region.
