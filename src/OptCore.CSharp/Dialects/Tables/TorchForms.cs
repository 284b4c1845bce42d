namespace OptCore;

/// <summary>The functions of PyTorch 2.9.</summary>
internal static class TorchForms
{
    public static IReadOnlyList<Form> All => [.. Optimizers(), .. TorchSchedulers.All];

    // Fused kernels, and what has no influence on the numbers besides.
    private const string Implementation = ", foreach=_, capturable=_, differentiable=_, fused=_";

    private const string L2 = "weight_decay ? L2(weight_decay)";
    private const string Decay = "weight_decay ? WeightDecay(weight_decay)";
    private const string Ascend = "maximize ? Ascend()";

    private static Form Optimizer(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Optimizer, name, signature + Implementation, cases) { Rate = "lr" };

    private static IEnumerable<Form> Optimizers() =>
    [
        Optimizer(
            "SGD",
            "lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False",
            FormCase.When("nesterov = False", Ascend, L2, "momentum ? Momentum(momentum, Dampening = dampening)"),
            FormCase.When("nesterov = True, dampening = 0", Ascend, L2, "Nesterov(momentum)")),
        Optimizer(
            "Adam",
            "lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, maximize=False, decoupled_weight_decay=False",
            [
                .. new[] { ("False", L2), ("True", Decay) }.SelectMany(decay => new[]
                {
                    FormCase.When($"amsgrad = False, decoupled_weight_decay = {decay.Item1}", Ascend, decay.Item2, Moments("Adam")),
                    FormCase.When($"amsgrad = True, decoupled_weight_decay = {decay.Item1}", Ascend, decay.Item2, Moments("AmsGrad")),
                }),
            ]),
        Optimizer(
            "AdamW",
            "lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False",
            FormCase.When("amsgrad = False", Ascend, Moments("Adam"), Decay),
            FormCase.When("amsgrad = True", Ascend, Moments("AmsGrad"), Decay)),
        Optimizer(
            "NAdam",
            "lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3, decoupled_weight_decay=False, *, maximize=False",
            FormCase.When("decoupled_weight_decay = False", Ascend, L2, Moments("Nadam", ", MomentumDecay = momentum_decay")),
            FormCase.When("decoupled_weight_decay = True", Ascend, Moments("Nadam", ", MomentumDecay = momentum_decay"), Decay)),
        Optimizer(
            "RAdam",
            "lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled_weight_decay=False, *, maximize=False",
            FormCase.When("decoupled_weight_decay = False", Ascend, L2, Moments("RAdam")),
            FormCase.When("decoupled_weight_decay = True", Ascend, Moments("RAdam"), Decay)),
        Optimizer(
            "Adamax",
            "lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False",
            FormCase.Of(Ascend, L2, Moments("AdaMax"))),
        Optimizer(
            "Adagrad",
            "lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, *, maximize=False",
            FormCase.Of(Ascend, L2, "Adagrad(Epsilon = eps, Initial = initial_accumulator_value)", "lr_decay ? InverseTime(lr_decay)")),
        Optimizer(
            "Adadelta",
            "lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False",
            FormCase.Of(Ascend, L2, "AdaDelta(Rho = rho, Epsilon = eps)")),
        Optimizer(
            "RMSprop",
            "lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *, maximize=False",
            FormCase.Of(
                Ascend,
                L2,
                "RmsProp(Decay = alpha, Epsilon = eps, Centered = centered)",
                "momentum ? Momentum(momentum)")),
        Optimizer(
            "Rprop",
            "lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, maximize=False",
            FormCase.Of(Ascend, "RProp(Down = etas[0], Up = etas[1], Min = step_sizes[0], Max = step_sizes[1])")),
        Optimizer(
            "ASGD",
            "lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, *, maximize=False",
            FormCase.Of(
                Ascend,
                L2,
                "WeightDecay(lambd)",
                "InverseTime(lambd * rate, Power = alpha)",
                "PolyakAverage(From = t0 + 1)")),
        Optimizer(
            "Adafactor",
            "lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, maximize=False",
            FormCase.When("eps[0] = None", Ascend, Factored("2.220446049250313e-16"), Decay),
            FormCase.When("eps[0] != None", Ascend, Factored("eps[0]"), Decay)),
        Optimizer(
            "Muon",
            "lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, ns_coefficients=(3.4445, -4.775, 2.0315), eps=_, "
            + "ns_steps=5, adjust_lr_fn=None",
            [
                .. new[] { ("None", ""), ("\"original\"", ""), ("\"match_rms_adamw\"", ", Rms = 0.2") }.Select(scale =>
                    FormCase.When(
                        $"adjust_lr_fn = {scale.Item1}",
                        "Ema(momentum, Nesterov = nesterov)",
                        "Orthogonalize(Steps = ns_steps, Epsilon = 0, A = ns_coefficients[0], B = ns_coefficients[1], "
                        + $"C = ns_coefficients[2]{scale.Item2})",
                        Decay).Deviates("iterates in bfloat16; here in the precision of the parameters.")),
            ]),
        Optimizer(
            "LBFGS",
            "lr=1, max_iter=20, max_eval=_, tolerance_grad=_, tolerance_change=_, history_size=100, line_search_fn=None",
            FormCase.When("max_iter = 1, line_search_fn = None", Quasi),
            FormCase.When("max_iter = 1, line_search_fn = \"strong_wolfe\"", Quasi, "Wolfe()"),
            FormCase.When("line_search_fn = None, max_iter != 1", Quasi).Deviates(Iterations),
            FormCase.When("line_search_fn = \"strong_wolfe\", max_iter != 1", Quasi, "Wolfe()").Deviates(Iterations)),
        new(FormKind.Optimizer, "SparseAdam", "lr=1e-3")
        {
            Refused = "gradients are dense here; Adam on dense gradients moves absent rows too",
        },
    ];

    private const string Quasi = "Lbfgs(history_size, FirstL1 = True)";
    private const string Iterations = "makes up to max_iter iterations in one step; here every step is one.";

    private static string Moments(string record, string more = "") =>
        $"{record}(Beta1 = betas[0], Beta2 = betas[1], Epsilon = eps{more})";

    private static string Factored(string epsilon) =>
        $"Adafactor(Exponent = -beta2_decay, Epsilon = {epsilon}, Clip = d, MinimumScale = eps[1], ClampEpsilon = True)";
}
