using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>The scalars of one step. One object per running step; rules read it in <see cref="IRule{V, T}.Begin"/>.</summary>
public sealed class StepContext
{
    internal double[] ScalarValues = [];
    internal long[] CountValues = [];
    internal double[] MeasuredValues = [];

    [ThreadStatic]
    private static StepContext? _copy;

    internal StepContext()
    {
    }

    /// <summary>k = t + 1, the number of this update: 1, 2, …</summary>
    public long Number { get; internal set; }

    /// <summary>η_t of the tensors being worked on.</summary>
    public double Rate { get; internal set; }

    /// <summary>What the step multiplies the update with: η_t, or 1 where the direction contains the rate.</summary>
    public double StepRate { get; internal set; }

    /// <summary>What decoupled decay multiplies its coefficient with: 1, or η_t where the direction contains the rate.</summary>
    public double DecayRate { get; internal set; }

    /// <summary>What a line search multiplies the step with; 1 without one.</summary>
    internal double StepFactor { get; set; } = 1;

    /// <summary>The index of the tensor being worked on, in a loop that works tensor by tensor.</summary>
    public int Tensor { get; internal set; }

    /// <summary>The loss handed to this step; NaN if none was.</summary>
    public double Loss { get; set; } = double.NaN;

    /// <summary>The factor by which loss-aware stages have reduced the rate.</summary>
    public double RateFactor { get; set; } = 1;

    /// <summary>The bound below which loss-aware stages do not reduce the rate.</summary>
    public double RateFloor { get; set; }

    /// <summary>A copy for the calling thread, with a <see cref="Tensor"/> of its own, until it asks for the next one.</summary>
    internal StepContext OfThisThread()
    {
        var copy = _copy ??= new StepContext();
        (copy.ScalarValues, copy.CountValues, copy.MeasuredValues) = (ScalarValues, CountValues, MeasuredValues);
        (copy.Number, copy.Rate, copy.StepRate, copy.DecayRate) = (Number, Rate, StepRate, DecayRate);
        copy.StepFactor = StepFactor;
        (copy.Loss, copy.RateFactor, copy.RateFloor) = (Loss, RateFactor, RateFloor);
        return copy;
    }

    /// <summary>The value of a scalar slot.</summary>
    /// <param name="slot">The handle.</param>
    public double this[ScalarSlot slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ScalarValues[slot.Index];
        set => ScalarValues[slot.Index] = value;
    }

    /// <summary>The value of a counter.</summary>
    /// <param name="slot">The handle.</param>
    public long this[CountSlot slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => CountValues[slot.Index];
        set => CountValues[slot.Index] = value;
    }

    /// <summary>The current tensor's value of a slot with one double per tensor.</summary>
    /// <param name="slot">The handle.</param>
    public double this[TensorSlot slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ScalarValues[slot.Index + Tensor];
        set => ScalarValues[slot.Index + Tensor] = value;
    }

    /// <summary>The factor 1/(1 − β^k) of an average that starts at 0; 1 where the average is not corrected.</summary>
    /// <param name="correction">The handle.</param>
    public double this[Correction correction]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => correction.Applies ? 1 / (1 - ScalarValues[correction.Index]) : 1;
    }

    /// <summary>What was measured in this step, over the scope or for the current tensor.</summary>
    /// <param name="measure">The handle.</param>
    public double this[Measure measure]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MeasuredValues[measure.Index + (measure.PerTensor ? Tensor : 0)];
    }
}

/// <summary>The handle of a slot with one double.</summary>
public readonly struct ScalarSlot
{
    internal readonly int Index;

    internal ScalarSlot(int index) => Index = index;
}

/// <summary>The handle of a bias correction.</summary>
public readonly struct Correction
{
    internal readonly int Index;
    internal readonly bool Applies;

    internal Correction(ScalarSlot power)
    {
        Index = power.Index;
        Applies = true;
    }
}

/// <summary>The handle of a counter.</summary>
public readonly struct CountSlot
{
    internal readonly int Index;

    internal CountSlot(int index) => Index = index;
}

/// <summary>The handle of a slot with one double per tensor.</summary>
public readonly struct TensorSlot
{
    internal readonly int Index;

    internal TensorSlot(int index) => Index = index;
}

/// <summary>The handle of a norm that is measured in every step.</summary>
public readonly struct Measure
{
    internal readonly int Index;
    internal readonly bool PerTensor;

    internal Measure(int index, bool perTensor)
    {
        Index = index;
        PerTensor = perTensor;
    }
}
