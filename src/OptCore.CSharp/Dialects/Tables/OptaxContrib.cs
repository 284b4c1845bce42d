namespace OptCore;

/// <summary>The functions of <c>optax.contrib</c> 0.2.9, and optimizers around optimizers.</summary>
internal static class OptaxContrib
{
    public static IReadOnlyList<Form> All =>
    [
        Contrib(
            "acprop",
            "learning_rate, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, weight_decay=0.0, mask=None",
            FormCase.Of("AcProp" + OptaxForms.AdamLike, OptaxForms.Decay).Deviates(
                "centers by the old mean, against its own documentation; here by the new one, as the authors.")),
        Contrib(
            "ademamix",
            "learning_rate, b1=0.9, b2=0.999, b3=0.9999, alpha=5.0, eps=1e-8, eps_root=0.0, mu_dtype=None, weight_decay=0.0, mask=None",
            FormCase.Of(
                "AdEmaMix(Beta1 = b1, Beta2 = b2, Beta3 = b3, Epsilon = eps, Alpha = alpha, EpsilonRoot = eps_root)",
                OptaxForms.Decay)),
        Contrib(
            "simplified_ademamix",
            "learning_rate, b1=0.99, b2=0.95, alpha=0.0, eps=1e-8, eps_root=0.0, weight_decay=0.0, mask=None",
            FormCase.Of(
                "SimplifiedAdEmaMix(Beta1 = b1, Beta2 = b2, Epsilon = eps, Alpha = alpha, EpsilonRoot = eps_root)",
                OptaxForms.Decay)),
        Contrib(
            "adopt",
            "learning_rate, b1=0.9, b2=0.9999, eps=1e-6, mu_dtype=None, *, nesterov=False, use_clipping=True, "
            + "clip_value_fn=\"x ** 0.25\"",
            FormCase.Of("Adopt(Beta1 = b1, Beta2 = b2, Epsilon = eps, Clip = use_clipping, Nesterov = nesterov)")),
        Contrib(
            "cocob",
            "learning_rate=1.0, alpha=100.0, eps=1e-8, weight_decay=0.0, mask=None",
            FormCase.When("learning_rate = 1", OptaxForms.L2, "Cocob(Alpha = alpha, Epsilon = eps)"),
            FormCase.When("learning_rate != 1", OptaxForms.L2, "Cocob(Alpha = alpha, Epsilon = eps)").AtRate("1")
                .Deviates("has a learning_rate without effect; here the rate is 1, which does the same but for eps.")),
        Contrib(
            "dadapt_adamw",
            "learning_rate=1.0, betas=(0.9, 0.999), eps=1e-8, estim_lr0=1e-6, weight_decay=0.0",
            FormCase.Of(
                "DAdapt(Beta1 = betas[0], Beta2 = betas[1], Epsilon = eps, Initial = estim_lr0, BiasCorrection = True, "
                + "Decay = weight_decay)")),
        Contrib(
            "dog",
            "learning_rate=1.0, init_step=(\"heuristic\", 1e-6), eps=1e-8, weight_decay=None, mask=None",
            FormCase.When("init_step[0] = \"heuristic\"", OptaxForms.L2, "Dog(Initial = init_step[1], Epsilon = eps)"),
            FormCase.When("init_step[0] = \"learning_rate\"", OptaxForms.L2, "Dog(InitialRate = init_step[1], Epsilon = eps)")),
        Contrib(
            "dowg",
            "learning_rate=1.0, init_estim_sq_dist=None, eps=1e-4, weight_decay=None, mask=None",
            FormCase.When("init_estim_sq_dist = None", OptaxForms.L2, "Dowg(Epsilon = eps)"),
            FormCase.When("init_estim_sq_dist != None", OptaxForms.L2, "Dowg(Initial = sqrt(init_estim_sq_dist), Epsilon = eps)")),
        Contrib(
            "madgrad",
            "learning_rate, momentum=0.9, weight_decay=0.0, eps=1e-6",
            FormCase.Of(OptaxForms.L2, "Madgrad(Momentum = momentum, Epsilon = eps)").Deviates(
                "moves even where the rate is 0; here nothing moves then, as the authors' code.")),
        Contrib(
            "momo",
            "learning_rate=1.0, beta=0.9, lower_bound=0.0, weight_decay=0.0, adapt_lower_bound=False",
            FormCase.When("weight_decay = 0", Bounded("Momo(Beta = beta")),
            FormCase.When("weight_decay != 0", Bounded("Momo(Beta = beta")).Deviates(Undivided)),
        Contrib(
            "momo_adam",
            "learning_rate=0.01, b1=0.9, b2=0.999, eps=1e-8, lower_bound=0.0, weight_decay=0.0, adapt_lower_bound=False",
            FormCase.When("weight_decay = 0", Bounded("MomoAdam(Beta1 = b1, Beta2 = b2, Epsilon = eps")),
            FormCase.When("weight_decay != 0", Bounded("MomoAdam(Beta1 = b1, Beta2 = b2, Epsilon = eps")).Deviates(Undivided)),
        Contrib(
            "prodigy",
            "learning_rate=1.0, betas=(0.9, 0.999), beta3=None, eps=1e-8, estim_lr0=1e-6, estim_lr_coef=1.0, weight_decay=0.0, "
            + "safeguard_warmup=False, weight_decay_mask=None",
            FormCase.When("beta3 = None", Prodigy("")),
            FormCase.When("beta3 != None", Prodigy(", Beta3 = beta3"))),
        Contrib(
            "muon",
            "learning_rate, ns_coeffs=(3.4445, -4.775, 2.0315), ns_steps=5, beta=0.95, eps=1e-8, weight_decay=0.0, weight_decay_mask=None, "
            + "mu_dtype=None, *, nesterov=True, adaptive=False, preconditioning=\"frobenius\", adam_b1=_, adam_b2=_, adam_eps_root=_, "
            + "adam_weight_decay=_, adam_learning_rate=_, muon_weight_dimension_numbers=None, consistent_rms=None",
            FormCase.When("consistent_rms = None", Averaged, Matrices(""), OptaxForms.Decay).Deviates(ByRank),
            FormCase.When("consistent_rms != None", Averaged, Matrices(", Rms = consistent_rms"), OptaxForms.Decay).Deviates(ByRank)),
        Contrib(
            "sophia",
            "learning_rate, b1=0.965, b2=0.99, eps=1e-8, weight_decay=1e-4, weight_decay_mask=None, gamma=0.01, clip_threshold=1.0, "
            + "update_interval=10, hessian_diagonal_fn=\"hutchinson\", mu_dtype=None, verbose=_, print_win_rate_every_n_steps=_",
            FormCase.Of(
                "Sophia(Beta1 = b1, Beta2 = b2, Epsilon = eps, Gamma = gamma, Clip = clip_threshold, Every = update_interval)",
                OptaxForms.Decay).Deviates("corrects the mean and uses the curvature before its update; here the paper's algorithm 3.")),
        Contrib(
            "galore",
            "learning_rate, rank=128, update_proj_gap=200, scale=1.0, base_optimizer=None, weight_decay=0.0, mask=None, "
            + "weight_dimension_numbers=None",
            FormCase.Of("GaLore(rank, update_proj_gap, Scale = scale)", OptaxForms.Decay).Deviates(
                "projects the longer side and leaves signs to the decomposition; here the paper's shorter side.")),
        Contrib(
            "schedule_free_sgd",
            "learning_rate=1.0, warmup_steps=None, b1=0.9, weight_decay=None, weight_lr_power=2.0, state_dtype=None",
            FormCase.When("warmup_steps = None", OptaxForms.L2, Free)),
        Contrib(
            "schedule_free_adamw",
            "learning_rate=0.0025, warmup_steps=None, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0.0, weight_lr_power=2.0, state_dtype=None",
            FormCase.When(
                "warmup_steps = None",
                "RmsProp(Decay = b2, Epsilon = eps, BiasCorrection = True)",
                OptaxForms.Decay,
                Free)),
        new(
            FormKind.Wrapper,
            "schedule_free",
            "base_optimizer, learning_rate, b1=0.9, weight_lr_power=2.0, state_dtype=None",
            FormCase.When("learning_rate = rate", Free))
        {
            Module = Module,
        },
        new(
            FormKind.Wrapper,
            "mechanize",
            "base_optimizer, weight_decay=0.01, eps=1e-8, s_init=1e-6, num_betas=6",
            FormCase.Of("Mechanic(Initial = s_init, Decay = weight_decay, Epsilon = eps, Count = num_betas)").Deviates(
                "starts its scale at s_init, limits h, keeps negative rewards and computes the displacement from the parameters; here the "
                + "paper."))
        {
            Module = Module,
        },
        new(
            FormKind.Wrapper,
            "MultiSteps",
            "opt, every_k_schedule, use_grad_mean=True, should_skip_update_fn=None, accumulator_dtype=_",
            FormCase.Of("Accumulate(every_k_schedule)").Deviates(
                "lets one gradient that is not finite poison all later steps; here that one update, or none with skipNonFinite.")),
        new(
            FormKind.Wrapper,
            "apply_if_finite",
            "inner, max_consecutive_errors",
            FormCase.Of("SkipNonFinite(max_consecutive_errors + 1)").Deviates(
                "lets a gradient through that is not finite behind max_consecutive_errors in a row; here that one throws.")),
        new(
            FormKind.Wrapper,
            "lookahead",
            "fast_optimizer, sync_period, slow_step_size, reset_state=False",
            FormCase.Of("Lookahead(sync_period, slow_step_size)")),
        Refused("sam", "its adversarial optimizer is any; sam rho is the paper's"),
        Refused("inject_hyperparams", "write scheduled \"Record.Property\" (schedule)"),
        Refused("masked", "write only or except; leaves outside a mask pass the raw gradient through"),
        Refused("partition", "write partition [pattern, optimizer]: its labels are functions"),
    ];

    private const string Module = "optax.contrib.";
    private const string Averaged = "Ema(beta, BiasCorrection = True, Nesterov = nesterov)";
    private const string Free = "ScheduleFree(b1, RatePower = weight_lr_power)";
    private const string Undivided = "with decay forgets to divide the step by 1 + ηλ; here as the authors.";
    private const string ByRank =
        "gives tensors that are no matrices to Adam; here they are an error: partition gives them another optimizer.";

    private static Form Refused(string name, string why) => new(FormKind.Wrapper, name, "inner") { Refused = why };

    private static Form Contrib(string name, string signature, params FormCase[] cases) =>
        new(FormKind.Optimizer, name, signature, cases) { Rate = "learning_rate", Module = Module };

    private static string Bounded(string start) =>
        start + ", LowerBound = lower_bound, AdaptLowerBound = adapt_lower_bound, Decay = weight_decay)";

    private static string Prodigy(string more) =>
        "Prodigy(Beta1 = betas[0], Beta2 = betas[1], Epsilon = eps, Initial = estim_lr0, Coefficient = estim_lr_coef, "
        + $"BiasCorrection = True, SafeguardWarmup = safeguard_warmup, Decay = weight_decay{more})";

    private static string Matrices(string more) =>
        "Orthogonalize(Steps = ns_steps, Epsilon = eps, A = ns_coeffs[0], B = ns_coeffs[1], C = ns_coeffs[2], OutputFirst = False"
        + $"{more})";
}
