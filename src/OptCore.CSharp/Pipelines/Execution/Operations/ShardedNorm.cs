using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// One norm over the elements of all ranks, with the bits of <see cref="MeasureNorm{T}"/> over a vector that has them all: every
/// rank sums its chunks, and sends its elements of the few chunks that a cut goes through.
/// </summary>
internal sealed class ShardedNorm<T> : Operation<T>
    where T : unmanaged
{
    private readonly Source _source;
    private readonly Shard _shard;
    private readonly ElementRange[] _ranges;
    private readonly Measure _result;
    private readonly List<Part> _parts = [];
    private readonly Piece[] _messages;
    private readonly double[] _all;
    private readonly double[] _chunk;

    public ShardedNorm(Source source, Shard shard, ElementRange[] ranges, Measure result)
    {
        (_source, _shard, _ranges, _result) = (source, shard, ranges, result);
        var next = new int[shard.Pieces.Length];
        var chunks = Reduction.Chunks(ranges);
        for (var chunk = 0; chunk < chunks.Length; chunk++)
        {
            var (first, last) = (RankOf(chunks[chunk].Start), RankOf(chunks[chunk].End - 1));
            for (var rank = first; rank <= last; rank++)
            {
                var piece = shard.Pieces[rank];
                var range = new ElementRange(Math.Max(piece.Start, chunks[chunk].Start), Math.Min(piece.End, chunks[chunk].End));
                if (range.Length > 0)
                {
                    _parts.Add(new Part(chunk, rank, range, next[rank], first == last));
                    next[rank] += first == last ? 1 : range.Length;
                }
            }
        }

        _messages = Collectives.Behind(next);
        _all = new double[_messages[^1].End];
        _chunk = _parts.TrueForAll(part => part.IsWhole) ? [] : new double[Reduction.Chunk];
    }

    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    public override string Describe() =>
        $"norm      of {_source} over {ElementRange.Total(_ranges)} elements of {_shard.Ranks.Size} ranks";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        ReadOnlySpan<T> own = memory[_source];
        foreach (var part in _parts)
        {
            if (part.Rank == _shard.Ranks.Rank)
            {
                Fill(part, own[(part.Range.Start - _shard.Own.Start)..(part.Range.End - _shard.Own.Start)]);
            }
        }

        _shard.Ranks.AllGather<double>(_all, _messages);
        var sum = Sum();
        memory.Context.MeasuredValues[_result.Index] =
            double.IsNormal(sum) ? Math.Sqrt(sum) : Norm.OfSum<T>(sum, _shard.All(own), _ranges);
    }

    private void Fill(Part part, ReadOnlySpan<T> elements)
    {
        var place = _all.AsSpan(_messages[part.Rank].Start + part.Place);
        if (part.IsWhole)
        {
            place[0] = Reduction.SumOfSquares(elements, 0);
            return;
        }

        for (var i = 0; i < elements.Length; i++)
        {
            place[i] = Reduction.Widen(elements[i]);
        }
    }

    // In the order of the chunks. A sum of squares does not depend on the number type of the elements.
    private double Sum()
    {
        double sum = 0;
        var filled = 0;
        for (var i = 0; i < _parts.Count; i++)
        {
            var part = _parts[i];
            ReadOnlySpan<double> place = _all.AsSpan(_messages[part.Rank].Start + part.Place);
            if (part.IsWhole)
            {
                sum += place[0];
                continue;
            }

            place[..part.Range.Length].CopyTo(_chunk.AsSpan(filled));
            filled += part.Range.Length;
            if (i + 1 == _parts.Count || _parts[i + 1].Chunk != part.Chunk)
            {
                sum = Reduction.SumOfSquares<double>(_chunk.AsSpan(0, filled), sum);
                filled = 0;
            }
        }

        return sum;
    }

    private int RankOf(int element) => Array.FindIndex(_shard.Pieces, piece => element >= piece.Start && element < piece.End);

    /// <summary>What a rank sends of a chunk: its sum, or its elements where it has not all of them.</summary>
    private readonly record struct Part(int Chunk, int Rank, ElementRange Range, int Place, bool IsWhole);
}
