using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary><c>u ← g</c>: the start of a pipeline.</summary>
internal struct LoadGradient<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Lane<T> _lane;

    public readonly KernelUse Use => KernelUse.Update;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _lane = lanes.Gradient;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => u = at.Load(_lane);
}

/// <summary>Takes the update up again after a barrier.</summary>
internal struct LoadUpdate<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Lane<T> _lane;

    public readonly KernelUse Use => KernelUse.Update;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _lane = lanes.Update;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => u = at.Load(_lane);
}

/// <summary>Puts the update aside before a barrier.</summary>
internal struct StoreUpdate<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Lane<T> _lane;

    public readonly KernelUse Use => KernelUse.Update;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _lane = lanes.Update;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => at.StoreAside(_lane, u);
}

/// <summary>Reads the parameters of the old state.</summary>
internal struct LoadParameters<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Lane<T> _lane;

    public readonly KernelUse Use => KernelUse.Update;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _lane = lanes.Parameters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => p = at.Load(_lane);
}

/// <summary>Reads the parameters that an earlier segment of this step has stored.</summary>
internal struct ReloadParameters<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Lane<T> _lane;

    public readonly KernelUse Use => KernelUse.Update;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _lane = lanes.Parameters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => p = at.Reload(_lane);
}

/// <summary>Writes the parameters of the new state.</summary>
internal struct StoreParameters<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Lane<T> _lane;

    public readonly KernelUse Use => KernelUse.Update;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _lane = lanes.Parameters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => at.Store(_lane, p);
}

/// <summary>The step itself: <c>p ← p − η_t ⊙ u</c>.</summary>
internal struct Descend<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private double _rate;
    private V _minusRate;

    public readonly KernelUse Use => KernelUse.WritesParameters;

    public void Begin(StepContext step) => _rate = step.StepRate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _minusRate = V.Broadcast(-_rate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => p = V.Fma(_minusRate, u, p);
}

/// <summary>A kernel between loads and stores of its operands: a pipeline of one, for the block by block fallback.</summary>
internal struct Framed<V, T, K>(K kernel) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
{
    private K _kernel = kernel;
    private Lane<T> _update;
    private Lane<T> _parameters;
    private bool _reads;
    private bool _writes;

    public readonly KernelUse Use => _kernel.Use;

    public void Begin(StepContext step)
    {
        _reads = _kernel.Use >= KernelUse.ReadsParameters;
        _writes = _kernel.Use == KernelUse.WritesParameters;
        _kernel.Begin(step);
    }

    public void Open(in Lanes<T> lanes)
    {
        _update = lanes.Update;
        _parameters = lanes.Parameters;
        _kernel.Open(in lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        u = at.Load(_update);
        if (_reads)
        {
            p = at.Reload(_parameters);
        }

        _kernel.Apply(ref u, ref p, at);
        at.StoreAside(_update, u);
        if (_writes)
        {
            at.Store(_parameters, p);
        }
    }
}
