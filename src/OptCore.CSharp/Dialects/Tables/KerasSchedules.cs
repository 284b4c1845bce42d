namespace OptCore;

/// <summary>The schedules of Keras 3.16, which are whole rates.</summary>
internal static class KerasSchedules
{
    public static IReadOnlyList<Form> All =>
    [
        Schedule(
            "ExponentialDecay",
            "initial_learning_rate, decay_steps, decay_rate, staircase=False",
            FormCase.When("staircase = True", "StepDecay(decay_steps, decay_rate)"),
            FormCase.When("staircase = False, decay_steps = 1", "GeometricDecay(decay_rate)"),
            FormCase.When("staircase = False", "GeometricDecay(decay_rate ** (1 / decay_steps))")),
        Schedule(
            "InverseTimeDecay",
            "initial_learning_rate, decay_steps, decay_rate, staircase=False",
            FormCase.When("staircase = False, decay_steps = 1", "InverseTime(decay_rate)"),
            FormCase.When("staircase = False", "InverseTime(decay_rate / decay_steps)")),
        Schedule(
            "PolynomialDecay",
            "initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False",
            FormCase.When("end_learning_rate = 0, power != 1", "PolynomialDecay(power, decay_steps)"),
            FormCase.When("power = 1", "LinearRamp(decay_steps, To = end_learning_rate / rate)"),
            FormCase.When(
                "power != 1, end_learning_rate != 0",
                "Plus(ScaleBy(PolynomialDecay(power, decay_steps), 1 - end_learning_rate / rate), Constant(end_learning_rate / rate))")),
        Schedule(
            "CosineDecay",
            "initial_learning_rate, decay_steps, alpha=0.0, *, warmup_target=None, warmup_steps=0",
            FormCase.When("warmup_target = None", "Cosine(decay_steps, Floor = alpha)"),
            FormCase.When(
                "warmup_target != None",
                "AndThen(WarmupFrom(initial_learning_rate / warmup_target, warmup_steps), warmup_steps, "
                + "Cosine(decay_steps, Floor = alpha))")
                .AtRate("warmup_target")),
        Schedule(
            "CosineDecayRestarts",
            "initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0",
            FormCase.When("alpha = 0", "CosineRestarts(first_decay_steps, t_mul)"),
            FormCase.When("alpha != 0", "Plus(ScaleBy(CosineRestarts(first_decay_steps, t_mul), 1 - alpha), Constant(alpha))")),
        new(FormKind.Schedule, "PiecewiseConstantDecay", "boundaries, values")
        {
            Refused = "write Schedule.andThen n (Schedule.constant a)",
        },
    ];

    private static Form Schedule(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Schedule, name, signature + ", name=_", cases)
        {
            Rate = "initial_learning_rate",
            Module = "keras.optimizers.schedules.",
        };
}
