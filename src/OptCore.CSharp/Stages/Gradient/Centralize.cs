using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Gradient centralization: subtracts from every slice of a tensor along its first axis the slice's mean,
/// <c>u_i = u_i − mean(u_i)</c>; tensors of rank 0 and 1 pass unchanged.
/// </summary>
/// <remarks>
/// The mean is taken over all axes but the first, which fits kernels stored output first, <c>[out, in, …]</c>. It is
/// summed in double in a fixed order and rounded once. A slice of one element becomes 0, empty tensors stay empty, and a
/// NaN or ∞ spreads over its slice (see <c>skipNonFinite</c>).
/// <para>Source: Yong, Huang, Hua &amp; Zhang 2020. Equals Optax <c>centralize</c>.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> centralize |> momentum 0.9</c></example>
[Word("centralize")]
public sealed record Centralize : IFusedStage
{
    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u_i = u_i − mean(u_i) for each slice i along the first axis, rank > 1";
    StageTraits IStage.Traits => StageTraits.Linear | StageTraits.RestsAtZero;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Tensors(Apply);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Apply<T>(TensorStep<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = tensor.Shape;
        var update = tensor.Update;
        if (shape.Length < 2 || update.IsEmpty)
        {
            return;
        }

        for (var length = update.Length / shape[0]; !update.IsEmpty; update = update[length..])
        {
            var slice = update[..length];
            Rows.Subtract(slice, T.CreateTruncating(Rows.Sum<T>(slice) / length));
        }
    }
}
