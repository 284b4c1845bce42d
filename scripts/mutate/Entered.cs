using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Mutate;

/// <summary>
/// Which tests enter which member: every method, accessor, operator, constructor and initializer of an instance first notes that it
/// has been entered. A mutant then runs those tests alone that enter the member it is in.
/// </summary>
internal sealed class Entered : CSharpSyntaxRewriter
{
    /// <summary>The class in the changed assembly, and its field: a byte for each member, which the runner reads and clears.</summary>
    public const string Type = "MutateEntered", Field = "At";

    private readonly Dictionary<string, List<(TextSpan Span, int Number)>> _members = [];
    private List<(TextSpan Span, int Number)> _of = [];
    private int _count;

    /// <summary>The compilation with the notes, and what they mean.</summary>
    public static (CSharpCompilation Compilation, Entered Members) Into(CSharpCompilation compilation, CSharpParseOptions options)
    {
        var entered = new Entered();
        var (noted, old) = (compilation, new Dictionary<SyntaxTree, SyntaxTree>());
        foreach (var tree in compilation.SyntaxTrees.Where(tree => !tree.FilePath.Contains("/obj/", StringComparison.Ordinal)))
        {
            entered._members[tree.FilePath] = entered._of = [];
            var other = tree.WithRootAndOptions(entered.Visit(tree.GetRoot()), options);
            old[other] = tree;
            noted = noted.ReplaceSyntaxTree(tree, other);
        }

        noted = noted.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
            $$"""
            internal static class {{Type}}
            {
                public static readonly byte[] {{Field}} = new byte[{{entered._count}}];
                public static T After<T>(byte note, T value) => value;
            }
            """,
            options));

        // Where the language does not allow a note, the file stays as it is.
        var refused = noted.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(error => error.Location.SourceTree!).Distinct().ToArray();
        foreach (var tree in refused)
        {
            Console.WriteLine($"not noted: {tree.FilePath}");
            entered._members.Remove(tree.FilePath);
            noted = noted.ReplaceSyntaxTree(tree, old[tree]);
        }

        return (noted, entered);
    }

    /// <summary>The innermost member around a place, -1 outside of all; the members of the file, null where nothing is noted.</summary>
    public (int Member, int[]? OfFile) Of(Mutation mutation) =>
        !_members.TryGetValue(mutation.File, out var members)
            ? (-1, null)
            : (members.Where(member => member.Span.Contains(mutation.Span)).OrderBy(member => member.Span.Length)
                .Select(member => member.Number).FirstOrDefault(-1), [.. members.Select(member => member.Number)]);

    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node) => Noted(node);

    public override SyntaxNode? VisitOperatorDeclaration(OperatorDeclarationSyntax node) => Noted(node);

    public override SyntaxNode? VisitConversionOperatorDeclaration(ConversionOperatorDeclarationSyntax node) => Noted(node);

    public override SyntaxNode? VisitConstructorDeclaration(ConstructorDeclarationSyntax node) => Noted(node);

    public override SyntaxNode? VisitAccessorDeclaration(AccessorDeclarationSyntax node) => Noted(node);

    public override SyntaxNode? VisitIndexerDeclaration(IndexerDeclarationSyntax node) =>
        node.ExpressionBody is null ? base.VisitIndexerDeclaration(node) : Noted(node);

    public override SyntaxNode? VisitPropertyDeclaration(PropertyDeclarationSyntax node)
    {
        if (node.ExpressionBody is not null)
        {
            return Noted(node);
        }

        var visited = (PropertyDeclarationSyntax)base.VisitPropertyDeclaration(node)!;
        return node.Initializer is { } initial && !node.Modifiers.Any(SyntaxKind.StaticKeyword)
            ? visited.WithInitializer(initial.WithValue(Noted(node, node.Type, initial.Value)))
            : visited;
    }

    public override SyntaxNode? VisitFieldDeclaration(FieldDeclarationSyntax node)
    {
        var constant = node.Modifiers.Any(SyntaxKind.StaticKeyword) || node.Modifiers.Any(SyntaxKind.ConstKeyword);
        return constant || node.Declaration.Variables is not [{ Initializer: { } initial } variable]
            ? node
            : node.ReplaceNode(variable, variable.WithInitializer(
                initial.WithValue(Noted(node, node.Declaration.Type, initial.Value))));
    }

    private ExpressionSyntax Noted(SyntaxNode member, TypeSyntax type, ExpressionSyntax value) =>
        // Pointers and spans are no arguments of types.
        type is not PointerTypeSyntax && !type.ToString().Contains("Span<", StringComparison.Ordinal)
            && SyntaxFactory.ParseExpression($"global::{Type}.After<{type}>({Note(member)}, 0)") is InvocationExpressionSyntax call
                ? call.ReplaceNode(call.ArgumentList.Arguments[1].Expression, value)
                : value;

    private SyntaxNode Noted(SyntaxNode member) =>
        Together.Block(member) is { } block
            ? Together.With(member, block.WithStatements(block.Statements.Insert(0, SyntaxFactory.ParseStatement(Note(member) + ";"))))
            : member;

    private string Note(SyntaxNode member)
    {
        _of.Add((member.Span, _count));
        return string.Create(CultureInfo.InvariantCulture, $"global::{Type}.{Field}[{_count++}] = 1");
    }
}
