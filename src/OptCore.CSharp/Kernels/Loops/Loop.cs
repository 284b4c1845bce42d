using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>A compiled loop over a range of elements. Holds the scalars of the running step, so one step at a time.</summary>
internal abstract class Loop<T>
    where T : unmanaged
{
    /// <summary>Copies the boxed kernel, of the type that the loop was closed over. Once, before anything else.</summary>
    public abstract void Take(object kernel);

    /// <summary>Takes those scalars of the step that the loops do not take themselves.</summary>
    public abstract void Begin(StepContext step);

    /// <summary>Takes the scalars of the step and runs over all ranges.</summary>
    public abstract void Run(StepContext step, in Lanes<T> lanes, ElementRange[] ranges, nint shift);

    /// <summary>Takes the scalars of the step and runs over some of the caller's tensors, in place.</summary>
    public abstract void Run(StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors);

    /// <summary>Runs over the elements [start, end); what is stored goes <paramref name="shift"/> elements further.</summary>
    public abstract void Sweep(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift);

    /// <summary>Runs over tensors, with the scalars of each. Several threads may do so at once, each with a context of its own.</summary>
    public abstract void Sweep(StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorRange> tensors, nint shift);

    /// <summary>
    /// Runs over some of the caller's tensors, in place; <see cref="Begin"/> comes before. Several threads may do so at once.
    /// </summary>
    /// <param name="step">The scalars of the step.</param>
    /// <param name="lanes">The vectors of the library.</param>
    /// <param name="places">Where tensors are.</param>
    /// <param name="tensors">The indices of those to run over.</param>
    /// <returns>What was measured on the way, in one chunk of one tensor.</returns>
    public abstract Squares Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors);

    /// <summary>
    /// Runs over neighbouring elements of the caller's tensors as over one vector, in place; <see cref="Begin"/> comes before. Several
    /// threads may do so at once.
    /// </summary>
    /// <param name="step">The scalars of the step.</param>
    /// <param name="lanes">The vectors of the library.</param>
    /// <param name="places">Where tensors are.</param>
    /// <param name="tensors">The indices of the tensors that have the elements, from that of the first one on; none is empty.</param>
    /// <param name="start">The first element.</param>
    /// <param name="end">The end of the elements, all of which are some tensor's.</param>
    public abstract void Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors, nint start, nint end);

    /// <summary>As the other one, with the scalars of each tensor; each thread has a context of its own.</summary>
    public abstract void SweepEach(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors);

    /// <summary>
    /// As <see cref="Sweep(StepContext, in Lanes{T}, nint, nint, nint)"/> over one chunk of <see cref="Reduction"/>, and says what
    /// was measured on the way.
    /// </summary>
    public abstract Squares Measure(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift);
}

/// <summary>The elements of a tensor.</summary>
/// <param name="Tensor">Its index in the layout.</param>
/// <param name="Range">Its elements.</param>
internal readonly record struct TensorRange(int Tensor, ElementRange Range);

/// <summary>The loop of one kernel, usually a <see cref="Chain{V, T, A, B, C, D}"/>.</summary>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type.</typeparam>
/// <typeparam name="K">The kernel.</typeparam>
/// <typeparam name="M">What is measured on the way.</typeparam>
internal sealed class Loop<V, T, K, M> : Loop<T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
    where M : struct, IMeter<V, T>
{
    private K _kernel;

    public override void Take(object kernel) => _kernel = (K)kernel;

    public override void Begin(StepContext step) => Begin(ref _kernel, step);

    public override void Run(StepContext step, in Lanes<T> lanes, ElementRange[] ranges, nint shift)
    {
        Begin(ref _kernel, step);
        foreach (var range in ranges)
        {
            Sweep(in _kernel, step, in lanes, range.Start, range.End, shift);
        }
    }

    public override void Run(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        Begin(ref _kernel, step);
        Bound(in _kernel, step, in lanes, places, tensors);
    }

    public override void Sweep(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift) =>
        Sweep(in _kernel, step, in lanes, start, end, shift);

    public override void Sweep(StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorRange> tensors, nint shift)
    {
        var kernel = _kernel;
        foreach (ref readonly var tensor in tensors)
        {
            step.Tensor = tensor.Tensor;
            Begin(ref kernel, step);
            Sweep(in kernel, step, in lanes, tensor.Range.Start, tensor.Range.End, shift);
        }
    }

    public override Squares Measure(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift) =>
        Sweep(in _kernel, step, in lanes, start, end, shift);

    public override Squares Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors) =>
        Bound(in _kernel, step, in lanes, places, tensors);

    public override unsafe void Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors, nint start, nint end)
    {
        // As in vectors: at their end their padding takes the rest.
        var rest = end == lanes.Length && start % V.Count == 0 ? 0 : (int)((end - start) % V.Count);
        if (end - rest > start)
        {
            // Room for a register of parameters and one of gradients, in a cache line each: what is stored across two is not forwarded to a
            // load.
            var room = stackalloc T[3 * V.Count];
            var line = V.Count * sizeof(T);
            var seam = (T*)(((nint)room + line - 1) & -line);
            fixed (TensorPlace<T>* first = places)
            {
                fixed (int* indices = tensors)
                {
                    Joined(in _kernel, step, in lanes, first, indices, indices + tensors.Length, start, end - rest, seam);
                }
            }
        }

        for (var i = 0; rest > 0; i++)
        {
            var place = places[tensors[i]];
            if (place.Range.End > end - rest)
            {
                var part = place.Part((int)(end - rest), Math.Min(place.Range.End, (int)end));
                Bound(in _kernel, step, in lanes, new ReadOnlySpan<TensorPlace<T>>(in part), [0]);
                rest -= part.Range.Length;
            }
        }
    }

    public override void SweepEach(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        var kernel = _kernel;
        for (var i = 0; i < tensors.Length; i++)
        {
            step.Tensor = tensors[i];
            Begin(ref kernel, step);
            Bound(in kernel, step, in lanes, places, tensors.Slice(i, 1));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin(ref K kernel, StepContext step)
    {
        if (!K.IsPlain)
        {
            BeginApart(ref kernel, step);
        }
    }

    // Apart from the loops: what a rule calls here costs them no registers. Optimized at once, as they are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void BeginApart(ref K kernel, StepContext step) => kernel.Begin(step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Squares Sweep(in K kernel, StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        if (lanes.Streams && start % V.Count == 0)
        {
            return Streamed(in kernel, step, in lanes, start, end, shift);
        }

        // At the end of the vectors their padding takes the rest, if it begins at a whole register; elsewhere other
        // tensors must not be touched.
        return (end - start) % V.Count == 0 || (end == lanes.Length && start % V.Count == 0)
            ? Whole(in kernel, step, in lanes, start, end, shift)
            : Masked(in kernel, step, in lanes, start, end, shift);
    }

    // Optimized at once: with tiering a long loop would crawl for 200 ms. Never inlined: callers spoil its registers.
    // One body for whole registers and the rest: compiling it is most of what a new pipeline costs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Squares Whole(in K source, StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        var kernel = source;
        var meter = default(M);
        kernel.Open(in lanes, step);
        for (var i = start; i < end; i += V.Count)
        {
            V u = V.Zero, p = V.Zero;
            kernel.Apply(ref u, ref p, new WholePlace<V, T>(i, i + shift, end - i));
            meter.Add(u, p, end - i);
        }

        return meter.Total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Squares Masked(in K source, StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        var kernel = source;
        var meter = default(M);
        kernel.Open(in lanes, step);
        var rest = (int)((end - start) % V.Count);
        end -= rest;
        for (var i = start; i < end; i += V.Count)
        {
            V u = V.Zero, p = V.Zero;
            kernel.Apply(ref u, ref p, new WholePlace<V, T>(i, i + shift, V.Count));
            meter.Add(u, p, V.Count);
        }

        V lastU = V.Zero, lastP = V.Zero;
        kernel.Apply(ref lastU, ref lastP, new MaskedPlace<V, T>(end, end + shift, rest));
        meter.Add(lastU, lastP, rest);
        return meter.Total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Squares Streamed(in K source, StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        var kernel = source;
        var meter = default(M);
        kernel.Open(in lanes, step);
        var rest = (int)((end - start) % V.Count);
        end -= rest;
        for (var i = start; i < end; i += V.Count)
        {
            V u = V.Zero, p = V.Zero;
            kernel.Apply(ref u, ref p, new StreamedPlace<V, T>(i, i + shift));
            meter.Add(u, p, V.Count);
        }

        if (rest > 0)
        {
            V u = V.Zero, p = V.Zero;
            kernel.Apply(ref u, ref p, new MaskedPlace<V, T>(end, end + shift, rest));
            meter.Add(u, p, rest);
        }

        // Streamed values are not ordered with other stores; whoever is told that the work is done must see them.
        Thread.MemoryBarrier();
        return meter.Total;
    }

    // In the caller's memory: the kernel is opened once for all tensors, the places know where each of them is.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static unsafe Squares Bound(
        in K source, StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        var kernel = source;
        var meter = default(M);
        kernel.Open(in lanes, step);
        foreach (var index in tensors)
        {
            ref readonly var place = ref places[index];
            T* parameters = place.Parameters, gradient = place.Gradient;
            nint i = place.Range.Start, end = place.Range.End;
            for (; end - i >= V.Count; i += V.Count)
            {
                V u = V.Zero, p = V.Zero;
                kernel.Apply(ref u, ref p, new BoundPlace<V, T>(i, parameters, gradient));
                meter.Add(u, p, V.Count);
            }

            if (i < end)
            {
                V u = V.Zero, p = V.Zero;
                kernel.Apply(ref u, ref p, new MaskedBoundPlace<V, T>(i, parameters, gradient, (int)(end - i)));
                meter.Add(u, p, end - i);
            }
        }

        return meter.Total;
    }

    // In the caller's memory, register by register of the library's vectors: slots are read and written as everywhere, parameters and
    // gradients where the tensor has them. A register on the seam of tensors is put together before, and taken apart behind. No call, and
    // no masked store of 256 bits, which takes as long as ten others.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static unsafe void Joined(
        in K source, StepContext step, in Lanes<T> lanes, TensorPlace<T>* places, int* tensor, int* lastTensor, nint start, nint end,
        T* seam)
    {
        var kernel = source;
        kernel.Open(in lanes, step);
        for (var i = start; i < end;)
        {
            var place = places + *tensor;
            nint last = place->Range.End;
            if (i >= last)
            {
                tensor++;
                continue;
            }

            // The one behind the next: two small tensors take as long as the third-level cache.
            if (tensor + 2 < lastTensor)
            {
                (places + tensor[2])->Prefetch();
            }

            T* parameters = place->Parameters, gradient = place->Gradient;
            var border = i + ((Math.Min(last, end) - i) & -V.Count);
            var count = last - border;
            var next = tensor + 1 < lastTensor ? places + tensor[1] : null;
            var isSeam = count > 0 && border < end;
            var areTwo = next is null || next->Range.End - border >= V.Count;
            V seamParameters = V.Zero, seamGradient = V.Zero;

            // Before this tensor's last register is stored, which waits for a root and a division: the load would wait, too. Not earlier:
            // what lies in between would come into the cache in another order than it is needed.
            var seamLoads = isSeam && areTwo ? Math.Max(i, border - V.Count) : -1;
            while (true)
            {
                if (i == seamLoads)
                {
                    seamParameters = Seam.Load<V, T>(parameters + border, next is null ? null : next->Parameters + border, count);
                    seamGradient = Seam.Load<V, T>(gradient + border, next is null ? null : next->Gradient + border, count);
                }

                if (i >= border)
                {
                    break;
                }

                V u = V.Zero, p = V.Zero;
                kernel.Apply(ref u, ref p, new BoundPlace<V, T>(i, parameters, gradient));
                i += V.Count;
            }

            if (!isSeam)
            {
                continue;
            }

            if (!areTwo)
            {
                Seam.Gather(places, tensor, i, Math.Min(i + V.Count, lanes.Length), seam, seam + V.Count);
                seamParameters = V.Load(seam);
                seamGradient = V.Load(seam + V.Count);
            }

            // What the kernel does not change comes back as it was.
            V onSeam = V.Zero, atSeam = seamParameters;
            kernel.Apply(ref onSeam, ref atSeam, new SeamPlace<V, T>(i, seamParameters, seamGradient));
            if (areTwo)
            {
                Seam.Store(atSeam, parameters + i, next is null ? null : next->Parameters + i, count, seam);
            }
            else
            {
                V.Store(seam, atSeam);
                Seam.Scatter(places, tensor, i, Math.Min(i + V.Count, lanes.Length), seam);
            }

            i += V.Count;
        }
    }
}
