using System.Diagnostics;

namespace OptCore.Kernels;

/// <summary>Lengths of time in ticks of <see cref="Stopwatch"/>.</summary>
internal static class Clock
{
    /// <summary>So many microseconds in ticks.</summary>
    public static double Microseconds(double count) => count * Stopwatch.Frequency / 1e6;
}
