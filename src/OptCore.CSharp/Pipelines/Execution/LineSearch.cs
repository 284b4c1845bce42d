using System.Numerics;
using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The search of one engine: lets a stage look along the update that was put aside, and scales the rates of the step by what it
/// chose. Trial points are made by the loop that makes the step, so that the step ends at the very point that was tried. What the
/// objective said there is kept for the next step.
/// </summary>
internal sealed class LineSearch<T> : SearchStep
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = 1 << 20;

    private static readonly Quantity InnerProduct = Quantity.InnerProduct(Measured.Update, Measured.Parameters);
    private static readonly Quantity Largeness = Quantity.Norm(Measured.Update, double.PositiveInfinity);

    private readonly ResolvedStage _site;
    private readonly ISearch _stage;
    private readonly List<Region> _regions;
    private readonly double[] _planned;
    private readonly double[] _tried;
    private readonly double _sign;
    private Program<T>? _trial;
    private StepMemory<T>? _memory;
    private IObjective? _objective;
    private long _index;

    // The last trial, and the one of the smallest value before it: what a search chooses is almost always one of the two.
    private Asked _last;
    private Asked? _lowest;

    // Where the last step has ended, and the objective that was asked there.
    private Asked? _end;
    private IObjective? _askedAtEnd;

    public LineSearch(ResolvedOptimizer model, LiveStages? live)
    {
        _site = model.Search!;
        _stage = (ISearch)(live?.Of(_site)?.Stage ?? _site.Stage);
        _regions = Region.Of(model);
        _last = new Asked(model.Layout.Length);
        _planned = new double[model.Rates.Length];
        _tried = new double[model.Rates.Length];
        Furthest = model.Stages.Any(site => site.Stage.Has(StageTraits.Confined)) ? 1 : double.PositiveInfinity;
        _sign = model.Stages.Any(site => site.Stage is IReversal) ? -1 : 1;
    }

    /// <summary>Whether the last step has found nothing and left p alone.</summary>
    public bool Failed { get; private set; }

    public override double this[string slot]
    {
        get => _memory!.Context.ScalarValues[Index(slot)];
        set => _memory!.Context.ScalarValues[Index(slot)] = value;
    }

    /// <summary>The program that makes a trial point.</summary>
    public void Take(Program<T> trial) => _trial = trial;

    /// <summary>The objective of the coming step, as update number <paramref name="index"/> sees it.</summary>
    public void Take(IObjective? objective, long index) => (_objective, _index) = (objective, index);

    /// <summary>Chooses the length of the step and scales its rates.</summary>
    public void Run(StepMemory<T> memory, double[] rates)
    {
        _memory = memory;
        rates.CopyTo(_planned, 0);
        Forget();
        Evaluations = 0;
        Largest = Norm();
        Start = new SearchTrial(0, memory.Context.Loss, _sign * Slope(memory[Source.Gradient]));
        var a = double.IsFinite(Start.Value) && Start.Slope < 0 && double.IsFinite(Start.Slope) ? _stage.Choose(this) : 0;
        Failed = !(a > 0 && double.IsFinite(a));
        if (Failed)
        {
            // 0 times an update that is not finite would be NaN.
            memory[Source.Update].Clear();
            a = 0;
        }

        Scale(a, rates);
        _end = Failed ? AtStart() : _last.At == a ? _last : _lowest?.At == a ? _lowest : null;
        _askedAtEnd = _end is null ? null : _objective;
    }

    /// <summary>What the objective says at a point, where it is the one at which the last step has ended, to the bit.</summary>
    /// <param name="objective">The objective; another one than that of the last step is not known.</param>
    /// <param name="at">The point.</param>
    /// <param name="gradient">Receives the gradient, where it is known.</param>
    /// <returns>The value; null where it is not known.</returns>
    public double? Recall(IObjective objective, ReadOnlySpan<T> at, Span<T> gradient)
    {
        if (!Knows(objective, at))
        {
            return null;
        }

        _end!.Gradient.CopyTo(gradient);
        return _end.Value;
    }

    /// <summary>Whether <see cref="Recall"/> knows it.</summary>
    public bool Knows(IObjective objective, ReadOnlySpan<T> at) =>
        _end is { } end && ReferenceEquals(_askedAtEnd, objective) && AreSameBits(end.Point[0], at);

    // Block by block: a span of bytes holds 2 GiB at most. Two zeros of other signs are two points.
    private static bool AreSameBits(ReadOnlySpan<T> one, ReadOnlySpan<T> other)
    {
        while (!one.IsEmpty)
        {
            var count = Math.Min(Block, one.Length);
            if (!MemoryMarshal.AsBytes(one[..count]).SequenceEqual(MemoryMarshal.AsBytes(other[..count])))
            {
                return false;
            }

            one = one[count..];
            other = other[count..];
        }

        return true;
    }

    public override SearchTrial Evaluate(double a)
    {
        var memory = _memory!;
        if (Evaluations > 0 && !(_last.Tried >= _lowest?.Tried))
        {
            (_last, _lowest) = (_lowest ?? new Asked(_last.Gradient.Length), _last);
        }

        Evaluations++;
        if (!_last.IsFilled)
        {
            // What does not move is no trial's own.
            memory[Source.OldParameters].CopyTo(_last.Point[0]);
            _last.IsFilled = true;
        }

        Scale(a, _tried);
        var next = memory.Redirect(_last.Point);
        foreach (var operation in _trial!.Operations)
        {
            operation.Run(memory, _tried);
        }

        memory.Redirect(next);
        _last.Value = _objective!.EvaluateAt<T>(_index, _last.Point[0], _last.Gradient);
        var (value, slope) = (_sign * _last.Value, _sign * Slope(_last.Gradient));
        var trial = double.IsFinite(value) && double.IsFinite(slope)
            ? new SearchTrial(a, value, slope)
            : new SearchTrial(a, double.PositiveInfinity, double.NaN);
        (_last.At, _last.Tried) = (a, trial.Value);
        return trial;
    }

    private void Forget()
    {
        _end = null;
        _last.Forget();
        _lowest?.Forget();
    }

    // Where nothing was found p stays, and what the step was told of p is still right.
    private Asked? AtStart()
    {
        var memory = _memory!;
        if (!double.IsFinite(memory.Context.Loss))
        {
            return null;
        }

        memory[Source.OldParameters].CopyTo(_last.Point[0]);
        memory[Source.Gradient].CopyTo(_last.Gradient);
        (_last.At, _last.Value) = (0, memory.Context.Loss);
        return _last;
    }

    private void Scale(double a, double[] rates)
    {
        _memory!.Context.StepFactor = a;
        for (var i = 0; i < rates.Length; i++)
        {
            rates[i] = _planned[i] * a;
        }
    }

    private double Slope(ReadOnlySpan<T> gradient)
    {
        double sum = 0;
        foreach (var region in _regions)
        {
            sum += region.StepFactor(_planned) * Quantities.Of(InnerProduct, gradient, _memory![Source.Update], region.Ranges);
        }

        return -sum;
    }

    private double Norm()
    {
        double largest = 0;
        foreach (var region in _regions)
        {
            var norm = Quantities.Of<T>(Largeness, _memory![Source.Update], [], region.Ranges);
            largest = Math.Max(largest, region.StepFactor(_planned) * norm);
        }

        return largest;
    }

    private int Index(string slot) => _site.Slots.TryGetValue(slot, out var found) && found.Spec.Kind == SlotKind.Scalar
        ? found.Index
        : throw new ArgumentException($"The stage {_site.Prefix} lists no scalar slot \"{slot}\".", nameof(slot));

    /// <summary>A point, and what the objective said there.</summary>
    private sealed class Asked(int length)
    {
        public AlignedBuffer<T> Point { get; } = new(length, 1);

        public T[] Gradient { get; } = new T[length];

        /// <summary>f, not −f; whatever it is.</summary>
        public double Value { get; set; }

        /// <summary>a; NaN where nothing was tried in this step.</summary>
        public double At { get; set; } = double.NaN;

        /// <summary>φ(a), as the search has seen it; NaN where nothing was tried in this step.</summary>
        public double Tried { get; set; } = double.NaN;

        /// <summary>Whether what does not move is that of this step.</summary>
        public bool IsFilled { get; set; }

        public void Forget() => (At, Tried, IsFilled) = (double.NaN, double.NaN, false);
    }
}
