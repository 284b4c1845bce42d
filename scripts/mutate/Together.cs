using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Mutate;

/// <summary>
/// Many mutants in one assembly: the body of a member that has some becomes <c>if (Active == 17) { the mutant's } else { its own }</c>,
/// and the environment says which is active. So the project is compiled once, and not once for each.
/// </summary>
internal static class Together
{
    /// <summary>Names the active mutant: its place in the list.</summary>
    public const string Variable = "OPTDSL_MUTANT";

    private const string Type = "MutateActive", Kind = "mutant";

    /// <summary>The compilation, and the mutants that are in it: not those outside of bodies, nor those that do not compile.</summary>
    public static (CSharpCompilation Compilation, HashSet<int> Inside) Of(
        CSharpCompilation compilation, CSharpParseOptions options, IReadOnlyList<Mutation> mutations)
    {
        var trees = compilation.SyntaxTrees.ToDictionary(tree => tree.FilePath);
        var active = CSharpSyntaxTree.ParseText(
            $$"""
            internal static class {{Type}}
            {
                public static readonly int Number =
                    int.TryParse(System.Environment.GetEnvironmentVariable("{{Variable}}"), out var number) ? number : -1;
            }
            """,
            options);
        var bodies = new Dictionary<int, (SyntaxNode Owner, BlockSyntax Body)>();
        for (var number = 0; number < mutations.Count; number++)
        {
            var mutation = mutations[number];
            var root = trees[mutation.File].GetRoot();
            if (OwnerOf(root.FindNode(mutation.Span)) is { } owner && BodyOf(owner) is { } own && own.Span.Contains(mutation.Span))
            {
                var text = trees[mutation.File].GetText().Replace(mutation.Span, mutation.Text);
                var other = CSharpSyntaxTree.ParseText(text, options).GetRoot().DescendantNodes()
                    .FirstOrDefault(node => node.SpanStart == owner.SpanStart && node.RawKind == owner.RawKind);
                if (other is not null && Block(other) is { } body)
                {
                    bodies[number] = (owner, body);
                }
            }
        }

        while (true)
        {
            var both = compilation.AddSyntaxTrees(active);
            foreach (var tree in trees.Values)
            {
                var owners = bodies.Where(body => body.Value.Owner.SyntaxTree == tree).GroupBy(body => body.Value.Owner).ToDictionary(
                    owner => owner.Key, owner => owner.Aggregate((StatementSyntax)Block(owner.Key)!, Either));
                if (owners.Count > 0)
                {
                    var root = tree.GetRoot().ReplaceNodes(owners.Keys, (owner, _) => With(owner, SyntaxFactory.Block(owners[owner])));
                    both = both.ReplaceSyntaxTree(tree, tree.WithRootAndOptions(root, options));
                }
            }

            var wrong = both.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
                .SelectMany(Mutants).ToHashSet();
            if (wrong.Count == 0)
            {
                return (both, [.. bodies.Keys]);
            }

            foreach (var number in wrong)
            {
                bodies.Remove(number);
            }
        }
    }

    private static StatementSyntax Either(StatementSyntax other, KeyValuePair<int, (SyntaxNode Owner, BlockSyntax Body)> mutant)
    {
        var number = mutant.Key.ToString(CultureInfo.InvariantCulture);
        return SyntaxFactory.IfStatement(
            SyntaxFactory.ParseExpression($"global::{Type}.Number == {number}"),
            mutant.Value.Body.WithAdditionalAnnotations(new SyntaxAnnotation(Kind, number)),
            SyntaxFactory.ElseClause(other));
    }

    // The mutant around an error; all of the member, where the error is of the whole.
    private static IEnumerable<int> Mutants(Diagnostic error)
    {
        var place = error.Location.SourceTree!.GetRoot().FindNode(error.Location.SourceSpan);
        var around = place.AncestorsAndSelf().SelectMany(node => node.GetAnnotations(Kind)).ToArray();
        var found = around.Length > 0
            ? around
            : OwnerOf(place)?.DescendantNodes().SelectMany(node => node.GetAnnotations(Kind)).ToArray() ?? [];
        return found.Length > 0
            ? found.Select(mutant => int.Parse(mutant.Data!, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException(error.ToString());
    }

    private static SyntaxNode? OwnerOf(SyntaxNode place) =>
        place.AncestorsAndSelf().FirstOrDefault(node =>
            node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax
                or PropertyDeclarationSyntax { ExpressionBody: not null } or IndexerDeclarationSyntax { ExpressionBody: not null });

    private static SyntaxNode? BodyOf(SyntaxNode owner) => owner switch
    {
        BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
        AccessorDeclarationSyntax accessor => (SyntaxNode?)accessor.Body ?? accessor.ExpressionBody,
        PropertyDeclarationSyntax property => property.ExpressionBody,
        IndexerDeclarationSyntax indexer => indexer.ExpressionBody,
        _ => null,
    };

    /// <summary>The body of a member as a block, <c>=> x</c> as <c>{ return x; }</c>; null where it has none.</summary>
    public static BlockSyntax? Block(SyntaxNode owner)
    {
        var silent = owner switch
        {
            MethodDeclarationSyntax method => method.ReturnType.ToString() is "void"
                || (method.Modifiers.Any(SyntaxKind.AsyncKeyword) && method.ReturnType is IdentifierNameSyntax),
            OperatorDeclarationSyntax method => method.ReturnType.ToString() is "void",
            ConstructorDeclarationSyntax or DestructorDeclarationSyntax => true,
            AccessorDeclarationSyntax accessor => !accessor.IsKind(SyntaxKind.GetAccessorDeclaration),
            _ => false,
        };
        return BodyOf(owner) switch
        {
            BlockSyntax block => block,
            ArrowExpressionClauseSyntax { Expression: ThrowExpressionSyntax thrown } =>
                SyntaxFactory.Block(SyntaxFactory.ThrowStatement(thrown.Expression)),
            ArrowExpressionClauseSyntax arrow when silent => SyntaxFactory.Block(SyntaxFactory.ExpressionStatement(arrow.Expression)),
            ArrowExpressionClauseSyntax arrow => SyntaxFactory.Block(SyntaxFactory.ReturnStatement(arrow.Expression)),
            _ => null,
        };
    }

    /// <summary>The member with another body.</summary>
    public static SyntaxNode With(SyntaxNode owner, BlockSyntax body) => owner switch
    {
        MethodDeclarationSyntax method => method.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default),
        OperatorDeclarationSyntax method => method.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default),
        ConversionOperatorDeclarationSyntax method => method.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default),
        ConstructorDeclarationSyntax method => method.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default),
        DestructorDeclarationSyntax method => method.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default),
        AccessorDeclarationSyntax accessor => accessor.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default),
        PropertyDeclarationSyntax property =>
            property.WithExpressionBody(null).WithSemicolonToken(default).WithAccessorList(Getter(body)),
        IndexerDeclarationSyntax indexer =>
            indexer.WithExpressionBody(null).WithSemicolonToken(default).WithAccessorList(Getter(body)),
        _ => owner,
    };

    private static AccessorListSyntax Getter(BlockSyntax body) =>
        SyntaxFactory.AccessorList([SyntaxFactory.AccessorDeclaration(SyntaxKind.GetAccessorDeclaration, body)]);
}
