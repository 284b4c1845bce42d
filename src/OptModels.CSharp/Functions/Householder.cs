namespace OptModels;

/// <summary>
/// An orthogonal matrix Q = H₁H₂…H_d of d Householder reflections H_i = I − 2vᵢvᵢᵀ with unit vᵢ, applied in O(d²)
/// without being formed.
/// </summary>
internal sealed class Householder
{
    private readonly double[][] normals;

    /// <summary>Reflections whose directions are drawn uniformly from the cube [−1, 1]^d.</summary>
    internal Householder(int dimension, long seed)
    {
        var random = new SampleRandom(seed);
        normals = new double[dimension][];
        for (var i = 0; i < dimension; i++)
        {
            normals[i] = Unit(dimension, ref random);
        }
    }

    /// <summary>x ← Qx.</summary>
    internal void Apply(Span<double> x)
    {
        for (var i = normals.Length - 1; i >= 0; i--)
        {
            Reflect(normals[i], x);
        }
    }

    /// <summary>x ← Qᵀx.</summary>
    internal void ApplyTransposed(Span<double> x)
    {
        foreach (var normal in normals)
        {
            Reflect(normal, x);
        }
    }

    private static void Reflect(double[] normal, Span<double> x)
    {
        var projection = 0.0;
        for (var i = 0; i < normal.Length; i++)
        {
            projection += normal[i] * x[i];
        }

        projection *= 2;
        for (var i = 0; i < normal.Length; i++)
        {
            x[i] -= projection * normal[i];
        }
    }

    private static double[] Unit(int dimension, ref SampleRandom random)
    {
        var normal = new double[dimension];
        var square = 0.0;
        while (square < 1e-8)
        {
            square = 0;
            for (var i = 0; i < dimension; i++)
            {
                normal[i] = random.Uniform(-1, 1);
                square += normal[i] * normal[i];
            }
        }

        var norm = Math.Sqrt(square);
        for (var i = 0; i < dimension; i++)
        {
            normal[i] /= norm;
        }

        return normal;
    }
}
