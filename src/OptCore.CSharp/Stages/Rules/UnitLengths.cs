using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Gives every unit of a tensor the length that is wanted of it: <c>p_i = p_i · wanted(‖p_i‖)/‖p_i‖</c>. A unit whose norm is 0 or not
/// finite, or as wanted, stays bit for bit.
/// </summary>
/// <param name="outputFirst">Whether units are slices along the first axis; else as <see cref="UnitNorms.UnitsOf"/> says.</param>
/// <param name="wanted">The length for a norm > 0.</param>
internal sealed class UnitLengths<T>(Func<bool> outputFirst, Func<double, double> wanted)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private double[] _norms = [];
    private T[] _powers = [];
    private T[] _factors = [];

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Apply(ReadOnlySpan<int> shape, Span<T> p)
    {
        if (p.IsEmpty)
        {
            return;
        }

        if (outputFirst() && shape.Length > 1)
        {
            for (var length = p.Length / shape[0]; !p.IsEmpty; p = p[length..])
            {
                One(p[..length]);
            }

            return;
        }

        var units = UnitNorms.UnitsOf(shape, p.Length);
        if (units == 1)
        {
            One(p);
        }
        else
        {
            Columns(p, units);
        }
    }

    private void One(Span<T> unit)
    {
        var quotient = QuotientFor(UnitNorms.Of<T>(unit, 1, ref _norms)[0]);
        if (quotient != Quotient.One)
        {
            Rows.Multiply(unit, T.CreateTruncating(quotient.Power));
            Rows.Multiply(unit, T.CreateTruncating(quotient.Factor));
        }
    }

    private void Columns(Span<T> p, int units)
    {
        var norms = UnitNorms.Of<T>(p, units, ref _norms);
        if (_factors.Length < units)
        {
            (_powers, _factors) = (new T[units], new T[units]);
        }

        var powers = _powers.AsSpan(0, units);
        var factors = _factors.AsSpan(0, units);
        var (moves, far) = (false, false);
        for (var i = 0; i < units; i++)
        {
            var quotient = QuotientFor(norms[i]);
            (powers[i], factors[i]) = (T.CreateTruncating(quotient.Power), T.CreateTruncating(quotient.Factor));
            moves |= quotient != Quotient.One;
            far |= quotient.Power != 1;
        }

        for (var row = p; moves && !row.IsEmpty; row = row[units..])
        {
            if (far)
            {
                Rows.Multiply<T>(row[..units], powers);
            }

            Rows.Multiply<T>(row[..units], factors);
        }
    }

    private Quotient QuotientFor(double norm) =>
        norm > 0 && double.IsFinite(norm) && wanted(norm) is var length && length != norm ? Quotient.Of(length, norm) : Quotient.One;
}
