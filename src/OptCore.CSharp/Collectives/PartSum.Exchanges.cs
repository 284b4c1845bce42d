namespace OptCore;

/// <content>The exchanges of a sum: who touches which memory while they are under way.</content>
/// <remarks>
/// While a block is added up and taken, those that follow are under way, and what became of those before it. Nothing of that memory is
/// touched: blocks that come are received beside the one that is added up, gradients are only read, and of what comes back this rank
/// writes the block that it takes, which is sent afterwards. All of it stays where it is: what is received and what comes back is pinned
/// as long as it lives, the caller's gradient until nothing is under way, also when this rank fails.
/// </remarks>
internal sealed partial class PartSum<T>
{
    // Blocks: one that is added up and those that come meanwhile. With one of them a network's latency is not hidden.
    private const int MostUnderWay = 4;

    // Exchanges are counted, and end in the order in which they were begun: the last one of a block says when it is there.
    private readonly long[] _lastOf = new long[MostUnderWay];
    private long _begun;
    private long _ended;

    private unsafe void Run(ReadOnlySpan<T> vector, int divisor, Span<T> own, MeanTaker<T>? take, Span<T> back)
    {
        fixed (T* stays = vector)
        {
            try
            {
                for (var block = 0; block < _underWay - 1; block++)
                {
                    Begin(vector, block);
                }

                for (var block = 0; block < _blocks; block++)
                {
                    Begin(vector, block + _underWay - 1);
                    EndUntil(_lastOf[block % _underWay]);
                    var here = Block(_ranks.Rank, block);
                    var start = here.Start - _pieces[_ranks.Rank].Start;

                    // In the place of what is added up last.
                    var mean = take is null
                        ? own.Slice(start, here.Length)
                        : Received(block, _additions.Count == 0 ? 0 : _additions[^1].From, here);
                    Divide(vector, block, here, divisor, mean);
                    if (take is not null && here.Length > 0)
                    {
                        take(start, mean);
                    }

                    BeginBack(back, block);
                }

                EndUntil(_begun);
            }
            catch (Exception error)
            {
                _ranks.AbandonExchanges(error);
                (_begun, _ended) = (0, 0);
                throw;
            }
        }
    }

    // One branch of each rank, or all of them.
    private void Begin(ReadOnlySpan<T> vector, int block)
    {
        if (block >= _blocks || _pieces.Length == 1)
        {
            return;
        }

        for (var round = 0; round < (vector.IsEmpty ? _rounds : 1); round++)
        {
            // Nothing to itself: what a rank keeps, it reads where it is.
            for (var rank = 0; rank < _pieces.Length; rank++)
            {
                var place = Place(block, _branches[rank].Start + round);
                _from[rank] = round < _own.Count && rank != _ranks.Rank ? Block(rank, block) : default;
                _to[rank] = round < _branches[rank].Length && rank != _ranks.Rank
                    ? new Piece(checked(place * (int)_received.Stride), Block(_ranks.Rank, block).Length)
                    : default;
            }

            var sent = !vector.IsEmpty ? vector : round < _own.Count ? _sums[round] : [];
            _ranks.BeginExchange(sent, _from, _received.All, _to);
            _begun++;
        }

        _lastOf[block % _underWay] = _begun;
    }

    private void EndUntil(long last)
    {
        for (; _ended < last; _ended++)
        {
            _ranks.EndExchange();
        }
    }

    // In place: a rank's pieces are where all ranks have them.
    private void BeginBack(Span<T> back, int block)
    {
        if (back.IsEmpty || !_comesBackInBlocks)
        {
            return;
        }

        for (var rank = 0; rank < _pieces.Length; rank++)
        {
            _from[rank] = rank == _ranks.Rank ? default : Block(_ranks.Rank, block);
            _to[rank] = rank == _ranks.Rank ? default : Block(rank, block);
        }

        _ranks.BeginExchange(back, _from, back, _to);
        _begun++;
    }

    private Piece Block(int rank, int block)
    {
        var piece = _pieces[rank];
        var start = Math.Min((long)block * _block, piece.Length);
        return new Piece(piece.Start + (int)start, (int)Math.Min(_block, piece.Length - start));
    }

    // A branch of this rank, where it sends from.
    private ReadOnlySpan<T> Kept(int branch, ReadOnlySpan<T> vector, Piece here) =>
        Collectives.Read(vector.IsEmpty ? _sums[branch] : vector, here);

    private Span<T> Received(int block, int branch, Piece here) => _received[Place(block, branch)][..here.Length];

    // Successive blocks are received one behind the other, and those that come after them where they were.
    private int Place(int block, int branch) => (block % _underWay * (_received.Vectors / _underWay)) + branch;
}
