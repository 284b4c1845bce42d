namespace OptModels.Networks;

/// <summary>y = max(0, x); the derivative at 0 is 0. NaN stays NaN.</summary>
internal sealed class ReluLayer(Shape shape) : Layer(shape, shape)
{
    public override bool IsInPlace => true;

    public override bool NeedsOutput => true;

    public override void Forward<T>(LayerPass<T> pass, int first, int count) =>
        Elementwise.Relu(pass.Input.Row(first, count * Input.Length), pass.Output.Row(first, count * Input.Length));

    public override void Backward<T>(LayerPass<T> pass, int first, int count)
    {
        if (!pass.InputGradient.IsNone)
        {
            var length = count * Input.Length;
            Elementwise.ReluBack(
                pass.Output.Row(first, length), pass.OutputGradient.Row(first, length), pass.InputGradient.Row(first, length));
        }
    }

    public override string ToString() => "relu";
}

/// <summary>y = tanh x, dx = (1 − y²)·dy.</summary>
internal sealed class TanhLayer(Shape shape) : Layer(shape, shape)
{
    public override bool IsInPlace => true;

    public override bool NeedsOutput => true;

    public override long Operations => 40L * Output.Length;

    public override void Forward<T>(LayerPass<T> pass, int first, int count)
    {
        var input = pass.Input.Row(first, count * Input.Length);
        var output = pass.Output.Row(first, count * Input.Length);
        for (var i = 0; i < output.Length; i++)
        {
            output[i] = T.Tanh(input[i]);
        }
    }

    public override void Backward<T>(LayerPass<T> pass, int first, int count)
    {
        if (pass.InputGradient.IsNone)
        {
            return;
        }

        var length = count * Input.Length;
        var output = pass.Output.Row(first, length);
        var delta = pass.OutputGradient.Row(first, length);
        var result = pass.InputGradient.Row(first, length);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = (T.One - (output[i] * output[i])) * delta[i];
        }
    }

    public override string ToString() => "tanh";
}

/// <summary>The same numbers as one vector, channel by channel, row by row.</summary>
internal sealed class FlattenLayer(Shape shape) : Layer(shape, new(shape.Length, 1, 1))
{
    public override bool IsInPlace => true;

    public override long Operations => Output.Length;

    public override void Forward<T>(LayerPass<T> pass, int first, int count) =>
        pass.Input.Row(first, count * Input.Length).CopyTo(pass.Output.Row(first, count * Input.Length));

    public override void Backward<T>(LayerPass<T> pass, int first, int count)
    {
        if (!pass.InputGradient.IsNone)
        {
            pass.OutputGradient.Row(first, count * Input.Length).CopyTo(pass.InputGradient.Row(first, count * Input.Length));
        }
    }

    public override string ToString() => "flatten";
}
