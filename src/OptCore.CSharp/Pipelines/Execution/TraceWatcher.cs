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
        Add("gradient", Phase.Gradient, limits: false, moving, Source.Update, gradient);
    }

    public IReadOnlyList<StageTrace> Stages => _stages;

    public void See(ResolvedStage stage, TensorSet tensors, Source source, ReadOnlySpan<T> vector) =>
        Add(stage.Prefix, stage.Phase, stage.Stage.Has(StageTraits.Limits), tensors, source, vector);

    private void Add(string name, Phase phase, bool limits, TensorSet tensors, Source source, ReadOnlySpan<T> vector)
    {
        var isUpdate = source is Source.Update or Source.Gradient;
        var before = isUpdate ? _update : _parameters;
        var seen = new List<TensorTrace>();
        foreach (var index in tensors.Indices)
        {
            var tensor = _tensors[index];
            var now = vector.Slice(tensor.Offset, tensor.Length);
            var last = before.AsSpan(tensor.Offset, tensor.Length);
            var changed = !SameBits(now, last);
            now.CopyTo(last);
            Take(tensor, now, isUpdate);
            ElementRange[] range = [new(tensor.Offset, tensor.End)];
            seen.Add(new TensorTrace(
                tensor.Name,
                Norm.Of<double>(_taken, range),
                Cosine(range),
                Largest(range),
                Reduction.FirstNonFinite(now),
                changed));
        }

        ElementRange[] all = [.. tensors.Indices.Select(index => new ElementRange(_tensors[index].Offset, _tensors[index].End))];
        _stages.Add(new StageTrace(name, phase, limits, Norm.Of<double>(_taken, all), Cosine(all), Largest(all), seen));
    }

    private static bool SameBits(ReadOnlySpan<T> a, ReadOnlySpan<T> b) =>
        MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

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
