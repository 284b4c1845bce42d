using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

// The drivers of rules, one for each number of slots: they load the slots, apply the rule, store the slots. A rule sees the
// parameters only if it says that it reads them, and changes them only if it says so. What a rule says of itself is asked by `is` on
// the spot, which the compiler decides while it reads: what is not asked for is not even looked at.

/// <summary>What a rule does with the parameters.</summary>
internal static class ParametersOf<R>
    where R : struct
{
    /// <summary>For the segment that the rule becomes part of.</summary>
    public static KernelUse Use => default(R) switch
    {
        IWritesParameters => KernelUse.WritesParameters,
        IReadsParameters => KernelUse.ReadsParameters,
        _ => KernelUse.Update,
    };
}

/// <summary>A rule with no slot.</summary>
internal struct Rule0<V, T, R>(R rule) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule0<V, T>
{
    private R _rule = rule;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default(R) is IPlainRule;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        if (default(R) is not IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        if (default(R) is IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        var q = default(R) is IReadsParameters ? p : V.Zero;
        _rule.Apply(ref u, ref q);
        if (default(R) is IWritesParameters)
        {
            p = q;
        }
    }
}

/// <summary>How rules write the last of their slots.</summary>
internal static class LastSlot<V, T, R>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<P>(Lane<T> lane, V value, P at)
        where P : struct, IPlace<V, T>
    {
        if (default(R) is not IKeepsLast || at.Moves)
        {
            at.Store(lane, value);
        }
    }
}

/// <summary>A rule with one slot.</summary>
internal struct Rule1<V, T, R>(R rule, int a) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule1<V, T>
{
    private R _rule = rule;
    private Lane<T> _a;

    public readonly R Rule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _rule;
    }

    public readonly Lane<T> Slot
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _a;
    }

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default(R) is IPlainRule;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        if (default(R) is not IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _a = lanes[a];
        if (default(R) is IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        var q = default(R) is IReadsParameters ? p : V.Zero;
        V a = at.Load(_a);
        _rule.Apply(ref u, ref q, ref a);
        LastSlot<V, T, R>.Write(_a, a, at);
        if (default(R) is IWritesParameters)
        {
            p = q;
        }
    }
}

/// <summary>A rule with two slots.</summary>
internal struct Rule2<V, T, R>(R rule, int a, int b) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule2<V, T>
{
    private R _rule = rule;
    private Lane<T> _a, _b;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default(R) is IPlainRule;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        if (default(R) is not IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _a = lanes[a];
        _b = lanes[b];
        if (default(R) is IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        var q = default(R) is IReadsParameters ? p : V.Zero;
        V a = at.Load(_a), b = at.Load(_b);
        _rule.Apply(ref u, ref q, ref a, ref b);
        at.Store(_a, a);
        LastSlot<V, T, R>.Write(_b, b, at);
        if (default(R) is IWritesParameters)
        {
            p = q;
        }
    }
}

/// <summary>A rule with three slots.</summary>
internal struct Rule3<V, T, R>(R rule, int a, int b, int c) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule3<V, T>
{
    private R _rule = rule;
    private Lane<T> _a, _b, _c;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default(R) is IPlainRule;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        if (default(R) is not IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _a = lanes[a];
        _b = lanes[b];
        _c = lanes[c];
        if (default(R) is IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        var q = default(R) is IReadsParameters ? p : V.Zero;
        V a = at.Load(_a), b = at.Load(_b), c = at.Load(_c);
        _rule.Apply(ref u, ref q, ref a, ref b, ref c);
        at.Store(_a, a);
        at.Store(_b, b);
        LastSlot<V, T, R>.Write(_c, c, at);
        if (default(R) is IWritesParameters)
        {
            p = q;
        }
    }
}

/// <summary>A rule with four slots.</summary>
internal struct Rule4<V, T, R>(R rule, int a, int b, int c, int d) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule4<V, T>
{
    private R _rule = rule;
    private Lane<T> _a, _b, _c, _d;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default(R) is IPlainRule;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        if (default(R) is not IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _a = lanes[a];
        _b = lanes[b];
        _c = lanes[c];
        _d = lanes[d];
        if (default(R) is IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        var q = default(R) is IReadsParameters ? p : V.Zero;
        V a = at.Load(_a), b = at.Load(_b), c = at.Load(_c), d = at.Load(_d);
        _rule.Apply(ref u, ref q, ref a, ref b, ref c, ref d);
        at.Store(_a, a);
        at.Store(_b, b);
        at.Store(_c, c);
        LastSlot<V, T, R>.Write(_d, d, at);
        if (default(R) is IWritesParameters)
        {
            p = q;
        }
    }
}

/// <summary>A rule with five slots.</summary>
internal struct Rule5<V, T, R>(R rule, int a, int b, int c, int d, int e) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule5<V, T>
{
    private R _rule = rule;
    private Lane<T> _a, _b, _c, _d, _e;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default(R) is IPlainRule;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        if (default(R) is not IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _a = lanes[a];
        _b = lanes[b];
        _c = lanes[c];
        _d = lanes[d];
        _e = lanes[e];
        if (default(R) is IPlainRule)
        {
            _rule.Begin(step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        var q = default(R) is IReadsParameters ? p : V.Zero;
        V a = at.Load(_a), b = at.Load(_b), c = at.Load(_c), d = at.Load(_d), e = at.Load(_e);
        _rule.Apply(ref u, ref q, ref a, ref b, ref c, ref d, ref e);
        at.Store(_a, a);
        at.Store(_b, b);
        at.Store(_c, c);
        at.Store(_d, d);
        LastSlot<V, T, R>.Write(_e, e, at);
        if (default(R) is IWritesParameters)
        {
            p = q;
        }
    }
}
