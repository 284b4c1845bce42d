namespace OptCore;

/// <summary>Why a minimization ended.</summary>
public enum Reason
{
    /// <summary>
    /// A criterion of the options holds at the returned point, for the whole objective: ‖∇f‖ ≤
    /// <see cref="MinimizeOptions.GradientTolerance"/> (within bounds: of the projected gradient) or f ≤
    /// <see cref="MinimizeOptions.Target"/>. Or a line search has found nothing, where that gradient is exactly 0.
    /// </summary>
    Converged,

    /// <summary>All updates asked for were made, or <see cref="MinimizeOptions.Evaluations"/>.</summary>
    LimitReached,

    /// <summary>The value has not improved for <see cref="MinimizeOptions.Patience"/> updates, or the metric of
    /// <see cref="MinimizeOptions.Validation"/> for more than its patience.</summary>
    Stalled,

    /// <summary>
    /// After at least one update the value, the gradient or a parameter was not finite, or the value had grown beyond
    /// <see cref="MinimizeOptions.DivergenceThreshold"/>.
    /// </summary>
    Diverged,

    /// <summary>The value or the gradient was not finite at the start, or <c>skipNonFinite</c> gave up.</summary>
    NonFinite,

    /// <summary>A line search found no step along the direction of the last update, and the gradient is not 0: the point can hardly be
    /// improved, or the direction does not lead downhill.</summary>
    LineSearchFailed,

    /// <summary>The last update, or the start, broke one of <see cref="MinimizeOptions.Invariants"/>; <see cref="Result{T}.Broken"/> says
    /// which and where.</summary>
    InvariantBroken,

    /// <summary><see cref="MinimizeOptions.TimeLimit"/> has passed.</summary>
    TimeLimit,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}
