using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptBench.Measuring;

/// <summary>What the figures were measured on.</summary>
internal sealed record Machine(string Processor, int Processors, int VectorBits, bool HasFma, string Runtime, string System)
{
    public static Machine Here { get; } = new(
        Name(),
        Environment.ProcessorCount,
        Hardware.VectorBits,
        Hardware.HasFma,
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.RuntimeIdentifier);

    public override string ToString() =>
        $"{Processor}, {Processors} processors, vectors of {VectorBits} bits{(HasFma ? " with" : " without")} fused multiply-add, "
        + $"{Runtime}, {System}.";

    // Linux says it here; elsewhere the architecture has to do.
    private static string Name()
    {
        const string cpuinfo = "/proc/cpuinfo";
        if (!File.Exists(cpuinfo))
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }

        var lines = File.ReadLines(cpuinfo).TakeWhile(line => line.Length > 0).ToArray();
        string Value(string key) =>
            lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "?";
        return $"{Value("model name")} (family {Value("cpu family")}, model {Value("model\t")})";
    }
}
