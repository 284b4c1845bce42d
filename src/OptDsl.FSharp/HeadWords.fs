namespace OptDsl

open OptCore

/// <summary>
/// The words that begin a pipeline. Each takes the learning rate last (≥ 0, finite), so that it composes:
/// <c>adam 0.001 |> clip 1.0</c> is an optimizer, <c>adam >> clip 1.0</c> a function of the rate.
/// A word whose record has options has a form <c>…With</c> that takes the record:
/// <c>adamWith (Adam(Beta1 = 0.95)) 0.001</c>. Arguments outside their ranges are an <c>ArgumentOutOfRangeException</c>.
/// </summary>
[<AutoOpen>]
module HeadWords =

    // From here to the end of the region generated from the records by scripts/generate.

    /// <summary>
    /// ACProp: the gradient divided by the spread of the gradients before it, around their mean.
    /// <code>
    /// k = 1:  u stays;  then:  d = u/(√(s/(1−β2^t)) + ε), with s before its update
    /// m = β1 m + (1−β1) u;  s = β2 s + (1−β2)(u−m)² + ε_root   (new m)
    /// u = d
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Zhuang et al. 2021, whose code it equals without rectification.</remarks>
    let acProp (rate: float) : Optimizer = Optimizer.Head(AcProp(), rate)

    /// <summary>
    /// <c>acProp</c> with options, as in <c>acPropWith (AcProp(Beta2 = 0.99, Epsilon = 1e-8)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the mean: 0 ≤ β1 &lt; 1.
    /// <c>Beta2 = 0.999</c>: β2, the decay of the squared deviations: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-16</c>: ε outside
    /// the root, in units of the gradient: ε ≥ 0. <c>EpsilonRoot = 1e-16</c>: ε_root added to s in every step, in units
    /// of the gradient squared: ε_root ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let acPropWith (options: AcProp) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// AdEMAMix: Adam with a second, slow average of the gradients beside the fast one.
    /// <code>
    /// m = β1 m + (1−β1) u;  s = b s + (1−b) u;  v = β2 v + (1−β2) u²
    /// u = (m̂ + a s)/(√(v̂ + ε_root) + ε)       (s is not corrected)
    /// a = α·min(1, k/AlphaWarmup);  b = ½^(1/(1 + (1−q) h(β1) + q h(β3))),  q = min(1, k/Beta3Warmup),  h(β) = ln ½/ln β − 1
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Pagliardini, Ablin &amp; Grangier 2024. Equals Optax <c>contrib.ademamix</c>.</remarks>
    let adEmaMix (rate: float) : Optimizer = Optimizer.Head(AdEmaMix(), rate)

    /// <summary>
    /// <c>adEmaMix</c> with options, as in <c>adEmaMixWith (AdEmaMix(Alpha = 8.0, AlphaWarmup = 1000, Beta3Warmup =
    /// 1000)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the fast average: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Beta3 = 0.9999</c>: β3, the decay
    /// of the slow average: 0 ≤ β3 &lt; 1. <c>Epsilon = 1e-08</c>: ε outside the root, in units of the gradient: ε ≥ 0.
    /// <c>Alpha = 5.0</c>: α, the weight of the slow average: α ≥ 0. <c>EpsilonRoot = 0.0</c>: ε_root inside the root,
    /// in units of the gradient squared: ε_root ≥ 0. <c>AlphaWarmup = 0</c>: The updates over which a grows to α: ≥ 0;
    /// 0 for none. <c>Beta3Warmup = 0</c>: The updates over which b grows to β3: ≥ 0; 0 for none.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adEmaMixWith (options: AdEmaMix) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// AdaBelief: Adam that divides by how far the gradient is from its own moving average, and so takes long steps
    /// where the gradient is as predicted.
    /// <code>
    /// m = β1 m + (1−β1) u;  s = β2 s + (1−β2) (u−m)² + ε_root   (the new m)
    /// u = m̂ / (√ŝ + ε),  m̂ = m/(1−β1^k),  ŝ = s/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Zhuang et al. 2020, algorithm 2. Equals Optax <c>adabelief</c>.</remarks>
    let adaBelief (rate: float) : Optimizer = Optimizer.Head(AdaBelief(), rate)

    /// <summary><c>adaBelief</c> with options, as in <c>adaBeliefWith (AdaBelief(Epsilon = 1e-8)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the squared surprise: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-16</c>: ε outside
    /// the root, in units of the gradient: ε ≥ 0. <c>EpsilonRoot = 1e-16</c>: ε_root added to s in every step, in units
    /// of the gradient squared: ε_root ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adaBeliefWith (options: AdaBelief) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Adadelta: a direction scaled by the ratio of two running root mean squares, of past directions and of gradients.
    /// <code>
    /// v = ρ v + (1−ρ) u²;  d = √(x + ε) / √(v + ε) ⊙ u;  x = ρ x + (1−ρ) d²;  u = d
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Zeiler 2012, algorithm 1. Equals PyTorch <c>Adadelta</c> (rate 1) and Optax <c>adadelta(1.0)</c>.
    /// </remarks>
    let adaDelta (rate: float) : Optimizer = Optimizer.Head(AdaDelta(), rate)

    /// <summary>
    /// <c>adaDelta</c> with options, as in <c>adaDeltaWith (AdaDelta(Rho = 0.95, Epsilon = 1e-7)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Rho = 0.9</c>: ρ, the decay of both averages: 0 ≤ ρ &lt; 1.
    /// <c>Epsilon = 1e-06</c>: ε under both roots: ε ≥ 0. It sets the length of the first steps.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adaDeltaWith (options: AdaDelta) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// AdaMax: Adam with a decaying maximum in place of the second moment.
    /// <code>
    /// m = β1 m + (1−β1) u;  n = max(β2 n, |u| + ε)
    /// u = m̂ / n,  m̂ = m/(1−β1^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Kingma &amp; Ba 2015, section 7.1. Equals PyTorch <c>Adamax</c> and Optax <c>adamax</c>.</remarks>
    let adaMax (rate: float) : Optimizer = Optimizer.Head(AdaMax(), rate)

    /// <summary><c>adaMax</c> with options, as in <c>adaMaxWith (AdaMax(Beta2 = 0.99)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the maximum: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε, added to |u|
    /// inside the maximum, in units of the gradient: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adaMaxWith (options: AdaMax) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Adafactor: the second moment of a matrix kept as one number per row and one per column, and steps in proportion
    /// to the size of the parameters.
    /// <code>
    /// β = 1 − k^(−Exponent);  q = u² + ε   (per tensor)
    /// R = β R + (1−β) mean_j q;  C = β C + (1−β) mean_i q;  V = R C / mean_i R;  not factored: V = β V + (1−β) q
    /// w = u/√V;  w = w / max(1, RMS(w)/Clip)
    /// RelativeStep:    w = w · min(1, 1/(η_t √k))
    /// ParameterScale:  w = w · max(RMS(p), MinimumScale)
    /// u = w
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Shazeer &amp; Stern 2018. Equals Keras <c>Adafactor</c>; PyTorch's with
    /// <c>Epsilon = 2.220446049250313e-16, ClampEpsilon = true</c> and <c>weightDecay</c>; Optax <c>adafactor</c> with
    /// <c>RelativeStep = false, LargestAxes = true, MinimumSize = 128</c>.
    /// </remarks>
    let adafactor (rate: float) : Optimizer = Optimizer.Head(Adafactor(), rate)

    /// <summary>
    /// <c>adafactor</c> with options, as in <c>adafactorWith (Adafactor(RelativeStep = false, Exponent = 0.5)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Exponent = 0.8</c>: The exponent of the decay β = 1 −
    /// k^(−Exponent): > 0, finite. <c>Epsilon = 1e-30</c>: ε, added to the squared gradient, in its units: ε ≥ 0.
    /// <c>Clip = 1.0</c>: The largest root mean square of a tensor's direction before it is scaled: > 0, infinity
    /// allowed. <c>MinimumScale = 0.001</c>: What RMS(p) counts at least, so that parameters can leave 0: ≥ 0.
    /// <c>MinimumSize = 1</c>: The shortest axis that is factored: ≥ 1. <c>Factored = true</c>: Whether the second
    /// moment of matrices is factored. <c>ParameterScale = true</c>: Whether the direction is multiplied with the root
    /// mean square of the tensor's parameters. <c>RelativeStep = true</c>: Whether the rate is limited to 1/√k.
    /// <c>LargestAxes = false</c>: Whether the two longest axes are factored, of equal ones the later, instead of the
    /// last two. <c>ClampEpsilon = false</c>: Whether ε is a lower limit instead: q = u², mean_i R not below ε, V not
    /// below ε².
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adafactorWith (options: Adafactor) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Adagrad: a direction divided by the root of the sum of all squared gradients.
    /// <code>
    /// G = G + u²;  u = u / (√G + ε)
    /// EpsilonInside:  u = u / √(G + ε), 0 where G = 0
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Duchi, Hazan &amp; Singer 2011, the diagonal form. Equals PyTorch <c>Adagrad</c> without <c>lr_decay</c>;
    /// <c>Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true)</c> equals Optax and Keras.
    /// </remarks>
    let adagrad (rate: float) : Optimizer = Optimizer.Head(Adagrad(), rate)

    /// <summary>
    /// <c>adagrad</c> with options, as in <c>adagradWith (Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true))
    /// 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Epsilon = 1e-10</c>: ε, outside the root in units of the
    /// gradient, inside in units of its square: ε ≥ 0. <c>Initial = 0.0</c>: The value from which the sum of squares
    /// starts: ≥ 0. <c>EpsilonInside = false</c>: Whether ε stands under the root.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adagradWith (options: Adagrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Adam: a direction from bias-corrected moving averages of the gradient and of its square.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²
    /// u = m̂ / (√(v̂ + ε_root) + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Kingma &amp; Ba 2015, algorithm 1. Equals PyTorch <c>Adam</c> and Optax <c>adam</c>.</remarks>
    let adam (rate: float) : Optimizer = Optimizer.Head(Adam(), rate)

    /// <summary><c>adam</c> with options, as in <c>adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-6)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε outside
    /// the root, in units of the gradient: ε ≥ 0. <c>EpsilonRoot = 0.0</c>: ε_root inside the root, in units of the
    /// gradient squared: ε_root ≥ 0. <c>BiasCorrection = true</c>: Whether the averages are divided by 1−β^k; without
    /// it m̂ = m and v̂ = v.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adamWith (options: Adam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Adan: Adam with Nesterov's look-ahead estimated from the differences of successive gradients.
    /// <code>
    /// d = u − u_prev (0 at k = 1)
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) d;  n = β3 n + (1−β3) (u + β2 d)²
    /// u = (m̂ + β2 v̂) / (√n̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k),  n̂ = n/(1−β3^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Xie et al. 2022, algorithm 1, whose β are 1 minus those here; its proximal decay is not part of it.
    /// </remarks>
    let adan (rate: float) : Optimizer = Optimizer.Head(Adan(), rate)

    /// <summary><c>adan</c> with options, as in <c>adanWith (Adan(Beta3 = 0.999)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.98</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.92</c>: β2, the decay of the differences and their coefficient: 0 ≤ β2 &lt; 1.
    /// <c>Beta3 = 0.99</c>: β3, the decay of the second moment: 0 ≤ β3 &lt; 1. <c>Epsilon = 1e-08</c>: ε outside the
    /// root, in units of the gradient: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adanWith (options: Adan) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// ADOPT: Adam whose gradient is divided by the second moment of the gradients before it, so that it converges for
    /// every β2.
    /// <code>
    /// k = 1:  v = u²;  u = 0
    /// then:   z = u / max(√v, ε), with Clip limited to ±t^ClipPower;  m = β1 m + (1−β1) z;  v = β2 v + (1−β2) u² (last)
    ///         u = m;  Nesterov:  u = β1 m + (1−β1) z
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Taniguchi et al. 2024. Equals Optax <c>contrib.adopt</c>.</remarks>
    let adopt (rate: float) : Optimizer = Optimizer.Head(Adopt(), rate)

    /// <summary><c>adopt</c> with options, as in <c>adoptWith (Adopt(Beta2 = 0.99, Clip = false)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.9999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-06</c>: ε, the
    /// smallest divisor, in units of the gradient: ε ≥ 0. <c>Clip = true</c>: Whether the quotients are limited.
    /// <c>ClipPower = 0.25</c>: The power of t that limits them: ≥ 0. <c>Nesterov = false</c>: Whether the newest
    /// quotient is blended in once more.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let adoptWith (options: Adopt) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// AMSGrad: Adam whose second moment never falls, so that a rare large gradient is not forgotten.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²;  w = max(w, v)
    /// u = m̂ / (√(w/(1−β2^k)) + ε),  m̂ = m/(1−β1^k)
    /// CorrectedMax:  w = max(w, v/(1−β2^k));  u = m̂ / (√w + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Reddi, Kale &amp; Kumar 2018. Equals PyTorch <c>Adam(amsgrad=True)</c>; with CorrectedMax Optax <c>amsgrad</c>.
    /// </remarks>
    let amsGrad (rate: float) : Optimizer = Optimizer.Head(AmsGrad(), rate)

    /// <summary><c>amsGrad</c> with options, as in <c>amsGradWith (AmsGrad(CorrectedMax = true)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε outside
    /// the root, in units of the gradient: ε ≥ 0. <c>CorrectedMax = false</c>: Whether the maximum is taken of the
    /// corrected second moments instead of the raw ones.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let amsGradWith (options: AmsGrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// COCOB-Backprop: every coordinate bets a part of what it has won so far on the sign of its next gradient; there
    /// is no rate to tune.
    /// <code>
    /// L = max(L, |u|);  G = G + |u|;  R = max(R + u(p₀ − p), 0);  C = C + u
    /// u = p − p₀ + C(L + R)/(L·max(G + L, αL))
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Orabona &amp; Tommasi 2017, algorithm 2. Equals Optax <c>contrib.cocob</c>, whose rate has no effect.
    /// </remarks>
    let cocob (rate: float) : Optimizer = Optimizer.Head(Cocob(), rate)

    /// <summary><c>cocob</c> with options, as in <c>cocobWith (Cocob(Alpha = 10.0)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Alpha = 100.0</c>: α, which holds the first bets down: α ≥ 0.
    /// <c>Epsilon = 1e-08</c>: ε, the value from which the largest gradient starts, in units of the gradient: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let cocobWith (options: Cocob) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Nonlinear conjugate gradients over all tensors in scope as one vector, Polak and Ribière's rule, restarted where
    /// it does not lead downhill.
    /// <code>
    /// d = u + max(0, ⟨u, u − u_prev⟩/‖u_prev‖²) d_prev;  u = d
    /// d = u at first, where ⟨d, u⟩ ≤ 0, and where u_prev = 0
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Polak &amp; Ribière 1969; Powell 1984 (the maximum with 0); Nocedal &amp; Wright 2006, section 5.2.
    /// </remarks>
    let conjugateGradient (rate: float) : Optimizer =
        Optimizer.Head(ConjugateGradient(), rate)

    /// <summary>
    /// D-Adaptation in the form of Adam: the step length d is a lower bound of the distance to the solution, from what
    /// the gradients have gained so far.
    /// <code>
    /// q = √β2;  γ = d η_t b;  N = q N + (1−q) γ ⟨u, s/(√v + ε)⟩;  m = β1 m + (1−β1) γ u;  v = β2 v + (1−β2) u²;  s = q s + (1−q) γ u
    /// d = max(d, min(N/((1−q)‖s‖_1), Growth·d));  u = m/(√v + ε) + γ·Decay·p
    /// b = √(1−β2^k)/(1−β1^k) with BiasCorrection, else 1
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Defazio &amp; Mishchenko 2023, algorithm 5. Equals the authors' <c>DAdaptAdam</c>; with BiasCorrection Optax
    /// <c>contrib.dadapt_adamw</c>.
    /// </remarks>
    let dAdapt (rate: float) : Optimizer = Optimizer.Head(DAdapt(), rate)

    /// <summary><c>dAdapt</c> with options, as in <c>dAdaptWith (DAdapt(Growth = 1.02)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment, whose root is that of the sums for d: 0 ≤ β2 &lt;
    /// 1. <c>Epsilon = 1e-08</c>: ε, added to the root, in units of the gradient: ε ≥ 0. <c>Initial = 1e-06</c>: The
    /// first d, in units of the parameters: > 0, below every sensible step. <c>Growth = infinity</c>: The largest
    /// factor by which d grows in one update: ≥ 1, infinity allowed. <c>BiasCorrection = false</c>: Whether the
    /// averages are corrected, by b. <c>Decay = 0.0</c>: The decay of the parameters, per unit of d η_t: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let dAdaptWith (options: DAdapt) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// DoG, distance over gradients: the step length is the largest distance from the start so far, divided by the root
    /// of the sum of squared gradient norms.
    /// <code>
    /// r = max(r, ‖p − p_0‖)  from Initial·(1 + ‖p_0‖);  G = G + ‖u‖²;  u = u · r/√(G + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Ivgi, Hinder &amp; Carmon 2023, algorithm 1. Equals the authors' <c>DoG</c> and <c>LDoG</c>, with InitialRate
    /// Optax <c>contrib.dog(init_step=("learning_rate", a))</c>.
    /// </remarks>
    let dog (rate: float) : Optimizer = Optimizer.Head(Dog(), rate)

    /// <summary><c>dog</c> with options, as in <c>dogWith (Dog(PerTensor = true)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Initial = 1e-06</c>: The first distance, relative to 1 + ‖p_0‖: >
    /// 0. <c>Epsilon = 1e-08</c>: ε, added to the sum of squared norms: ε ≥ 0. <c>InitialRate = 0.0</c>: a, the factor
    /// of the first gradient in place of the first distance: a ≥ 0, 0 for none. <c>PerTensor = false</c>: Whether each
    /// tensor has its own distance and sum.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let dogWith (options: Dog) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// DoWG, distance over weighted gradients: as DoG, with squared gradient norms weighted by the squared distances so
    /// far.
    /// <code>
    /// r = max(r, ‖p − p_0‖)  from Initial;  w = w + r²‖u‖²;  u = u · r²/(√w + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Khaled, Mishchenko &amp; Jin 2023, algorithm 1. Equals Optax <c>contrib.dowg</c>, whose
    /// <c>init_estim_sq_dist</c> is Initial².
    /// </remarks>
    let dowg (rate: float) : Optimizer = Optimizer.Head(Dowg(), rate)

    /// <summary><c>dowg</c> with options, as in <c>dowgWith (Dowg(Initial = 0.1)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Initial = 0.01</c>: The first distance, in units of the
    /// parameters: ≥ 0; with 0 nothing ever moves. <c>Epsilon = 0.0001</c>: ε, added to the root of the sum: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let dowgWith (options: Dowg) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Fromage: steps of a fixed length relative to the tensor, which is then brought back to its size.
    /// <code>
    /// r = max(‖p‖, Minimum)/max(‖u‖, Minimum)   (per tensor)
    /// p ← (p − η_t r u)/√(1 + η_t²)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Bernstein et al. 2020. Equals Optax <c>fromage</c>.</remarks>
    let fromage (rate: float) : Optimizer = Optimizer.Head(Fromage(), rate)

    /// <summary><c>fromage</c> with options, as in <c>fromageWith (Fromage(Minimum = 0.1)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Minimum = 1e-06</c>: The least norm of parameters and update that
    /// counts: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let fromageWith (options: Fromage) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// FTRL-Proximal: the parameters that are best for all gradients so far, taken as linear losses, near the
    /// parameters of the past; with L1 many are exactly 0.
    /// <code>
    /// q(n, η) = (n^Power + Beta)/η;  n⁺ = n + u²
    /// z = z + u + 2·L2Shrinkage·p − (q(n⁺, η_t) − q(n, η_{t−1})) p
    /// p ← (clip(z, ±L1) − z)/(q(n⁺, η_t) + 2·L2)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// McMahan et al. 2013, algorithm 1. Equals Keras <c>Ftrl</c> (learning_rate_power = −Power) at a constant rate.
    /// </remarks>
    let ftrl (rate: float) : Optimizer = Optimizer.Head(Ftrl(), rate)

    /// <summary><c>ftrl</c> with options, as in <c>ftrlWith (Ftrl(L1 = 0.01)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Power = 0.5</c>: The power of the sum of squares: > 0.
    /// <c>Initial = 0.1</c>: The value from which the sum of squares starts: ≥ 0. <c>L1 = 0.0</c>: The strength of the
    /// penalty |p|, in units of the gradient: ≥ 0. <c>L2 = 0.0</c>: The strength of the penalty p²: ≥ 0.
    /// <c>L2Shrinkage = 0.0</c>: The strength of the penalty p² on the newest gradient alone: ≥ 0. <c>Beta = 0.0</c>:
    /// What is added to the power, in its units: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let ftrlWith (options: Ftrl) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// GaLore: Adam on a projection of every matrix to its first left singular vectors, so that the moments are small.
    /// <code>
    /// M: the tensor as a matrix, its shorter side as rows   (per tensor)
    /// t a multiple of n:  P = the first r left singular vectors of M, the largest entry of each positive
    /// y = Pᵀ M;  m = β1 m + (1−β1) y;  v = β2 v + (1−β2) y²   (kept when P changes)
    /// u = Scale · P · m̂/(√v̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rank">r, the number of singular vectors: ≥ 1.</param>
    /// <param name="period">n, the number of updates of one projection: ≥ 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Zhao et al. 2024. Equals the authors' AdamW at ε = 0 until the second basis, where signs of singular vectors
    /// decide, which nobody else fixes.
    /// </remarks>
    let galore (rank: int) (period: int) (rate: float) : Optimizer =
        Optimizer.Head(GaLore(rank, period), rate)

    /// <summary><c>galore</c> with options, as in <c>galoreWith (GaLore(4, 200, Scale = 0.25)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε, added to
    /// the root, in units of the gradient: ε ≥ 0. <c>Scale = 1.0</c>: What the direction of projected matrices is
    /// multiplied with: ≥ 0. <c>OutputFirst = true</c>: Whether the matrix of a tensor is its first axis by the others;
    /// else the others by the last.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let galoreWith (options: GaLore) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// LARS: momentum on gradients that are scaled, tensor by tensor, to a fixed fraction of the size of the
    /// parameters.
    /// <code>
    /// u = u + λ p;  u = u · c‖p‖/(‖u‖ + ε)   (per tensor; factor 1 if a norm is 0 or not finite)
    /// v = β v + η_t u;  p ← p − v
    /// </code>
    /// </summary>
    /// <param name="lambda">λ, the decay added to the gradient before its norm is taken: λ ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>You, Gitman &amp; Ginsburg 2017, algorithm 1. Equals Optax <c>lars</c>.</remarks>
    let lars (lambda: float) (rate: float) : Optimizer = Optimizer.Head(Lars lambda, rate)

    /// <summary><c>lars</c> with options, as in <c>larsWith (Lars(0.0001, Coefficient = 0.02)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Momentum = 0.9</c>: β, the decay of the buffer: 0 ≤ β &lt; 1.
    /// <c>Coefficient = 0.001</c>: c, the trust coefficient, by which ‖p‖/‖u‖ is multiplied: c ≥ 0.
    /// <c>Epsilon = 0.0</c>: ε, added to the norm of the gradient, in its units: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let larsWith (options: Lars) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Limited-memory BFGS over all tensors in scope as one vector: the last m changes of the parameters and of the
    /// gradient approximate the inverse Hessian H.
    /// <code>
    /// s = p − p_prev;  y = u − u_prev, kept where ⟨s, y⟩ > Curvature·‖s‖‖y‖
    /// u = H u  (two loops over the pairs from H₀ = ⟨s, y⟩/⟨y, y⟩ of the newest; without a pair H₀ = min(1, 1/‖u‖))
    /// </code>
    /// </summary>
    /// <param name="memory">m, the number of pairs kept: m ≥ 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Liu &amp; Nocedal 1989; Nocedal &amp; Wright 2006, algorithm 7.4. Equals Optax <c>lbfgs</c> and, with FirstL1,
    /// PyTorch <c>LBFGS</c>, one iteration per step.
    /// </remarks>
    let lbfgs (memory: int) (rate: float) : Optimizer = Optimizer.Head(Lbfgs memory, rate)

    /// <summary><c>lbfgs</c> with options, as in <c>lbfgsWith (Lbfgs(10, FirstL1 = true)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Curvature = 1e-10</c>: The least cosine between s and y of a pair
    /// that is kept: ≥ 0. <c>FirstL1 = false</c>: Whether a step without pairs is divided by ‖u‖₁ in place of ‖u‖.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let lbfgsWith (options: Lbfgs) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// L-BFGS-B: L-BFGS over all tensors in scope as one vector, whose steps keep every parameter within bounds.
    /// <code>
    /// s, y, H as in lbfgs;  B = H⁻¹, without a pair B = max(1, ‖u‖)
    /// x = p − H u where that is within the bounds; else
    /// x_c = the first minimizer of m(x) = ⟨u, x−p⟩ + ½⟨x−p, B(x−p)⟩ on the path max(lo, min(hi, p − t u)), t ≥ 0
    /// x   = x_c + a(x_m − x_c), x_m the minimizer of m in the coordinates that x_c leaves free, a ≤ 1 the largest that stays within
    /// u   = p − x
    /// </code>
    /// </summary>
    /// <param name="memory">m, the number of pairs kept: m ≥ 1.</param>
    /// <param name="low">lo, the smallest values: −∞ allowed, lo_i ≤ hi_i.</param>
    /// <param name="high">hi, the largest values: +∞ allowed.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Byrd, Lu, Nocedal &amp; Zhu 1995, algorithms CP and primal.</remarks>
    let lbfgsb (memory: int) (low: float seq) (high: float seq) (rate: float) : Optimizer =
        Optimizer.Head(LbfgsB(memory, low, high), rate)

    /// <summary>
    /// <c>lbfgsb</c> with options, as in <c>lbfgsbWith (LbfgsB(10, [0.0; -1.0], [1.0; infinity])) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Curvature = 1e-10</c>: The least cosine between s and y of a pair
    /// that is kept: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let lbfgsbWith (options: LbfgsB) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Lion: the sign of an average that leans on the newest gradient, with a second, slower decay for the memory.
    /// <code>
    /// c = sign(β1 m + (1−β1) u);  m = β2 m + (1−β2) u;  u = c
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Chen et al. 2023, algorithm 2. Equals Optax <c>lion(weight_decay=0)</c> and Keras <c>Lion</c>; the decay of the
    /// paper is <c>lion 0.0001 |> weightDecay 1.0</c>.
    /// </remarks>
    let lion (rate: float) : Optimizer = Optimizer.Head(Lion(), rate)

    /// <summary><c>lion</c> with options, as in <c>lionWith (Lion(Beta1 = 0.95, Beta2 = 0.98)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the share of the memory in the direction: 0
    /// ≤ β1 &lt; 1. <c>Beta2 = 0.99</c>: β2, the decay of the memory: 0 ≤ β2 &lt; 1.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let lionWith (options: Lion) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// MADGRAD: dual averaging from the start p₀, divided by the cube root of the sum of squares.
    /// <code>
    /// e = η_t + ε (0 if η_t = 0);  λ = e √k
    /// s = s + λ u;  G = G + λ u²;  z = p₀ − s/(∛G + ε)
    /// p ← μ p + (1−μ) z
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Defazio &amp; Jelassi 2021, whose code it equals.</remarks>
    let madgrad (rate: float) : Optimizer = Optimizer.Head(Madgrad(), rate)

    /// <summary><c>madgrad</c> with options, as in <c>madgradWith (Madgrad(Momentum = 0.0)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Momentum = 0.9</c>: μ, the part of p that is kept per update: 0 ≤
    /// μ &lt; 1. <c>Epsilon = 1e-06</c>: ε, added to the rate and to the root: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let madgradWith (options: Madgrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// MoMo: momentum whose step length minimizes a model of the loss, cut off at a lower bound.
    /// <code>
    /// F, m, γ: averages with decay β of f, u, ⟨u, p⟩, the first update copies, ρ = 1; BiasCorrection: from 0, ρ = 1−β^k
    /// Λ = 1 + η_t·Decay;  n = ‖m‖²;  τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n);  p = (p − τ m)/Λ
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Schaipp, Ohana, Eickenberg, Defazio &amp; Gower 2024, algorithm 1. Equals the authors' <c>Momo</c>; without
    /// decay Optax <c>contrib.momo</c>.
    /// </remarks>
    let momo (rate: float) : Optimizer = Optimizer.Head(Momo(), rate)

    /// <summary>
    /// <c>momo</c> with options, as in <c>momoWith (Momo(Beta = 0.8, AdaptLowerBound = true)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta = 0.9</c>: β, the decay of the averages: 0 ≤ β &lt; 1.
    /// <c>LowerBound = 0.0</c>: l, a bound below every loss: any finite number. <c>AdaptLowerBound = false</c>: Whether
    /// the bound is estimated, not below LowerBound. <c>BiasCorrection = false</c>: Whether the averages start from 0
    /// and are corrected. <c>Decay = 0.0</c>: The decay of the parameters, per unit of rate: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let momoWith (options: Momo) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// MoMo in the metric of Adam: the direction is Adam's, its length minimizes a model of the loss, cut off at a
    /// lower bound.
    /// <code>
    /// F, m, γ: averages with decay β1, from 0, of f, u, ⟨u, p⟩;  v = β2 v + (1−β2) u²;  D = √v̂ + ε;  ρ = 1−β1^k;  n = ⟨m, m/D⟩
    /// Λ = 1 + η_t·Decay;  τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n);  p = (p − τ m/D)/Λ
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Schaipp, Ohana, Eickenberg, Defazio &amp; Gower 2024, algorithm 2. Equals the authors' <c>MomoAdam</c>; without
    /// decay Optax <c>contrib.momo_adam</c>.
    /// </remarks>
    let momoAdam (rate: float) : Optimizer = Optimizer.Head(MomoAdam(), rate)

    /// <summary><c>momoAdam</c> with options, as in <c>momoAdamWith (MomoAdam(LowerBound = 0.2)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment and of the
    /// loss: 0 ≤ β1 &lt; 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1.
    /// <c>Epsilon = 1e-08</c>: ε, added to the root, in units of the gradient: ε ≥ 0. <c>LowerBound = 0.0</c>: l, a
    /// bound below every loss: any finite number. <c>AdaptLowerBound = false</c>: Whether the bound is estimated, not
    /// below LowerBound. <c>Decay = 0.0</c>: The decay of the parameters, per unit of rate: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let momoAdamWith (options: MomoAdam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Nadam: Adam with Nesterov's look-ahead in the first moment.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²
    /// u = (μ_{k+1} m / (1 − Πμ·μ_{k+1}) + (1−μ_k) u / (1 − Πμ)) / (√v̂ + ε),  v̂ = v/(1−β2^k),  Πμ = μ_1 ⋯ μ_k
    /// ψ = 0:  μ_k = β1, so that Πμ = β1^k;   ψ > 0:  μ_k = β1 (1 − ½·0.96^{kψ})
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Dozat 2016. With ψ = 0 equals Optax <c>nadam</c>; with ψ = 0.004 PyTorch ≥ 2 <c>NAdam</c>.</remarks>
    let nadam (rate: float) : Optimizer = Optimizer.Head(Nadam(), rate)

    /// <summary><c>nadam</c> with options, as in <c>nadamWith (Nadam(MomentumDecay = 0.004)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε outside
    /// the root, in units of the gradient: ε ≥ 0. <c>MomentumDecay = 0.0</c>: ψ, the pace at which μ_k warms up to β1:
    /// ψ ≥ 0; 0 for constant momentum.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let nadamWith (options: Nadam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// NovoGrad: gradients normalized tensor by tensor with a moving average of their squared norm, then momentum.
    /// <code>
    /// ν = β2 ν + (1−β2) ‖u‖²,  ν_1 = ‖u‖²   (one number per tensor)
    /// m = β1 m + u · 1/(√ν + ε);  u = m
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Ginsburg et al. 2019, algorithm 1, whose decay stands inside m. Equals Optax <c>novograd</c>.</remarks>
    let novoGrad (rate: float) : Optimizer = Optimizer.Head(NovoGrad(), rate)

    /// <summary>
    /// <c>novoGrad</c> with options, as in <c>novoGradWith (NovoGrad(Beta1 = 0.95, Beta2 = 0.98)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the momentum: 0 ≤ β1 &lt; 1.
    /// <c>Beta2 = 0.25</c>: β2, the decay of the squared norms: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-06</c>: ε, added to the
    /// averaged norm, in units of the gradient: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let novoGradWith (options: NovoGrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Polyak's step: as long as the loss is above its minimum,
    /// <c>u = u · min(max(f − Minimum, 0)/(‖u‖² + ε), Maximum)</c>.
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Polyak 1969; SPS+ of Loizou et al. 2021 with its largest factor. Equals Optax <c>polyak_sgd(variant="sps+")</c>.
    /// </remarks>
    let polyak (rate: float) : Optimizer = Optimizer.Head(Polyak(), rate)

    /// <summary><c>polyak</c> with options, as in <c>polyakWith (Polyak(Maximum = 1.0)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Maximum = infinity</c>: The largest factor: > 0, infinity
    /// allowed. <c>Minimum = 0.0</c>: The smallest loss there is, or a bound below it: any finite number.
    /// <c>Epsilon = 0.0</c>: ε, added to the squared norm: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let polyakWith (options: Polyak) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Prodigy: Adam whose step length d is an estimate from below of the distance to the solution.
    /// <code>
    /// γ = d η_t b;  N = β3 N + (d/d_0) γ ⟨u, p_0 − p⟩;  m = β1 m + (1−β1) d u;  v = β2 v + (1−β2) d²u²;  s = β3 s + (d/d_0) γ u
    /// h = Coefficient·N/‖s‖_1;  D = max(D, h);  d⁺ = min(D, Growth·d'),  d' = max(d, h) while d = d_0, else d
    /// u = d b (m/(√v + d⁺ε) + Decay·p),  b = √(1−β2^k)/(1−β1^k) with BiasCorrection, else 1
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Mishchenko &amp; Defazio 2023, algorithm 4. Equals the authors' <c>Prodigy</c>; with BiasCorrection Optax
    /// <c>contrib.prodigy</c>.
    /// </remarks>
    let prodigy (rate: float) : Optimizer = Optimizer.Head(Prodigy(), rate)

    /// <summary>
    /// <c>prodigy</c> with options, as in <c>prodigyWith (Prodigy(Growth = 1.02, Decay = 0.01)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Beta3 = 0.0</c>: β3, the decay of
    /// the sums for d: 0 ≤ β3 &lt; 1; 0 is √β2. <c>Epsilon = 1e-08</c>: ε, multiplied by d, in units of the gradient: ε
    /// ≥ 0. <c>Initial = 1e-06</c>: d_0, the first d, in units of the parameters: > 0, below every sensible step.
    /// <c>Coefficient = 1.0</c>: The factor of the estimate: ≥ 0; 0 keeps d. <c>Growth = infinity</c>: The largest
    /// factor by which d grows in one update: ≥ 1, infinity allowed. <c>BiasCorrection = false</c>: Whether the
    /// averages are corrected, by b. <c>SafeguardWarmup = false</c>: Whether the sum of gradients does not see the
    /// rate. <c>Decay = 0.0</c>: The decay of the parameters, per unit of d η_t: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let prodigyWith (options: Prodigy) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Rectified Adam: plain momentum until the second moment has seen enough gradients, then Adam shrunk by how
    /// uncertain that moment still is: a warm-up without a setting.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²;  m̂ = m/(1−β1^k)
    /// ρ∞ = 2/(1−β2) − 1;  ρ = ρ∞ − 2k β2^k/(1−β2^k);  r = √((ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ))
    /// ρ > 5:  u = m̂ r √(1−β2^k) / (√v + ε);   else:  u = m̂
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Liu et al. 2020, algorithm 2. Equals PyTorch <c>RAdam</c>.</remarks>
    let radam (rate: float) : Optimizer = Optimizer.Head(RAdam(), rate)

    /// <summary><c>radam</c> with options, as in <c>radamWith (RAdam(Beta2 = 0.99)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε on the
    /// uncorrected root, in units of the gradient: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let radamWith (options: RAdam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// RMSProp: a direction divided by the root of a moving average of its square.
    /// <code>
    /// v = α v + (1−α) u²;  u = u / (√v + ε)
    /// EpsilonInside:   u = u / √(v + ε)
    /// Centered:        b = α b + (1−α) u;  max(0, v − b²) stands under the root in place of v
    /// BiasCorrection:  v/(1−α^k) and b/(1−α^k) stand in place of v and b
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Tieleman &amp; Hinton 2012, lecture 6.5; centered Graves 2013. With Decay = 0.99 equals PyTorch <c>RMSprop</c>;
    /// with EpsilonInside Optax <c>rmsprop</c>.
    /// </remarks>
    let rmsProp (rate: float) : Optimizer = Optimizer.Head(RmsProp(), rate)

    /// <summary>
    /// <c>rmsProp</c> with options, as in <c>rmsPropWith (RmsProp(Decay = 0.99, Centered = true)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Decay = 0.9</c>: α, the decay of the averages: 0 ≤ α &lt; 1.
    /// <c>Epsilon = 1e-08</c>: ε, outside the root in units of the gradient, inside in units of its square: ε ≥ 0.
    /// <c>Centered = false</c>: Whether the square of the averaged gradient is subtracted: the variance instead of the
    /// second moment. <c>EpsilonInside = false</c>: Whether ε stands under the root. <c>BiasCorrection = false</c>:
    /// Whether the averages are divided by 1−α^k. <c>Initial = 0.0</c>: The value from which v starts: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let rmsPropWith (options: RmsProp) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// RProp: every coordinate has its own step length, which grows while the gradient keeps its sign and shrinks when
    /// it turns; the size of the gradient does not matter.
    /// <code>
    /// u·g > 0:  δ = min(δ·Up, Max);   u·g &lt; 0:  δ = max(δ·Down, Min) and u := 0;   g the gradient of the step before
    /// g = u;  p ← p − sign(u) δ
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Riedmiller &amp; Braun 1993, in the form iRprop− of Igel &amp; Hüsken 2000. Equals PyTorch <c>Rprop</c>.
    /// </remarks>
    let rprop (rate: float) : Optimizer = Optimizer.Head(RProp(), rate)

    /// <summary>
    /// <c>rprop</c> with options, as in <c>rpropWith (RProp(Down = 0.6, Up = 1.5, Max = 0.05)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Down = 0.5</c>: The factor of δ when the gradient turns: 0 &lt;
    /// Down &lt; 1. <c>Up = 1.2</c>: The factor of δ while the gradient keeps its sign: Up > 1, finite.
    /// <c>Min = 1e-06</c>: The smallest step length, in units of the parameters: 0 ≤ Min ≤ Max. <c>Max = 50.0</c>: The
    /// largest step length, in units of the parameters: Max > 0, infinity allowed.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let rpropWith (options: RProp) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Shampoo: every axis of a tensor gets a matrix of second moments, and the gradient is multiplied along it with a
    /// root of its inverse.
    /// <code>
    /// H_i = H_i + U_i U_iᵀ   (per tensor, U_i its unfolding along axis i)
    /// β2 &lt; 1:  H_i = β2 H_i + (1−β2) U_i U_iᵀ,  H_i/(1−β2^k) in the root
    /// t a multiple of Every:  P_i = (H_i + ε I)^(−1/(2a))   (a matrices)
    /// u = u ×_i P_i for all of them;  none:  u = u/√(ε + Σ u²)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Gupta, Koren &amp; Singer 2018, algorithms 1 and 2.</remarks>
    let shampoo (rate: float) : Optimizer = Optimizer.Head(Shampoo(), rate)

    /// <summary>
    /// <c>shampoo</c> with options, as in <c>shampooWith (Shampoo(Beta2 = 0.99, Epsilon = 1e-8, Every = 10)) 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta2 = 1.0</c>: β2, the decay of the matrices: 0 ≤ β2 ≤ 1; with
    /// 1 they are sums. <c>Epsilon = 1e-06</c>: ε, added to the eigenvalues, in units of the squared gradient: ε ≥ 0.
    /// <c>Every = 1</c>: How often the roots are computed, in updates: ≥ 1. <c>MaximumSize = 1024</c>: The longest axis
    /// that gets a matrix: ≥ 0. <c>Vectors = false</c>: Whether vectors get a matrix too.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let shampooWith (options: Shampoo) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Sign descent: <c>u = sign(u)</c>, with sign(0) = 0. Every coordinate moves by exactly η_t, or not at all.
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Bernstein et al. 2018, algorithm 1. Equals Optax <c>sign_sgd</c>.</remarks>
    let signSgd (rate: float) : Optimizer = Optimizer.Head(Sign(), rate)

    /// <summary>
    /// Simplified AdEMAMix: Adam with one buffer, in which gradients add up, and the newest gradient beside it.
    /// <code>
    /// m = β1 m + u;  v = β2 v + (1−β2) u²
    /// u = (α u + m)/(√(v̂ + ε_root) + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Morwani et al. 2025. Equals Optax <c>contrib.simplified_ademamix</c>.</remarks>
    let simplifiedAdEmaMix (rate: float) : Optimizer =
        Optimizer.Head(SimplifiedAdEmaMix(), rate)

    /// <summary>
    /// <c>simplifiedAdEmaMix</c> with options, as in <c>simplifiedAdEmaMixWith (SimplifiedAdEmaMix(Alpha = 10.0))
    /// 0.1</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.99</c>: β1, the decay of the sum: 0 ≤ β1 &lt; 1.
    /// <c>Beta2 = 0.95</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε outside the
    /// root, in units of the gradient: ε ≥ 0. <c>Alpha = 0.0</c>: α, the weight of the newest gradient: α ≥ 0.
    /// <c>EpsilonRoot = 0.0</c>: ε_root inside the root, in units of the gradient squared: ε_root ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let simplifiedAdEmaMixWith (options: SimplifiedAdEmaMix) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// SM3: Adagrad with one accumulator per index of every axis in place of one per parameter.
    /// <code>
    /// v = β2 min_i A_i + (1−β2) u²;  β2 = 1: v = min_i A_i + u²   (per tensor; A_i of the index along axis i)
    /// A_i = max of v over the other axes
    /// w = u/√(v + ε), 0 where v = 0;  m = β1 m + (1−β1) w;  u = m
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Anil et al. 2019, SM3-II. Equals Optax <c>sm3</c>, which fails on scalars.</remarks>
    let sm3 (rate: float) : Optimizer = Optimizer.Head(Sm3(), rate)

    /// <summary><c>sm3</c> with options, as in <c>sm3With (Sm3(Beta1 = 0.0, Beta2 = 0.99)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the average of the quotients: 0
    /// ≤ β1 &lt; 1. <c>Beta2 = 1.0</c>: β2, the decay of the accumulators: 0 ≤ β2 ≤ 1; with 1 they are sums.
    /// <c>Epsilon = 1e-08</c>: ε, added to the accumulated squares: ε ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let sm3With (options: Sm3) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// SOAP: Adam in the basis of Shampoo's eigenvectors, which follow its matrices by one step of orthogonal iteration
    /// now and then.
    /// <code>
    /// k = 1:  H_i = (1−β_s) U_i U_iᵀ;  Q_i its eigenvectors by falling eigenvalue;  u = 0   (per tensor, U_i its unfolding along axis i)
    /// then:   ũ = u ×_i Q_iᵀ;  m = β1 m + (1−β1) u;  v = β2 v + (1−β2) ũ²;  m̃ = m ×_i Q_iᵀ
    ///         u = [m̃/(√v + ε)] ×_i Q_i · √(1−β2^t)/(1−β1^t)
    ///         H_i = β_s H_i + (1−β_s) U_i U_iᵀ (last)
    ///         t a multiple of Every:  columns of Q_i and axis i of v ordered by falling diag(Q_iᵀ H_i Q_i);  Q_i = Q of the QR of H_i Q_i
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Vyas et al. 2024. Equals the authors' <c>SOAP</c>.</remarks>
    let soap (rate: float) : Optimizer = Optimizer.Head(Soap(), rate)

    /// <summary><c>soap</c> with options, as in <c>soapWith (Soap(ShampooBeta = 0.9, Every = 5)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.95</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.95</c>: β2, the decay of the second moment: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-08</c>: ε, added to
    /// the root, in units of the gradient: ε ≥ 0. <c>ShampooBeta = 0.0</c>: β_s, the decay of the matrices: 0 ≤ β_s
    /// &lt; 1; 0 is β2. <c>Every = 10</c>: How often the bases follow, in updates: ≥ 1. <c>MaximumSize = 10000</c>: The
    /// longest axis that gets a basis: ≥ 0. <c>Vectors = false</c>: Whether vectors get a basis too.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let soapWith (options: Soap) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Sophia: an average of gradients, divided by an estimate of the Hessian's diagonal and limited in every
    /// coordinate.
    /// <code>
    /// m = β1 m + (1−β1) u;  h = β2 h + (1−β2) ĥ  (when t is a multiple of Every),  ĥ = z ⊙ Hz,  z = ±1 at random
    /// u = max(−Clip, min(Clip, m/max(γ h, ε)))
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Liu, Li, Hall, Liang &amp; Ma 2023, algorithm 3 with algorithm 1 (Hutchinson).</remarks>
    let sophia (rate: float) : Optimizer = Optimizer.Head(Sophia(), rate)

    /// <summary><c>sophia</c> with options, as in <c>sophiaWith (Sophia(Gamma = 0.05, Every = 5)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.965</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.99</c>: β2, the decay of the diagonal: 0 ≤ β2 &lt; 1. <c>Epsilon = 1e-12</c>: ε, below which no
    /// γh comes, in units of the Hessian: ε ≥ 0. <c>Gamma = 0.01</c>: γ, the factor of the diagonal: γ > 0.
    /// <c>Clip = 1.0</c>: The largest |u|: > 0, infinity allowed. <c>Every = 10</c>: From how many updates one looks at
    /// curvature: ≥ 1. <c>Seed = 0</c>: Where the generator starts.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let sophiaWith (options: Sophia) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Yogi: Adam whose second moment moves by an amount that depends on u² alone, so that it does not collapse after a
    /// large gradient.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = v − (1−β2) sign(v − u²) u²;  m_0 = v_0 = Initial
    /// u = m̂ / (√v̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Zaheer et al. 2018, algorithm 2. Equals Optax <c>yogi</c>.</remarks>
    let yogi (rate: float) : Optimizer = Optimizer.Head(Yogi(), rate)

    /// <summary><c>yogi</c> with options, as in <c>yogiWith (Yogi(Initial = 0.0)) 0.1</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Beta1 = 0.9</c>: β1, the decay of the first moment: 0 ≤ β1 &lt;
    /// 1. <c>Beta2 = 0.999</c>: β2; 1−β2 is the share of u² by which the second moment moves: 0 ≤ β2 &lt; 1.
    /// <c>Epsilon = 0.001</c>: ε outside the root, in units of the gradient: ε ≥ 0. <c>Initial = 1e-06</c>: The value
    /// from which both moments start: ≥ 0.
    /// </param>
    /// <param name="rate">The learning rate.</param>
    let yogiWith (options: Yogi) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Adam with decoupled weight decay: <c>u = m̂/(√v̂ + ε) + λp</c>, which is <c>adam rate |> weightDecay λ</c>.
    /// </summary>
    /// <param name="lambda">λ, the decay per unit of rate: λ ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Loshchilov &amp; Hutter 2019. Equals PyTorch <c>AdamW</c> and Optax <c>adamw</c>.</remarks>
    let adamW (lambda: float) (rate: float) : Optimizer = Optimizer.AdamW(lambda, rate)

    /// <summary>
    /// Averaged gradient descent: <c>p ← (1 − λη_t) p − η_t u</c> with <c>η_t = rate/(1 + λ·rate·t)^α</c>, and the mean
    /// of the parameters behind update t0 + 1: <c>weightDecay λ</c>, <c>InverseTime(λ·rate, Power = α)</c>,
    /// <c>PolyakAverage(From = t0 + 1)</c>.
    /// </summary>
    /// <param name="lambda">λ, the decay per unit of rate and of the rate itself: λ ≥ 0.</param>
    /// <param name="alpha">α, the power of the rate's decay: α > 0.</param>
    /// <param name="start">t0, the number of updates before the mean begins: t0 ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Polyak &amp; Juditsky 1992. Equals PyTorch <c>ASGD</c> and its average <c>ax</c> (until 2024 its foreach form
    /// put α on t alone); under a PyTorch scheduler its rate lags one update.
    /// </remarks>
    let asgd (lambda: float) (alpha: float) (start: int) (rate: float) : Optimizer =
        Optimizer.Asgd(lambda, alpha, start, rate)

    /// <summary>
    /// The explicit chain: the listed stages run in the listed order before the step, whatever their phases. Probes,
    /// constraints, iterates, schedules and rates by name may be added; other stages may not.
    /// </summary>
    /// <param name="stages">The stages, of the phases Gradient, Regularization, Direction and Update.</param>
    /// <param name="rate">The learning rate.</param>
    /// <exception cref="T:System.ArgumentException">
    /// A stage of another phase is listed, or one kind twice that may stand once.
    /// </exception>
    let flow (stages: IStage list) (rate: float) : Optimizer = Optimizer.Flow(stages, rate)

    /// <summary>
    /// LAMB: <c>Adam(Epsilon = 1e-6)</c>, then the decay λp, then every tensor's update at the length of the tensor
    /// (<c>trustRatio</c>).
    /// </summary>
    /// <param name="lambda">λ, the decay per unit of rate: λ ≥ 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>You et al. 2020. Equals Optax <c>lamb</c>.</remarks>
    let lamb (lambda: float) (rate: float) : Optimizer = Optimizer.Lamb(lambda, rate)

    /// <summary>
    /// Muon: Nesterov's momentum as an average, orthogonalized matrix by matrix:
    /// <c>emaWith (Ema(β, Nesterov = true))</c>, then <c>orthogonalize</c>.
    /// </summary>
    /// <param name="beta">β, the decay of the average: 0 ≤ β &lt; 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Jordan 2024. Equals PyTorch <c>Muon</c> with <c>Orthogonalize(Epsilon = 0)</c>, which iterates in bfloat16.
    /// </remarks>
    let muon (beta: float) (rate: float) : Optimizer = Optimizer.Muon(beta, rate)

    /// <summary>Adam with optimistic steps: <c>adam rate |> optimistic 1.0 1.0</c>.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>
    /// Daskalakis et al. 2018. Equals Optax <c>optimistic_adam_v2</c> with nesterov=False, whose default is
    /// <c>nadam rate |> optimistic 1.0 1.0</c>.
    /// </remarks>
    let optimisticAdam (rate: float) : Optimizer = Optimizer.OptimisticAdam rate

    /// <summary>
    /// Different optimizers for different tensors: each tensor goes to the first part whose pattern matches its name,
    /// and every tensor must match. Words added afterwards act on all tensors.
    /// </summary>
    /// <param name="parts">The patterns and their optimizers, in the order in which they match.</param>
    /// <exception cref="T:System.ArgumentException">
    /// No part, or one pattern twice; when the plan is made, a tensor that is left over.
    /// </exception>
    let partition (parts: (string * Optimizer) list) : Optimizer =
        Optimizer.Partition([ for key, value in parts -> struct (key, value) ])

    /// <summary>Plain gradient descent: <c>u = g</c>, so that <c>p ← p − lr·g</c>.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Equals PyTorch <c>SGD</c>, Optax <c>sgd</c>.</remarks>
    let sgd (rate: float) : Optimizer = Optimizer.Sgd rate

    /// <summary>The sign of the averaged gradient, <c>u = sign(m)</c>: <c>ema β</c>, then <c>Sign()</c>.</summary>
    /// <param name="beta">β, the decay of the average: 0 ≤ β &lt; 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Bernstein et al. 2018. Equals Optax <c>signum</c>.</remarks>
    let signum (beta: float) (rate: float) : Optimizer = Optimizer.Signum(beta, rate)

    // The end of the region.
