using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Makes the estimates of the Hessian's diagonal for the stage of a plan that looks at it.</summary>
internal sealed class CurvatureProbe<T>(ResolvedOptimizer model)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // ∛ε_mach of double, in which objectives compute: the largest relative error of a rounding.
    private static readonly double Distance = Math.Cbrt(Math.ScaleB(1, -53));

    private readonly ICurvature _stage = (ICurvature)model.Curvature!.Stage;
    private readonly ElementRange[] _ranges = model.Ranges(model.Curvature!.Tensors);
    private readonly int _generator = model.Curvature!.Slots[((ICurvature)model.Curvature.Stage).Generator].Index;
    private readonly double _sign = model.Stages.Any(site => site.Stage is IReversal) ? -1 : 1;
    private readonly double[] _z = new double[model.Layout.Length];
    private readonly double[] _point = new double[model.Layout.Length];
    private readonly double[] _product = new double[model.Layout.Length];
    private readonly double[] _other = new double[model.Layout.Length];
    private readonly T[] _estimate = new T[model.Layout.Length];

    /// <summary>The number of times the objective was asked in the last step.</summary>
    public int Evaluations { get; private set; }

    /// <summary>The estimate that was made in the last step; nothing where none was.</summary>
    public ReadOnlySpan<T> Made => Evaluations > 0 ? _estimate : default;

    /// <summary>The estimate of a step, nothing where none is needed; and the generator's next state, where it has drawn.</summary>
    /// <exception cref="ArgumentException">One is needed, and there is neither an estimate nor an objective.</exception>
    public ReadOnlySpan<T> For(
        StateStore<T> store, StateStore<T> next, long step, (IObjective Objective, long Index)? objective, ReadOnlySpan<T> given,
        out long? generator)
    {
        (Evaluations, generator) = (0, null);
        if (!_stage.LooksAt(step))
        {
            return default;
        }

        if (!given.IsEmpty || model.Layout.Length == 0)
        {
            // Where it is, unless the step writes there.
            if (!Overlaps(given, next.Buffer))
            {
                return given;
            }

            given.CopyTo(_estimate);
            return _estimate;
        }

        if (objective is not { } asked)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{model.Curvature!.Prefix} looks at curvature in update t = {step}; a gradient alone does ")
                + "not tell: use Step(state, objective), or Step(state, gradient, diagonal) with an estimate of the Hessian's diagonal.");
        }

        generator = Gaussian.Advance(store.Counts[_generator], out var key);
        Estimate(store.Buffer[0], asked.Objective, asked.Index, key);
        return _estimate;
    }

    private static bool Overlaps(ReadOnlySpan<T> given, AlignedBuffer<T> buffer)
    {
        for (var vector = 0; vector < buffer.Vectors; vector++)
        {
            if (given.Overlaps(buffer[vector]))
            {
                return true;
            }
        }

        return false;
    }

    private void Estimate(ReadOnlySpan<T> parameters, IObjective objective, long index, ulong key)
    {
        WideVectors.Widen(parameters, _point);
        Array.Clear(_z);
        var (largest, drawn) = (0.0, 0);
        foreach (var range in _ranges)
        {
            for (var i = range.Start; i < range.End; i++)
            {
                _z[i] = Gaussian.At(key, drawn++) < 0 ? -1 : 1;
                largest = Math.Max(largest, Math.Abs(_point[i]));
            }
        }

        if (objective is IHessianProduct exact)
        {
            Evaluations = 1;
            exact.HessianProduct(index, _point, _z, _product);
        }
        else
        {
            Differentiate(objective, index, Distance * Math.Max(1, largest));
        }

        for (var i = 0; i < _estimate.Length; i++)
        {
            _estimate[i] = T.CreateTruncating(_sign * _z[i] * _product[i]);
        }
    }

    // (∇f(p+δz) − ∇f(p−δz))/2δ.
    private void Differentiate(IObjective objective, long index, double delta)
    {
        Evaluations = 2;
        var point = new double[_point.Length];
        for (var i = 0; i < point.Length; i++)
        {
            point[i] = _point[i] + (delta * _z[i]);
        }

        objective.Evaluate(index, point, _product);
        for (var i = 0; i < point.Length; i++)
        {
            point[i] = _point[i] - (delta * _z[i]);
        }

        objective.Evaluate(index, point, _other);
        for (var i = 0; i < point.Length; i++)
        {
            _product[i] = (_product[i] - _other[i]) / (2 * delta);
        }
    }
}
