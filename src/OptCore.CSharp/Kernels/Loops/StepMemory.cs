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
/// and the update put aside, by their addresses. Where parameters and gradients are the caller's, one block for every tensor, they
/// are no vectors: then each tensor is asked for, or a vector is gathered.
/// </summary>
/// <param name="length">The number of elements of every vector.</param>
/// <param name="places">Where the caller has its tensors; null where parameters and gradient are vectors.</param>
internal sealed unsafe class StepMemory<T>(int length, TensorPlace<T>[]? places = null)
    where T : unmanaged
{
    /// <summary>The vectors that are read.</summary>
    public Lanes<T> Lanes;

    // About the size of a shared last-level cache.
    private const nint Cached = 32 << 20;

    private AlignedBuffer<T>? _update;
    private AlignedBuffer<T>? _next;
    private AlignedBuffer<T>? _gathered;

    /// <summary>Where the caller has its tensors; null where parameters and gradient are vectors.</summary>
    public TensorPlace<T>[]? Places => places;

    /// <summary>Whether parameters and gradients are the caller's, tensor by tensor.</summary>
    public bool IsBound => places is not null;

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

    /// <summary>What looks along the update, where the plan has a line search.</summary>
    public object? Search { get; set; }

    /// <summary>Who sees the vector behind every stage of a traced step; null in all others.</summary>
    public object? Watcher { get; set; }

    /// <summary>Where the estimate of the Hessian's diagonal of this step is, kept in place as the gradient; null in most.</summary>
    public T* Diagonal { get; set; }

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

    /// <summary>Where the parameters of a block are, if not with the slots: the address that element 0 would have; else null.</summary>
    public T* Aside { get; set; }

    /// <summary>Runs a loop over some elements of a block, wherever their parameters are.</summary>
    /// <param name="loop">The loop, which has begun.</param>
    /// <param name="start">The first element.</param>
    /// <param name="end">The end of the elements.</param>
    public void Sweep(Loop<T> loop, int start, int end)
    {
        if (Aside == null)
        {
            loop.Sweep(Context, in Lanes, start, end, Shift);
            return;
        }

        var place = new TensorPlace<T> { Parameters = Aside, Gradient = Lanes.GradientOrigin, Range = new ElementRange(start, end) };
        loop.Sweep(Context, in Lanes, new ReadOnlySpan<TensorPlace<T>>(in place), [0]);
    }

    /// <summary>One vector of the step; of a bound one, the update alone.</summary>
    public Span<T> this[Source source] => new(
        source switch
        {
            Source.Update => Lanes.Update.Origin,
            _ when IsBound => throw new InvalidOperationException($"{source} is no vector where the tensors are the caller's."),
            Source.Gradient => Lanes.Gradient.Origin,
            Source.OldParameters => Lanes.Parameters.Origin,
            _ => Lanes.Parameters.Origin + Shift,
        },
        length);

    /// <summary>One tensor of a vector of the step, wherever it is.</summary>
    /// <param name="source">The vector.</param>
    /// <param name="tensor">The index of the tensor.</param>
    /// <param name="range">Its elements.</param>
    public Span<T> Of(Source source, int tensor, ElementRange range) =>
        places is not null && source != Source.Update ? places[tensor].Of(source) : range.Of(this[source]);

    /// <summary>A vector of the step to be read, of which some tensors are right; gathered where it is none.</summary>
    /// <param name="source">The vector.</param>
    /// <param name="tensors">The indices of the tensors that are needed.</param>
    public ReadOnlySpan<T> Whole(Source source, int[] tensors)
    {
        if (places is null || source == Source.Update)
        {
            return this[source];
        }

        ReserveGathered();
        var vector = _gathered![source == Source.Gradient ? 1 : 0];
        foreach (var tensor in tensors)
        {
            places[tensor].Of(source).CopyTo(places[tensor].Range.Of(vector));
        }

        return vector;
    }

    /// <summary>Reserves the memory in which vectors are gathered, once.</summary>
    public void ReserveGathered() => _gathered ??= new AlignedBuffer<T>(length, 2);

    /// <summary>A slot as it is written in this step.</summary>
    public Span<T> Slot(int lane) => _next![lane];

    /// <summary>A slot as it was before this step.</summary>
    public ReadOnlySpan<T> OldSlot(int lane) => new(Lanes[lane].Origin, length);

    /// <summary>Reserves the memory for an update put aside, once.</summary>
    public void ReserveUpdate() => _update ??= new AlignedBuffer<T>(length, 1);

    /// <summary>Makes following operations write to other vectors, until it is told the former ones.</summary>
    /// <returns>Those that were written to.</returns>
    public AlignedBuffer<T> Redirect(AlignedBuffer<T> next)
    {
        var before = _next!;
        Shift += (nint)(next.Origin - before.Origin);
        _next = next;
        return before;
    }

    /// <summary>Sets the states that following runs read and write.</summary>
    public void Attach(AlignedBuffer<T> old, AlignedBuffer<T> next)
    {
        Lanes = new Lanes<T>(old.Origin, old.Stride, length, _update is null ? null : _update.Origin, old != next && next.Bytes > Cached);
        Shift = (nint)(next.Origin - old.Origin);
        _next = next;
    }
}
