using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptCore;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchBench;

/// <summary>The tensors of a model in libtorch's memory, with gradients: the same numbers for everybody.</summary>
internal sealed class Tensors : IDisposable
{
    public Tensors(Model model, ScalarType type)
    {
        random.manual_seed(20);
        using var _ = no_grad();
        foreach (var shape in model.Shapes)
        {
            var axes = Array.ConvertAll(shape, axis => (long)axis);
            var parameter = new Parameter(rand(axes, dtype: type).sub_(0.5), requires_grad: true);
            var gradient = rand(axes, dtype: type).sub_(0.5).mul_(4);
            parameter.grad = gradient;
            Parameters.Add(parameter);
            Gradients.Add(gradient);
        }

        Layout = Layout.Of(model.Shapes.Select((shape, i) => ($"w{i}", shape)));
    }

    public List<Parameter> Parameters { get; } = [];

    public List<Tensor> Gradients { get; } = [];

    public Layout Layout { get; }

    public IEnumerable<(string Name, Parameter Parameter)> Named => Parameters.Select((parameter, i) => ($"w{i}", parameter));

    public static unsafe nint AddressOf(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>All parameters, or all gradients, one after the other.</summary>
    public T[] Flat<T>(bool gradients)
        where T : unmanaged =>
        [.. (gradients ? Gradients : Parameters.Select(parameter => (Tensor)parameter)).SelectMany(tensor => tensor.data<T>().ToArray())];

    public double[] Values() =>
        [.. Parameters.SelectMany(parameter =>
        {
            using var wide = parameter.detach().to_type(ScalarType.Float64).flatten();
            return wide.data<double>().ToArray();
        })];

    public void Dispose()
    {
        Gradients.ForEach(tensor => tensor.Dispose());
        Parameters.ForEach(tensor => tensor.Dispose());
    }
}
