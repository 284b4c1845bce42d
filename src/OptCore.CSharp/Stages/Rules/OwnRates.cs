using OptCore.Kernels;

namespace OptCore;

/// <summary>What rules share that find their own step length in the way of Adam.</summary>
internal static class OwnRates
{
    /// <summary>Accepts values ≥ 1, infinity included.</summary>
    public static double Growth(double value, string name) =>
        value >= 1 ? value : throw Require.Outside(name, value, "1 ≤ value (infinity allowed)");

    /// <summary>The slots of the bias corrections, where there are any.</summary>
    public static SlotSpec[] Powers(bool corrects) => corrects ? [SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power")] : [];

    /// <summary>b = √(1−β2^k)/(1−β1^k); 1 where averages are not corrected.</summary>
    public readonly struct Factor(Correction first, Correction second)
    {
        /// <summary>b in a step.</summary>
        public double In(StepContext step) => step[first] / Math.Sqrt(step[second]);
    }
}
