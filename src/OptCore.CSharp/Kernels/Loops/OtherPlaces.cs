using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>A rule whose slots an earlier rule of the same step has stored: it goes on from there.</summary>
internal struct Again<V, T, K>(K kernel) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
{
    private K _kernel = kernel;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => K.IsPlain;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _kernel.Begin(step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step) => _kernel.Open(in lanes, step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => _kernel.Apply(ref u, ref p, new Stored<P>(at));

    private readonly struct Stored<P>(P at) : IPlace<V, T>
        where P : struct, IPlace<V, T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(Lane<T> lane) => at.Reload(lane);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(Lane<T> lane, V value) => at.Store(lane, value);

        public bool Moves
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => false;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Reload(Lane<T> lane) => at.Reload(lane);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(GradientLane<T> gradient) => at.Load(gradient);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(ParameterLane<T> parameters) => at.Reload(parameters);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(ParameterLane<T> parameters, V value) => at.Store(parameters, value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Reload(ParameterLane<T> parameters) => at.Reload(parameters);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreAside(Lane<T> lane, V value) => at.StoreAside(lane, value);
    }
}

/// <summary>A rule whose slots are read and not stored: a probe's point is no part of the state.</summary>
internal struct Reading<V, T, K>(K kernel) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
{
    private K _kernel = kernel;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => K.IsPlain;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _kernel.Begin(step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step) => _kernel.Open(in lanes, step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => _kernel.Apply(ref u, ref p, new Unstored<P>(at));

    private readonly struct Unstored<P>(P at) : IPlace<V, T>
        where P : struct, IPlace<V, T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(Lane<T> lane) => at.Load(lane);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(Lane<T> lane, V value)
        {
        }

        public bool Moves
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => false;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Reload(Lane<T> lane) => at.Load(lane);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(GradientLane<T> gradient) => at.Load(gradient);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(ParameterLane<T> parameters) => at.Load(parameters);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(ParameterLane<T> parameters, V value)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Reload(ParameterLane<T> parameters) => at.Load(parameters);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreAside(Lane<T> lane, V value) => at.StoreAside(lane, value);
    }
}
