using static System.FormattableString;

namespace OptModels.Networks;

/// <summary>Y = X·Wᵀ + c, W of shape [units, inputs]. dW = dYᵀ·X, dX = dY·W.</summary>
internal sealed class DenseLayer(Shape input, int units, Initialization initialization) : Layer(input, new(units, 1, 1))
{
    public override int[] Weights => [units, Input.Length];

    public override int Biases => units;

    public override (int In, int Out) Fan => (Input.Length, units);

    public override Initialization Initialization => initialization;

    public override bool IsPerSample => false;

    public override void Forward<T>(LayerPass<T> pass, int first, int count)
    {
        var biases = pass.Parameters.Row(0, ParameterCount)[WeightCount..];
        for (var s = first; s < first + count; s++)
        {
            biases.CopyTo(pass.Output.Row(s, units));
        }

        var weights = pass.Parameters.Reshape(Input.Length);
        pass.Product.Add(pass.Input.From(first), weights.Transposed, pass.Output.From(first), count, Input.Length, units, pass.Threads);
    }

    public override void Backward<T>(LayerPass<T> pass, int first, int count)
    {
        var delta = pass.OutputGradient.From(first);
        var biases = pass.Gradient.Row(0, ParameterCount)[WeightCount..];
        for (var s = 0; s < count; s++)
        {
            Elementwise.AddTo(biases, delta.Row(s, units));
        }

        var gradient = pass.Gradient.Reshape(Input.Length);
        pass.Product.Add(delta.Transposed, pass.Input.From(first), gradient, units, count, Input.Length, pass.Threads);
        if (!pass.InputGradient.IsNone)
        {
            var result = pass.InputGradient.From(first);
            result.Row(0, count * Input.Length).Clear();
            pass.Product.Add(delta, pass.Parameters.Reshape(Input.Length), result, count, units, Input.Length, pass.Threads);
        }
    }

    public override string ToString() => With(Invariant($"dense {units}"), initialization);
}
