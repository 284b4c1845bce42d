namespace OptCore;

/// <content>An update whose gradient comes block by block, as from other ranks: each block is stepped while it is in the cache.</content>
internal sealed unsafe partial class Engine<T>
{
    private Program<T>? _inBlocks;

    /// <summary>
    /// Whether an update can be made so: nothing looks at all of the gradient before the first element changes, no rule looks further
    /// than its element, and one thread steps.
    /// </summary>
    public bool StepsInBlocks =>
        !_mayRefuseOrHold && _search is null && _execution.Threads == 1 && !_memory.IsBound && Program(Purpose.Update).IsBlockwise;

    /// <summary>
    /// Begins an update in the store of <see cref="Attach"/>. What may refuse it throws here, before anything is written.
    /// </summary>
    public void BeginBlocks(long step, double loss)
    {
        HasWritten = false;
        var program = Prepare(Purpose.Update, step, loss);
        HasWritten = true;
        _inBlocks = program;
        program.BeginBlocks(_memory);
    }

    /// <summary>Steps the elements from <paramref name="start"/> on whose gradient this is.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="parameters">Their parameters; empty where they are with the slots.</param>
    public void StepBlock(int start, ReadOnlySpan<T> gradient, Span<T> parameters)
    {
        fixed (T* origin = gradient, aside = parameters)
        {
            // Loops count from the first element of the vectors.
            _memory.Gradient = origin - start;
            _memory.Aside = parameters.IsEmpty ? null : aside - start;
            _inBlocks!.RunBlock(_memory, start, start + gradient.Length);
            _memory.Aside = null;
        }

        GC.KeepAlive(this);
    }

    /// <summary>Ends the update.</summary>
    public void EndBlocks() => _inBlocks!.EndBlocks(_memory);
}
