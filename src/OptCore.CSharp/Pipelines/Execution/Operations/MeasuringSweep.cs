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
    private readonly string _what;
    private readonly NormsOnTheWay _norms;
    private readonly Source _parameters;
    private readonly Kernels.Range[] _ranges;
    private readonly Work _work;

    /// <param name="loop">The loop, with the meter of the norms.</param>
    /// <param name="region">The region.</param>
    /// <param name="what">The names of its stages.</param>
    /// <param name="norms">The norms.</param>
    /// <param name="parameters">Where the parameters are that are measured.</param>
    /// <param name="tensors">All tensors.</param>
    /// <param name="threads">The largest number of threads.</param>
    public MeasuringSweep(Loop<T> loop, Region region, string what, NormsOnTheWay norms, Source parameters, IReadOnlyList<TensorInfo> tensors, int threads)
    {
        (_region, _what, _norms, _parameters) = (region, what, norms, parameters);
        _ranges = norms.Update.PerTensor ? Array.ConvertAll(region.Tensors, index => RangeOf(tensors[index])) : region.Ranges;
        _work = new Work(loop, Reduction.Chunks(_ranges), Kernels.Range.Total(_ranges), threads);
    }

    public override string Describe() =>
        $"loop      {_what}  over {_region.Describe()}, and {(_norms.Parameters is null ? "the norm of Update" : "the norms of Parameters and Update")}{(_norms.Update.PerTensor ? " of each tensor" : string.Empty)}";

    public override void Run(Frame<T> frame, double[] rates)
    {
        _region.SetRates(frame.Context, rates);
        var squares = _work.Run(frame);
        if (_norms.Update.PerTensor)
        {
            NoteTensors(frame, squares);
        }
        else
        {
            frame.Context.MeasuredValues[_norms.Update.Index] = Norm.OfSum<T>(Sum(squares).Update, frame[Source.Update], _ranges);
        }
    }

    private void NoteTensors(Frame<T> frame, ReadOnlySpan<Squares> squares)
    {
        var measured = frame.Context.MeasuredValues;
        ReadOnlySpan<T> update = frame[Source.Update], parameters = frame[_parameters];
        for (var i = 0; i < _ranges.Length; i++)
        {
            var range = _ranges[i];
            var chunks = (range.Length + Reduction.Chunk - 1) / Reduction.Chunk;
            var sum = Sum(squares[..chunks]);
            squares = squares[chunks..];
            measured[_norms.Update.Index + _region.Tensors[i]] = Norm.OfSum(sum.Update, update, new ReadOnlySpan<Kernels.Range>(in range));
            if (_norms.Parameters is { } ofParameters)
            {
                measured[ofParameters.Index + _region.Tensors[i]] = Norm.OfSum(sum.Parameters, parameters, new ReadOnlySpan<Kernels.Range>(in range));
            }
        }
    }

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

    private static Kernels.Range RangeOf(TensorInfo tensor) => new(tensor.Offset, tensor.End);

    private sealed class Work(Loop<T> loop, Kernels.Range[] chunks, long elements, int threads) : SharedWork
    {
        private readonly Squares[] _squares = new Squares[chunks.Length];
        private Frame<T>? _frame;

        /// <summary>The squares of every chunk.</summary>
        public ReadOnlySpan<Squares> Run(Frame<T> frame)
        {
            loop.Begin(frame.Context);
            if (_frame != frame)
            {
                _frame = frame;
            }

            RunAll(chunks.Length, elements, frame.Shares ? threads : 1);
            return _squares;
        }

        public override void Do(int first, int end)
        {
            var frame = _frame!;
            for (var i = first; i < end; i++)
            {
                _squares[i] = loop.Measure(frame.Context, in frame.Lanes, chunks[i].Start, chunks[i].End, frame.Shift);
            }
        }
    }
}
