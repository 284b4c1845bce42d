using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>What the processor offers, as the just-in-time compiler sees it (constants in compiled code).</summary>
public static class Hardware
{
    /// <summary>
    /// True where a·b + c is rounded once. Without it kernels round twice, and results differ in the last bits from those
    /// of a machine that has it.
    /// </summary>
    public static bool HasFma
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    /// <summary>The widest vector in bits that is not emulated: 512, 256 or 128.</summary>
    public static int VectorBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
