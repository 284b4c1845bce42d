namespace OptCore;

/// <summary>The functions of Optax 0.2.9.</summary>
internal static class OptaxForms
{
    public static IReadOnlyList<Form> All => [.. Aliases(), .. OptaxContrib.All, .. OptaxTransformations.All, .. OptaxSchedules.All];

    /// <summary>An optimizer whose first parameter is its rate.</summary>
    public static Form Optimizer(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Optimizer, name, signature, cases) { Rate = "learning_rate" };

    public const string Decay = "weight_decay ? WeightDecay(weight_decay)";
    public const string L2 = "weight_decay ? L2(weight_decay)";
    public const string AdamLike = "(Beta1 = b1, Beta2 = b2, Epsilon = eps, EpsilonRoot = eps_root)";
    public const string Moments = "(Beta1 = b1, Beta2 = b2, Epsilon = eps)";

    public const string OldCoefficient =
        "takes 1 − b2 where the paper has b2, and adds eps_root under the root; here the paper's coefficient and eps alone.";

    public const string Rectified = "adds eps to the corrected root; here to the uncorrected one, as PyTorch: 1e-9 apart by default.";

    public const string Lag = "makes a first update of 0 and lags one update behind; here as the paper and PyTorch.";

    public const string Generator = "draws other random numbers.";

    private static IEnumerable<Form> Aliases() =>
    [
        Optimizer(
            "sgd",
            "learning_rate, momentum=None, nesterov=False, accumulator_dtype=None",
            FormCase.When("nesterov = False", "momentum ? Momentum(momentum)"),
            FormCase.When("nesterov = True, momentum != None", "Nesterov(momentum)"),
            FormCase.When("nesterov = True, momentum = None").Deviates("ignores nesterov without momentum.")),
        Optimizer(
            "adam",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, *, nesterov=False",
            FormCase.When("nesterov = False", "Adam" + AdamLike),
            FormCase.When("nesterov = True, eps_root = 0", "Nadam" + Moments)),
        Optimizer(
            "adamw",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, weight_decay=1e-4, mask=None, *, nesterov=False",
            FormCase.When("nesterov = False", "Adam" + AdamLike, Decay),
            FormCase.When("nesterov = True, eps_root = 0", "Nadam" + Moments, Decay)),
        Optimizer(
            "nadam",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None",
            FormCase.Of("Nadam" + Moments)),
        Optimizer(
            "nadamw",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, weight_decay=1e-4, mask=None",
            FormCase.Of("Nadam" + Moments, Decay)),
        Optimizer("adamax", "learning_rate, b1=0.9, b2=0.999, eps=1e-8", FormCase.Of("AdaMax" + Moments)),
        Optimizer(
            "adamaxw",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, weight_decay=1e-4, mask=None",
            FormCase.Of("AdaMax" + Moments, Decay)),
        Optimizer(
            "amsgrad",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, bias_correction_mu=True, bias_correction_nu=True",
            FormCase.Of("AmsGrad(Beta1 = b1, Beta2 = b2, Epsilon = eps, CorrectedMax = True)")),
        Optimizer(
            "radam",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, threshold=5.0, *, nesterov=False",
            FormCase.When("eps = 0", "RAdam" + Moments),
            FormCase.When("eps != 0", "RAdam" + Moments).Deviates(Rectified)),
        Optimizer(
            "adabelief",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, weight_decay=None, weight_decay_mask=None, *, nesterov=False",
            FormCase.Of("AdaBelief" + AdamLike, Decay)),
        Optimizer("yogi", "learning_rate, b1=0.9, b2=0.999, eps=1e-3", FormCase.Of("Yogi" + Moments)),
        Optimizer(
            "adan",
            "learning_rate, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=1e-8, weight_decay=0.0, mask=None",
            FormCase.Of("Adan(Beta1 = b1, Beta2 = b2, Beta3 = b3, Epsilon = eps)", Decay).Deviates(OldCoefficient)),
        Optimizer(
            "lion",
            "learning_rate, b1=0.9, b2=0.99, mu_dtype=None, weight_decay=1e-3, mask=None",
            FormCase.Of("Lion(Beta1 = b1, Beta2 = b2)", Decay)),
        Optimizer(
            "adagrad",
            "learning_rate, initial_accumulator_value=0.1, eps=1e-7",
            FormCase.Of("Adagrad(Epsilon = eps, Initial = initial_accumulator_value, EpsilonInside = True)")),
        Optimizer(
            "adadelta",
            "learning_rate=None, rho=0.9, eps=1e-6, weight_decay=0.0, weight_decay_mask=None",
            FormCase.When("learning_rate != None", L2, "AdaDelta(Rho = rho, Epsilon = eps)"),
            FormCase.When("learning_rate = None", L2, "AdaDelta(Rho = rho, Epsilon = eps)").AtRate("1")
                .Deviates("without a rate goes uphill: it leaves the sign out; here downhill at rate 1."),
            FormCase.When("learning_rate = None, weight_decay = 0", "Ascend()", "AdaDelta(Rho = rho, Epsilon = eps)").AtRate("1")
                .OnlyFaithful()),
        Optimizer(
            "rmsprop",
            "learning_rate, decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, centered=False, momentum=None, nesterov=False, "
            + "bias_correction=False",
            FormCase.When(
                "nesterov = False",
                "RmsProp(Decay = decay, Epsilon = eps, Centered = centered, EpsilonInside = eps_in_sqrt, "
                + "BiasCorrection = bias_correction, Initial = initial_scale)",
                "momentum ? Velocity(momentum)")),
        Optimizer(
            "rprop",
            "learning_rate, eta_minus=0.5, eta_plus=1.2, min_step_size=1e-6, max_step_size=50.0",
            FormCase.Of("RProp(Down = eta_minus, Up = eta_plus, Min = min_step_size, Max = max_step_size)").Deviates(Lag)),
        Optimizer("sign_sgd", "learning_rate", FormCase.Of("Sign()")),
        Optimizer("signum", "learning_rate, beta=0.9, accumulator_dtype=None", FormCase.Of("Ema(beta)", "Sign()")),
        Optimizer(
            "novograd",
            "learning_rate, b1=0.9, b2=0.25, eps=1e-6, eps_root=0.0, weight_decay=0.0",
            FormCase.Of("NovoGrad" + Moments)),
        Optimizer("fromage", "learning_rate, min_norm=1e-6", FormCase.Of("Fromage(Minimum = min_norm)")),
        Optimizer(
            "lamb",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-6, eps_root=0.0, weight_decay=0.0, mask=None",
            FormCase.Of("Adam" + AdamLike, Decay, "TrustRatio()")),
        Optimizer(
            "lars",
            "learning_rate, weight_decay=0.0, weight_decay_mask=True, trust_coefficient=0.001, eps=0.0, trust_ratio_mask=True, "
            + "momentum=0.9, nesterov=False",
            FormCase.Of("Lars(weight_decay, Momentum = momentum, Coefficient = trust_coefficient, Epsilon = eps)")),
        Optimizer("sm3", "learning_rate, momentum=0.9", FormCase.Of("Sm3(Beta1 = momentum)")),
        Optimizer(
            "adafactor",
            "learning_rate=None, min_dim_size_to_factor=128, decay_rate=0.8, decay_offset=0, multiply_by_parameter_scale=True, "
            + "clipping_threshold=1.0, momentum=None, dtype_momentum=_, weight_decay_rate=None, eps=1e-30, factored=True, "
            + "weight_decay_mask=None",
            [
                .. new[] { ("!= None", "clipping_threshold"), ("= None", "inf") }.SelectMany(clip => new[]
                {
                    FormCase.When($"clipping_threshold {clip.Item1}, learning_rate != None, momentum = None", Factored(clip.Item2)),
                    FormCase.When(
                        $"clipping_threshold {clip.Item1}, momentum != None, learning_rate = number",
                        Factored(clip.Item2),
                        "Ema(momentum)"),
                    FormCase.When(
                        $"clipping_threshold {clip.Item1}, learning_rate = None, momentum = None",
                        Factored(clip.Item2)).AtRate("1"),
                }),
            ]),
        Optimizer(
            "noisy_sgd",
            "learning_rate, eta=0.01, gamma=0.55, key=None, *, seed=None",
            FormCase.When("seed != None", "Noise(eta, gamma, seed)").Deviates(Generator)),
        Optimizer(
            "optimistic_gradient_descent",
            "learning_rate, alpha=1.0, beta=1.0",
            FormCase.Of("Optimistic(alpha, beta)")),
        Optimizer(
            "optimistic_adam_v2",
            "learning_rate, *, alpha=1.0, beta=1.0, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, nesterov=True",
            FormCase.When("nesterov = True, eps_root = 0", "Nadam" + Moments, "Optimistic(alpha, beta)"),
            FormCase.When("nesterov = False", "Adam" + AdamLike, "Optimistic(alpha, beta)")),
        Optimizer(
            "polyak_sgd",
            "max_learning_rate=1.0, scaling=1.0, f_min=0.0, eps=0.0, variant=\"sps\"",
            FormCase.When("scaling = 1, variant = \"sps+\"", Model).AtRate("scaling"),
            FormCase.When("scaling = 1, variant = \"sps\"", Model).AtRate("scaling")
                .Deviates("steps uphill where the loss is below f_min; here it rests, as variant=\"sps+\"."),
            FormCase.When("scaling != 1", Model).AtRate("scaling")
                .Deviates("divides by its scaling; here the step is multiplied by it, as its documentation says.")),
        Optimizer(
            "lbfgs",
            "learning_rate=None, memory_size=10, scale_init_precond=True, linesearch=\"zoom\"",
            FormCase.When("linesearch = None, learning_rate = None", "Lbfgs(memory_size)").AtRate("1").Deviates(NegativePairs),
            FormCase.When("linesearch = None, learning_rate != None", "Lbfgs(memory_size)").Deviates(NegativePairs),
            FormCase.When("linesearch = \"zoom\", learning_rate = None", "Lbfgs(memory_size)", "Wolfe()").AtRate("1").Deviates(Zoom)),
        new(FormKind.Optimizer, "optimistic_adam", "learning_rate") { Refused = "Optax advises against it; optimistic_adam_v2" },
    ];

    public const string NegativePairs = "keeps pairs of negative curvature; here they are dropped.";

    private const string Zoom =
        "searches by its zoom line search and keeps pairs of negative curvature; here Nocedal & Wright's search, and those pairs are "
        + "dropped.";

    private const string Model = "Polyak(Maximum = max_learning_rate, Minimum = f_min, Epsilon = eps)";

    private static string Factored(string clip) =>
        $"Adafactor(Exponent = decay_rate, Epsilon = eps, Clip = {clip}, MinimumSize = min_dim_size_to_factor, Factored = factored, "
        + "ParameterScale = multiply_by_parameter_scale, RelativeStep = False, LargestAxes = True)";
}
