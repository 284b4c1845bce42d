using System.Reflection;

namespace OptCore;

/// <summary>Whether somebody waits for a run at a prompt: then it shows how far it is, and Ctrl-C ends it with the result so far.</summary>
internal static class Attended
{
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(1);

    /// <summary>F# Interactive in a terminal, without a script.</summary>
    public static bool IsPrompt { get; } =
        Assembly.GetEntryAssembly()?.GetName().Name == "fsi"
        && !Console.IsInputRedirected
        && !Console.IsOutputRedirected
        && !Environment.GetCommandLineArgs().Skip(1).Any(argument => argument.EndsWith(".fsx", StringComparison.Ordinal));

    /// <summary>Who hears of a run at the prompt for which nobody was named: its line of the terminal; null elsewhere.</summary>
    public static IProgress<Progress>? Listener() => IsPrompt ? new Late(new ConsoleProgress()) : null;

    /// <summary>Says nothing of a run that is over at once.</summary>
    internal sealed class Late(IProgress<Progress> listener) : IProgress<Progress>
    {
        private bool _spoke;

        public void Report(Progress value)
        {
            if (_spoke || (value.Elapsed >= _quiet && !value.Finished))
            {
                _spoke = true;
                listener.Report(value);
            }
        }
    }
}
