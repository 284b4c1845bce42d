using OptBench.Contenders;
using static TorchSharp.torch;

namespace TorchBench;

/// <summary>TorchSharp's own optimizer.</summary>
internal sealed class TorchSharps : Contender
{
    private readonly Work _work;
    private readonly Tensors _tensors;
    private readonly optim.Optimizer _optimizer;

    public TorchSharps(Work work, ScalarType type)
    {
        (_work, _tensors) = (work, new Tensors(work.Model, type));
        _optimizer = work.Method switch
        {
            Method.Adam => optim.Adam(_tensors.Parameters, Numbers.Rate),
            Method.AdamW => optim.AdamW(_tensors.Parameters, Numbers.Rate, weight_decay: Numbers.Decay),
            Method.Momentum => optim.SGD(_tensors.Parameters, Numbers.Rate, Numbers.Momentum),
            _ => optim.Adagrad(_tensors.Parameters, Numbers.Rate, eps: Numbers.AdagradEpsilon),
        };
    }

    public override string Name => "TorchSharp";

    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            if (_work.Clip)
            {
                nn.utils.clip_grad_norm_(_tensors.Parameters, Numbers.MaxNorm);
            }

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

/// <summary>libtorch's fused kernel, called in a loop of TorchScript: no call from .NET within a turn.</summary>
internal sealed class Fused : Contender
{
    // What torch.nn.utils.clip_grad_norm_ does with foreach kernels.
    private const string Script = """
        def clip(grads: List[Tensor], most: float):
            total = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads, 2)))
            factor = torch.clamp(most / (total + 1e-6), max=1.0)
            torch._foreach_mul_(grads, factor)

        def adam(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], steps: int, clipped: bool,
                rate: float, decay: float, most: float) -> int:
            none: List[Tensor] = []
            for i in range(steps):
                if clipped:
                    clip(g, most)
                torch._foreach_add_(t, 1)
                torch._fused_adam_(p, g, m, v, none, t, lr=rate, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-8,
                    amsgrad=False, maximize=False)
            return steps

        def momentum(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], steps: int, clipped: bool,
                rate: float, decay: float, most: float) -> int:
            for i in range(steps):
                if clipped:
                    clip(g, most)
                torch._fused_sgd_(p, g, m, weight_decay=0.0, momentum=0.9, lr=rate, dampening=0.0, nesterov=False, maximize=False,
                    is_first_step=False)
            return steps

        def adagrad(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], steps: int, clipped: bool,
                rate: float, decay: float, most: float) -> int:
            for i in range(steps):
                if clipped:
                    clip(g, most)
                torch._foreach_add_(t, 1)
                torch._fused_adagrad_(p, g, m, t, lr=rate, lr_decay=0.0, weight_decay=0.0, eps=1e-10, maximize=False)
            return steps

        """;

    // Adam and AdamW: the same loop around another kernel.
    private static readonly Lazy<jit.CompilationUnit> Adam = new(() => jit.compile(Script));
    private static readonly Lazy<jit.CompilationUnit> AdamW = new(() => jit.compile(Script.Replace("_fused_adam_", "_fused_adamw_")));

    private readonly Work _work;
    private readonly Tensors _tensors;
    private readonly Tensor[] _parameters, _gradients, _first, _second, _steps;

    public Fused(Work work, ScalarType type)
    {
        (_work, _tensors) = (work, new Tensors(work.Model, type));
        using var _ = no_grad();
        _parameters = [.. _tensors.Parameters.Select(parameter => parameter.detach())];
        _gradients = [.. _tensors.Gradients];
        _first = [.. _parameters.Select(tensor => zeros_like(tensor))];
        _second = [.. _parameters.Select(tensor => zeros_like(tensor))];
        _steps = [.. _parameters.Select(_ => zeros([], dtype: ScalarType.Float32))];
    }

    public override string Name => "fused";

    public override void Run(int steps)
    {
        using var _ = no_grad();
        var decoupled = _work.Method == Method.AdamW;
        (decoupled ? AdamW : Adam).Value.invoke(
            decoupled ? "adam" : _work.Method.ToString().ToLowerInvariant(),
            _parameters,
            _gradients,
            _first,
            _second,
            _steps,
            (long)steps,
            _work.Clip,
            Numbers.Rate,
            decoupled ? Numbers.Decay : 0.0,
            Numbers.MaxNorm);
    }

    public override double[] Parameters() => _tensors.Values();

    public override void Dispose()
    {
        foreach (var tensor in _parameters.Concat(_first).Concat(_second).Concat(_steps))
        {
            tensor.Dispose();
        }

        _tensors.Dispose();
    }
}
