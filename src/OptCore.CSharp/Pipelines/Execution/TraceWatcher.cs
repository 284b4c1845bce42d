using System.Numerics;
using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Measures the vector behind every stage of a step.</summary>
internal sealed class TraceWatcher<T> : IStageWatcher<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<TensorInfo> _tensors;
    private readonly T[] _gradient;
    private readonly T[] _old;
    private readonly T[] _update;
    private readonly T[] _parameters;
    private readonly double[] _taken;
    private readonly List<StageTrace> _stages = [];

    /// <param name="model">The optimizer.</param>
    /// <param name="moving">The tensors that move and have a gradient.</param>
    /// <param name="gradient">The raw gradient.</param>
    /// <param name="parameters">The parameters before the step.</param>
    public TraceWatcher(ResolvedOptimizer model, TensorSet moving, ReadOnlySpan<T> gradient, ReadOnlySpan<T> parameters)
    {
        _tensors = model.Layout.Tensors;
        (_gradient, _old) = ([.. gradient], [.. parameters]);
        (_update, _parameters) = ([.. gradient], [.. parameters]);
        _taken = new double[gradient.Length];
        Add("gradient", NoStage.Instance, Phase.Gradient, moving, Source.Update, gradient);
    }

    public IReadOnlyList<StageTrace> Stages => _stages;

    public void See(ResolvedStage stage, TensorSet tensors, Source source, ReadOnlySpan<T> vector) =>
        Add(stage.Prefix, stage.Stage, stage.Phase, tensors, source, vector);

    private void Add(string name, IStage stage, Phase phase, TensorSet tensors, Source source, ReadOnlySpan<T> vector)
    {
        var limits = stage.Has(StageTraits.Limits);
        var isUpdate = source is Source.Update or Source.Gradient;
        var before = isUpdate ? _update : _parameters;
        var seen = new List<TensorTrace>();
        foreach (var index in tensors.Indices)
        {
            var tensor = _tensors[index];
            var now = vector.Slice(tensor.Offset, tensor.Length);
            var last = before.AsSpan(tensor.Offset, tensor.Length);
            var changed = !SameBits(now, last);
            var free = limits ? Same(now, last) : isUpdate && stage is IBounded { StepBound: < double.PositiveInfinity } bounded
                ? Below(now, bounded.StepBound)
                : (int?)null;
            now.CopyTo(last);
            Take(tensor, now, isUpdate);
            ElementRange[] range = [new(tensor.Offset, tensor.End)];
            seen.Add(new TensorTrace(
                tensor.Name,
                Norm.Of<double>(_taken, range),
                Cosine(range),
                Largest(range),
                Reduction.FirstNonFinite(now),
                changed)
            {
                Length = tensor.Length,
                Agreeing = Agreeing(tensor),
                Free = free,
            });
        }

        ElementRange[] all = [.. tensors.Indices.Select(index => new ElementRange(_tensors[index].Offset, _tensors[index].End))];
        _stages.Add(new StageTrace(name, phase, limits, Norm.Of<double>(_taken, all), Cosine(all), Largest(all), seen));
    }

    private static bool SameBits(ReadOnlySpan<T> a, ReadOnlySpan<T> b) =>
        MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

    private static int Same(ReadOnlySpan<T> now, ReadOnlySpan<T> last)
    {
        var count = 0;
        for (var i = 0; i < now.Length; i++)
        {
            count += SameBits(now.Slice(i, 1), last.Slice(i, 1)) ? 1 : 0;
        }

        return count;
    }

    // The bound as rules have it, in the type of the elements.
    private static int Below(ReadOnlySpan<T> now, double bound)
    {
        var (count, limit) = (0, T.CreateTruncating(bound));
        foreach (var value in now)
        {
            count += T.Abs(value) < limit ? 1 : 0;
        }

        return count;
    }

    // By signs: a product of small numbers would be 0.
    private int Agreeing(TensorInfo tensor)
    {
        var count = 0;
        for (var i = tensor.Offset; i < tensor.End; i++)
        {
            count += (_taken[i] > 0 && _gradient[i] > T.Zero) || (_taken[i] < 0 && _gradient[i] < T.Zero) ? 1 : 0;
        }

        return count;
    }

    // What the row is about: u, or p_t − p.
    private void Take(TensorInfo tensor, ReadOnlySpan<T> now, bool isUpdate)
    {
        for (var i = 0; i < now.Length; i++)
        {
            var value = Reduction.Widen(now[i]);
            _taken[tensor.Offset + i] = isUpdate ? value : Reduction.Widen(_old[tensor.Offset + i]) - value;
        }
    }

    // Each factor of length about 1, so that nothing over- or underflows.
    private double Cosine(ElementRange[] ranges)
    {
        var (length, gradient) = (Norm.Of<double>(_taken, ranges), Norm.Of<T>(_gradient, ranges));
        if (!(length > 0 && gradient > 0 && double.IsFinite(length) && double.IsFinite(gradient)))
        {
            return double.NaN;
        }

        var sum = new CompensatedSum();
        foreach (var range in ranges)
        {
            for (var i = range.Start; i < range.End; i++)
            {
                sum.Add(_taken[i] / length * (Reduction.Widen(_gradient[i]) / gradient));
            }
        }

        return Math.Clamp(sum.Value, -1, 1);
    }

    private double Largest(ElementRange[] ranges)
    {
        double largest = 0;
        foreach (var range in ranges)
        {
            largest = Math.Max(largest, Reduction.LargestMagnitude<double>(range.Of<double>(_taken.AsSpan())));
        }

        return largest;
    }
}
