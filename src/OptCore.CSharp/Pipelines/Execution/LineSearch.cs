using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The search of one engine: lets a stage look along the update that was put aside, and scales the rates of the step by what it
/// chose. Trial points are made by the loop that makes the step, so that the step ends at the very point that was tried.
/// </summary>
internal sealed class LineSearch<T> : SearchStep
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly Quantity InnerProduct = Quantity.InnerProduct(Measured.Update, Measured.Parameters);
    private static readonly Quantity Largeness = Quantity.Norm(Measured.Update, double.PositiveInfinity);

    private readonly ResolvedStage _site;
    private readonly ISearch _stage;
    private readonly List<Region> _regions;
    private readonly AlignedBuffer<T> _point;
    private readonly T[] _gradient;
    private readonly double[] _planned;
    private readonly double[] _tried;
    private readonly double _sign;
    private Program<T>? _trial;
    private StepMemory<T>? _memory;
    private IObjective? _objective;
    private long _index;

    public LineSearch(ResolvedOptimizer model, LiveStages? live)
    {
        _site = model.Search!;
        _stage = (ISearch)(live?.Of(_site)?.Stage ?? _site.Stage);
        _regions = Region.Of(model);
        _point = new AlignedBuffer<T>(model.Layout.Length, 1);
        _gradient = new T[model.Layout.Length];
        _planned = new double[model.Rates.Count];
        _tried = new double[model.Rates.Count];
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
        memory[Source.OldParameters].CopyTo(_point[0]);
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
    }

    public override SearchTrial Evaluate(double a)
    {
        var memory = _memory!;
        Evaluations++;
        Scale(a, _tried);
        var next = memory.Redirect(_point);
        foreach (var operation in _trial!.Operations)
        {
            operation.Run(memory, _tried);
        }

        memory.Redirect(next);
        var value = _sign * _objective!.EvaluateAt<T>(_index, _point[0], _gradient);
        var slope = _sign * Slope(_gradient);
        return double.IsFinite(value) && double.IsFinite(slope)
            ? new SearchTrial(a, value, slope)
            : new SearchTrial(a, double.PositiveInfinity, double.NaN);
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
}
