namespace OptCore;

/// <summary>
/// What the ranks tell one another in a step beside the gradient, in one exchange: the losses of their parts, which tensors have a
/// gradient, whether one of them is asked to stop, whether all can step block by block. All ranks draw the same conclusions.
/// </summary>
internal sealed class StepNotices
{
    // A double holds this many flags as an integer.
    private const int Flags = 32;

    // What the last number of a rank is made of.
    private const int Stop = 1;
    private const int Waits = 2;

    private readonly ICollectives _ranks;
    private readonly int _tensors;
    private readonly double[] _told;
    private readonly double[] _losses;
    private readonly Piece[] _tellers;
    private readonly Piece[] _parts;
    private readonly bool[] _present;

    /// <param name="ranks">The ranks.</param>
    /// <param name="parts">The number of parts of every gradient.</param>
    /// <param name="tensors">The number of tensors.</param>
    public StepNotices(ICollectives ranks, int parts, int tensors)
    {
        (_ranks, _tensors) = (ranks, tensors);
        _parts = [.. Enumerable.Range(0, ranks.Size).Select(rank => PartTree.PartsOf(rank, ranks.Size, parts))];
        _tellers = Collectives.Behind(Array.ConvertAll(_parts, own => own.Length + Words + 1));
        (_told, _losses, _present) = (new double[_tellers[^1].End], new double[parts], new bool[tensors]);
        SetPresent([]);
    }

    /// <summary>The losses of this rank's parts, to be filled in.</summary>
    public Memory<double> OwnLosses => _told.AsMemory(_tellers[_ranks.Rank].Start, _parts[_ranks.Rank].Length);

    /// <summary>The mean of all losses.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Whether a rank is asked to stop.</summary>
    public bool MustStop { get; private set; }

    /// <summary>Whether every rank can step block by block.</summary>
    public bool CanStepInBlocks { get; private set; }

    /// <summary>For every tensor whether a rank has a gradient of it; empty if there is one of each.</summary>
    public ReadOnlySpan<bool> Present => Array.IndexOf(_present, false) < 0 ? [] : _present;

    private int Words => (_tensors + Flags - 1) / Flags;

    /// <summary>Says for every tensor whether this rank has a gradient of it; empty for all.</summary>
    public void SetPresent(ReadOnlySpan<bool> present)
    {
        var words = WordsOf(_ranks.Rank);
        words.Clear();
        for (var tensor = 0; tensor < _tensors; tensor++)
        {
            words[tensor / Flags] += present.IsEmpty || present[tensor] ? 1u << (tensor % Flags) : 0u;
        }
    }

    /// <summary>Tells the others, and hears them.</summary>
    /// <param name="stop">Whether this rank is asked to stop.</param>
    /// <param name="canStepInBlocks">Whether this rank can step block by block.</param>
    public void Exchange(bool stop, bool canStepInBlocks)
    {
        _told[_tellers[_ranks.Rank].End - 1] = (stop ? Stop : 0) + (canStepInBlocks ? 0 : Waits);
        _ranks.AllGather<double>(_told, _tellers);
        (MustStop, CanStepInBlocks) = (false, true);
        Array.Clear(_present);
        for (var rank = 0; rank < _tellers.Length; rank++)
        {
            _told.AsSpan(_tellers[rank].Start, _parts[rank].Length).CopyTo(_losses.AsSpan(_parts[rank].Start));
            var flags = (int)_told[_tellers[rank].End - 1];
            MustStop |= (flags & Stop) != 0;
            CanStepInBlocks &= (flags & Waits) == 0;
            var words = WordsOf(rank);
            for (var tensor = 0; tensor < _tensors; tensor++)
            {
                _present[tensor] |= (((uint)words[tensor / Flags] >> (tensor % Flags)) & 1) != 0;
            }
        }

        Loss = PartTree.Sum(_losses) / _losses.Length;
    }

    private Span<double> WordsOf(int rank) => _told.AsSpan(_tellers[rank].End - 1 - Words, Words);
}
