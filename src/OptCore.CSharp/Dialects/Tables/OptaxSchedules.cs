namespace OptCore;

/// <summary>The schedules of Optax 0.2.9, which are whole rates: the largest value of a phase is the rate, the rest a factor.</summary>
internal static class OptaxSchedules
{
    public static IReadOnlyList<Form> All =>
    [
        Schedule("constant_schedule", "value", FormCase.Of().AtRate("value")),
        Schedule(
            "linear_schedule",
            Steps,
            [
                FormCase.When("transition_begin = 0, end_value = 0", "LinearRamp(transition_steps)").AtRate("init_value"),
                .. Ramps("", "LinearRamp(transition_steps, From = init_value / rate, To = end_value / rate)"),
                .. Ramps("!", "Delay(LinearRamp(transition_steps, From = init_value / rate, To = end_value / rate), transition_begin)"),
            ]),
        Schedule(
            "polynomial_schedule",
            "init_value, end_value, power, transition_steps, transition_begin=0",
            FormCase.When("transition_begin = 0, end_value = 0", "PolynomialDecay(power, transition_steps)").AtRate("init_value"),
            FormCase.When(
                "transition_begin = 0, end_value != 0, init_value >= end_value",
                "Plus(ScaleBy(PolynomialDecay(power, transition_steps), 1 - end_value / rate), Constant(end_value / rate))")
                .AtRate("init_value"),
            FormCase.When("transition_begin != 0, end_value = 0", "Delay(PolynomialDecay(power, transition_steps), transition_begin)")
                .AtRate("init_value")),
        Schedule(
            "exponential_decay",
            "init_value, transition_steps, decay_rate, transition_begin=0, staircase=False, end_value=None",
            FormCase.When("staircase = True, transition_begin = 0, end_value = None", "StepDecay(transition_steps, decay_rate)")
                .AtRate("init_value"),
            FormCase.When("transition_steps = 1, staircase = False, transition_begin = 0, end_value = None", "GeometricDecay(decay_rate)")
                .AtRate("init_value"),
            FormCase.When(
                "staircase = False, transition_begin = 0, end_value = None",
                "GeometricDecay(decay_rate ** (1 / transition_steps))").AtRate("init_value"),
            FormCase.When(
                "staircase = True, transition_begin = 0, end_value != None, decay_rate < 1",
                "AtLeast(StepDecay(transition_steps, decay_rate), end_value / rate)").AtRate("init_value")),
        Schedule(
            "cosine_decay_schedule",
            "init_value, decay_steps, alpha=0.0, exponent=1.0",
            FormCase.Of("Cosine(decay_steps, Floor = alpha, Exponent = exponent)").AtRate("init_value")),
        Schedule(
            "warmup_constant_schedule",
            "init_value, peak_value, warmup_steps",
            FormCase.Of("WarmupFrom(init_value / peak_value, warmup_steps)").AtRate("peak_value")),
        Schedule(
            "warmup_cosine_decay_schedule",
            "init_value, peak_value, warmup_steps, decay_steps, end_value=0.0, exponent=1.0",
            FormCase.Of(
                "AndThen(WarmupFrom(init_value / peak_value, warmup_steps), warmup_steps, "
                + "Cosine(decay_steps - warmup_steps, Floor = end_value / peak_value, Exponent = exponent))").AtRate("peak_value")),
        Schedule(
            "warmup_exponential_decay_schedule",
            "init_value, peak_value, warmup_steps, transition_steps, decay_rate, transition_begin=0, staircase=False, end_value=None",
            FormCase.When(
                "staircase = True",
                "AndThen(WarmupFrom(init_value / peak_value, warmup_steps), warmup_steps, StepDecay(transition_steps, decay_rate))")
                .AtRate("peak_value")),
        Schedule(
            "cosine_onecycle_schedule",
            "transition_steps, peak_value, pct_start=0.3, div_factor=25.0, final_div_factor=1e4",
            FormCase.Of(
                "OneCycle(transition_steps, WarmupFraction = pct_start, InitialFactor = 1 / div_factor, "
                + "FinalFactor = 1 / (div_factor * final_div_factor))").AtRate("peak_value")),
        Refused("piecewise_constant_schedule", "write Schedule.constant 1.0 |> Schedule.andThen n (Schedule.constant a)"),
        Refused("piecewise_interpolate_schedule", "write LinearRamp or Cosine pieces joined by Schedule.andThen"),
        Refused("linear_onecycle_schedule", "write three LinearRamp joined by Schedule.andThen"),
        Refused("sgdr_schedule", "write warm-ups and cosines joined by Schedule.andThen"),
        Refused("join_schedules", "write Schedule.andThen"),
    ];

    private const string Steps = "init_value, end_value, transition_steps, transition_begin=0";

    private static Form Schedule(string name, string signature, params FormCase[] cases) => new(FormKind.Schedule, name, signature, cases);

    private static Form Refused(string name, string why) => new(FormKind.Schedule, name, "first") { Refused = why };

    private static FormCase[] Ramps(string not, string template) =>
    [
        FormCase.When($"transition_begin {not}= 0, init_value >= end_value", template).AtRate("init_value"),
        FormCase.When($"transition_begin {not}= 0, init_value < end_value", template).AtRate("end_value"),
    ];
}
