namespace OptDsl

open OptCore

/// <summary>
/// The words that add a stage. The phase of a stage decides where it runs, so words of different phases commute; within a phase
/// they run as declared. A word whose record has options has a form <c>…With</c> that takes the record. Arguments outside
/// their ranges are an <c>ArgumentOutOfRangeException</c>, stages that exclude each other an <c>ArgumentException</c>.
/// </summary>
[<AutoOpen>]
module StageWords =

    /// <summary>Adds any stage, the library's or one's own: <c>stage (Adam())</c>.</summary>
    let stage (stage: IStage) (optimizer: Optimizer) : Optimizer = optimizer.With stage

    // Gradient: conditions the raw gradient.

    /// <summary>
    /// Clips the gradient by one norm over all tensors: <c>u·min(1, c/‖u‖)</c>, c &gt; 0 in units of the gradient; the identity where
    /// ‖u‖ ≤ c. Optax <c>clip_by_global_norm</c>.
    /// </summary>
    let clip (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.Clip maxNorm

    /// <summary>Clips every element: <c>max(−c, min(c, u))</c>, c &gt; 0 in units of the gradient.</summary>
    let clipValue (limit: float) (optimizer: Optimizer) : Optimizer = optimizer.ClipValue limit

    /// <summary>Clips each tensor by its own norm, c &gt; 0. Keras <c>clipnorm</c>.</summary>
    let clipPerTensor (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.ClipPerTensor maxNorm

    /// <summary>
    /// Clips each unit by its parameters: <c>g_i·min(1, c·max(‖p_i‖, ε)/max(‖g_i‖, 1e-6))</c>, c &gt; 0. Optax <c>adaptive_grad_clip</c>.
    /// </summary>
    let clipAdaptive (ratio: float) (optimizer: Optimizer) : Optimizer = optimizer.ClipAdaptive ratio

    /// <summary><c>clipAdaptive</c> with options: <c>clipAdaptiveWith (ClipAdaptive(0.01, Epsilon = 1e-4))</c>.</summary>
    let clipAdaptiveWith (options: ClipAdaptive) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Subtracts the mean over all axes but the first, in tensors of rank 2 and more. Optax <c>centralize</c>.</summary>
    let centralize (optimizer: Optimizer) : Optimizer = optimizer.Centralize()

    /// <summary>Divides by the norm: <c>u/(‖u‖+ε)</c>, ε = 1e-6; a zero gradient stays zero. Optax <c>normalize_by_update_norm</c>.</summary>
    let normalize (optimizer: Optimizer) : Optimizer = optimizer.Normalize()

    /// <summary><c>normalize</c> with options: <c>normalizeWith (Normalize(Epsilon = 0.0))</c>.</summary>
    let normalizeWith (options: Normalize) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Adds normal noise of variance η/k^γ, η ≥ 0 in units of the gradient squared, γ ≥ 0. Optax <c>add_noise</c>.</summary>
    let noise (variance: float) (decay: float) (seed: int) (optimizer: Optimizer) : Optimizer =
        optimizer.Noise(variance, decay, seed)

    /// <summary>
    /// Makes one update of the mean of n ≥ 1 gradients; t counts updates. Gradient stages declared before it act on each gradient, those
    /// after it on the mean. At most one. Optax <c>MultiSteps</c>.
    /// </summary>
    let accumulate (count: int) (optimizer: Optimizer) : Optimizer = optimizer.Accumulate count

    /// <summary>
    /// Leaves everything unchanged where the raw gradient is not finite; the n-th in a row, n ≥ 1, throws
    /// <c>NonFiniteGradientException</c> (<c>minimize</c> ends with <c>Reason.NonFinite</c>). At most one.
    /// </summary>
    let skipNonFinite (count: int) (optimizer: Optimizer) : Optimizer = optimizer.SkipNonFinite count

    // Regularization: adds the gradient of a penalty, before the direction.

    /// <summary>Adds λp, λ ≥ 0: the gradient of ½λ‖p‖². PyTorch's <c>weight_decay</c> of SGD and Adam.</summary>
    let l2 (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.L2 lambda

    /// <summary>Adds λ sign(p), λ ≥ 0: a subgradient of λ‖p‖₁.</summary>
    let l1 (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.L1 lambda

    // Direction.

    /// <summary>Heavy ball: <c>v = βv + u; u = v</c>, 0 ≤ β &lt; 1; the rate stays outside. PyTorch <c>SGD(momentum=β)</c>.</summary>
    let momentum (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.Momentum beta

    /// <summary>Heavy ball with options: <c>momentumWith (Momentum(0.9, Dampening = 0.1))</c>.</summary>
    let momentumWith (options: Momentum) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Nesterov, the stored point is the look-ahead point: <c>v = βv + u; u = u + βv</c>, 0 ≤ β &lt; 1. PyTorch, Optax.</summary>
    let nesterov (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.Nesterov beta

    /// <summary>Moving average: <c>m = βm + (1−β)u; u = m</c>, 0 ≤ β &lt; 1. Optax <c>ema</c>.</summary>
    let ema (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.Ema beta

    /// <summary>Moving average with options: <c>emaWith (Ema(0.9, BiasCorrection = true))</c>.</summary>
    let emaWith (options: Ema) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Momentum with the rate inside: <c>v = βv + η_t u; p ← p − v</c>, 0 ≤ β &lt; 1. Keras.</summary>
    let velocity (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.Velocity beta

    /// <summary>Nesterov 1983: gradient at <c>p − η_t βv</c>; <c>v = βv + u; u = v</c>, 0 ≤ β &lt; 1. The only direction.</summary>
    let nag (beta: float) (optimizer: Optimizer) : Optimizer = optimizer.Nag beta

    // Probe.

    /// <summary>Sharpness-aware: the gradient at <c>p + ρg/‖g‖</c>, ρ ≥ 0 in units of the parameters; two gradients per step. Foret et al. 2021.</summary>
    let sam (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.Sam radius

    // Update: acts on the finished direction.

    /// <summary>Decoupled decay: <c>u + λp</c>, λ ≥ 0 per unit of rate. That of <c>adamw</c>.</summary>
    let weightDecay (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.WeightDecay lambda

    /// <summary>Per tensor <c>u·‖p‖/(‖u‖+ε)</c>, ratio 1 if a norm is 0: the rate becomes a relative change. Optax.</summary>
    let trustRatio (optimizer: Optimizer) : Optimizer = optimizer.TrustRatio()

    /// <summary><c>trustRatio</c> with options: <c>trustRatioWith (TrustRatio(Coefficient = 0.001))</c>.</summary>
    let trustRatioWith (options: TrustRatio) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Clips the finished direction by one norm over all tensors, c &gt; 0.</summary>
    let clipUpdate (maxNorm: float) (optimizer: Optimizer) : Optimizer = optimizer.ClipUpdate maxNorm

    /// <summary>Multiplies the finished direction: <c>a·u</c>, a ≥ 0. Optax <c>scale</c>.</summary>
    let scale (factor: float) (optimizer: Optimizer) : Optimizer = optimizer.Scale factor

    // Step.

    /// <summary>
    /// Multiplies the rate by γ, 0 ≤ γ &lt; 1, when the loss has not improved for more than n ≥ 1 updates; every step needs a loss.
    /// At most one. PyTorch <c>ReduceLROnPlateau</c>.
    /// </summary>
    let plateau (patience: int) (factor: float) (optimizer: Optimizer) : Optimizer = optimizer.Plateau(patience, factor)

    /// <summary><c>plateau</c> with options: <c>plateauWith (Plateau(10, 0.1, Floor = 0.001))</c>.</summary>
    let plateauWith (options: Plateau) (optimizer: Optimizer) : Optimizer = optimizer.With options

    // Constraint: Euclidean projections of the parameters after the step.

    /// <summary>Keeps every parameter in lo … hi, lo ≤ hi, infinities allowed.</summary>
    let within (low: float) (high: float) (optimizer: Optimizer) : Optimizer = optimizer.Within(low, high)

    /// <summary>Keeps every parameter ≥ 0.</summary>
    let nonNegative (optimizer: Optimizer) : Optimizer = optimizer.NonNegative()

    /// <summary>Keeps ‖p‖ ≤ r, r &gt; 0.</summary>
    let ball (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.Ball radius

    /// <summary>Keeps p ≥ 0 and Σp = r, r &gt; 0; no parameter at all is an error when the plan is made.</summary>
    let simplex (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.Simplex radius

    /// <summary>Keeps ‖p‖₁ ≤ r, r &gt; 0.</summary>
    let l1Ball (radius: float) (optimizer: Optimizer) : Optimizer = optimizer.L1Ball radius

    /// <summary>Soft threshold by η_t λ, λ ≥ 0: <c>sign(p)·max(0, |p| − η_t λ)</c> (ISTA). Beck and Teboulle 2009.</summary>
    let proxL1 (lambda: float) (optimizer: Optimizer) : Optimizer = optimizer.ProxL1 lambda

    // Iterate.

    /// <summary>Every n ≥ 1 updates: slow ← slow + α(p − slow), p ← slow, 0 ≤ α ≤ 1. Optax <c>lookahead</c>.</summary>
    let lookahead (every: int) (alpha: float) (optimizer: Optimizer) : Optimizer = optimizer.Lookahead(every, alpha)

    /// <summary>
    /// Keeps <c>a = d a + (1−d)p</c>, 0 ≤ d &lt; 1, the first update copies; p is untouched, a is <c>Result.Averaged</c>.
    /// </summary>
    let average (decay: float) (optimizer: Optimizer) : Optimizer = optimizer.Average decay

    /// <summary>Keeps the mean of p_1 … p_t; p is untouched, the mean is <c>Result.Averaged</c>.</summary>
    let polyakAverage (optimizer: Optimizer) : Optimizer = optimizer.PolyakAverage()

    /// <summary><c>polyakAverage</c> with options: <c>polyakAverageWith (PolyakAverage(From = 100))</c>.</summary>
    let polyakAverageWith (options: PolyakAverage) (optimizer: Optimizer) : Optimizer = optimizer.With options
