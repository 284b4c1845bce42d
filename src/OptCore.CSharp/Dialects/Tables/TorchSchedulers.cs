namespace OptCore;

/// <summary>The schedulers and clip functions of PyTorch 2.9. Schedulers are factors of the optimizer's rate.</summary>
internal static class TorchSchedulers
{
    public static IReadOnlyList<Form> All =>
    [
        Clip(
            "clip_grad_norm_",
            "max_norm, norm_type=2.0, error_if_nonfinite=_, foreach=_",
            FormCase.When("norm_type = 2.0", "ClipGlobalNorm(max_norm)").Deviates(Divides),
            FormCase.When("norm_type != 2.0", "ClipNorm(norm_type, max_norm)").Deviates(Divides)),
        Clip("clip_grad_value_", "clip_value, foreach=_", FormCase.Of("ClipValue(clip_value)")),
        Scheduler("StepLR", "step_size, gamma=0.1", FormCase.Of("StepDecay(step_size, gamma)")),
        Scheduler("MultiStepLR", "milestones, gamma=0.1", FormCase.Of("MultiStep(milestones, gamma)")),
        Scheduler("ExponentialLR", "gamma", FormCase.Of("GeometricDecay(gamma)")),
        Scheduler(
            "LinearLR",
            "start_factor=1 / 3, end_factor=1.0, total_iters=5",
            FormCase.When("end_factor = 1.0", "WarmupFrom(start_factor, total_iters)"),
            FormCase.When("end_factor != 1.0", "LinearRamp(total_iters, From = start_factor, To = end_factor)")),
        Scheduler("ConstantLR", "factor=1 / 3, total_iters=5", FormCase.Of("AndThen(Constant(factor), total_iters, Constant(1.0))")),
        Scheduler("PolynomialLR", "total_iters=5, power=1.0", FormCase.Of("PolynomialDecay(power, total_iters)")),
        Scheduler(
            "CosineAnnealingLR",
            "T_max, eta_min=0.0",
            FormCase.Of("Cosine(T_max, Floor = eta_min / rate)")
                .Deviates("rises again behind T_max, with period 2 T_max; here the rate stays."),
            FormCase.Of(
                "Repeat(AndThen(Cosine(T_max, Floor = eta_min / rate), T_max, "
                + "OneCycle(T_max, WarmupFraction = 1.0, InitialFactor = eta_min / rate)), 2 * T_max)").OnlyFaithful()),
        Scheduler(
            "CosineAnnealingWarmRestarts",
            "T_0, T_mult=1, eta_min=0.0",
            FormCase.When("eta_min = 0", "CosineRestarts(T_0, T_mult)"),
            FormCase.When(
                "eta_min != 0",
                "Plus(ScaleBy(CosineRestarts(T_0, T_mult), 1 - eta_min / rate), Constant(eta_min / rate))")),
        Scheduler(
            "OneCycleLR",
            "max_lr, total_steps, epochs=_, steps_per_epoch=_, pct_start=0.3, anneal_strategy=\"cos\", cycle_momentum=True, "
            + "base_momentum=_, max_momentum=_, div_factor=25.0, final_div_factor=1e4, three_phase=False",
            [
                .. Cycled("anneal_strategy = \"cos\"", Phases("")),
                .. Cycled("anneal_strategy = \"linear\"", Phases(", LinearWarmup = True, LinearDecay = True")),
            ]),
        Scheduler(
            "CyclicLR",
            "base_lr, max_lr, step_size_up=2000, step_size_down=None, mode=\"triangular\", gamma=1.0, scale_fn=None, scale_mode=_, "
            + "cycle_momentum=True, base_momentum=_, max_momentum=_",
            [
                .. Cycled(
                    "mode = \"triangular\", step_size_down = None",
                    "TriangularWave(step_size_up, base_lr / max_lr)"),
                .. Cycled(
                    "mode = \"triangular\", step_size_down != None",
                    "Repeat(AndThen(LinearRamp(step_size_up, From = base_lr / max_lr, To = 1.0), step_size_up, "
                    + "LinearRamp(step_size_down, From = 1.0, To = base_lr / max_lr)), step_size_up + step_size_down)"),
                .. Cycled("mode = \"triangular2\", step_size_down = None", Shrinking("StepDecay(2 * step_size_up, 0.5)")),
                .. Cycled("mode = \"exp_range\", step_size_down = None", Shrinking("GeometricDecay(gamma)")),
            ]),
        new(
            FormKind.Transformation,
            "ReduceLROnPlateau",
            "mode=\"min\", factor=0.1, patience=10, threshold=1e-4, threshold_mode=\"rel\", cooldown=0, min_lr=0, eps=1e-8",
            [
                .. new[] { ("min", "False"), ("max", "True") }.SelectMany(mode =>
                    new[] { ("rel", "False"), ("abs", "True") }.Select(threshold => FormCase.When(
                        $"mode = \"{mode.Item1}\", threshold_mode = \"{threshold.Item1}\"",
                        $"Plateau(patience, factor, Threshold = threshold, Floor = min_lr, Maximize = {mode.Item2}, "
                        + $"Absolute = {threshold.Item2}, Cooldown = cooldown)").Deviates(
                        "takes a worsening negative loss for an improvement, and ignores reductions of the rate by less than eps; it is "
                        + "given the loss where step() is called, here every update."))),
            ])
        {
            Module = Schedulers,
        },
        Refused("LambdaLR", "a function cannot be read; a Table has its values"),
        Refused("MultiplicativeLR", "a function cannot be read; a Table has its values"),
        Refused("SequentialLR", "write Schedule.andThen"),
        Refused("ChainedScheduler", "give the schedulers one behind the other: they multiply"),
    ];

    private const string Schedulers = "torch.optim.lr_scheduler.";
    private const string Divides = "divides by the norm plus 1e-6 and multiplies always; here the norm behind it is exact.";

    private static Form Scheduler(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Schedule, name, signature + ", last_epoch=_", cases) { Module = Schedulers };

    private static Form Clip(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Transformation, name, signature, cases) { Module = "torch.nn.utils." };

    private static Form Refused(string name, string why) => new(FormKind.Schedule, name, "first") { Refused = why };

    private static string Phases(string more) =>
        "OneCycle(total_steps, WarmupFraction = pct_start, InitialFactor = 1 / div_factor, "
        + $"FinalFactor = 1 / (div_factor * final_div_factor), Inclusive = True{more})";

    private static string Shrinking(string schedule) =>
        $"Plus(Constant(base_lr / max_lr), ScaleBy(Times(TriangularWave(step_size_up, 0.0), {schedule}), 1 - base_lr / max_lr))";

    private static FormCase[] Cycled(string given, string schedule) =>
    [
        FormCase.When(given + ", cycle_momentum = False", schedule).AtRate("max_lr"),
        FormCase.When(given + ", cycle_momentum = True", schedule).AtRate("max_lr").Deviates(
            "cycles the momentum, too; here it stays: scheduled \"Momentum.Beta\" does that."),
    ];
}
