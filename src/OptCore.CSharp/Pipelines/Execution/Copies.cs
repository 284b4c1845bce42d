using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>
/// Copies of stages whose hyper-parameters are to be set: a stage is an immutable value that holds hyper-parameters only, so a copy of
/// its fields is a stage like it, whatever it is written in.
/// </summary>
internal static class Copies
{
    public static IStage Of(IStage stage) => (IStage)MemberwiseClone(stage);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(MemberwiseClone))]
    private static extern object MemberwiseClone(object stage);
}
