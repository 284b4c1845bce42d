namespace OptBench.Contenders;

/// <summary>The numbers of one step that a hand-written kernel computes before its loop.</summary>
internal struct Scalars<T>
{
    public T Beta1, Share1, Beta2, Share2, Correction1, Correction2, Epsilon, MinusRate, Decay, Clip;
}

/// <summary>The set-up of a hand-written step: running powers, cosine, corrections, all in double.</summary>
internal sealed class ScalarSetup(Rule rule)
{
    private double _power1 = 1;
    private double _power2 = 1;
    private long _step;

    /// <summary>The factor of the bias-corrected first moment.</summary>
    public double Correction1 { get; private set; } = 1;

    public double Correction2 { get; private set; } = 1;

    public double Rate { get; private set; } = Rules.Rate;

    public void Next()
    {
        if (rule is Rule.Adam or Rule.ClipAdamW or Rule.Lamb)
        {
            _power1 = Flushed(_power1 * Rules.Beta1);
            _power2 = Flushed(_power2 * Rules.Beta2);
            Correction1 = 1 / (1 - _power1);
            Correction2 = 1 / (1 - _power2);
        }

        if (rule == Rule.ClipAdamW)
        {
            Rate = Rules.Rate * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(_step++, Rules.CosineSteps) / Rules.CosineSteps));
        }
    }

    // Subnormal powers would slow down every later step.
    private static double Flushed(double power) => power < 1e-20 ? 0 : power;
}
