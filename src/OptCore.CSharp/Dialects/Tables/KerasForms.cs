namespace OptCore;

/// <summary>The functions of Keras 3.16.</summary>
internal static class KerasForms
{
    public static IReadOnlyList<Form> All => [.. Optimizers(), .. KerasSchedules.All];

    // What every constructor takes besides, in this order.
    private const string Common =
        ", clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, "
        + "loss_scale_factor=None, gradient_accumulation_steps=None, name=_";

    private static readonly string[] CommonPieces =
    [
        "gradient_accumulation_steps ? Accumulate(gradient_accumulation_steps)",
        "clipnorm ? ClipPerTensor(clipnorm)",
        "global_clipnorm ? ClipGlobalNorm(global_clipnorm)",
        "clipvalue ? ClipValue(clipvalue)",
        "use_ema ? ParameterEma(ema_momentum)",
    ];

    private const string Decay = "weight_decay ? WeightDecay(weight_decay)";
    private const string Moments = "(Beta1 = beta_1, Beta2 = beta_2, Epsilon = epsilon)";

    private const string Hat =
        "adds epsilon to the uncorrected root, ε/√(1−β2^k) here; here it stands on the corrected one, as in the paper.";

    private static Form Optimizer(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Optimizer, name, signature.Contains("weight_decay", StringComparison.Ordinal)
            ? signature + Common
            : signature + ", weight_decay=None" + Common, cases)
        {
            Rate = "learning_rate",
        };

    private static Form Refused(string name, string why) => new(FormKind.Optimizer, name, "first") { Refused = why };

    private static FormCase When(string given, params string[] pieces) => FormCase.When(given, [.. CommonPieces, .. pieces, Decay]);

    private static FormCase Of(params string[] pieces) => When("", pieces);

    private static IEnumerable<Form> Optimizers() =>
    [
        Optimizer(
            "SGD",
            "learning_rate=0.01, momentum=0.0, nesterov=False",
            When("nesterov = False", "momentum ? Velocity(momentum)"),
            When("nesterov = True, learning_rate = number", "momentum ? Nesterov(momentum)"),
            When("nesterov = True", "momentum ? Nesterov(momentum)").Deviates(
                "keeps the rate inside the buffer; here it is outside, which differs as soon as the rate changes.")),
        Optimizer(
            "Adam",
            "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False",
            When("amsgrad = False, epsilon = 0", "Adam" + Moments),
            When("amsgrad = False", "Adam" + Moments).Deviates(Hat),
            When("amsgrad = True, epsilon = 0", "AmsGrad" + Moments),
            When("amsgrad = True", "AmsGrad" + Moments).Deviates(Hat)),
        Optimizer(
            "AdamW",
            "learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False",
            When("amsgrad = False, epsilon = 0", "Adam" + Moments),
            When("amsgrad = False", "Adam" + Moments).Deviates(Hat),
            When("amsgrad = True, epsilon = 0", "AmsGrad" + Moments),
            When("amsgrad = True", "AmsGrad" + Moments).Deviates(Hat)),
        Optimizer(
            "Nadam",
            "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7",
            Of("Nadam(Beta1 = beta_1, Beta2 = beta_2, Epsilon = epsilon, MomentumDecay = 1)")),
        Optimizer(
            "Adamax",
            "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7",
            When("epsilon = 0", "AdaMax" + Moments),
            When("epsilon != 0", "AdaMax" + Moments).Deviates("adds epsilon behind the maximum; here inside it, as PyTorch and Optax.")),
        Optimizer(
            "Adagrad",
            "learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7",
            Of("Adagrad(Epsilon = epsilon, Initial = initial_accumulator_value, EpsilonInside = True)")),
        Optimizer("Adadelta", "learning_rate=0.001, rho=0.95, epsilon=1e-7", Of("AdaDelta(Rho = rho, Epsilon = epsilon)")),
        Optimizer(
            "RMSprop",
            "learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False",
            Of("RmsProp(Decay = rho, Epsilon = epsilon, Centered = centered, EpsilonInside = True)", "momentum ? Velocity(momentum)")),
        Optimizer(
            "Ftrl",
            "learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1, l1_regularization_strength=0.0, "
            + "l2_regularization_strength=0.0, l2_shrinkage_regularization_strength=0.0, beta=0.0",
            When("learning_rate = number", Ftrl),
            When("", Ftrl).Deviates("leaves the last rate out of its sum under a schedule; here as the paper.")),
        Optimizer(
            "Adafactor",
            "learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=0.001, clip_threshold=1.0, relative_step=True",
            When("relative_step = True", Factored),
            When("relative_step = False", Factored).Deviates("has a relative_step without effect: the step is always relative.")),
        Optimizer("Lion", "learning_rate=0.001, beta_1=0.9, beta_2=0.99", Of("Lion(Beta1 = beta_1, Beta2 = beta_2)")),
        Optimizer("Lamb", "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7", Of("Adam" + Moments, "TrustRatio()")),
        Optimizer(
            "Muon",
            "learning_rate=0.001, adam_beta_1=_, adam_beta_2=_, adam_weight_decay=_, epsilon=_, weight_decay=0.004, exclude_layers=None, "
            + "exclude_embeddings=_, muon_a=3.4445, muon_b=-4.775, muon_c=2.0315, adam_lr_ratio=_, momentum=0.95, ns_steps=5, "
            + "nesterov=True, rms_rate=0.2",
            When("nesterov = True, rms_rate != None", "Nesterov(momentum)", Matrices("Rms = rms_rate")).Deviates(ByRank),
            When("nesterov = False, rms_rate != None", "Momentum(momentum)", Matrices("Rms = rms_rate")).Deviates(ByRank),
            When("nesterov = True, rms_rate = None", "Nesterov(momentum)", Matrices("WidthScale = False")).Deviates(ByRank),
            When("nesterov = False, rms_rate = None", "Momentum(momentum)", Matrices("WidthScale = False")).Deviates(ByRank)),
        Refused("ScheduleFreeAdamW", "it weights by 1/k whatever the rate; scheduleFree is the paper's"),
        Refused("LossScaleOptimizer", "half precision is not here"),
    ];

    private const string Ftrl =
        "Ftrl(Power = -learning_rate_power, Initial = initial_accumulator_value, L1 = l1_regularization_strength, "
        + "L2 = l2_regularization_strength, L2Shrinkage = l2_shrinkage_regularization_strength, Beta = beta)";

    private const string Factored =
        "Adafactor(Exponent = -beta_2_decay, Epsilon = epsilon_1, Clip = clip_threshold, MinimumScale = epsilon_2)";

    private const string ByRank = "gives embeddings and tensors that are no matrices to AdamW; here they are an error: see partition.";

    private static string Matrices(string scale) => $"Orthogonalize(Steps = ns_steps, A = muon_a, B = muon_b, C = muon_c, {scale})";
}
