using static System.FormattableString;

namespace OptModels.Networks;

/// <summary>The shape of one sample between two layers: channels of height × width, or a plain vector (1 × 1).</summary>
internal readonly record struct Shape(int Channels, int Height, int Width)
{
    public int Length => Channels * Height * Width;

    public override string ToString() =>
        (Channels, Height, Width) switch
        {
            (_, 1, 1) => Invariant($"{Channels}"),
            (1, _, _) => Invariant($"{Height}×{Width}"),
            _ => Invariant($"{Channels}×{Height}×{Width}"),
        };
}
