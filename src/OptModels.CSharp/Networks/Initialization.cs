namespace OptModels;

/// <summary>How the weights of a layer of a <see cref="Network"/> start. Biases start at 0.</summary>
/// <remarks>
/// Fan-in is the number of inputs of a unit; fan-out the number of units that an input reaches (for a convolution:
/// filters · size²).
/// </remarks>
public enum Initialization
{
    /// <summary><see cref="He"/> where a <c>relu</c> follows, <see cref="Glorot"/> elsewhere.</summary>
    Automatic,

    /// <summary>Uniform on ±√(6 / fan-in): keeps variances through a <c>relu</c>. Source: He et al., 2015.</summary>
    He,

    /// <summary>Uniform on ±√(6 / (fan-in + fan-out)). Source: Glorot and Bengio, 2010.</summary>
    Glorot,

    /// <summary>All weights 0; for a last layer, whose first predictions are then uniform.</summary>
    Zero,
}
