using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A stage that divides by something that may vanish together with its numerator. Whether the quotient is guarded (0/0 is 0) is
/// decided here and compiled into its rule: only where nothing keeps the denominator above 0 in the number type of the plan.
/// </summary>
internal interface IDividingStage : IFusedStage
{
    /// <summary>What keeps the denominator above 0: the largest ε in it.</summary>
    double LeastDenominator { get; }

    /// <summary>As <see cref="IFusedStage.Build"/>, with the decision whether quotients are guarded.</summary>
    void Build<V, T, Guard>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch;

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        // An ε that rounds to 0 in T guards nothing, and one that follows a schedule may come to that.
        if (T.CreateTruncating(LeastDenominator) > T.Zero && !builder.FollowsSchedules)
        {
            Build<V, T, Off>(builder);
        }
        else
        {
            Build<V, T, On>(builder);
        }
    }
}

/// <summary>A quotient that is guarded or not.</summary>
internal static class Guarded<V, T, Guard>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where Guard : struct, ISwitch
{
    /// <summary>a/b; guarded, 0 where b is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Divide(V a, V b) => Guard.On ? VectorOperations.DivideOrZero<V, T>(a, b) : a / b;
}
