using OptCore.Kernels;

namespace OptCore;

/// <summary>Tensors that are treated alike: the same stages, the same rate.</summary>
/// <param name="tensors">The indices of the tensors.</param>
/// <param name="ranges">Their elements, neighbours merged.</param>
/// <param name="rate">The index of their rate.</param>
/// <param name="rateInside">Whether their direction contains the rate.</param>
internal sealed class Region(int[] tensors, Kernels.Range[] ranges, int rate, bool rateInside)
{
    public int[] Tensors { get; } = tensors;

    public Kernels.Range[] Ranges { get; } = ranges;

    /// <summary>The size of the region in words.</summary>
    public string Describe() => $"{Ranges.Sum(range => (long)range.Length)} elements in {Tensors.Length} {(Tensors.Length == 1 ? "tensor" : "tensors")}";

    /// <summary>Sets the rates that kernels of this region see.</summary>
    public void SetRates(StepContext step, double[] rates)
    {
        step.Rate = rates[rate];
        step.StepRate = rateInside ? 1 : step.Rate;
        step.DecayRate = rateInside ? step.Rate : 1;
    }
}

/// <summary>One operation of a program: a sweep, or what happens at a barrier.</summary>
internal abstract class Operation<T>
    where T : unmanaged
{
    public abstract void Run(Frame<T> frame, double[] rates);

    /// <summary>What the operation does, in one line without a stop.</summary>
    public abstract string Describe();
}

/// <summary>A fused segment over the elements of a region.</summary>
internal sealed class Sweep<T>(Loop<T> loop, Region region, string what, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSweep<T> _shared = new(loop, region.Ranges);
    private readonly long _elements = region.Ranges.Sum(range => (long)range.Length);

    public override string Describe() => $"loop      {what}  over {region.Describe()}";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        if (_elements >= Workers.LeastHot && threads > 1)
        {
            loop.Begin(frame.Context);
            _shared.Prepare(frame);
            if (Workers.TryRun(_shared, _elements, threads))
            {
                return;
            }
        }

        loop.Run(frame.Context, in frame.Lanes, region.Ranges, frame.Shift);
    }
}

/// <summary>A sweep whose ranges are cut into one part for each thread, at whole cache lines.</summary>
internal sealed class SharedSweep<T>(Loop<T> loop, Kernels.Range[] ranges) : SharedWork
    where T : unmanaged
{
    private const int CacheLine = 64;

    private Lanes<T> _lanes;
    private nint _shift;

    public void Prepare(Frame<T> frame)
    {
        _lanes = frame.Lanes;
        _shift = frame.Shift;
    }

    public override void Run(int part, int parts)
    {
        foreach (var range in ranges)
        {
            var start = part == 0 ? range.Start : Cut(range, part, parts);
            var end = part == parts - 1 ? range.End : Cut(range, part + 1, parts);
            if (start < end)
            {
                loop.Sweep(in _lanes, start, end, _shift);
            }
        }
    }

    private static int Cut(Kernels.Range range, int part, int parts) =>
        range.Start + (int)((long)range.Length * part / parts / CacheLine * CacheLine);
}

/// <summary>A fused segment whose scalars differ from tensor to tensor.</summary>
internal sealed class TensorSweep<T>(Loop<T> loop, Region region, IReadOnlyList<Tensor> tensors, string what) : Operation<T>
    where T : unmanaged
{
    public override string Describe() => $"loop      {what}  over {region.Describe()}, tensor by tensor";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        foreach (var index in region.Tensors)
        {
            frame.Context.Tensor = index;
            loop.Begin(frame.Context);
            loop.Sweep(in frame.Lanes, tensors[index].Offset, tensors[index].End, frame.Shift);
        }
    }
}

/// <summary>Kernels one after the other over short blocks: what stands in for a fused segment where code cannot be generated.</summary>
internal sealed class BlockSweep<T>(IReadOnlyList<Loop<T>> kernels, bool loadsGradient, bool copiesParameters, Region region, IReadOnlyList<Tensor>? tensors, string what) : Operation<T>
    where T : unmanaged
{
    private const int Block = 1024;

    public override string Describe() => $"blocks    {what}  over {region.Describe()}{(tensors is null ? string.Empty : ", tensor by tensor")}";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        if (tensors is null)
        {
            Begin(frame.Context);
            foreach (var range in region.Ranges)
            {
                Run(frame, range.Start, range.End);
            }

            return;
        }

        foreach (var index in region.Tensors)
        {
            frame.Context.Tensor = index;
            Begin(frame.Context);
            Run(frame, tensors[index].Offset, tensors[index].End);
        }
    }

    private void Begin(StepContext step)
    {
        foreach (var kernel in kernels)
        {
            kernel.Begin(step);
        }
    }

    private void Run(Frame<T> frame, int start, int end)
    {
        for (var i = start; i < end; i += Block)
        {
            var range = new Kernels.Range(i, Math.Min(i + Block, end));
            if (loadsGradient)
            {
                range.Of(frame[Source.Gradient]).CopyTo(range.Of(frame[Source.Update]));
            }

            if (copiesParameters && frame.Shift != 0)
            {
                range.Of(frame[Source.OldParameters]).CopyTo(range.Of(frame[Source.NewParameters]));
            }

            foreach (var kernel in kernels)
            {
                kernel.Sweep(in frame.Lanes, range.Start, range.End, frame.Shift);
            }
        }
    }
}

/// <summary>One norm over several ranges.</summary>
internal sealed class MeasureNorm<T>(Source source, Kernels.Range[] ranges, Measure result, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedNorm<T> _norm = new(ranges, threads);

    public override string Describe() => $"norm      of {source} over {ranges.Sum(range => (long)range.Length)} elements";

    public override void Run(Frame<T> frame, double[] rates) =>
        frame.Context.MeasuredValues[result.Index] = _norm.Of(frame[source]);
}

/// <summary>The norm of every tensor in scope.</summary>
internal sealed class MeasureTensorNorms<T>(Source source, int[] indices, IReadOnlyList<Tensor> tensors, Measure result) : Operation<T>
    where T : unmanaged
{
    public override string Describe() => $"norms     of {source}, one for each of {indices.Length} tensors";

    public override void Run(Frame<T> frame, double[] rates)
    {
        ReadOnlySpan<T> vector = frame[source];
        foreach (var index in indices)
        {
            var range = new Kernels.Range(tensors[index].Offset, tensors[index].End);
            frame.Context.MeasuredValues[result.Index + index] = Norm.Of(vector, new ReadOnlySpan<Kernels.Range>(in range));
        }
    }
}

/// <summary>A rule on every tensor in scope.</summary>
internal sealed class ApplyToTensors<T>(TensorRule<T> rule, Source parameters, int[] indices, IReadOnlyList<Tensor> tensors) : Operation<T>
    where T : unmanaged
{
    private readonly int[][] _shapes = [.. indices.Select(index => tensors[index].Shape.ToArray())];

    public override string Describe() => $"rule      on each of {indices.Length} tensors";

    public override void Run(Frame<T> frame, double[] rates)
    {
        var update = frame[Source.Update];
        var point = frame[parameters];
        for (var i = 0; i < indices.Length; i++)
        {
            var tensor = tensors[indices[i]];
            frame.Context.Tensor = indices[i];
            rule(_shapes[i], update.Slice(tensor.Offset, tensor.Length), point.Slice(tensor.Offset, tensor.Length), frame.Context);
        }
    }
}

/// <summary>A rule on all elements in scope as one vector, gathered where they do not lie together.</summary>
internal sealed class ApplyToVector<T>(VectorRule<T> rule, Source source, Kernels.Range[] ranges, Region region) : Operation<T>
    where T : unmanaged
{
    private readonly T[] _gathered = ranges.Length > 1 ? new T[ranges.Sum(range => range.Length)] : [];

    public override string Describe() => $"rule      on {source} as one vector of {ranges.Sum(range => (long)range.Length)} elements";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        var vector = frame[source];
        if (ranges.Length <= 1)
        {
            rule(ranges.Length == 0 ? [] : ranges[0].Of(vector), frame.Context);
            return;
        }

        Scatter.Gather<T>(vector, ranges, _gathered);
        rule(_gathered, frame.Context);
        Scatter.Spread<T>(_gathered, ranges, vector);
    }
}

/// <summary>Copies the elements of ranges from one vector of the step to another.</summary>
internal sealed class CopyRanges<T>(Source from, Source to, Kernels.Range[] ranges) : Operation<T>
    where T : unmanaged
{
    public override string Describe() => $"copy      {ranges.Sum(range => (long)range.Length)} frozen elements (out of place only)";

    public override void Run(Frame<T> frame, double[] rates)
    {
        if (from == Source.OldParameters && frame.Shift == 0)
        {
            return;
        }

        foreach (var range in ranges)
        {
            range.Of(frame[from]).CopyTo(range.Of(frame[to]));
        }
    }
}

/// <summary>Remembers the first value of a vector that is not finite.</summary>
internal sealed class CheckFinite<T>(Source source, Kernels.Range[] ranges, string stage) : Operation<T>
    where T : unmanaged
{
    /// <summary>The name of the stage behind which the check stands.</summary>
    public string Stage { get; } = stage;

    /// <summary>The index of the first value that is not finite; −1 if all are.</summary>
    public int Element { get; private set; }

    public override string Describe() => $"check     behind {Stage}";

    public override void Run(Frame<T> frame, double[] rates) => Element = Reduction.FirstNonFinite<T>(frame[source], ranges);
}

/// <summary>Moves elements between a vector with gaps and one without.</summary>
internal static class Scatter
{
    public static void Gather<T>(ReadOnlySpan<T> vector, ReadOnlySpan<Kernels.Range> ranges, Span<T> gathered)
    {
        foreach (var range in ranges)
        {
            range.Of(vector).CopyTo(gathered);
            gathered = gathered[range.Length..];
        }
    }

    public static void Spread<T>(ReadOnlySpan<T> gathered, ReadOnlySpan<Kernels.Range> ranges, Span<T> vector)
    {
        foreach (var range in ranges)
        {
            gathered[..range.Length].CopyTo(range.Of(vector));
            gathered = gathered[range.Length..];
        }
    }
}
