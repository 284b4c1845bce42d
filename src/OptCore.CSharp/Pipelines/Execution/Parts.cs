using System.Diagnostics;
using System.Numerics;
using OptCore.Kernels;

namespace OptCore.Compilation;

/// <summary>One part of a stage, as its builder received it.</summary>
internal abstract class Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many elements are measured for each parameter.</summary>
    public virtual int MeasuredVectors => 0;

    /// <summary>Whether the part works on whole tensors.</summary>
    public virtual bool IsWhole => false;

    /// <summary>Adds the part to a program under construction.</summary>
    public abstract void AddTo(Compiler<V, T> compiler, ResolvedStage site);

    /// <summary>Applies what it does to each element once, on registers that count.</summary>
    public virtual void Count(StepContext step)
    {
    }
}

/// <summary>An elementwise kernel.</summary>
internal abstract class KernelPart<V, T>(KernelUse use, bool perTensor) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public KernelUse Use { get; } = use;

    public bool PerTensor { get; } = perTensor;

    /// <summary>A fresh copy of the kernel, to be chained.</summary>
    public abstract object Boxed { get; }

    /// <summary>The kernel as a loop of its own between loads and stores. Closed statically: needs no code generation.</summary>
    public abstract Loop<T> Block();

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.Add(this, site);
}

/// <inheritdoc/>
internal sealed class KernelPart<V, T, K>(K kernel, KernelUse use, bool perTensor, OwnTime? time = null)
    : KernelPart<V, T>(use, perTensor)
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where K : struct, IKernel<V, T>
{
    public override object Boxed => time is null ? kernel : Fusion.InOwnTime<V, T>(kernel, time);

    // Which of the two is compiled depends on the registers: ahead of time a loop of every kernel is large.
    private static bool IsCounting => typeof(V) == typeof(Counted<T>);

    public override void Count(StepContext step)
    {
        if (!IsCounting)
        {
            throw new UnreachableException();
        }

        // What is done once a step does not count.
        var before = Counts.Operations;
        var once = kernel;
        once.Begin(step);
        once.Open(default, step);
        Counts.Operations = before;
        var (u, p) = (default(V), default(V));
        once.Apply(ref u, ref p, default(Nowhere<V, T>));
    }

    public override Loop<T> Block()
    {
        if (IsCounting)
        {
            throw new UnreachableException();
        }

        var loop = new Loop<V, T, Standalone<V, T, K>, NoMeter<V, T>>();
        loop.Take(new Standalone<V, T, K>(kernel, Use));
        return time is null ? loop : new LoopInOwnTime<T>(loop, time);
    }
}

/// <summary>A norm over the scope or of every tensor.</summary>
/// <param name="of">What is measured.</param>
/// <param name="result">Where the norm of it goes.</param>
/// <param name="parameters">Where the norms of the parameters go, if they are measured together with those of the update.</param>
internal sealed class NormPart<V, T>(Measured of, Measure result, Measure? parameters = null) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int MeasuredVectors => parameters is null ? 1 : 2;

    /// <summary>Where the norms go if they are those of the parameters of every tensor and of nothing else.</summary>
    public Measure? OfParameters => of == Measured.Parameters && result.PerTensor ? result : null;

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site)
    {
        if (of == Measured.Update)
        {
            compiler.AddUpdateNorm(new NormsOnTheWay(result, parameters), site);
        }
        else
        {
            compiler.AddParameterNorm(result, site);
        }
    }
}

/// <summary>A quantity that needs a pass of its own.</summary>
internal sealed class QuantityPart<V, T>(Quantity quantity, Operand[] operands, Func<StepContext, bool>? when, Measure result)
    : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int MeasuredVectors => 1;

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddQuantity(quantity, operands, when, result, site);
}

/// <summary>An action on the scalars of the step.</summary>
internal sealed class ActionPart<V, T>(Action<StepContext> action, bool perTensor) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddAction(action, perTensor, site);
}

/// <summary>A rule on whole tensors.</summary>
internal sealed class TensorPart<V, T>(TensorRule<T> rule, (ResolvedSlot Slot, bool IsStored)[] slots) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool IsWhole => true;

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddTensors(rule, slots, site);
}

/// <summary>A rule on whole tensors of the parameters.</summary>
internal sealed class ParametersPart<V, T>(ShapeRule<T> rule) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool IsWhole => true;

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddParameterTensors(rule, site);
}

/// <summary>An average of the Hessian's diagonal.</summary>
internal sealed class DiagonalPart<V, T>(int lane, Func<double> decay) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddDiagonal(lane, decay, site);
}

/// <summary>A rule on all tensors together.</summary>
internal sealed class JointPart<V, T>(JointRule<T> rule, (ResolvedSlot Slot, bool IsStored)[] slots) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool IsWhole => true;

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddJointly(rule, slots, site);
}

/// <summary>A rule on all elements in scope.</summary>
internal sealed class VectorPart<V, T>(Measured of, VectorRule<T> rule) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool IsWhole => true;

    public override void AddTo(Compiler<V, T> compiler, ResolvedStage site) => compiler.AddVector(of, rule, site);
}
