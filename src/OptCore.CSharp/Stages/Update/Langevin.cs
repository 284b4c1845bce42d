using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Stochastic gradient Langevin dynamics: noise on the finished direction, <c>u = u + √(2T/η_t) z</c> with z ~ N(0, 1) in every
/// coordinate, so that the step adds noise of the variance 2 η_t T to p. At a small rate p is a sample of the density e^(−f/T).
/// </summary>
/// <remarks>
/// Where the direction contains the rate <c>u = u + √(2T η_t) z</c>: the step adds the same. Nothing is added at η_t = 0, and T = 0 is
/// the exact identity. The generator is that of <c>noise</c>: part of the state (slot <c>langevin.state</c>), it moves on once per
/// update; a coordinate's number depends on the seed, on how often the stage has run and on the coordinate's place among the parameters
/// only. Two in one optimizer need two seeds. What stands behind it in the phase Update acts on the noise, too.
/// <para>Source: Welling &amp; Teh 2011, with the temperature T (there 1, of a loss that is summed). Optax has it as <c>add_noise</c>
/// behind the direction, whose variance follows no rate.</para>
/// </remarks>
/// <param name="Temperature">T, in units of the loss: T ≥ 0.</param>
/// <param name="Seed">Where the generator starts. Any integer.</param>
/// <example><c>sgd 0.01 |> langevin 0.1 42</c></example>
[Word("langevin")]
public sealed record Langevin(double Temperature, int Seed) : IFusedStage
{
    /// <summary>T, in units of the loss: T ≥ 0.</summary>
    public double Temperature { get; init => field = Require.NonNegative(value, nameof(Temperature)); } =
        Require.NonNegative(Temperature, nameof(Temperature));

    /// <summary>Where the generator starts.</summary>
    public int Seed { get; init; } = Seed;

    Phase IStage.Phase => Phase.Update;
    string IStage.Equation => "u = u + √(2T/η_t) z, z ~ N(0, 1)";
    StageTraits IStage.Traits => StageTraits.Random;
    IReadOnlyList<SlotSpec> IStage.Slots => [new("state", SlotKind.Random, Seed)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var state = builder.Count("state");
        ulong key = 0;
        builder.Then(step => step[state] = Gaussian.Advance(step[state], out key));
        builder.Tensors(tensor =>
        {
            var step = tensor.Step;
            var deviation = Math.Sqrt(2 * Temperature) * Math.Sqrt(step.Rate) / step.StepRate;
            if (Temperature > 0 && step.Rate > 0)
            {
                Add(tensor.Update, key, tensor.Offset, deviation);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add<T>(Span<T> update, ulong key, int place, double deviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < update.Length; i++)
        {
            update[i] = T.CreateTruncating(Reduction.Widen(update[i]) + (deviation * Gaussian.At(key, place + i)));
        }
    }
}
