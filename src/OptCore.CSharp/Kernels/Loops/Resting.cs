using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>A rule that acts in some steps alone. In the others its slot is neither read nor written.</summary>
internal interface IRestingRule
{
    /// <summary>Whether it leaves everything as it is in this step; false before the first.</summary>
    bool Rests { get; }
}

/// <summary>A rule with one slot that rests now and then.</summary>
internal struct Resting1<V, T, R>(R rule, int a) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where R : struct, IRule1<V, T>, IRestingRule
{
    private Rule1<V, T, R> _acting = new(rule, a);

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Rule1<V, T, R>.IsPlain;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _acting.Begin(step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step) => _acting.Open(in lanes, step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        if (!_acting.Rule.Rests)
        {
            _acting.Apply(ref u, ref p, at);
        }
        else if (at.Moves)
        {
            at.Store(_acting.Slot, at.Load(_acting.Slot));
        }
    }
}
