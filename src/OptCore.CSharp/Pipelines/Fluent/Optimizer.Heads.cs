// Generated from the records by scripts/generate.
namespace OptCore;

/// <content>
/// The heads. In C# the rate comes first where a head has no other argument, so that the options can be left out. A
/// direction that follows another one is added by <see cref="With(IStage)"/>.
/// </content>
public sealed partial class Optimizer
{
    /// <summary>
    /// ACProp: the gradient divided by the spread of the gradients before it, around their mean.
    /// <code>
    /// k = 1:  u stays;  then:  d = u/(√(s/(1−β2^t)) + ε), with s before its update
    /// m = β1 m + (1−β1) u;  s = β2 s + (1−β2)(u−m)² + ε_root   (new m)
    /// u = d
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Zhuang et al. 2021, whose code it equals without rectification.</remarks>
    /// <seealso cref="OptCore.AcProp"/>
    public static Optimizer AcProp(double rate, AcProp? options = null) => Head(options ?? new AcProp(), rate);

    /// <summary>
    /// AdEMAMix: Adam with a second, slow average of the gradients beside the fast one.
    /// <code>
    /// m = β1 m + (1−β1) u;  s = b s + (1−b) u;  v = β2 v + (1−β2) u²
    /// u = (m̂ + a s)/(√(v̂ + ε_root) + ε)       (s is not corrected)
    /// a = α·min(1, k/AlphaWarmup);  b = ½^(1/(1 + (1−q) h(β1) + q h(β3))),  q = min(1, k/Beta3Warmup),  h(β) = ln ½/ln β − 1
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Pagliardini, Ablin &amp; Grangier 2024. Equals Optax <c>contrib.ademamix</c>.</remarks>
    /// <seealso cref="OptCore.AdEmaMix"/>
    public static Optimizer AdEmaMix(double rate, AdEmaMix? options = null) => Head(options ?? new AdEmaMix(), rate);

    /// <summary>
    /// AdaBelief: Adam that divides by how far the gradient is from its own moving average, and so takes long steps
    /// where the gradient is as predicted.
    /// <code>
    /// m = β1 m + (1−β1) u;  s = β2 s + (1−β2) (u−m)² + ε_root   (the new m)
    /// u = m̂ / (√ŝ + ε),  m̂ = m/(1−β1^k),  ŝ = s/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Zhuang et al. 2020, algorithm 2. Equals Optax <c>adabelief</c>.</remarks>
    /// <seealso cref="OptCore.AdaBelief"/>
    public static Optimizer AdaBelief(double rate, AdaBelief? options = null) => Head(options ?? new AdaBelief(), rate);

    /// <summary>
    /// Adadelta: a direction scaled by the ratio of two running root mean squares, of past directions and of gradients.
    /// <code>
    /// v = ρ v + (1−ρ) u²;  d = √(x + ε) / √(v + ε) ⊙ u;  x = ρ x + (1−ρ) d²;  u = d
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Zeiler 2012, algorithm 1. Equals PyTorch <c>Adadelta</c> (rate 1) and Optax <c>adadelta(1.0)</c>.
    /// </remarks>
    /// <seealso cref="OptCore.AdaDelta"/>
    public static Optimizer AdaDelta(double rate, AdaDelta? options = null) => Head(options ?? new AdaDelta(), rate);

    /// <summary>
    /// AdaMax: Adam with a decaying maximum in place of the second moment.
    /// <code>
    /// m = β1 m + (1−β1) u;  n = max(β2 n, |u| + ε)
    /// u = m̂ / n,  m̂ = m/(1−β1^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Kingma &amp; Ba 2015, section 7.1. Equals PyTorch <c>Adamax</c> and Optax <c>adamax</c>.</remarks>
    /// <seealso cref="OptCore.AdaMax"/>
    public static Optimizer AdaMax(double rate, AdaMax? options = null) => Head(options ?? new AdaMax(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Shazeer &amp; Stern 2018. Equals Keras <c>Adafactor</c>; PyTorch's with
    /// <c>Epsilon = 2.220446049250313e-16, ClampEpsilon = true</c> and <c>weightDecay</c>; Optax <c>adafactor</c> with
    /// <c>RelativeStep = false, LargestAxes = true, MinimumSize = 128</c>.
    /// </remarks>
    /// <seealso cref="OptCore.Adafactor"/>
    public static Optimizer Adafactor(double rate, Adafactor? options = null) => Head(options ?? new Adafactor(), rate);

    /// <summary>
    /// Adagrad: a direction divided by the root of the sum of all squared gradients.
    /// <code>
    /// G = G + u²;  u = u / (√G + ε)
    /// EpsilonInside:  u = u / √(G + ε), 0 where G = 0
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Duchi, Hazan &amp; Singer 2011, the diagonal form. Equals PyTorch <c>Adagrad</c> without <c>lr_decay</c>;
    /// <c>Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true)</c> equals Optax and Keras.
    /// </remarks>
    /// <seealso cref="OptCore.Adagrad"/>
    public static Optimizer Adagrad(double rate, Adagrad? options = null) => Head(options ?? new Adagrad(), rate);

    /// <summary>
    /// Adam: a direction from bias-corrected moving averages of the gradient and of its square.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²
    /// u = m̂ / (√(v̂ + ε_root) + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Kingma &amp; Ba 2015, algorithm 1. Equals PyTorch <c>Adam</c> and Optax <c>adam</c>.</remarks>
    /// <seealso cref="OptCore.Adam"/>
    public static Optimizer Adam(double rate, Adam? options = null) => Head(options ?? new Adam(), rate);

    /// <summary>
    /// Adan: Adam with Nesterov's look-ahead estimated from the differences of successive gradients.
    /// <code>
    /// d = u − u_prev (0 at k = 1)
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) d;  n = β3 n + (1−β3) (u + β2 d)²
    /// u = (m̂ + β2 v̂) / (√n̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k),  n̂ = n/(1−β3^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Xie et al. 2022, algorithm 1, whose β are 1 minus those here; its proximal decay is not part of it.
    /// </remarks>
    /// <seealso cref="OptCore.Adan"/>
    public static Optimizer Adan(double rate, Adan? options = null) => Head(options ?? new Adan(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Taniguchi et al. 2024. Equals Optax <c>contrib.adopt</c>.</remarks>
    /// <seealso cref="OptCore.Adopt"/>
    public static Optimizer Adopt(double rate, Adopt? options = null) => Head(options ?? new Adopt(), rate);

    /// <summary>
    /// AMSGrad: Adam whose second moment never falls, so that a rare large gradient is not forgotten.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²;  w = max(w, v)
    /// u = m̂ / (√(w/(1−β2^k)) + ε),  m̂ = m/(1−β1^k)
    /// CorrectedMax:  w = max(w, v/(1−β2^k));  u = m̂ / (√w + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Reddi, Kale &amp; Kumar 2018. Equals PyTorch <c>Adam(amsgrad=True)</c>; with CorrectedMax Optax <c>amsgrad</c>.
    /// </remarks>
    /// <seealso cref="OptCore.AmsGrad"/>
    public static Optimizer AmsGrad(double rate, AmsGrad? options = null) => Head(options ?? new AmsGrad(), rate);

    /// <summary>
    /// COCOB-Backprop: every coordinate bets a part of what it has won so far on the sign of its next gradient; there
    /// is no rate to tune.
    /// <code>
    /// L = max(L, |u|);  G = G + |u|;  R = max(R + u(p₀ − p), 0);  C = C + u
    /// u = p − p₀ + C(L + R)/(L·max(G + L, αL))
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Orabona &amp; Tommasi 2017, algorithm 2. Equals Optax <c>contrib.cocob</c>, whose rate has no effect.
    /// </remarks>
    /// <seealso cref="OptCore.Cocob"/>
    public static Optimizer Cocob(double rate, Cocob? options = null) => Head(options ?? new Cocob(), rate);

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
    /// <seealso cref="OptCore.ConjugateGradient"/>
    public static Optimizer ConjugateGradient(double rate) => Head(new ConjugateGradient(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Defazio &amp; Mishchenko 2023, algorithm 5. Equals the authors' <c>DAdaptAdam</c>; with BiasCorrection Optax
    /// <c>contrib.dadapt_adamw</c>.
    /// </remarks>
    /// <seealso cref="OptCore.DAdapt"/>
    public static Optimizer DAdapt(double rate, DAdapt? options = null) => Head(options ?? new DAdapt(), rate);

    /// <summary>
    /// DoG, distance over gradients: the step length is the largest distance from the start so far, divided by the root
    /// of the sum of squared gradient norms.
    /// <code>
    /// r = max(r, ‖p − p_0‖)  from Initial·(1 + ‖p_0‖);  G = G + ‖u‖²;  u = u · r/√(G + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Ivgi, Hinder &amp; Carmon 2023, algorithm 1. Equals the authors' <c>DoG</c> and <c>LDoG</c>, with InitialRate
    /// Optax <c>contrib.dog(init_step=("learning_rate", a))</c>.
    /// </remarks>
    /// <seealso cref="OptCore.Dog"/>
    public static Optimizer Dog(double rate, Dog? options = null) => Head(options ?? new Dog(), rate);

    /// <summary>
    /// DoWG, distance over weighted gradients: as DoG, with squared gradient norms weighted by the squared distances so
    /// far.
    /// <code>
    /// r = max(r, ‖p − p_0‖)  from Initial;  w = w + r²‖u‖²;  u = u · r²/(√w + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Khaled, Mishchenko &amp; Jin 2023, algorithm 1. Equals Optax <c>contrib.dowg</c>, whose
    /// <c>init_estim_sq_dist</c> is Initial².
    /// </remarks>
    /// <seealso cref="OptCore.Dowg"/>
    public static Optimizer Dowg(double rate, Dowg? options = null) => Head(options ?? new Dowg(), rate);

    /// <summary>
    /// Fromage: steps of a fixed length relative to the tensor, which is then brought back to its size.
    /// <code>
    /// r = max(‖p‖, Minimum)/max(‖u‖, Minimum)   (per tensor)
    /// p ← (p − η_t r u)/√(1 + η_t²)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Bernstein et al. 2020. Equals Optax <c>fromage</c>.</remarks>
    /// <seealso cref="OptCore.Fromage"/>
    public static Optimizer Fromage(double rate, Fromage? options = null) => Head(options ?? new Fromage(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// McMahan et al. 2013, algorithm 1. Equals Keras <c>Ftrl</c> (learning_rate_power = −Power) at a constant rate.
    /// </remarks>
    /// <seealso cref="OptCore.Ftrl"/>
    public static Optimizer Ftrl(double rate, Ftrl? options = null) => Head(options ?? new Ftrl(), rate);

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
    /// <seealso cref="OptCore.GaLore"/>
    public static Optimizer GaLore(int rank, int period, double rate) => Head(new GaLore(rank, period), rate);

    /// <summary><c>galore</c> with options.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with its options.</param>
    /// <seealso cref="OptCore.GaLore"/>
    public static Optimizer GaLore(double rate, GaLore options) => Head(Require.NotNull(options), rate);

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
    /// <seealso cref="OptCore.Lars"/>
    public static Optimizer Lars(double lambda, double rate) => Head(new Lars(lambda), rate);

    /// <summary><c>lars</c> with options.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with its options.</param>
    /// <seealso cref="OptCore.Lars"/>
    public static Optimizer Lars(double rate, Lars options) => Head(Require.NotNull(options), rate);

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
    /// <seealso cref="OptCore.Lbfgs"/>
    public static Optimizer Lbfgs(int memory, double rate) => Head(new Lbfgs(memory), rate);

    /// <summary><c>lbfgs</c> with options.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with its options.</param>
    /// <seealso cref="OptCore.Lbfgs"/>
    public static Optimizer Lbfgs(double rate, Lbfgs options) => Head(Require.NotNull(options), rate);

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
    /// <seealso cref="OptCore.LbfgsB"/>
    public static Optimizer LbfgsB(int memory, IEnumerable<double> low, IEnumerable<double> high, double rate) =>
        Head(new LbfgsB(memory, low, high), rate);

    /// <summary><c>lbfgsb</c> with options.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with its options.</param>
    /// <seealso cref="OptCore.LbfgsB"/>
    public static Optimizer LbfgsB(double rate, LbfgsB options) => Head(Require.NotNull(options), rate);

    /// <summary>
    /// Lion: the sign of an average that leans on the newest gradient, with a second, slower decay for the memory.
    /// <code>
    /// c = sign(β1 m + (1−β1) u);  m = β2 m + (1−β2) u;  u = c
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Chen et al. 2023, algorithm 2. Equals Optax <c>lion(weight_decay=0)</c> and Keras <c>Lion</c>; the decay of the
    /// paper is <c>lion 0.0001 |> weightDecay 1.0</c>.
    /// </remarks>
    /// <seealso cref="OptCore.Lion"/>
    public static Optimizer Lion(double rate, Lion? options = null) => Head(options ?? new Lion(), rate);

    /// <summary>
    /// MADGRAD: dual averaging from the start p₀, divided by the cube root of the sum of squares.
    /// <code>
    /// e = η_t + ε (0 if η_t = 0);  λ = e √k
    /// s = s + λ u;  G = G + λ u²;  z = p₀ − s/(∛G + ε)
    /// p ← μ p + (1−μ) z
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Defazio &amp; Jelassi 2021, whose code it equals.</remarks>
    /// <seealso cref="OptCore.Madgrad"/>
    public static Optimizer Madgrad(double rate, Madgrad? options = null) => Head(options ?? new Madgrad(), rate);

    /// <summary>
    /// MoMo: momentum whose step length minimizes a model of the loss, cut off at a lower bound.
    /// <code>
    /// F, m, γ: averages with decay β of f, u, ⟨u, p⟩, the first update copies, ρ = 1; BiasCorrection: from 0, ρ = 1−β^k
    /// Λ = 1 + η_t·Decay;  n = ‖m‖²;  τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n);  p = (p − τ m)/Λ
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Schaipp, Ohana, Eickenberg, Defazio &amp; Gower 2024, algorithm 1. Equals the authors' <c>Momo</c>; without
    /// decay Optax <c>contrib.momo</c>.
    /// </remarks>
    /// <seealso cref="OptCore.Momo"/>
    public static Optimizer Momo(double rate, Momo? options = null) => Head(options ?? new Momo(), rate);

    /// <summary>
    /// MoMo in the metric of Adam: the direction is Adam's, its length minimizes a model of the loss, cut off at a
    /// lower bound.
    /// <code>
    /// F, m, γ: averages with decay β1, from 0, of f, u, ⟨u, p⟩;  v = β2 v + (1−β2) u²;  D = √v̂ + ε;  ρ = 1−β1^k;  n = ⟨m, m/D⟩
    /// Λ = 1 + η_t·Decay;  τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n);  p = (p − τ m/D)/Λ
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Schaipp, Ohana, Eickenberg, Defazio &amp; Gower 2024, algorithm 2. Equals the authors' <c>MomoAdam</c>; without
    /// decay Optax <c>contrib.momo_adam</c>.
    /// </remarks>
    /// <seealso cref="OptCore.MomoAdam"/>
    public static Optimizer MomoAdam(double rate, MomoAdam? options = null) => Head(options ?? new MomoAdam(), rate);

    /// <summary>
    /// Nadam: Adam with Nesterov's look-ahead in the first moment.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²
    /// u = (μ_{k+1} m / (1 − Πμ·μ_{k+1}) + (1−μ_k) u / (1 − Πμ)) / (√v̂ + ε),  v̂ = v/(1−β2^k),  Πμ = μ_1 ⋯ μ_k
    /// ψ = 0:  μ_k = β1, so that Πμ = β1^k;   ψ > 0:  μ_k = β1 (1 − ½·0.96^{kψ})
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Dozat 2016. With ψ = 0 equals Optax <c>nadam</c>; with ψ = 0.004 PyTorch ≥ 2 <c>NAdam</c>.</remarks>
    /// <seealso cref="OptCore.Nadam"/>
    public static Optimizer Nadam(double rate, Nadam? options = null) => Head(options ?? new Nadam(), rate);

    /// <summary>
    /// NovoGrad: gradients normalized tensor by tensor with a moving average of their squared norm, then momentum.
    /// <code>
    /// ν = β2 ν + (1−β2) ‖u‖²,  ν_1 = ‖u‖²   (one number per tensor)
    /// m = β1 m + u · 1/(√ν + ε);  u = m
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Ginsburg et al. 2019, algorithm 1, whose decay stands inside m. Equals Optax <c>novograd</c>.</remarks>
    /// <seealso cref="OptCore.NovoGrad"/>
    public static Optimizer NovoGrad(double rate, NovoGrad? options = null) => Head(options ?? new NovoGrad(), rate);

    /// <summary>
    /// Polyak's step: as long as the loss is above its minimum,
    /// <c>u = u · min(max(f − Minimum, 0)/(‖u‖² + ε), Maximum)</c>.
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Polyak 1969; SPS+ of Loizou et al. 2021 with its largest factor. Equals Optax <c>polyak_sgd(variant="sps+")</c>.
    /// </remarks>
    /// <seealso cref="OptCore.Polyak"/>
    public static Optimizer Polyak(double rate, Polyak? options = null) => Head(options ?? new Polyak(), rate);

    /// <summary>
    /// Prodigy: Adam whose step length d is an estimate from below of the distance to the solution.
    /// <code>
    /// γ = d η_t b;  N = β3 N + (d/d_0) γ ⟨u, p_0 − p⟩;  m = β1 m + (1−β1) d u;  v = β2 v + (1−β2) d²u²;  s = β3 s + (d/d_0) γ u
    /// h = Coefficient·N/‖s‖_1;  D = max(D, h);  d⁺ = min(D, Growth·d'),  d' = max(d, h) while d = d_0, else d
    /// u = d b (m/(√v + d⁺ε) + Decay·p),  b = √(1−β2^k)/(1−β1^k) with BiasCorrection, else 1
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Mishchenko &amp; Defazio 2023, algorithm 4. Equals the authors' <c>Prodigy</c>; with BiasCorrection Optax
    /// <c>contrib.prodigy</c>.
    /// </remarks>
    /// <seealso cref="OptCore.Prodigy"/>
    public static Optimizer Prodigy(double rate, Prodigy? options = null) => Head(options ?? new Prodigy(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Liu et al. 2020, algorithm 2. Equals PyTorch <c>RAdam</c>.</remarks>
    /// <seealso cref="OptCore.RAdam"/>
    public static Optimizer RAdam(double rate, RAdam? options = null) => Head(options ?? new RAdam(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Tieleman &amp; Hinton 2012, lecture 6.5; centered Graves 2013. With Decay = 0.99 equals PyTorch <c>RMSprop</c>;
    /// with EpsilonInside Optax <c>rmsprop</c>.
    /// </remarks>
    /// <seealso cref="OptCore.RmsProp"/>
    public static Optimizer RmsProp(double rate, RmsProp? options = null) => Head(options ?? new RmsProp(), rate);

    /// <summary>
    /// RProp: every coordinate has its own step length, which grows while the gradient keeps its sign and shrinks when
    /// it turns; the size of the gradient does not matter.
    /// <code>
    /// u·g > 0:  δ = min(δ·Up, Max);   u·g &lt; 0:  δ = max(δ·Down, Min) and u := 0;   g the gradient of the step before
    /// g = u;  p ← p − sign(u) δ
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>
    /// Riedmiller &amp; Braun 1993, in the form iRprop− of Igel &amp; Hüsken 2000. Equals PyTorch <c>Rprop</c>.
    /// </remarks>
    /// <seealso cref="OptCore.RProp"/>
    public static Optimizer RProp(double rate, RProp? options = null) => Head(options ?? new RProp(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Gupta, Koren &amp; Singer 2018, algorithms 1 and 2.</remarks>
    /// <seealso cref="OptCore.Shampoo"/>
    public static Optimizer Shampoo(double rate, Shampoo? options = null) => Head(options ?? new Shampoo(), rate);

    /// <summary>
    /// Sign descent: <c>u = sign(u)</c>, with sign(0) = 0. Every coordinate moves by exactly η_t, or not at all.
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Bernstein et al. 2018, algorithm 1. Equals Optax <c>sign_sgd</c>.</remarks>
    /// <seealso cref="OptCore.Sign"/>
    public static Optimizer SignSgd(double rate) => Head(new Sign(), rate);

    /// <summary>
    /// Simplified AdEMAMix: Adam with one buffer, in which gradients add up, and the newest gradient beside it.
    /// <code>
    /// m = β1 m + u;  v = β2 v + (1−β2) u²
    /// u = (α u + m)/(√(v̂ + ε_root) + ε)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Morwani et al. 2025. Equals Optax <c>contrib.simplified_ademamix</c>.</remarks>
    /// <seealso cref="OptCore.SimplifiedAdEmaMix"/>
    public static Optimizer SimplifiedAdEmaMix(double rate, SimplifiedAdEmaMix? options = null) =>
        Head(options ?? new SimplifiedAdEmaMix(), rate);

    /// <summary>
    /// SM3: Adagrad with one accumulator per index of every axis in place of one per parameter.
    /// <code>
    /// v = β2 min_i A_i + (1−β2) u²;  β2 = 1: v = min_i A_i + u²   (per tensor; A_i of the index along axis i)
    /// A_i = max of v over the other axes
    /// w = u/√(v + ε), 0 where v = 0;  m = β1 m + (1−β1) w;  u = m
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Anil et al. 2019, SM3-II. Equals Optax <c>sm3</c>, which fails on scalars.</remarks>
    /// <seealso cref="OptCore.Sm3"/>
    public static Optimizer Sm3(double rate, Sm3? options = null) => Head(options ?? new Sm3(), rate);

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
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Vyas et al. 2024. Equals the authors' <c>SOAP</c>.</remarks>
    /// <seealso cref="OptCore.Soap"/>
    public static Optimizer Soap(double rate, Soap? options = null) => Head(options ?? new Soap(), rate);

    /// <summary>
    /// Sophia: an average of gradients, divided by an estimate of the Hessian's diagonal and limited in every
    /// coordinate.
    /// <code>
    /// m = β1 m + (1−β1) u;  h = β2 h + (1−β2) ĥ  (when t is a multiple of Every),  ĥ = z ⊙ Hz,  z = ±1 at random
    /// u = max(−Clip, min(Clip, m/max(γ h, ε)))
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Liu, Li, Hall, Liang &amp; Ma 2023, algorithm 3 with algorithm 1 (Hutchinson).</remarks>
    /// <seealso cref="OptCore.Sophia"/>
    public static Optimizer Sophia(double rate, Sophia? options = null) => Head(options ?? new Sophia(), rate);

    /// <summary>
    /// Yogi: Adam whose second moment moves by an amount that depends on u² alone, so that it does not collapse after a
    /// large gradient.
    /// <code>
    /// m = β1 m + (1−β1) u;  v = v − (1−β2) sign(v − u²) u²;  m_0 = v_0 = Initial
    /// u = m̂ / (√v̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The record with other options than the defaults.</param>
    /// <remarks>Zaheer et al. 2018, algorithm 2. Equals Optax <c>yogi</c>.</remarks>
    /// <seealso cref="OptCore.Yogi"/>
    public static Optimizer Yogi(double rate, Yogi? options = null) => Head(options ?? new Yogi(), rate);
}
