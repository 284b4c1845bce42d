using System.Numerics;

namespace OptModels.Networks;

/// <summary>
/// One layer of a network: how it maps the samples of a block, and how gradients flow back. A layer holds no data; what
/// it works on is in its <see cref="LayerPass{T}"/>, of any type.
/// </summary>
internal abstract class Layer(Shape input, Shape output)
{
    /// <summary>The number of samples that one task handles; the order of sums depends on it, so it is fixed.</summary>
    public const int GroupSize = 8;

    public Shape Input { get; } = input;

    public Shape Output { get; } = output;

    /// <summary>The shape of the weights; empty for a layer without parameters.</summary>
    public virtual int[] Weights => [];

    /// <summary>The number of biases.</summary>
    public virtual int Biases => 0;

    public int WeightCount => Weights.Length == 0 ? 0 : Weights.Aggregate(1, (product, axis) => checked(product * axis));

    public int ParameterCount => checked(WeightCount + Biases);

    /// <summary>The inputs of a unit and the units that an input reaches.</summary>
    public virtual (int In, int Out) Fan => (0, 0);

    public virtual Initialization Initialization => Initialization.Zero;

    /// <summary>Whether samples are independent, so that groups of them run beside each other.</summary>
    public virtual bool IsPerSample => true;

    /// <summary>Whether the output may take the place of the input in memory, and the gradients likewise.</summary>
    public virtual bool IsInPlace => false;

    /// <summary>Whether the backward pass reads the output, which the next layer must then not overwrite.</summary>
    public virtual bool NeedsOutput => false;

    /// <summary>About the floating-point operations of one sample, forward; backward is twice that.</summary>
    public virtual long Operations => 4L * Output.Length;

    /// <summary>What the layer needs besides inputs and outputs, for blocks of the given number of samples.</summary>
    public virtual void Reserve<T>(LayerPass<T> pass, int block)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }

    /// <summary>Computes the outputs of <paramref name="count"/> samples from <paramref name="first"/> on.</summary>
    public abstract void Forward<T>(LayerPass<T> pass, int first, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>
    /// From the output gradient of the samples: writes the input gradient, if it is wanted, and adds to the gradient of
    /// the parameters (per-sample layers into parts of their own, which <see cref="Finish"/> adds).
    /// </summary>
    public abstract void Backward<T>(LayerPass<T> pass, int first, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Adds the parts of a block of <paramref name="count"/> samples in the order of the samples.</summary>
    public virtual void Finish<T>(LayerPass<T> pass, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }

    /// <summary>The word and its arguments, as <see cref="Network.ToString"/> shows them.</summary>
    public abstract override string ToString();

    protected string With(string text, Initialization initialization) =>
        initialization == Initialization.Automatic ? text : $"{text} ({initialization})";
}
