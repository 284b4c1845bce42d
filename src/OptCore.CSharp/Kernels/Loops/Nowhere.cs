namespace OptCore.Kernels;

/// <summary>A place without memory, which counts the slots that a kernel loads and stores there.</summary>
internal readonly struct Nowhere<V, T> : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    public V Load(Lane<T> lane) => Loaded();

    public void Store(Lane<T> lane, V value) => Counts.Stores++;

    public bool Moves => true;

    public V Reload(Lane<T> lane) => Loaded();

    public V Load(GradientLane<T> gradient) => default;

    public V Load(ParameterLane<T> parameters) => default;

    public void Store(ParameterLane<T> parameters, V value)
    {
    }

    public V Reload(ParameterLane<T> parameters) => default;

    public void StoreAside(Lane<T> lane, V value)
    {
    }

    private static V Loaded()
    {
        Counts.Loads++;
        return default;
    }
}
