using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OptCore;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders;

/// <summary>
/// What steps in the caller's arrays cost a careful hand: tensor by tensor, registers of 512 bits and a masked rest; the slots of every
/// tensor are aligned and padded. Adam, and SGD with momentum.
/// </summary>
internal sealed unsafe class HandWrittenTensors<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CallersArrays<T> _arrays;
    private readonly List<GCHandle> _pinned = [];
    private readonly Tensor[] _tensors;
    private readonly Vectors<T> _slots;
    private readonly bool _isMomentum;
    private readonly ScalarSetup _setup;
    private Scalars<T> _scalars;

    public HandWrittenTensors(Problem<T> problem, Layout layout)
    {
        _arrays = new CallersArrays<T>(problem, layout);
        _isMomentum = problem.Rule == Rule.Momentum;
        _setup = new ScalarSetup(problem.Rule);
        _tensors = new Tensor[layout.Tensors.Count];
        nint at = 0;
        for (var i = 0; i < _tensors.Length; i++)
        {
            _tensors[i] = new Tensor
            {
                Parameters = Pin(_arrays.Parameters[i]),
                Gradient = Pin(_arrays.Gradients[i]),
                Length = layout.Tensors[i].Length,
                Slot = at,
            };
            at += (layout.Tensors[i].Length + Vector512<T>.Count - 1) & -Vector512<T>.Count;
        }

        _slots = new Vectors<T>((int)at, 2);
        _scalars = new Scalars<T>
        {
            Beta1 = Round(_isMomentum ? Rules.Momentum : Rules.Beta1),
            Share1 = Round(1 - Rules.Beta1),
            Beta2 = Round(Rules.Beta2),
            Share2 = Round(1 - Rules.Beta2),
            Epsilon = Round(Rules.Epsilon),
            MinusRate = Round(-Rules.Rate),
        };
    }

    public static bool IsSupported => Avx512F.IsSupported;

    public override string Name => "hand-written, the same arrays";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _setup.Next();
            if (_isMomentum)
            {
                Momentum(_tensors, _slots[0], in _scalars);
                continue;
            }

            _scalars.Correction1 = Round(_setup.Correction1);
            _scalars.Correction2 = Round(_setup.Correction2);
            Adam(_tensors, _slots[0], _slots[1], in _scalars);
        }
    }

    public override double[] Parameters() => _arrays.Widened;

    public override void Dispose()
    {
        _pinned.ForEach(handle => handle.Free());
        _slots.Dispose();
    }

    private static T Round(double value) => T.CreateTruncating(value);

    [MethodImpl(Loop)]
    private static void Adam(ReadOnlySpan<Tensor> tensors, T* firstSlots, T* secondSlots, in Scalars<T> s)
    {
        Vector512<T> b1 = Vector512.Create(s.Beta1), a1 = Vector512.Create(s.Share1), b2 = Vector512.Create(s.Beta2);
        Vector512<T> a2 = Vector512.Create(s.Share2);
        Vector512<T> c1 = Vector512.Create(s.Correction1), c2 = Vector512.Create(s.Correction2);
        Vector512<T> eps = Vector512.Create(s.Epsilon), rate = Vector512.Create(s.MinusRate);
        foreach (ref readonly var tensor in tensors)
        {
            T* p = tensor.Parameters, g = tensor.Gradient, m = firstSlots + tensor.Slot, v = secondSlots + tensor.Slot;
            nint i = 0;
            for (; i <= tensor.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                var u = Vector512.Load(g + i);
                var x = Fma(b1, Vector512.Load(m + i), a1 * u);
                var y = Fma(b2, Vector512.Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, x * c1 / (Vector512.Sqrt(y * c2) + eps), Vector512.Load(p + i)).Store(p + i);
            }

            if (i < tensor.Length)
            {
                var mask = First(tensor.Length - i);
                var u = Load(g + i, mask);
                var x = Fma(b1, Vector512.Load(m + i), a1 * u);
                var y = Fma(b2, Vector512.Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(v + i);
                Store(p + i, mask, Fma(rate, x * c1 / (Vector512.Sqrt(y * c2) + eps), Load(p + i, mask)));
            }
        }
    }

    [MethodImpl(Loop)]
    private static void Momentum(ReadOnlySpan<Tensor> tensors, T* slots, in Scalars<T> s)
    {
        Vector512<T> beta = Vector512.Create(s.Beta1), rate = Vector512.Create(s.MinusRate);
        foreach (ref readonly var tensor in tensors)
        {
            T* p = tensor.Parameters, g = tensor.Gradient, v = slots + tensor.Slot;
            nint i = 0;
            for (; i <= tensor.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                var x = Fma(beta, Vector512.Load(v + i), Vector512.Load(g + i));
                x.Store(v + i);
                Fma(rate, x, Vector512.Load(p + i)).Store(p + i);
            }

            if (i < tensor.Length)
            {
                var mask = First(tensor.Length - i);
                var x = Fma(beta, Vector512.Load(v + i), Load(g + i, mask));
                x.Store(v + i);
                Store(p + i, mask, Fma(rate, x, Load(p + i, mask)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> First(nint count) =>
        typeof(T) == typeof(float)
            ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).As<int, T>()
            : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Load(T* source, Vector512<T> mask) =>
        typeof(T) == typeof(float)
            ? Avx512F.MaskLoad((float*)source, mask.AsSingle(), Vector512<float>.Zero).As<float, T>()
            : Avx512F.MaskLoad((double*)source, mask.AsDouble(), Vector512<double>.Zero).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* target, Vector512<T> mask, Vector512<T> value)
    {
        if (typeof(T) == typeof(float))
        {
            Avx512F.MaskStore((float*)target, mask.AsSingle(), value.AsSingle());
        }
        else
        {
            Avx512F.MaskStore((double*)target, mask.AsDouble(), value.AsDouble());
        }
    }

    private T* Pin(T[] array)
    {
        _pinned.Add(GCHandle.Alloc(array, GCHandleType.Pinned));
        return (T*)_pinned[^1].AddrOfPinnedObject();
    }

    private struct Tensor
    {
        public T* Parameters;
        public T* Gradient;
        public nint Length;
        public nint Slot;
    }
}
