namespace OptCore;

/// <summary>
/// Shows progress in one line of the terminal, which it clears at the end. Silent where the output is redirected, so that
/// files and pipes get none of it.
/// </summary>
/// <example><code>new MinimizeOptions { Steps = 100_000, Progress = new ConsoleProgress("training") }</code></example>
public sealed class ConsoleProgress : IProgress<Progress>
{
    private readonly TextWriter? _writer;
    private readonly string _label;
    private readonly int _width;
    private int _shown;

    /// <summary>Shows progress on the standard output.</summary>
    /// <param name="label">Stands before the numbers; empty for none.</param>
    public ConsoleProgress(string label = "")
        : this(Console.IsOutputRedirected ? null : Console.Out, label, Console.IsOutputRedirected ? 0 : Console.WindowWidth)
    {
    }

    /// <summary>Shows progress on a writer, in lines shorter than the width; 0 for an unknown one.</summary>
    internal ConsoleProgress(TextWriter? writer, string label, int width)
    {
        _writer = writer;
        _width = width > 1 ? width - 1 : int.MaxValue;
        _label = Require.NotNull(label).Length == 0 ? string.Empty : label + "  ";
    }

    /// <summary>Rewrites the line, or clears it at the end of the run.</summary>
    /// <param name="value">How far the run is.</param>
    public void Report(Progress value)
    {
        if (_writer is null)
        {
            return;
        }

        // The numbers before the label, where not both fit.
        var text = Require.NotNull(value).Finished ? string.Empty : value.ToString();
        var label = text.Length == 0 ? string.Empty : _label[..Math.Clamp(_width - text.Length, 0, _label.Length)];
        var line = (label + text)[..Math.Min(_width, label.Length + text.Length)];
        _writer.Write("\r" + line.PadRight(_shown) + (line.Length == 0 ? "\r" : string.Empty));
        _writer.Flush();
        _shown = line.Length;
    }
}
