using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>A kernel between loads and stores of its operands: a pipeline of one, for the block by block fallback.</summary>
internal struct Standalone<V, T, K>(K kernel, KernelUse use) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
{
    private K _kernel = kernel;
    private Lane<T> _update;
    private ParameterLane<T> _parameters;
    private readonly bool _reads = use >= KernelUse.ReadsParameters;
    private readonly bool _writes = use == KernelUse.WritesParameters;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    public void Begin(StepContext step) => _kernel.Begin(step);

    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _update = lanes.Update;
        _parameters = lanes.Parameters;
        _kernel.Open(in lanes, step);
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
