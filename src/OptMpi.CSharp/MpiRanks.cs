using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptMpi;

/// <summary>The ranks of an MPI job: the processes that <c>mpirun -n 4</c> has started. Made by <see cref="Mpi.Start"/>.</summary>
/// <remarks>For one thread at a time. Disposing waits for the other ranks and says goodbye to the launcher; nothing follows it.</remarks>
public sealed unsafe class MpiRanks : ICollectives, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly MpiLibrary _library;
    private readonly int[] _numbers;
    private readonly Queue<Messages> _underWay = [];
    private readonly Stack<Messages> _spare = [];
    private bool _isDone;

    internal MpiRanks(MpiLibrary library)
    {
        _library = library;
        (Rank, Size) = library.Place();
        _numbers = new int[4 * Size];
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>The name and version of the library.</summary>
    public string Library => _library.Version;

    /// <inheritdoc/>
    /// <exception cref="CollectiveException">The library reports an error; its text is the message.</exception>
    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        CheckDone();
        Check(send.Length, sendPieces, nameof(sendPieces));
        Check(receive.Length, receivePieces, nameof(receivePieces));
        Split(sendPieces, Numbers(0), Numbers(1));
        Split(receivePieces, Numbers(2), Numbers(3));
        fixed (T* from = send, to = receive)
        {
            _library.Exchange(from, Numbers(0), Numbers(1), to, Numbers(2), Numbers(3), Unsafe.SizeOf<T>());
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CollectiveException">The library reports an error; its text is the message.</exception>
    public void BeginExchange<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        CheckDone();
        Check(send.Length, sendPieces, nameof(sendPieces));
        Check(receive.Length, receivePieces, nameof(receivePieces));
        send.Slice(sendPieces[Rank].Start, sendPieces[Rank].Length)
            .CopyTo(receive.Slice(receivePieces[Rank].Start, receivePieces[Rank].Length));

        // Known before the first message is: whatever happens, those that are under way are waited for.
        var messages = _spare.TryPop(out var spare) ? spare : new Messages(2 * Size, _library.RequestBytes);
        _underWay.Enqueue(messages);
        fixed (T* from = send, to = receive)
        {
            // What is to come first: it finds its place.
            for (var distance = 1; distance < Size; distance++)
            {
                var other = (Rank + Size - distance) % Size;
                var piece = receivePieces[other];
                if (piece.Length > 0)
                {
                    _library.Receive(to + piece.Start, piece.Length, sizeof(T), other, messages.Next);
                    messages.Count++;
                }
            }

            for (var distance = 1; distance < Size; distance++)
            {
                var other = (Rank + distance) % Size;
                var piece = sendPieces[other];
                if (piece.Length > 0)
                {
                    _library.Send(from + piece.Start, piece.Length, sizeof(T), other, messages.Next);
                    messages.Count++;
                }
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">None is under way.</exception>
    /// <exception cref="CollectiveException">The library reports an error; its text is the message.</exception>
    public void EndExchange()
    {
        if (!_underWay.TryPeek(out var messages))
        {
            throw new InvalidOperationException("No exchange is under way; begin one first.");
        }

        _library.WaitAll(messages.First, messages.Count);
        Forget();
    }

    /// <inheritdoc/>
    /// <remarks>The other ranks begin the same exchanges, so that these end as a rule at once. Where they have not after five seconds,
    /// because others have failed too, the job ends: the library may write into this rank's memory at any time.</remarks>
    public void AbandonExchanges(Exception reason)
    {
        var start = Stopwatch.GetTimestamp();
        while (_underWay.TryPeek(out var messages))
        {
            if (HasEnded(messages))
            {
                Forget();
            }
            else if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                Abort(FormattableString.Invariant($"an exchange cannot be ended, after {reason}"));
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CollectiveException">The library reports an error; its text is the message.</exception>
    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged
    {
        CheckDone();
        Check(vector.Length, pieces, nameof(pieces));
        Split(pieces, Numbers(0), Numbers(1));
        fixed (T* memory = vector)
        {
            _library.AllGather(memory, Numbers(0), Numbers(1), Unsafe.SizeOf<T>());
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CollectiveException">The library reports an error; its text is the message.</exception>
    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged
    {
        CheckDone();
        if (root < 0 || root >= Size)
        {
            throw Require.Outside(nameof(root), root, FormattableString.Invariant($"0 ≤ value < {Size}, the number of ranks"));
        }

        fixed (T* memory = values)
        {
            _library.Broadcast(memory, values.Length, Unsafe.SizeOf<T>(), root);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CollectiveException">The library reports an error; its text is the message.</exception>
    public void Barrier()
    {
        CheckDone();
        _library.Barrier();
    }

    /// <summary>Ends all ranks of the job, this one included: writes the message and does not return.</summary>
    /// <param name="message">Why.</param>
    public void Abort(string message)
    {
        Console.Error.WriteLine(FormattableString.Invariant($"Rank {Rank} of {Size} ends the job: {message}"));
        Console.Error.Flush();
        Console.Out.Flush();
        _library.Abort(1);

        // A launcher that takes its time.
        Environment.Exit(1);
    }

    /// <summary>Waits for the other ranks and ends the use of the library.</summary>
    public void Dispose()
    {
        if (!_isDone)
        {
            _isDone = true;
            Mpi.Forget(this);
            _library.Finish();
        }
    }

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"rank {Rank} of {Size}, MPI");

    // A library that fails here, too, is not trusted with memory: as one that does not end.
    private bool HasEnded(Messages messages)
    {
        try
        {
            return _library.TestAll(messages.First, messages.Count);
        }
        catch (CollectiveException)
        {
            return false;
        }
    }

    private void Forget()
    {
        var messages = _underWay.Dequeue();
        messages.Count = 0;
        _spare.Push(messages);
    }

    private static void Split(ReadOnlySpan<Piece> pieces, Span<int> counts, Span<int> starts)
    {
        for (var i = 0; i < pieces.Length; i++)
        {
            (counts[i], starts[i]) = (pieces[i].Length, pieces[i].Start);
        }
    }

    private Span<int> Numbers(int place) => _numbers.AsSpan(place * Size, Size);

    private void CheckDone() => ObjectDisposedException.ThrowIf(_isDone, this);

    // The library would write wherever it is told.
    private void Check(int length, ReadOnlySpan<Piece> pieces, string name)
    {
        if (pieces.Length != Size)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{name} has {pieces.Length} pieces; expected one for each of {Size} ranks."), name);
        }

        foreach (var piece in pieces)
        {
            if (piece.Start < 0 || piece.Length < 0 || piece.Start > length - piece.Length)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{name} has the piece {piece}; the vector has {length} numbers."), name);
            }
        }
    }

    // The handles of the messages of one exchange, where the library finds them.
    private sealed class Messages(int most, int bytes)
    {
        private readonly byte[] _handles = GC.AllocateArray<byte>(most * bytes, pinned: true);

        public int Count { get; set; }

        public void* First => Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_handles));

        public void* Next => (byte*)First + (Count * bytes);
    }
}
