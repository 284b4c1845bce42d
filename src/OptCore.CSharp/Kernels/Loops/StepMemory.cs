namespace OptCore.Kernels;

/// <summary>Where a vector of the running step is.</summary>
internal enum Source
{
    /// <summary>The gradient handed in.</summary>
    Gradient,

    /// <summary>The update put aside before a barrier.</summary>
    Update,

    /// <summary>The parameters before the step.</summary>
    OldParameters,

    /// <summary>The parameters as an earlier segment has stored them.</summary>
    NewParameters,
}

/// <summary>
/// The memory of one running step: the state that is read, the state that is written (the same one in place), the gradient
/// and the update put aside, by their addresses.
/// </summary>
internal sealed unsafe class StepMemory<T>(int length)
    where T : unmanaged
{
    /// <summary>The vectors that are read.</summary>
    public Lanes<T> Lanes;

    // About the size of a shared last-level cache.
    private const nint Cached = 32 << 20;

    private AlignedBuffer<T>? _update;
    private AlignedBuffer<T>? _next;

    /// <summary>The scalars of the step.</summary>
    public StepContext Context { get; } = new();

    /// <summary>The distance in elements from where a slot is read to where it is written.</summary>
    public nint Shift { get; private set; }

    /// <summary>Whether other threads may help in this step.</summary>
    public bool IsShared
    {
        get;
        set
        {
            // Written only when it changes, as the gradient below: the memory stays in the workers' caches.
            if (field != value)
            {
                field = value;
            }
        }
    } = true;

    /// <summary>The slots with shapes of their own, as they are written in this step.</summary>
    public T[] ShapedValues { get; set; } = [];

    /// <summary>Where the gradient is; whoever sets it keeps it in place while the step runs.</summary>
    public T* Gradient
    {
        set
        {
            if (Lanes.GradientOrigin != value)
            {
                Lanes.GradientOrigin = value;
            }
        }
    }

    /// <summary>One vector of the step.</summary>
    public Span<T> this[Source source] => new(
        source switch
        {
            Source.Gradient => Lanes.Gradient.Origin,
            Source.Update => Lanes.Update.Origin,
            Source.OldParameters => Lanes.Parameters.Origin,
            _ => Lanes.Parameters.Origin + Shift,
        },
        length);

    /// <summary>A slot as it is written in this step.</summary>
    public Span<T> Slot(int lane) => _next![lane];

    /// <summary>A slot as it was before this step.</summary>
    public ReadOnlySpan<T> OldSlot(int lane) => new(Lanes[lane].Origin, length);

    /// <summary>Reserves the memory for an update put aside, once.</summary>
    public void ReserveUpdate() => _update ??= new AlignedBuffer<T>(length, 1);

    /// <summary>Sets the states that following runs read and write.</summary>
    public void Attach(AlignedBuffer<T> old, AlignedBuffer<T> next)
    {
        Lanes = new Lanes<T>(old.Origin, old.Stride, length, _update is null ? null : _update.Origin, old != next && next.Bytes > Cached);
        Shift = (nint)(next.Origin - old.Origin);
        _next = next;
    }
}
