using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>One part of a stage, as its builder received it.</summary>
internal abstract class Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Adds the part to a program under construction.</summary>
    public abstract void AddTo(Compiler<V, T> compiler, SitedStage site);
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

    public override void AddTo(Compiler<V, T> compiler, SitedStage site) => compiler.Add(this, site);
}

/// <inheritdoc/>
internal sealed class KernelPart<V, T, K>(K kernel, bool perTensor) : KernelPart<V, T>(kernel.Use, perTensor)
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where K : struct, IKernel<V, T>
{
    public override object Boxed => kernel;

    public override Loop<T> Block()
    {
        var loop = new Loop<V, T, Framed<V, T, K>, NoMeter<V, T>>();
        loop.Take(new Framed<V, T, K>(kernel));
        return loop;
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
    /// <summary>Where the norms go if they are those of the parameters of every tensor and of nothing else.</summary>
    public Measure? OfParameters => of == Measured.Parameters && result.PerTensor ? result : null;

    public override void AddTo(Compiler<V, T> compiler, SitedStage site)
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

/// <summary>A rule on whole tensors.</summary>
internal sealed class TensorPart<V, T>(TensorRule<T> rule) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void AddTo(Compiler<V, T> compiler, SitedStage site) => compiler.AddTensors(rule, site);
}

/// <summary>A rule on all elements in scope.</summary>
internal sealed class VectorPart<V, T>(Measured of, VectorRule<T> rule) : Part<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void AddTo(Compiler<V, T> compiler, SitedStage site) => compiler.AddVector(of, rule, site);
}

/// <summary>Collects the parts of one stage.</summary>
internal sealed class PartCollector<V, T>(SitedStage site, Compiler<V, T> compiler, bool holding) : StageBuilder<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public List<Part<V, T>> Parts { get; } = [];

    public override bool Holding => holding;

    public override ElementSlot Element(string name) => new(Find(name, SlotKind.Element));

    public override ScalarSlot Scalar(string name) => new(Find(name, SlotKind.Scalar));

    public override CountSlot Count(string name) => new(Find(name, SlotKind.Count, SlotKind.Random));

    public override TensorSlot PerTensor(string name) => new(Find(name, SlotKind.PerTensor));

    public override void BeforeStep(Action<StepContext> action) => compiler.BeforeStep.Add(action);

    public override ScalarSlot Power(string name, double beta)
    {
        var slot = Scalar(name);
        compiler.Powers.Add(new RunningPower(slot.Index, beta));
        return slot;
    }

    public override Measure Norm(Measured of) => AddNorm(of, compiler.ReserveMeasure(perTensor: false));

    public override Measure TensorNorms(Measured of) => AddNorm(of, compiler.ReserveMeasure(perTensor: true));

    public override void Apply<K>(K kernel, bool perTensor = false) => Parts.Add(new KernelPart<V, T, K>(kernel, perTensor));

    public override void Tensors(TensorRule<T> rule) => Parts.Add(new TensorPart<V, T>(rule));

    public override void Vector(Measured of, VectorRule<T> rule) => Parts.Add(new VectorPart<V, T>(of, rule));

    private Measure AddNorm(Measured of, Measure result)
    {
        // Both norms of every tensor, one after the other, may be measured in one pass.
        Measure? parameters = null;
        if (of == Measured.Update && result.PerTensor && Parts.Count > 0 && Parts[^1] is NormPart<V, T> { OfParameters: { } ofParameters })
        {
            parameters = ofParameters;
            Parts.RemoveAt(Parts.Count - 1);
        }

        Parts.Add(new NormPart<V, T>(of, result, parameters));
        return result;
    }

    private int Find(string name, SlotKind kind) => Find(name, kind, kind);

    private int Find(string name, SlotKind kind, SlotKind orKind) =>
        site.Slots.TryGetValue(name, out var slot) && (slot.Spec.Kind == kind || slot.Spec.Kind == orKind)
            ? slot.Index
            : throw new ArgumentException(
                $"The stage {site.Prefix} asks for the {kind} slot \"{name}\"; it lists: {string.Join(", ", site.Stage.Slots.Select(spec => $"{spec.Kind} \"{spec.Name}\""))}.");
}
