using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The quadratic model of L-BFGS at p over a box: <c>m(x) = ⟨g, x − p⟩ + ½⟨x − p, B(x − p)⟩</c> with <c>B = θI − Wᵀ K⁻¹ W</c>, where the
/// rows of W are the y and the θs of k pairs, <c>K = [−D, Lᵀ; L, θSSᵀ]</c>, D and L the diagonal of ⟨s_i, y_j⟩ and what is below it.
/// </summary>
/// <remarks>Source: Byrd, Lu, Nocedal and Zhu 1995, sections 3 to 5.</remarks>
internal readonly ref struct BoxModel
{
    // Places of the scratch that the caller leaves alone.
    private const int First = 16;

    private readonly ReadOnlySpan<double> _point, _gradient, _low, _high;
    private readonly MatrixView<double> _rows, _middle, _factors;
    private readonly Span<double> _direction, _inner, _middleInner, _moved, _column, _solved, _path;
    private readonly Span<int> _order, _pivots;
    private readonly double _theta;
    private readonly int _size;

    /// <summary>A model.</summary>
    /// <param name="point">p, within the bounds.</param>
    /// <param name="gradient">g, finite.</param>
    /// <param name="low">The lower bounds.</param>
    /// <param name="high">The upper bounds.</param>
    /// <param name="theta">θ > 0.</param>
    /// <param name="rows">W, 2k rows.</param>
    /// <param name="pairs">k.</param>
    /// <param name="scratch">Memory; of the places from 16 on.</param>
    public BoxModel(
        ReadOnlySpan<double> point,
        ReadOnlySpan<double> gradient,
        ReadOnlySpan<double> low,
        ReadOnlySpan<double> high,
        double theta,
        MatrixView<double> rows,
        int pairs,
        Scratch scratch)
    {
        _point = point;
        _gradient = gradient;
        _low = low;
        _high = high;
        _theta = theta;
        _rows = rows;
        _size = 2 * pairs;
        _direction = scratch.Vector(First, point.Length);
        _path = scratch.Vector(First + 1, point.Length);
        _inner = scratch.Zeros(First + 2, _size);
        _middleInner = scratch.Zeros(First + 3, _size);
        _moved = scratch.Zeros(First + 4, _size);
        _column = scratch.Zeros(First + 5, _size);
        _solved = scratch.Zeros(First + 6, _size);
        _middle = scratch.Matrix(First + 7, _size, _size);
        _factors = scratch.Matrix(First + 8, _size, _size);
        var order = scratch.Order(point.Length + _size);
        _order = order[..point.Length];
        _pivots = order[point.Length..];
        Fill();
    }

    /// <summary>
    /// The generalized Cauchy point, the first minimizer of m along the gradient's path bent into the box; then the minimizer of m in the
    /// coordinates that it leaves free, as far as the box lets one go towards it.
    /// </summary>
    /// <param name="x">Takes the point, within the bounds.</param>
    public void Minimize(Span<double> x)
    {
        _middle.Row(0, _size * _size).CopyTo(_factors.Row(0, _size * _size));
        LinearSystem.Factor(_factors, _size, _pivots);
        _point.CopyTo(x);
        if (Cauchy(x))
        {
            Subspace(x);
        }
    }

    // K, from the inner products of the rows of W.
    private void Fill()
    {
        var (pairs, length) = (_size / 2, _point.Length);
        for (var i = 0; i < pairs; i++)
        {
            var s = _rows.Row(pairs + i, length);
            for (var j = 0; j < pairs; j++)
            {
                var mixed = WideVectors.Dot(s, _rows.Row(j, length)) / _theta;
                _middle.Row(i, _size)[j] = i == j ? -mixed : 0;
                _middle.Row(pairs + i, _size)[j] = _middle.Row(j, _size)[pairs + i] = i > j ? mixed : 0;
                _middle.Row(pairs + i, _size)[pairs + j] = WideVectors.Dot(s, _rows.Row(pairs + j, length)) / _theta;
            }
        }
    }

    // Whether there is a way downhill; x is then the Cauchy point, and _moved is W(x − p).
    private bool Cauchy(Span<double> x)
    {
        var count = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var g = _gradient[i];
            var reach = g < 0 ? (_point[i] - _high[i]) / g : g > 0 ? (_point[i] - _low[i]) / g : double.PositiveInfinity;
            _direction[i] = reach > 0 ? -g : 0;
            if (reach > 0 && reach < double.PositiveInfinity)
            {
                (_path[count], _order[count]) = (reach, i);
                count++;
            }
        }

        MemoryExtensions.Sort(_path[..count], _order[..count]);
        Multiply(_direction, _inner);
        var slope = -WideVectors.Dot(_direction, _direction);
        if (slope == 0)
        {
            return false;
        }

        var curvature = (-_theta * slope) - Product(_inner, _inner);
        var least = curvature / (1L << 52);
        var (reached, step) = (0.0, -slope / curvature);
        for (var next = 0; next < count && _path[next] - reached <= step; next++)
        {
            var i = _order[next];
            var ahead = _path[next] - reached;
            reached = _path[next];
            x[i] = _direction[i] > 0 ? _high[i] : _low[i];
            AddScaled(_moved, ahead, _inner);
            (slope, curvature) = Bend(i, x[i] - _point[i], slope + (ahead * curvature), curvature);
            curvature = Math.Max(curvature, least);
            AddScaled(_inner, _gradient[i], _column);
            _direction[i] = 0;
            step = Math.Max(-slope / curvature, 0);
        }

        AddScaled(_moved, step, _inner);
        for (var i = 0; i < x.Length; i++)
        {
            if (_direction[i] != 0)
            {
                x[i] = Math.Clamp(_point[i] + ((reached + step) * _direction[i]), _low[i], _high[i]);
            }
        }

        return true;
    }

    // Slope and curvature of m along the path behind the bound of a coordinate, which has come z far; _column becomes its column of W.
    private (double Slope, double Curvature) Bend(int i, double z, double slope, double curvature)
    {
        var g = _gradient[i];
        for (var j = 0; j < _size; j++)
        {
            _column[j] = _rows.Row(j, _point.Length)[i];
        }

        LinearSystem.Solve(_factors, _pivots, _column, _solved);
        slope += (g * g) + (_theta * g * z) - (g * Dot(_solved, _moved));
        curvature -= (_theta * g * g) + (2 * g * Dot(_solved, _inner)) + (g * g * Dot(_solved, _column));
        return (slope, curvature);
    }

    // From the Cauchy point towards the minimizer of m in the free coordinates.
    private void Subspace(Span<double> x)
    {
        LinearSystem.Solve(_factors, _pivots, _moved, _middleInner);
        var reduced = _path;
        for (var i = 0; i < x.Length; i++)
        {
            reduced[i] = x[i] > _low[i] && x[i] < _high[i] ? _gradient[i] + (_theta * (x[i] - _point[i])) : 0;
        }

        for (var j = 0; j < _size; j++)
        {
            var row = _rows.Row(j, x.Length);
            for (var i = 0; i < x.Length; i++)
            {
                reduced[i] -= x[i] > _low[i] && x[i] < _high[i] ? row[i] * _middleInner[j] : 0;
            }
        }

        Multiply(reduced, _inner);
        FreeMiddle(x);
        LinearSystem.Solve(_middle, _pivots, _inner, _solved);
        var share = 1.0;
        for (var i = 0; i < x.Length; i++)
        {
            var d = 0.0;
            if (x[i] > _low[i] && x[i] < _high[i])
            {
                d = reduced[i];
                for (var j = 0; j < _size; j++)
                {
                    d += _rows.Row(j, x.Length)[i] * _solved[j] / _theta;
                }

                d /= -_theta;
                share = Math.Min(share, d > 0 ? (_high[i] - x[i]) / d : d < 0 ? (_low[i] - x[i]) / d : 1);
            }

            _direction[i] = d;
        }

        for (var i = 0; i < x.Length; i++)
        {
            x[i] = Math.Clamp(x[i] + (share * _direction[i]), _low[i], _high[i]);
        }
    }

    // K − W_F W_Fᵀ/θ of the free coordinates, factored.
    private void FreeMiddle(ReadOnlySpan<double> x)
    {
        for (var a = 0; a < _size; a++)
        {
            var one = _rows.Row(a, x.Length);
            for (var b = 0; b <= a; b++)
            {
                var other = _rows.Row(b, x.Length);
                var sum = 0.0;
                for (var i = 0; i < x.Length; i++)
                {
                    sum += x[i] > _low[i] && x[i] < _high[i] ? one[i] * other[i] : 0;
                }

                _middle.Row(a, _size)[b] = _middle.Row(b, _size)[a] = _middle.Row(a, _size)[b] - (sum / _theta);
            }
        }

        LinearSystem.Factor(_middle, _size, _pivots);
    }

    // W v.
    private void Multiply(ReadOnlySpan<double> v, Span<double> to)
    {
        for (var j = 0; j < _size; j++)
        {
            to[j] = WideVectors.Dot(_rows.Row(j, v.Length), v);
        }
    }

    // aᵀ K⁻¹ b.
    private double Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        LinearSystem.Solve(_factors, _pivots, b, _solved);
        return Dot(_solved, a);
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static void AddScaled(Span<double> y, double a, ReadOnlySpan<double> x)
    {
        for (var i = 0; i < y.Length; i++)
        {
            y[i] += a * x[i];
        }
    }
}
