using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace OptCore;

/// <summary>
/// Documentation comments as plain text, read from the XML file that lies beside an assembly; where there is none, nothing is said.
/// </summary>
internal static class Comments
{
    private const int Width = 100;
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> Files = new();

    /// <summary>How documentation files name a type: <c>OptCore.Adam</c>.</summary>
    public static string NameOf(Type type) => (type.FullName ?? type.Name).Replace('+', '.');

    public static XElement? OfType(Type type) => Files.GetOrAdd(type.Assembly, Read).GetValueOrDefault("T:" + NameOf(type));

    public static XElement? OfProperty(Type type, string property) =>
        Files.GetOrAdd(type.Assembly, Read).GetValueOrDefault($"P:{NameOf(type)}.{property}");

    /// <summary>The properties of a type that have comments, in the order of the file.</summary>
    public static IEnumerable<(string Name, XElement Comment)> OfProperties(Type type)
    {
        var stem = $"P:{NameOf(type)}.";
        return Files.GetOrAdd(type.Assembly, Read)
            .Where(member => member.Key.StartsWith(stem, StringComparison.Ordinal) && member.Key.IndexOf('.', stem.Length) < 0)
            .Select(member => (member.Key[stem.Length..], member.Value));
    }

    /// <summary>The comment of a method or a constructor that has the parameters.</summary>
    public static XElement? OfMethod(Type type, string method, IReadOnlyCollection<string> parameters)
    {
        var stem = $"M:{NameOf(type)}.{method}";
        return Files.GetOrAdd(type.Assembly, Read)
            .Where(member => member.Key.StartsWith(stem, StringComparison.Ordinal) && IsStem(member.Key, stem.Length))
            .Select(member => member.Value)
            .OrderByDescending(member => parameters.Count(name => Parameter(member, name) is not null))
            .FirstOrDefault();
    }

    public static XElement? Parameter(XElement? member, string name) =>
        member?.Elements("param").FirstOrDefault(
            parameter => string.Equals(parameter.Attribute("name")?.Value, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The text on lines of a width that a terminal has; blocks of code keep theirs.</summary>
    public static IEnumerable<string> Lines(XElement? element, string indent = "")
    {
        var running = new StringBuilder();
        var lines = new List<string>();
        if (element is not null)
        {
            // F# writes a comment without tags as it is.
            Walk(element);
            Flush();
        }

        return lines;

        void Walk(XElement parent)
        {
            foreach (var node in parent.Nodes())
            {
                switch (node)
                {
                    case XText text:
                        running.Append(text.Value);
                        break;
                    case XElement { Name.LocalName: "code" } code:
                        Flush();
                        lines.AddRange(Code(code.Value).Select(line => $"{indent}    {line}"));
                        break;
                    case XElement { Name.LocalName: "para" or "item" } block:
                        Flush();
                        Walk(block);
                        Flush();
                        break;
                    case XElement reference when reference.IsEmpty:
                        running.Append(Referred(reference));
                        break;
                    case XElement inline:
                        Walk(inline);
                        break;
                    default:
                        break;
                }
            }
        }

        void Flush()
        {
            lines.AddRange(Wrapped(running.ToString(), indent, indent));
            running.Clear();
        }
    }

    /// <summary>The text on one line, code included.</summary>
    public static string Text(XElement? element) => string.Join(' ', Lines(element).Select(line => line.Trim()));

    /// <summary>Words on lines, the first with an indentation of its own.</summary>
    public static IEnumerable<string> Wrapped(string text, string first, string indent)
    {
        var line = new StringBuilder(first);
        var empty = true;
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!empty && line.Length + 1 + word.Length > Width)
            {
                yield return line.ToString();
                line.Clear().Append(indent);
                empty = true;
            }

            line.Append(empty ? string.Empty : " ").Append(word);
            empty = false;
        }

        if (!empty)
        {
            yield return line.ToString();
        }
    }

    /// <summary>The pieces of code of an example.</summary>
    public static IEnumerable<string> Examples(XElement? member) =>
        (member?.Element("example")?.Elements() ?? [])
            .Where(element => element.Name.LocalName is "c" or "code")
            .SelectMany(element => Code(element.Value));

    // What follows a name in an identifier: the arity of a generic method, the parameters, or nothing.
    private static bool IsStem(string id, int length) => id.Length == length || id[length] is '(' or '`';

    private static string Referred(XElement reference)
    {
        var name = reference.Attribute("cref")?.Value ?? reference.Attribute("name")?.Value ?? reference.Attribute("langword")?.Value;
        return name is null ? string.Empty : name.Split('(')[0].Split('.', ':')[^1].Split('`')[0];
    }

    private static IEnumerable<string> Code(string text)
    {
        var lines = text.Split('\n').Where(line => line.Trim().Length > 0).ToArray();
        var least = lines.Length == 0 ? 0 : lines.Min(line => line.Length - line.TrimStart().Length);
        return lines.Select(line => line[least..].TrimEnd());
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Without a place it is looked for beside the program.")]
    private static IReadOnlyDictionary<string, XElement> Read(Assembly assembly)
    {
        var members = new Dictionary<string, XElement>(StringComparer.Ordinal);
        var path = assembly.IsDynamic || assembly.Location.Length == 0
            ? Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml")
            : Path.ChangeExtension(assembly.Location, ".xml");
        try
        {
            if (File.Exists(path))
            {
                foreach (var member in XDocument.Load(path).Descendants("member"))
                {
                    members[member.Attribute("name")?.Value ?? string.Empty] = member;
                }
            }
        }
        catch (Exception damaged) when (damaged is IOException or XmlException or UnauthorizedAccessException)
        {
            // Help without comments is still help.
        }

        return members;
    }
}
