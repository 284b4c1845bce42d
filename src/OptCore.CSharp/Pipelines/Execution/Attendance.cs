using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Which tensors have a gradient in a step and which conditional stages act in it, and the programs of such steps: those of an optimizer
/// that leaves the other tensors alone and has not the other stages. The programs of the sets seen last are kept.
/// </summary>
internal sealed class Attendance<T>
    where T : unmanaged
{
    // Of a model whose parts are used in turns.
    private const int MostKept = 64;

    private readonly ResolvedOptimizer _model;
    private readonly Roll _full;
    private readonly List<Roll> _kept = [];
    private Roll _now;

    public Attendance(ResolvedOptimizer model)
    {
        _model = model;
        _full = _now = new Roll(model, null);
    }

    /// <summary>The optimizer as it is for these tensors, with the stages that act.</summary>
    public ResolvedOptimizer Model => _now.Variant.Model;

    /// <summary>The programs, one for each purpose.</summary>
    public Program<T>?[] Programs => _now.Variant.Programs;

    /// <summary>Whether every tensor that is not frozen has a gradient, and every stage acts.</summary>
    public bool IsFull => _now == _full && _now.Variant.ActsWhole;

    /// <summary>The tensors that have a gradient and are not frozen.</summary>
    public int[] Tensors => _now.Tensors;

    /// <summary>Their elements, neighbours merged.</summary>
    public ElementRange[] Present => _now.Ranges;

    /// <summary>Sets who is there.</summary>
    /// <param name="present">For every tensor whether it has a gradient; empty if all have one.</param>
    /// <returns>Whether something changed.</returns>
    public bool Set(ReadOnlySpan<bool> present)
    {
        if (_now.Is(present) || (present.IsEmpty && _now == _full))
        {
            return false;
        }

        var before = _now;
        _now = IsComplete(present) ? _full : Find(present);
        return _now != before;
    }

    /// <summary>Sets which conditional stages act.</summary>
    /// <returns>Whether something changed.</returns>
    public bool Set(ReadOnlySpan<Turn> turns) => _now.Set(turns);

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

        _kept.Add(new Roll(_model.Without(TensorSet.Of([.. absent], present.Length)), present.ToArray()));
        return _kept[^1];
    }

    private sealed class Roll
    {
        private readonly ResolvedOptimizer _model;
        private readonly bool[]? _present;
        private readonly List<Variant> _variants = [];
        private Variant _variant;

        /// <param name="model">The optimizer for the tensors that are there.</param>
        /// <param name="present">For every tensor whether it is; null for all.</param>
        public Roll(ResolvedOptimizer model, bool[]? present)
        {
            (_model, _present) = (model, present);
            _variant = new Variant(model, null);
            _variants.Add(_variant);
        }

        public Variant Variant => _variant;

        public int[] Tensors => field ??= _model.Moving.Indices;

        public ElementRange[] Ranges => field ??= _model.Ranges(_model.Moving);

        public bool Is(ReadOnlySpan<bool> other) => _present is { Length: > 0 } && other.SequenceEqual(_present);

        public bool Set(ReadOnlySpan<Turn> turns)
        {
            var before = _variant;
            _variant = Find(turns);
            return _variant != before;
        }

        private Variant Find(ReadOnlySpan<Turn> turns)
        {
            // The first one is that of steps in which all act.
            if (turns.IndexOfAnyExcept(Turn.Acts) < 0)
            {
                return _variants[0];
            }

            foreach (var variant in _variants)
            {
                if (turns.SequenceEqual(variant.Turns))
                {
                    return variant;
                }
            }

            if (_variants.Count == MostKept)
            {
                _variants.RemoveAt(1);
            }

            _variants.Add(new Variant(Conditions.Variant(_model, turns), turns.ToArray()));
            return _variants[^1];
        }
    }

    // Without turns all stages act.
    private sealed class Variant(ResolvedOptimizer model, Turn[]? turns)
    {
        public ResolvedOptimizer Model => model;

        public Turn[]? Turns => turns;

        public bool ActsWhole => turns is null;

        // The last purpose is Trace.
        public Program<T>?[] Programs { get; } = new Program<T>?[(int)Purpose.Trace + 1];
    }
}
