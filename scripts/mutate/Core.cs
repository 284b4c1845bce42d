using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Mutate;

/// <summary>A C# project compiled in memory as its build compiles it, one file at a time changed.</summary>
internal sealed class Core
{
    private readonly CSharpCompilation _compilation;
    private readonly ImmutableDictionary<string, SyntaxTree> _trees;
    private readonly CSharpParseOptions _options;

    private Core(CSharpCompilation compilation, CSharpParseOptions options)
    {
        (_compilation, _options) = (compilation, options);
        _trees = compilation.SyntaxTrees.ToImmutableDictionary(tree => tree.FilePath);
        Assembly = compilation.AssemblyName + ".dll";
    }

    /// <summary>The name of the assembly's file.</summary>
    public string Assembly { get; }

    /// <summary>Asks the build for the compiler's arguments, and parses what they name.</summary>
    public static Core Of(string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        string[] design =
        [
            "-t:Compile", "-p:Configuration=Release", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true",
            "-p:BuildProjectReferences=false",

            // An input that is never there: else a project that is up to date is not asked for its arguments.
            "-p:NonExistentFile=none/none",
        ];
        var answer = Process.Output("dotnet", ["msbuild", project, .. design, "-getItem:CscCommandLineArgs"]);
        var items = JsonDocument.Parse(answer).RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs");
        var arguments = CSharpCommandLineParser.Default.Parse(
            items.EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!), folder, sdkDirectory: null);
        var trees = arguments.SourceFiles
            .Select(file => CSharpSyntaxTree.ParseText(
                File.ReadAllText(file.Path), arguments.ParseOptions, file.Path, Encoding.UTF8));
        var references = arguments.MetadataReferences.Select(reference => MetadataReference.CreateFromFile(reference.Reference));
        var options = arguments.CompilationOptions.WithGeneralDiagnosticOption(ReportDiagnostic.Suppress).WithConcurrentBuild(false);
        var compilation = CSharpCompilation.Create(arguments.CompilationName, trees, references, options);

        // What generators write does not depend on what mutants change: declarations of native functions, patterns.
        var generators = arguments.AnalyzerReferences.SelectMany(reference => Generators(reference.FilePath)).ToArray();
        CSharpGeneratorDriver.Create(generators, parseOptions: arguments.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out var complete, out _);
        return new Core((CSharpCompilation)complete, arguments.ParseOptions);
    }

    private static IEnumerable<ISourceGenerator> Generators(string file) =>
        new AnalyzerFileReference(file, new Loader()).GetGenerators(LanguageNames.CSharp);

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }

    /// <summary>The mutations of the files in a folder, but not in some below it, in the order of the files.</summary>
    public IReadOnlyList<Mutation> Mutations(string folder, string[] without) =>
        [.. _trees.Values
            .Where(tree => In(folder, tree) && !without.Any(below => In(below, tree)))
            .Where(tree => !tree.FilePath.Contains("/obj/", StringComparison.Ordinal))
            .OrderBy(tree => tree.FilePath, StringComparer.Ordinal)
            .SelectMany(tree => Mutate.Mutations.Of(tree.FilePath, tree))];

    private static bool In(string folder, SyntaxTree tree) =>
        tree.FilePath.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Mutations given as lines of file, old text, new text.</summary>
    public IReadOnlyList<Mutation> Edits(string folder, IEnumerable<string> lines) =>
        [.. lines.Where(line => line.Length > 0)
            .Select(line => line.Split('\t'))
            .Select(fields => Edit(Path.Combine(folder, fields[0]), fields[1], fields[2]))];

    private Mutation Edit(string file, string before, string after)
    {
        var text = _trees[file].GetText();
        var at = text.ToString().IndexOf(before, StringComparison.Ordinal);
        var line = text.Lines.GetLineFromPosition(Math.Max(at, 0)).LineNumber + 1;
        return at >= 0 && text.ToString().IndexOf(before, at + 1, StringComparison.Ordinal) < 0
            ? new Mutation(file, new TextSpan(at, before.Length), line, before, after) { Text = after }
            : throw new InvalidOperationException($"{file} has \"{before}\" not exactly once.");
    }

    /// <summary>The assembly with a mutation; null if it does not compile.</summary>
    public byte[]? Image(Mutation mutation)
    {
        var old = _trees[mutation.File];
        var text = old.GetText().Replace(mutation.Span, mutation.Text);
        return Emit(_compilation.ReplaceSyntaxTree(old, CSharpSyntaxTree.ParseText(text, _options, old.FilePath))).Image;
    }

    /// <summary>One assembly for many mutations, and the places of those that are in it.</summary>
    public (byte[] Image, HashSet<int> Inside) Images(IReadOnlyList<Mutation> mutations)
    {
        var (compilation, inside) = Together.Of(_compilation, _options, mutations);
        var (image, errors) = Emit(compilation);
        return (image ?? throw new InvalidOperationException(errors), inside);
    }

    /// <summary>The assembly without a mutation, which notes the members that are entered.</summary>
    public (byte[] Image, Entered Members) Noted()
    {
        var (compilation, members) = Entered.Into(_compilation, _options);
        var (image, errors) = Emit(compilation);
        return (image ?? throw new InvalidOperationException(errors), members);
    }

    /// <summary>What the sources are known by; not those that the build writes, which name the commit.</summary>
    public byte[] Key() => SHA256.HashData([.. _trees.Values
        .Where(tree => !tree.FilePath.Contains("/obj/", StringComparison.Ordinal))
        .OrderBy(tree => tree.FilePath, StringComparer.Ordinal)
        .SelectMany(tree => SHA256.HashData(Encoding.UTF8.GetBytes(tree.GetText().ToString())))]);

    private static (byte[]? Image, string Errors) Emit(CSharpCompilation compilation)
    {
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        return result.Success
            ? (image.ToArray(), "")
            : (null, string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
    }
}
