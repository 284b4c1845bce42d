namespace OptCore.Kernels;

/// <summary>What <see cref="Counted{T}"/> and <see cref="Nowhere{V, T}"/> have counted on this thread.</summary>
internal static class Counts
{
    /// <summary>Arithmetic operations, comparisons and selections.</summary>
    [ThreadStatic]
    public static int Operations;

    /// <summary>Slots loaded.</summary>
    [ThreadStatic]
    public static int Loads;

    /// <summary>Slots stored.</summary>
    [ThreadStatic]
    public static int Stores;
}

/// <summary>A register of one element without a value, which counts what a rule does with it: one for each rounding or selection.</summary>
internal readonly struct Counted<T> : IVector<Counted<T>, T>
    where T : unmanaged
{
    static int IVector<Counted<T>, T>.Count => 1;

    static Counted<T> IVector<Counted<T>, T>.Zero => default;

    private static Counted<T> One
    {
        get
        {
            Counts.Operations++;
            return default;
        }
    }

    // A comparison and a selection.
    private static Counted<T> Two
    {
        get
        {
            Counts.Operations += 2;
            return default;
        }
    }

    static Counted<T> IVector<Counted<T>, T>.Broadcast(double value) => default;

    static Counted<T> IVector<Counted<T>, T>.operator +(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.operator -(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.operator *(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.operator /(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.Fma(Counted<T> a, Counted<T> b, Counted<T> c) => One;

    static Counted<T> IVector<Counted<T>, T>.Sqrt(Counted<T> a) => One;

    static Counted<T> IVector<Counted<T>, T>.Abs(Counted<T> a) => One;

    static Counted<T> IVector<Counted<T>, T>.CopySign(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.Max(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.Min(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.Less(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.Equal(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.Select(Counted<T> mask, Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.First(int count) => default;

    static Counted<T> IVector<Counted<T>, T>.WhereLess(Counted<T> a, Counted<T> b, Counted<T> x, Counted<T> y) => Two;

    static Counted<T> IVector<Counted<T>, T>.WhereEqual(Counted<T> a, Counted<T> b, Counted<T> x, Counted<T> y) => Two;

    static Counted<T> IVector<Counted<T>, T>.MaxOrSecond(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.MinOrSecond(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.MaxOfSizes(Counted<T> a, Counted<T> b) => One;

    static Counted<T> IVector<Counted<T>, T>.GuessInverseCubeRoot(Counted<T> x) => One;

    static unsafe Counted<T> IVector<Counted<T>, T>.Load(T* source) => default;

    static unsafe Counted<T> IVector<Counted<T>, T>.Broadcast(T* source) => default;

    static unsafe void IVector<Counted<T>, T>.Store(T* target, Counted<T> value)
    {
    }

    static unsafe void IVector<Counted<T>, T>.Stream(T* target, Counted<T> value)
    {
    }

    static unsafe Counted<T> IVector<Counted<T>, T>.Load(T* source, Counted<T> mask, int count) => default;

    static unsafe Counted<T> IVector<Counted<T>, T>.LoadBehind(T* source, Counted<T> mask, int count) => default;

    static unsafe void IVector<Counted<T>, T>.Store(T* target, Counted<T> value, Counted<T> mask, int count)
    {
    }
}
