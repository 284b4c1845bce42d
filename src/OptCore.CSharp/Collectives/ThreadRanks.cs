using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>
/// Ranks that are threads of one process: for tests, and for trying on a laptop what is to run on a cluster. Same bits as on
/// as many machines.
/// </summary>
/// <example><code>
/// ThreadRanks.Run(4, ranks => Console.WriteLine($"{ranks.Rank} of {ranks.Size}"));
/// </code></example>
public static class ThreadRanks
{
    /// <summary>Runs a function on every rank and waits for all of them.</summary>
    /// <param name="size">The number of ranks, ≥ 1.</param>
    /// <param name="work">What a rank does. When it throws on one rank, the others end at their next operation together.</param>
    /// <exception cref="CollectiveException">A rank has thrown; its exception is the inner one.</exception>
    public static void Run(int size, Action<ICollectives> work) => Run(size, ranks =>
    {
        work(ranks);
        return 0;
    });

    /// <summary>Runs a function on every rank and returns what each of them returns, in the order of the ranks.</summary>
    /// <inheritdoc cref="Run(int, Action{ICollectives})"/>
    /// <typeparam name="TResult">What a rank returns.</typeparam>
    /// <returns>The results by rank.</returns>
    public static TResult[] Run<TResult>(int size, Func<ICollectives, TResult> work)
    {
        Require.Count(size, nameof(size));
        Require.NotNull(work);
        var meeting = new Meeting(size);
        var results = new TResult[size];
        var threads = new Thread[size];
        for (var rank = 0; rank < size; rank++)
        {
            var own = rank;
            threads[rank] = new Thread(() => Do(own)) { IsBackground = true, Name = FormattableString.Invariant($"rank {rank}") };
            threads[rank].Start();
        }

        Array.ForEach(threads, thread => thread.Join());
        return meeting.Failure is { } failure ? throw failure : results;

        void Do(int rank)
        {
            try
            {
                results[rank] = work(new Member(meeting, rank));
                meeting.Leave(rank);
            }
            catch (Exception error)
            {
                meeting.Fail(error as CollectiveException ?? new CollectiveException(
                    FormattableString.Invariant($"Rank {rank} of {size} has ended with {error.GetType().Name}: {error.Message}"), error));
            }
        }
    }

    // Where the threads wait for each other; a rank that fails wakes those that wait.
    private sealed class Meeting(int size)
    {
        private readonly object _lock = new();
        private readonly unsafe void*[] _memory = new void*[size];
        private readonly Piece[][] _pieces = new Piece[size][];
        private int _here;
        private int? _gone;
        private long _round;

        public int Size => size;

        public CollectiveException? Failure { get; private set; }

        public unsafe void Offer(int rank, void* memory, ReadOnlySpan<Piece> pieces)
        {
            _memory[rank] = memory;
            _pieces[rank] = pieces.ToArray();
            Wait();
        }

        public unsafe ReadOnlySpan<T> PieceOf<T>(int rank, int index)
            where T : unmanaged
        {
            var piece = _pieces[rank][index];
            return new ReadOnlySpan<T>((T*)_memory[rank] + piece.Start, piece.Length);
        }

        public void Wait()
        {
            lock (_lock)
            {
                ThrowIfFailed();
                var round = _round;
                if (++_here == size)
                {
                    _here = 0;
                    _round++;
                    Monitor.PulseAll(_lock);
                    return;
                }

                LookForThoseThatLeft();
                while (round == _round)
                {
                    ThrowIfFailed();
                    Monitor.Wait(_lock);
                }
            }
        }

        public void Leave(int rank)
        {
            lock (_lock)
            {
                _gone = rank;
                LookForThoseThatLeft();
            }
        }

        public void Fail(CollectiveException failure)
        {
            lock (_lock)
            {
                Failure ??= failure;
                Monitor.PulseAll(_lock);
            }
        }

        // A rank that has returned will not come any more.
        private void LookForThoseThatLeft()
        {
            if (_here > 0 && _gone is { } rank)
            {
                Failure ??= new CollectiveException(
                    FormattableString.Invariant($"Rank {rank} of {size} has returned while others wait for it."));
                Monitor.PulseAll(_lock);
            }
        }

        private void ThrowIfFailed()
        {
            if (Failure is { } failure)
            {
                throw new CollectiveException(failure.Message, failure.InnerException);
            }
        }
    }

    private sealed unsafe class Member(Meeting meeting, int rank) : ICollectives
    {
        // Made when they end: whoever looks at them or changes them too early has other bits.
        private readonly Queue<Action> _underWay = [];

        public int Rank => rank;

        public int Size => meeting.Size;

        public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
            where T : unmanaged
        {
            Collectives.CheckPieces(this, send.Length, sendPieces, nameof(sendPieces));
            Collectives.CheckPieces(this, receive.Length, receivePieces, nameof(receivePieces));
            fixed (T* memory = send)
            {
                meeting.Offer(rank, memory, sendPieces);
                for (var other = 0; other < Size; other++)
                {
                    Copy(meeting.PieceOf<T>(other, rank), Collectives.Of(receive, receivePieces[other]), other);
                }

                meeting.Wait();
            }
        }

        public void BeginExchange<T>(
            ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
            where T : unmanaged
        {
            Collectives.CheckPieces(this, send.Length, sendPieces, nameof(sendPieces));
            Collectives.CheckPieces(this, receive.Length, receivePieces, nameof(receivePieces));
            var from = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(send));
            var to = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(receive));
            var (sent, received) = (send.Length, receive.Length);
            var (sentPieces, receivedPieces) = (sendPieces.ToArray(), receivePieces.ToArray());
            _underWay.Enqueue(() => Exchange(
                new ReadOnlySpan<T>((void*)from, sent), sentPieces, new Span<T>((void*)to, received), receivedPieces));
        }

        public void EndExchange()
        {
            if (!_underWay.TryDequeue(out var oldest))
            {
                throw new InvalidOperationException("No exchange is under way; begin one first.");
            }

            oldest();
        }

        public void AbandonExchanges(Exception reason) => _underWay.Clear();

        public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
            where T : unmanaged
        {
            Collectives.CheckPieces(this, vector.Length, pieces, nameof(pieces));
            fixed (T* memory = vector)
            {
                meeting.Offer(rank, memory, pieces);
                for (var other = 0; other < Size; other++)
                {
                    if (other != rank)
                    {
                        Copy(meeting.PieceOf<T>(other, other), Collectives.Of(vector, pieces[other]), other);
                    }
                }

                meeting.Wait();
            }
        }

        public void Broadcast<T>(Span<T> values, int root)
            where T : unmanaged
        {
            Collectives.CheckRoot(this, root);
            fixed (T* memory = values)
            {
                meeting.Offer(rank, memory, [new Piece(0, values.Length)]);
                if (rank != root)
                {
                    Copy(meeting.PieceOf<T>(root, 0), values, root);
                }

                meeting.Wait();
            }
        }

        public void Barrier() => meeting.Wait();

        public void Abort(string message)
        {
            var failure = new CollectiveException(FormattableString.Invariant($"Rank {rank} of {Size} has ended the job: {message}"));
            meeting.Fail(failure);
            throw failure;
        }

        public override string ToString() => FormattableString.Invariant($"rank {rank} of {Size}, threads of one process");

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Copy<T>(ReadOnlySpan<T> from, Span<T> to, int other)
        {
            if (from.Length != to.Length)
            {
                throw new CollectiveException(FormattableString.Invariant(
                    $"Rank {other} sends {from.Length} numbers to rank {rank}, which expects {to.Length}: the ranks disagree."));
            }

            from.CopyTo(to);
        }
    }
}
