using System.Numerics;
using OptBench.Contenders;
using OptCore;
using OptTorch;
using static TorchSharp.torch;

namespace TorchBench;

/// <summary>The library on one flat vector of its own.</summary>
internal sealed class Flat<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Session<T> _session;
    private readonly T[] _gradient;

    public Flat(Work work, Tensors tensors)
    {
        _session = work.Compose().Plan<T>(tensors.Layout, new Execution { Threads = work.Threads }).Start(tensors.Flat<T>(false));
        _gradient = GC.AllocateArray<T>(work.Model.Length, pinned: true);
        tensors.Flat<T>(true).CopyTo(_gradient, 0);
    }

    public override string Name => "flat";

    public override int FewestWarmUpSteps => 24;

    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _session.Step(_gradient);
        }
    }

    public override double[] Parameters() => [.. _session.AsSpan().ToArray().Select(double.CreateTruncating)];
}

/// <summary>The library in libtorch's tensors.</summary>
internal sealed class Bound<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensors _tensors;
    private readonly BoundSession<T> _session;
    private readonly TensorBlock<T>[] _gradients;

    public Bound(Work work)
    {
        _tensors = new Tensors(work.Model, typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32);
        _gradients = [.. _tensors.Gradients.Select(tensor => (TensorBlock<T>)new Memory(tensor))];
        _session = work.Compose()
            .Plan<T>(_tensors.Layout, new Execution { Threads = work.Threads })
            .Bind([.. _tensors.Parameters.Select(tensor => (TensorBlock<T>)new Memory(tensor))]);
    }

    public override string Name => "bound";

    public override int FewestWarmUpSteps => 24;

    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _session.Step(_gradients);
        }
    }

    public override double[] Parameters() => _tensors.Values();

    public override void Dispose()
    {
        _session.Dispose();
        _tensors.Dispose();
    }

    private sealed class Memory(Tensor tensor) : NativeBlock<T>
    {
        private readonly Tensor _tensor = tensor;

        public override nint Address { get; } = Tensors.AddressOf(tensor);

        public override int Length { get; } = (int)tensor.numel();

        public override string ToString() => $"{_tensor.numel()} elements";
    }
}

/// <summary>The library as an optimizer of TorchSharp, which asks libtorch for every gradient.</summary>
internal sealed class Packaged : Contender
{
    private readonly Tensors _tensors;
    private readonly TorchOptimizer _optimizer;

    public Packaged(Work work, ScalarType type)
    {
        _tensors = new Tensors(work.Model, type);
        _optimizer = new TorchOptimizer(
            _tensors.Named, work.Compose(), new Execution { Threads = work.Threads });
    }

    public override string Name => "TorchOptimizer";

    public override int FewestWarmUpSteps => 24;

    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _optimizer.step();
        }
    }

    public override double[] Parameters() => _tensors.Values();

    public override void Dispose()
    {
        _optimizer.Dispose();
        _tensors.Dispose();
    }
}
