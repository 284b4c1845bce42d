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

    /// <summary>Gradient descent: <c>u = g</c>. PyTorch <c>SGD</c>.</summary>
    let sgd (rate: float) : Optimizer = Optimizer.Sgd rate

    /// <summary>
    /// Adam: <c>m = β1 m + (1−β1)u; v = β2 v + (1−β2)u²; u = m̂/(√v̂ + ε)</c>, dimensionless. PyTorch, Optax <c>adam</c>.
    /// </summary>
    let adam (rate: float) : Optimizer = Optimizer.Adam rate

    /// <summary>Adam with options: <c>adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-6)) 0.001</c>.</summary>
    let adamWith (options: Adam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>Adam with decoupled weight decay λ ≥ 0: <c>adam rate |> weightDecay λ</c>. PyTorch, Optax <c>adamw</c>.</summary>
    let adamW (lambda: float) (rate: float) : Optimizer = Optimizer.AdamW(lambda, rate)

    /// <summary>
    /// AMSGrad: Adam with the largest second moment so far, <c>w = max(w, v); u = m̂/(√(w/(1−β2^k)) + ε)</c>.
    /// PyTorch <c>Adam(amsgrad=True)</c>.
    /// </summary>
    let amsGrad (rate: float) : Optimizer = Optimizer.AmsGrad rate

    /// <summary>AMSGrad with options: <c>amsGradWith (AmsGrad(CorrectedMax = true)) 0.001</c> is Optax' form.</summary>
    let amsGradWith (options: AmsGrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>AdaMax: Adam by a decaying maximum, <c>n = max(β2 n, |u|+ε); u = m̂/n</c>. PyTorch, Optax.</summary>
    let adaMax (rate: float) : Optimizer = Optimizer.AdaMax rate

    /// <summary>AdaMax with options: <c>adaMaxWith (AdaMax(Beta2 = 0.99)) 0.002</c>.</summary>
    let adaMaxWith (options: AdaMax) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Nadam: Adam that looks at the next average, <c>u = (β1 m/(1−β1^{k+1}) + (1−β1)u/(1−β1^k))/(√v̂ + ε)</c>. Optax.
    /// </summary>
    let nadam (rate: float) : Optimizer = Optimizer.Nadam rate

    /// <summary>Nadam with options: <c>nadamWith (Nadam(MomentumDecay = 0.004)) 0.002</c> is PyTorch's.</summary>
    let nadamWith (options: Nadam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>RAdam: Adam that takes <c>u = m̂</c> until the variance of v is tractable (ρ &gt; 5). PyTorch <c>RAdam</c>.</summary>
    let radam (rate: float) : Optimizer = Optimizer.RAdam rate

    /// <summary>RAdam with options: <c>radamWith (RAdam(Beta2 = 0.99)) 0.001</c>.</summary>
    let radamWith (options: RAdam) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// AdaBelief: Adam by the surprise of the gradient, <c>s = β2 s + (1−β2)(u−m)² + ε_root; u = m̂/(√ŝ + ε)</c>. Optax.
    /// </summary>
    let adaBelief (rate: float) : Optimizer = Optimizer.AdaBelief rate

    /// <summary>AdaBelief with options: <c>adaBeliefWith (AdaBelief(Epsilon = 1e-8)) 0.001</c>.</summary>
    let adaBeliefWith (options: AdaBelief) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>Yogi: Adam with <c>v = v − (1−β2) sign(v−u²) u²</c>; starts at m = v = 1e-6. Optax.</summary>
    let yogi (rate: float) : Optimizer = Optimizer.Yogi rate

    /// <summary>Yogi with options: <c>yogiWith (Yogi(Initial = 0.0)) 0.01</c>.</summary>
    let yogiWith (options: Yogi) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>AdaGrad: by the sum of all squares, <c>G = G + u²; u = u/(√G + ε)</c>. PyTorch.</summary>
    let adagrad (rate: float) : Optimizer = Optimizer.Adagrad rate

    /// <summary>AdaGrad with options: <c>adagradWith (Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true)) 0.1</c> is Optax'.</summary>
    let adagradWith (options: Adagrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>RMSProp: by the root mean square, <c>v = αv + (1−α)u²; u = u/(√v + ε)</c>, α = 0.9.</summary>
    let rmsProp (rate: float) : Optimizer = Optimizer.RmsProp rate

    /// <summary>RMSProp with options: <c>rmsPropWith (RmsProp(Decay = 0.99)) 0.01</c> is PyTorch's.</summary>
    let rmsPropWith (options: RmsProp) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// AdaDelta: steps in the units of the parameters, <c>v = ρv + (1−ρ)u²; d = √(x+ε)/√(v+ε) ⊙ u; x = ρx + (1−ρ)d²; u = d</c>.
    /// Its usual rate is 1. PyTorch.
    /// </summary>
    let adaDelta (rate: float) : Optimizer = Optimizer.AdaDelta rate

    /// <summary>AdaDelta with options: <c>adaDeltaWith (AdaDelta(Rho = 0.95)) 1.0</c>.</summary>
    let adaDeltaWith (options: AdaDelta) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>The sign of the gradient, sign(0) = 0: every coordinate moves by the rate. Optax <c>sign_sgd</c>.</summary>
    let signSgd (rate: float) : Optimizer = Optimizer.SignSgd rate

    /// <summary>The sign of the averaged gradient: <c>ema β</c>, 0 ≤ β &lt; 1, then <c>Sign()</c>. Optax <c>signum</c>.</summary>
    let signum (beta: float) (rate: float) : Optimizer = Optimizer.Signum(beta, rate)

    /// <summary>Lion: <c>c = sign(β1 m + (1−β1)u); m = β2 m + (1−β2)u; u = c</c>; every coordinate moves by the rate. Optax.</summary>
    let lion (rate: float) : Optimizer = Optimizer.Lion rate

    /// <summary>Lion with options: <c>lionWith (Lion(Beta2 = 0.98)) 1e-4</c>.</summary>
    let lionWith (options: Lion) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// Rprop: a step length per coordinate, grown while the sign of the gradient stays and shrunk when it changes. The rate is the
    /// first length, in units of the parameters; schedules change nothing. PyTorch <c>Rprop</c>.
    /// </summary>
    let rprop (rate: float) : Optimizer = Optimizer.RProp rate

    /// <summary>Rprop with options: <c>rpropWith (RProp(Max = 1.0)) 0.01</c>.</summary>
    let rpropWith (options: RProp) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>Adan: averages of u, of its change d and of (u+β2 d)²: <c>u = (m̂ + β2 v̂)/(√n̂ + ε)</c>. Xie et al. 2022.</summary>
    let adan (rate: float) : Optimizer = Optimizer.Adan rate

    /// <summary>Adan with options: <c>adanWith (Adan(Beta1 = 0.9)) 0.001</c>.</summary>
    let adanWith (options: Adan) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>NovoGrad: by the norm of each tensor, <c>ν = β2 ν + (1−β2)‖u‖²; m = β1 m + u/(√ν + ε); u = m</c>. Optax.</summary>
    let novoGrad (rate: float) : Optimizer = Optimizer.NovoGrad rate

    /// <summary>NovoGrad with options: <c>novoGradWith (NovoGrad(Beta2 = 0.5)) 0.01</c>.</summary>
    let novoGradWith (options: NovoGrad) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>LAMB: <c>Adam(Epsilon = 1e-6)</c>, then decay λ ≥ 0, then the trust ratio of each tensor. Optax <c>lamb</c>.</summary>
    let lamb (lambda: float) (rate: float) : Optimizer = Optimizer.Lamb(lambda, rate)

    /// <summary>
    /// LARS, the rate inside: per tensor <c>u = u + λp; u = u·c‖p‖/(‖u‖+ε); v = βv + η_t u; p ← p − v</c>, λ ≥ 0. Optax <c>lars</c>.
    /// </summary>
    let lars (lambda: float) (rate: float) : Optimizer = Optimizer.Lars(lambda, rate)

    /// <summary>LARS with options: <c>larsWith (Lars(0.0005, Momentum = 0.95)) 1.0</c>.</summary>
    let larsWith (options: Lars) (rate: float) : Optimizer = Optimizer.Head(options, rate)

    /// <summary>
    /// The explicit chain: exactly these stages in this order before the step, <c>flow [Momentum 0.9; ClipGlobalNorm 1.0] 0.1</c>.
    /// Probes, constraints, iterates, schedules and scopes of the rate may follow; a stage of another phase in the list, or of
    /// phases Gradient to Update after it, is an <c>ArgumentException</c>.
    /// </summary>
    let flow (stages: IStage list) (rate: float) : Optimizer = Optimizer.Flow(stages, rate)

    /// <summary>
    /// Each tensor goes to the first pattern that matches its name: <c>partition ["*.bias", sgd 0.1; "*", adam 0.001]</c>. Words
    /// added afterwards act on all tensors. No part, or a pattern twice, is an <c>ArgumentException</c>; a tensor left over is one
    /// when the plan is made.
    /// </summary>
    let partition (parts: (string * Optimizer) list) : Optimizer =
        Optimizer.Partition(parts |> Seq.map (fun (pattern, part) -> struct (pattern, part)))
