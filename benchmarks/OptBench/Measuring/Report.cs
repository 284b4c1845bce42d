using System.Globalization;
using System.Text.Json;

namespace OptBench.Measuring;

/// <summary>Prints tables in Markdown and keeps the figures.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Lines = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly List<Figure> _figures = [];

    public IReadOnlyList<Figure> Figures => _figures;

    public static string Number(double value) => Spread.Round(value);

    /// <summary>A length as 10, 100, 1e3, …</summary>
    public static string Length(int length) =>
        length >= 1000 && Math.Log10(length) % 1 == 0 ? $"1e{(int)Math.Log10(length)}" : length.ToString(CultureInfo.InvariantCulture);

    public static void Title(string title, string note) => Console.WriteLine($"\n## {title}\n\n{note}\n");

    public static void Header(params string[] columns)
    {
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
    }

    public static void Row(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    public void Add(string table, Rule rule, string type, int length, string what, Spread value) =>
        Add(table, rule.Text(), type, length, what, value);

    public void Add(string table, string rule, string type, int length, string what, Spread value) =>
        _figures.Add(new Figure(table, rule, type, length, what, value.Low, value.Median, value.High));

    /// <summary>The medians under a name, for a choice of lengths.</summary>
    public IEnumerable<Figure> Where(string table, string what, Func<Figure, bool> choice) =>
        _figures.Where(figure => figure.Table == table && figure.What == what && choice(figure));

    public void WriteJson(string file, object machine) =>
        File.WriteAllText(file, JsonSerializer.Serialize(new { machine, figures = _figures }, Lines) + "\n");
}
