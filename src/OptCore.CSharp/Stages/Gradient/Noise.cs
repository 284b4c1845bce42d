using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adds annealed Gaussian noise to the gradient: <c>u = u + √(η/k^γ) z</c> with z ~ N(0, 1) in every coordinate, so that
/// the noise of update k has the variance η/k^γ (not the standard deviation).
/// </summary>
/// <remarks>
/// The generator is part of the state (slot <c>noise.state</c>) and moves on once per application: once per update, or
/// once per micro-gradient where <c>accumulate</c> is declared later. A coordinate's number depends on the seed, on how
/// often the stage has run and on the coordinate's place in the scope only: not on threads, vector width or number type
/// (float adds in double and rounds once), nor on the gradient. η = 0 is the exact identity. Two noises in one optimizer
/// need two seeds to be independent. Units: √η is a gradient. A NaN stays NaN.
/// <para>Source: Neelakantan et al. 2015 (there η ∈ {0.01, 0.3, 1}, γ = 0.55). Equals Optax <c>add_noise(η, γ, key)</c>
/// in distribution; the numbers themselves are of another generator.</para>
/// </remarks>
/// <param name="Variance">η, the variance of the first noise, in units of the gradient squared: η ≥ 0.</param>
/// <param name="Decay">γ, the power of the annealing: γ ≥ 0; 0 keeps the variance constant.</param>
/// <param name="Seed">Where the generator starts. Any integer.</param>
/// <example><c>sgd 0.1 |> noise 0.01 0.55 42</c></example>
[Word("noise")]
public sealed record Noise(double Variance, double Decay, int Seed) : IFusedStage
{
    /// <summary>η, the variance of the first noise: η ≥ 0.</summary>
    public double Variance { get; init => field = Require.NonNegative(value, nameof(Variance)); } =
        Require.NonNegative(Variance, nameof(Variance));

    /// <summary>γ, the power of the annealing: γ ≥ 0.</summary>
    public double Decay { get; init => field = Require.NonNegative(value, nameof(Decay)); } = Require.NonNegative(Decay, nameof(Decay));

    /// <summary>Where the generator starts.</summary>
    public int Seed { get; init; } = Seed;

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u = u + √(η/k^γ) z, z ~ N(0, 1)";
    StageTraits IStage.Traits => StageTraits.Random;
    IReadOnlyList<SlotSpec> IStage.Slots => [new("state", SlotKind.Random, Seed)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var state = builder.Count("state");
        builder.Vector(Measured.Update, (update, step) =>
        {
            step[state] = Gaussian.Advance(step[state], out var key);
            var deviation = Math.Sqrt(Variance / Math.Pow(step.Number, Decay));
            if (deviation > 0)
            {
                Add(update, key, deviation);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add<T>(Span<T> update, ulong key, double deviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < update.Length; i++)
        {
            update[i] = T.CreateTruncating(Reduction.Widen(update[i]) + (deviation * Gaussian.At(key, i)));
        }
    }
}
