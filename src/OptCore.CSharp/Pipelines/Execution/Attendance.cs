using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Which tensors have a gradient in a step, and the programs of such steps: those of an optimizer that leaves the other tensors
/// alone. The programs of the sets seen last are kept.
/// </summary>
internal sealed class Attendance<T>
    where T : unmanaged
{
    // Of a model whose parts are used in turns.
    private const int MostKept = 64;

    private readonly Roll _full;
    private readonly List<Roll> _kept = [];
    private Roll _now;

    public Attendance(ResolvedOptimizer model)
    {
        _full = _now = new Roll(model, []);
    }

    /// <summary>The optimizer as it is for these tensors.</summary>
    public ResolvedOptimizer Model => _now.Model;

    /// <summary>The programs, one for each purpose.</summary>
    public Program<T>?[] Programs => _now.Programs;

    /// <summary>Whether every tensor that is not frozen has a gradient.</summary>
    public bool IsFull => _now == _full;

    /// <summary>The tensors that have a gradient and are not frozen.</summary>
    public int[] Tensors => _now.Tensors;

    /// <summary>Their elements, neighbours merged.</summary>
    public ElementRange[] Present => _now.Ranges;

    /// <summary>Sets who is there.</summary>
    /// <param name="present">For every tensor whether it has a gradient; empty if all have one.</param>
    /// <returns>Whether something changed.</returns>
    public bool Set(ReadOnlySpan<bool> present)
    {
        if (_now.Is(present) || (present.IsEmpty && IsFull))
        {
            return false;
        }

        var before = _now;
        _now = IsComplete(present) ? _full : Find(present);
        return _now != before;
    }

    private bool IsComplete(ReadOnlySpan<bool> present)
    {
        foreach (var tensor in _full.Tensors)
        {
            if (!present.IsEmpty && !present[tensor])
            {
                return false;
            }
        }

        return true;
    }

    private Roll Find(ReadOnlySpan<bool> present)
    {
        foreach (var roll in _kept)
        {
            if (roll.Is(present))
            {
                return roll;
            }
        }

        if (_kept.Count == MostKept)
        {
            _kept.RemoveAt(0);
        }

        var absent = new List<int>();
        for (var i = 0; i < present.Length; i++)
        {
            if (!present[i])
            {
                absent.Add(i);
            }
        }

        _kept.Add(new Roll(_full.Model.Without(TensorSet.Of([.. absent], present.Length)), present.ToArray()));
        return _kept[^1];
    }

    private sealed class Roll(ResolvedOptimizer model, bool[] present)
    {
        public ResolvedOptimizer Model => model;

        public int[] Tensors { get; } = model.Moving.Indices;

        public ElementRange[] Ranges { get; } = model.Ranges(model.Moving);

        // The last purpose is Trace.
        public Program<T>?[] Programs { get; } = new Program<T>?[(int)Purpose.Trace + 1];

        public bool Is(ReadOnlySpan<bool> other) => present.Length > 0 && other.SequenceEqual(present);
    }
}
