namespace OptCore;

/// <summary>
/// What an Optax chain is made of. Where two cases differ in nothing but the phase of their stage, the place in the chain decides.
/// </summary>
internal static class OptaxTransformations
{
    public static IReadOnlyList<Form> All =>
    [
        Part("clip", "max_delta", FormCase.Of("ClipValue(max_delta)")),
        Part("clip_by_global_norm", "max_norm", FormCase.Of("ClipGlobalNorm(max_norm)"), FormCase.Of("ClipUpdate(max_norm)")),
        Part("clip_by_block_rms", "threshold", FormCase.Of("ClipBlockRms(threshold)"), FormCase.Of("ClipUpdateRms(threshold)")),
        Part("adaptive_grad_clip", "clipping, eps=1e-3, axis=None", FormCase.Of("ClipAdaptive(clipping, Epsilon = eps)")),
        Part("centralize", "", FormCase.Of("Centralize()")),
        Part("normalize_by_update_norm", "scale_factor=1.0, eps=1e-6", FormCase.Of("Normalize(Epsilon = eps)")),
        Part("zero_nans", "", FormCase.Of("ZeroNans()")),
        Part(
            "add_noise",
            "eta, gamma, key=None, *, seed=None",
            FormCase.When("seed != None", "Noise(eta, gamma, seed)").Deviates(OptaxForms.Generator)),
        Part(
            "add_decayed_weights",
            "weight_decay=0.0, mask=None",
            FormCase.Of("weight_decay ? L2(weight_decay)"),
            FormCase.Of("weight_decay ? WeightDecay(weight_decay)")),
        Part(
            "trace",
            "decay, nesterov=False, accumulator_dtype=None",
            FormCase.When("nesterov = False", "Momentum(decay)"),
            FormCase.When("nesterov = True", "Nesterov(decay)")),
        Part("ema", "decay, debias=True, accumulator_dtype=None", FormCase.Of("Ema(decay, BiasCorrection = debias)")),
        Part(
            "scale_by_adam",
            "b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, *, nesterov=False",
            FormCase.When("nesterov = False", "Adam" + OptaxForms.AdamLike),
            FormCase.When("nesterov = True, eps_root = 0", "Nadam" + OptaxForms.Moments)),
        Part(
            "scale_by_amsgrad",
            "b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, bias_correction_mu=True, bias_correction_nu=True",
            FormCase.Of("AmsGrad(Beta1 = b1, Beta2 = b2, Epsilon = eps, CorrectedMax = True)")),
        Part("scale_by_adamax", "b1=0.9, b2=0.999, eps=1e-8", FormCase.Of("AdaMax" + OptaxForms.Moments)),
        Part(
            "scale_by_radam",
            "b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, threshold=5.0, *, nesterov=False",
            FormCase.When("eps = 0", "RAdam" + OptaxForms.Moments),
            FormCase.When("eps != 0", "RAdam" + OptaxForms.Moments).Deviates(OptaxForms.Rectified)),
        Part(
            "scale_by_belief",
            "b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, *, nesterov=False",
            FormCase.Of("AdaBelief" + OptaxForms.AdamLike)),
        Part(
            "scale_by_yogi",
            "b1=0.9, b2=0.999, eps=1e-3, eps_root=0.0, initial_accumulator_value=1e-6",
            FormCase.Of("Yogi(Beta1 = b1, Beta2 = b2, Epsilon = eps, Initial = initial_accumulator_value)")),
        Part(
            "scale_by_adan",
            "b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=0.0",
            FormCase.Of("Adan(Beta1 = b1, Beta2 = b2, Beta3 = b3, Epsilon = eps)").Deviates(OptaxForms.OldCoefficient)),
        Part(
            "scale_by_lion",
            "b1=0.9, b2=0.99, mu_dtype=None, *, mode=\"hard\", smooth_beta=1.0",
            FormCase.Of("Lion(Beta1 = b1, Beta2 = b2)")),
        Part(
            "scale_by_rss",
            "initial_accumulator_value=0.1, eps=1e-7",
            FormCase.Of("Adagrad(Epsilon = eps, Initial = initial_accumulator_value, EpsilonInside = True)")),
        Part("scale_by_rms", Squares, FormCase.Of(RmsProp(""))),
        Part("scale_by_stddev", Squares, FormCase.Of(RmsProp(", Centered = True"))),
        Part("scale_by_adadelta", "rho=0.9, eps=1e-6", FormCase.Of("AdaDelta(Rho = rho, Epsilon = eps)")),
        Part(
            "scale_by_novograd",
            "b1=0.9, b2=0.25, eps=1e-8, eps_root=0.0, weight_decay=0.0, mu_dtype=None",
            FormCase.Of("NovoGrad" + OptaxForms.Moments)),
        Part("scale_by_sm3", "b1=0.9, b2=1.0, eps=1e-8", FormCase.Of("Sm3" + OptaxForms.Moments)),
        Part("scale_by_sign", "", FormCase.Of("Sign()")),
        Part("scale_by_optimistic_gradient", "alpha=1.0, beta=1.0", FormCase.Of("Optimistic(alpha, beta)")),
        Part(
            "scale_by_lbfgs",
            "memory_size=10, scale_init_precond=True",
            FormCase.Of("Lbfgs(memory_size)").Deviates(OptaxForms.NegativePairs)),
        Part(
            "scale_by_factored_rms",
            "factored=True, decay_rate=0.8, step_offset=0, min_dim_size_to_factor=128, epsilon=1e-30",
            FormCase.Of(
                "Adafactor(Exponent = decay_rate, Epsilon = epsilon, Clip = inf, MinimumSize = min_dim_size_to_factor, "
                + "Factored = factored, ParameterScale = False, RelativeStep = False, LargestAxes = True)")),
        Part(
            "scale_by_trust_ratio",
            "min_norm=0.0, trust_coefficient=1.0, eps=0.0",
            FormCase.Of("TrustRatio(Coefficient = trust_coefficient, Epsilon = eps)")),
        Part("scale_by_param_block_norm", "min_scale=1e-3", FormCase.Of("ScaleByParameterNorm(Minimum = min_scale)")),
        Part("scale_by_param_block_rms", "min_scale=1e-3", FormCase.Of("ScaleByParameterRms(Minimum = min_scale)")),
        Part("keep_params_nonnegative", "", FormCase.Of("NonNegative()")),
        Part(
            "scale_by_backtracking_linesearch",
            "max_backtracking_steps, slope_rtol=1e-4, decrease_factor=0.8, increase_factor=1.5, max_learning_rate=1.0, atol=0.0, rtol=0.0, "
            + "store_grad=_, verbose=_",
            FormCase.Of(
                "Backtracking(C1 = slope_rtol, Decrease = decrease_factor, Increase = increase_factor, Maximum = max_learning_rate, "
                + "MaximumEvaluations = max_backtracking_steps + 1)").Deviates(
                "takes its last trial where it finds nothing; here the parameters stay.")),
        Contrib("scale_by_ademamix", "b1=0.9, b2=0.999, b3=0.9999, alpha=6.0, eps=1e-8, eps_root=0.0, mu_dtype=None", FormCase.Of(
            "AdEmaMix(Beta1 = b1, Beta2 = b2, Beta3 = b3, Epsilon = eps, Alpha = alpha, EpsilonRoot = eps_root)")),
        Contrib("scale_by_simplified_ademamix", "b1=0.99, b2=0.95, alpha=0.0, eps=1e-8, eps_root=0.0", FormCase.Of(
            "SimplifiedAdEmaMix(Beta1 = b1, Beta2 = b2, Epsilon = eps, Alpha = alpha, EpsilonRoot = eps_root)")),
        Contrib(
            "scale_by_adopt",
            "b1=0.9, b2=0.9999, eps=1e-6, mu_dtype=None, *, nesterov=False, use_clipping=True, clip_value_fn=\"x ** 0.25\"",
            FormCase.Of("Adopt(Beta1 = b1, Beta2 = b2, Epsilon = eps, Clip = use_clipping, Nesterov = nesterov)")),
        Contrib(
            "reduce_on_plateau",
            "factor=0.1, patience=10, rtol=1e-4, atol=0.0, cooldown=0, accumulation_size=1, min_scale=0.0",
            FormCase.Of("Plateau(patience, factor, Threshold = rtol)").Deviates(
                "reduces one update earlier, and a patience of 0 reduces at improvements; here as PyTorch.")),
        Refused("apply_every", "it adds up finished updates; accumulate n takes the mean of gradients"),
        Refused("scale_by_zoom_linesearch", "its search is its own; wolfe is Nocedal & Wright's"),
    ];

    private const string Squares = "decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, bias_correction=False";

    private static Form Part(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Transformation, name, signature, cases);

    private static Form Refused(string name, string why) => new(FormKind.Transformation, name, "first") { Refused = why };

    private static Form Contrib(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Transformation, name, signature, cases) { Module = "optax.contrib." };

    private static string RmsProp(string more) =>
        "RmsProp(Decay = decay, Epsilon = eps, EpsilonInside = eps_in_sqrt, BiasCorrection = bias_correction, "
        + $"Initial = initial_scale{more})";
}
