namespace OptCore;

/// <summary>
/// What a stage says of itself: for composition, for <see cref="Optimizer.Warnings"/>, for certificates and laws. Nothing else in
/// the library knows one stage from another.
/// </summary>
[Flags]
public enum StageTraits
{
    /// <summary>Nothing of note.</summary>
    None = 0,

    /// <summary>It averages gradients over time; two such stages on one tensor multiply the delay.</summary>
    Momentum = 1,

    /// <summary>It divides by the size of past gradients; a decay added to the gradient is divided too.</summary>
    Adaptive = 1 << 1,

    /// <summary>It takes the rate of the first step only; schedules change nothing.</summary>
    FirstRateOnly = 1 << 2,

    /// <summary>
    /// A direction whose own equation contains η_t (<c>velocity</c>, <c>lars</c>, <c>rprop</c>): from there on the update is in
    /// parameter units and the step subtracts it as it is.
    /// </summary>
    RateInside = 1 << 3,

    /// <summary>It may stand at most once in an optimizer, and never inside a scope or a part.</summary>
    Single = 1 << 4,

    /// <summary>A direction that must be the only one of its optimizer (<c>nag</c>).</summary>
    StandsAlone = 1 << 5,

    /// <summary>It needs the loss of every step: a step without one is an <see cref="ArgumentException"/>.</summary>
    NeedsLoss = 1 << 6,

    /// <summary>It draws random numbers: what it does is no function of the gradients alone.</summary>
    Random = 1 << 7,

    /// <summary>
    /// Update, parameters and slots after it are linear in those before it, without a constant term, for all finite values; the
    /// coefficients are the same in every step of a constant rate.
    /// </summary>
    Linear = 1 << 8,

    /// <summary>It changes neither update nor parameters, only slots of its own: an average beside the path.</summary>
    Observer = 1 << 9,

    /// <summary>Claim: coordinates do not see each other. Permutations and separate runs give the same bits.</summary>
    Elementwise = 1 << 10,

    /// <summary>Claim: rotations of gradients and parameters turn the trajectory.</summary>
    Rotations = 1 << 11,

    /// <summary>Claim: gradients times 2^k give the same bits.</summary>
    ScaleFree = 1 << 12,

    /// <summary>Claim: without a gradient in any step so far there is no step, bit for bit.</summary>
    RestsAtZero = 1 << 13,

    /// <summary>
    /// As <see cref="Linear"/>, with coefficients that depend on the number of the step: a bias correction, a first step of its own.
    /// </summary>
    LinearInStep = 1 << 14,

    /// <summary>
    /// It finds the step length from the gradients: η_t is a factor of about 1, so that a decay per unit of rate takes all of λ in
    /// every update (<c>dog</c>, <c>cocob</c>, <c>prodigy</c>).
    /// </summary>
    OwnRate = 1 << 15,

    /// <summary>It runs before every other stage, wherever it is declared (<c>ascend</c>).</summary>
    Leads = 1 << 16,

    /// <summary>With <see cref="NeedsLoss"/>: it computes with the loss, so that one that is not finite is refused too.</summary>
    FiniteLoss = 1 << 17,

    /// <summary>It limits update or parameters and leaves them bit-unchanged where they are within: a clip, a constraint.</summary>
    Limits = 1 << 18,

    /// <summary>A direction in a metric of its own, behind which a Euclidean projection need not descend: constraints are
    /// refused.</summary>
    Unprojected = 1 << 19,

    /// <summary>A direction whose step, taken whole or in part, stays where the stage keeps the parameters: searches look no further than
    /// a = 1.</summary>
    Confined = 1 << 20,
}
