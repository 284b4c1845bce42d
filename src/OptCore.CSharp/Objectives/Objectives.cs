using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Objectives at points of any type: what plans of any type ask.</summary>
public static class Objectives
{
    /// <summary>
    /// The value and gradient of any objective at a point of T: in T where it computes in T (<see cref="IObjective{T}"/>), else in
    /// double, and every element of the gradient rounded once.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="objective">The objective.</param>
    /// <param name="parameters">The point, of length <see cref="IObjective.Dimension"/>.</param>
    /// <param name="gradient">Receives the gradient, of the same length; must not overlap the parameters.</param>
    /// <returns>The value of the whole objective at the point.</returns>
    /// <exception cref="ArgumentException">A length differs from <see cref="IObjective.Dimension"/>, or the spans overlap.</exception>
    /// <exception cref="ArgumentNullException">The objective is null.</exception>
    public static double EvaluateAt<T>(this IObjective objective, ReadOnlySpan<T> parameters, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Require.NotNull(objective) is IObjective<T> own ? own.Evaluate(parameters, gradient)
            : IsDouble(parameters, gradient, out var point, out var slopes) ? objective.Evaluate(point, slopes)
            : InDouble(objective, null, default, parameters, gradient);

    /// <summary>The value and gradient that update number <paramref name="step"/> sees, at a point of T.</summary>
    /// <inheritdoc cref="EvaluateAt{T}(IObjective, ReadOnlySpan{T}, Span{T})"/>
    /// <param name="step">The number of updates already applied, ≥ 0.</param>
    /// <returns>The value at the point, as this step sees it.</returns>
    public static double EvaluateAt<T>(this IObjective objective, long step, ReadOnlySpan<T> parameters, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Require.NotNull(objective) is IObjective<T> own ? own.Evaluate(step, parameters, gradient)
            : IsDouble(parameters, gradient, out var point, out var slopes) ? objective.Evaluate(step, point, slopes)
            : InDouble(objective, step, default, parameters, gradient);

    /// <summary>The mean of the listed terms of a sum and its gradient, at a point of T.</summary>
    /// <inheritdoc cref="EvaluateAt{T}(IObjective, ReadOnlySpan{T}, Span{T})"/>
    /// <param name="sum">The sum.</param>
    /// <param name="samples">The indices, as <see cref="IFiniteSum"/> wants them.</param>
    /// <returns>The mean of the listed terms at the point.</returns>
    public static double EvaluateAt<T>(this IFiniteSum sum, ReadOnlySpan<int> samples, ReadOnlySpan<T> parameters, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Require.NotNull(sum) is IFiniteSum<T> own ? own.Evaluate(samples, parameters, gradient)
            : IsDouble(parameters, gradient, out var point, out var slopes) ? sum.Evaluate(samples, point, slopes)
            : InDouble(Checked(sum, samples), null, samples, parameters, gradient);

    private static IFiniteSum Checked(IFiniteSum sum, ReadOnlySpan<int> samples)
    {
        Lengths.CheckSamples(samples, sum.Count);
        return sum;
    }

    private static bool IsDouble<T>(
        ReadOnlySpan<T> parameters, Span<T> gradient, out ReadOnlySpan<double> point, out Span<double> slopes)
        where T : unmanaged
    {
        point = typeof(T) == typeof(double) ? MemoryMarshal.Cast<T, double>(parameters) : default;
        slopes = typeof(T) == typeof(double) ? MemoryMarshal.Cast<T, double>(gradient) : default;
        return typeof(T) == typeof(double);
    }

    // Without a step the whole objective; with samples the mean over them.
    private static double InDouble<T>(
        IObjective objective, long? step, ReadOnlySpan<int> samples, ReadOnlySpan<T> parameters, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Lengths.CheckPoint(parameters, gradient, objective.Dimension);
        var length = parameters.Length;
        var memory = ArrayPool<double>.Shared.Rent(checked(2 * length));
        try
        {
            var point = memory.AsSpan(0, length);
            var slopes = memory.AsSpan(length, length);
            WideVectors.Widen(parameters, point);
            var value = step is { } t ? objective.Evaluate(t, point, slopes)
                : samples.IsEmpty ? objective.Evaluate(point, slopes)
                : ((IFiniteSum)objective).Evaluate(samples, point, slopes);
            WideVectors.Narrow(slopes, gradient);
            return value;
        }
        finally
        {
            ArrayPool<double>.Shared.Return(memory);
        }
    }
}
