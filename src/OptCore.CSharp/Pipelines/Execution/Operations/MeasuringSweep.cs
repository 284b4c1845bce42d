using OptCore.Kernels;

namespace OptCore;

/// <summary>The norms that a loop measures on its way, in its region.</summary>
/// <param name="Update">Where the norm of the update goes.</param>
/// <param name="Parameters">Where the norm of the parameters goes, if it is measured too. Both are per tensor then.</param>
internal readonly record struct NormsOnTheWay(Measure Update, Measure? Parameters);

/// <summary>
/// A fused segment that measures norms of its results on the way: the bits of a pass of their own. Threads share the chunks
/// of large tensors, and small ones whole.
/// </summary>
internal sealed class MeasuringSweep<T> : Operation<T>
    where T : unmanaged
{
    private readonly Region _region;
    private readonly Lazy<string> _what;
    private readonly NormsOnTheWay _norms;
    private readonly Source _parameters;
    private readonly ElementRange[] _ranges;
    private readonly Work _work;

    /// <param name="loop">The loop, with the meter of the norms.</param>
    /// <param name="region">The region.</param>
    /// <param name="what">The names of its stages.</param>
    /// <param name="norms">The norms.</param>
    /// <param name="parameters">Where the parameters are that are measured.</param>
    /// <param name="tensors">All tensors.</param>
    /// <param name="threads">The largest number of threads.</param>
    public MeasuringSweep(
        Loop<T> loop,
        Region region,
        Lazy<string> what,
        NormsOnTheWay norms,
        Source parameters,
        IReadOnlyList<TensorInfo> tensors,
        int threads)
    {
        (_region, _what, _norms, _parameters) = (region, what, norms, parameters);
        _ranges = norms.Update.PerTensor ? Array.ConvertAll(region.Tensors, index => RangeOf(tensors[index])) : region.Ranges;
        _work = new Work(loop, Reduction.Chunks(_ranges), TensorsOfChunks(_ranges, region.Tensors), ElementRange.Total(_ranges), threads);
    }

    public override string Stages => _what.Value;

    public override Reach Reach => _norms.Update.PerTensor ? Reach.Tensors : Reach.Elements;

    public override string Describe() =>
        $"loop      {_what.Value}  over {_region.Describe()}, and "
        + $"{(_norms.Parameters is null ? "the norm of Update" : "the norms of Parameters and Update")}"
        + $"{(_norms.Update.PerTensor ? " of each tensor" : string.Empty)}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        _region.SetRates(memory.Context, rates);
        var squares = _work.Run(memory);
        if (_norms.Update.PerTensor)
        {
            NoteTensors(memory, squares);
        }
        else
        {
            memory.Context.MeasuredValues[_norms.Update.Index] = Norm.OfSum<T>(Sum(squares).Update, memory[Source.Update], _ranges);
        }
    }

    // For the caller's tensors: a chunk of such a loop lies within one.
    private static int[] TensorsOfChunks(ElementRange[] ranges, int[] tensors)
    {
        var all = new List<int>();
        for (var i = 0; i < ranges.Length && ranges.Length <= tensors.Length; i++)
        {
            all.AddRange(Enumerable.Repeat(tensors[i], (ranges[i].Length + Reduction.Chunk - 1) / Reduction.Chunk));
        }

        return [.. all];
    }

    private void NoteTensors(StepMemory<T> memory, ReadOnlySpan<Squares> squares)
    {
        var measured = memory.Context.MeasuredValues;
        for (var i = 0; i < _ranges.Length; i++)
        {
            var range = _ranges[i];
            var chunks = (range.Length + Reduction.Chunk - 1) / Reduction.Chunk;
            var sum = Sum(squares[..chunks]);
            squares = squares[chunks..];
            var tensor = _region.Tensors[i];
            measured[_norms.Update.Index + tensor] = NormOf(memory, Source.Update, tensor, range, sum.Update);
            if (_norms.Parameters is { } ofParameters)
            {
                measured[ofParameters.Index + tensor] = NormOf(memory, _parameters, tensor, range, sum.Parameters);
            }
        }
    }

    // Where the vector is, is looked for only if the sum of squares does not do.
    private static double NormOf(StepMemory<T> memory, Source source, int tensor, ElementRange range, double sum) =>
        double.IsNormal(sum) ? Math.Sqrt(sum) : Norm.OfSum<T>(sum, memory.Of(source, tensor, range), [new ElementRange(0, range.Length)]);

    // In the order of the chunks, whoever measured them.
    private static Squares Sum(ReadOnlySpan<Squares> squares)
    {
        double update = 0, parameters = 0;
        foreach (var part in squares)
        {
            update += part.Update;
            parameters += part.Parameters;
        }

        return new Squares(update, parameters);
    }

    private static ElementRange RangeOf(TensorInfo tensor) => new(tensor.Offset, tensor.End);

    private sealed class Work(Loop<T> loop, ElementRange[] chunks, int[] tensors, long elements, int threads) : SharedWork
    {
        private readonly Squares[] _squares = new Squares[chunks.Length];
        private StepMemory<T>? _memory;

        /// <summary>The squares of every chunk.</summary>
        public ReadOnlySpan<Squares> Run(StepMemory<T> memory)
        {
            loop.Begin(memory.Context);
            if (_memory != memory)
            {
                _memory = memory;
            }

            RunAll(chunks.Length, elements, memory.IsShared ? threads : 1);
            return _squares;
        }

        public override void Do(int first, int end)
        {
            var memory = _memory!;
            if (memory.Places is { } places)
            {
                for (var i = first; i < end; i++)
                {
                    var part = places[tensors[i]].Part(chunks[i].Start, chunks[i].End);
                    _squares[i] = loop.Sweep(memory.Context, in memory.Lanes, new ReadOnlySpan<TensorPlace<T>>(in part), [0]);
                }

                return;
            }

            for (var i = first; i < end; i++)
            {
                _squares[i] = loop.Measure(memory.Context, in memory.Lanes, chunks[i].Start, chunks[i].End, memory.Shift);
            }
        }
    }
}
