using System.Diagnostics;

namespace OptBench;

/// <summary>Runs benchmarks/TorchBench, a program of its own because of libtorch's size and of the C++ runtime that it wants.</summary>
internal static class Torch
{
    private const string Project = "benchmarks/TorchBench";

    /// <summary>Builds and runs it.</summary>
    /// <param name="tables">The tables; all if empty.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> tables)
    {
        var root = Above(Environment.CurrentDirectory) ?? Above(AppContext.BaseDirectory);
        if (root is null)
        {
            Console.Error.WriteLine($"There is no {Project} here or above; run the command in the folder of the repository.");
            return 2;
        }

        var build = Start(root, "dotnet", ["build", "-c", "Release", "-v", "q", "-m:1", Project], keep: false);
        if (build.Code != 0)
        {
            return build.Code;
        }

        // The system's own dotnet, or one that starts with a newer C++ runtime; else why there is none.
        var host = Start(root, Path.Combine(root, ".ci", "torch-runtime"), [], keep: true);
        if (host.Code != 0)
        {
            Console.Error.WriteLine(host.Output.Trim());
            return host.Code;
        }

        var program = Path.Combine(root, Project, "bin", "Release", $"net{Environment.Version.Major}.0", "TorchBench.dll");
        return Start(root, host.Output.Trim().Split('\n')[^1], ["exec", program, .. tables], keep: false).Code;
    }

    private static string? Above(string? folder)
    {
        while (folder is not null && !Directory.Exists(Path.Combine(folder, Project)))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }

    private static (int Code, string Output) Start(string root, string program, IEnumerable<string> arguments, bool keep)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = root, RedirectStandardOutput = keep };
        using var process = Process.Start(start)!;
        var output = keep ? process.StandardOutput.ReadToEnd() : string.Empty;
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
