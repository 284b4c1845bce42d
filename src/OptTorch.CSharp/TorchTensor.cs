using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace OptTorch;

/// <summary>Where a tensor of TorchSharp has its elements. Asked before every step: what was disposed of has none.</summary>
internal sealed unsafe class TorchTensor<T>(int length) : NativeBlock<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The tensor; null for none.</summary>
    public Tensor? Tensor { get; set; }

    public override nint Address => Tensor is null || Tensor.IsInvalid ? 0 : AddressOf(Tensor);

    public override int Length => length;

    /// <summary>The address of the first element.</summary>
    public static nint AddressOf(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
