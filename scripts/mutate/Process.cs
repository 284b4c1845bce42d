using System.Diagnostics;

namespace Mutate;

/// <summary>Other programs.</summary>
internal static class Process
{
    /// <summary>What a program writes; an exception if it fails.</summary>
    public static string Output(string program, IReadOnlyList<string> arguments)
    {
        var (code, output) = Run(program, arguments, TimeSpan.FromMinutes(10));
        return code == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {code}\n{output}");
    }

    /// <summary>The exit code, null after the limit, and what was written.</summary>
    public static (int? Code, string Output) Run(string program, IReadOnlyList<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return (null, "");
        }

        return (process.ExitCode, output.Result + errors.Result);
    }
}
