using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>A sum of terms ≥ 0 whose relative error does not grow with their number (Kahan 1965).</summary>
internal struct CompensatedSum
{
    private double _lost;

    /// <summary>The sum so far.</summary>
    public double Value { get; private set; }

    /// <summary>Adds one term.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double term)
    {
        var corrected = term - _lost;
        var next = Value + corrected;
        _lost = next - Value - corrected;
        Value = next;
    }
}
