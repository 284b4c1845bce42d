using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Mutate;

/// <summary>One change of one place.</summary>
internal sealed record Mutation(string File, TextSpan Span, int Line, string Before, string After)
{
    /// <summary>What stands in the place afterwards.</summary>
    public required string Text { get; init; }

    public override string ToString()
    {
        // From some words before the difference on.
        var (before, after) = (Flat(Before), Flat(After));
        var from = Math.Max(0, before.AsSpan().CommonPrefixLength(after) - 40);
        return $"{Line}: {Short(before[from..])} → {Short(after[from..])}";
    }

    /// <summary>What it is by, wherever its line may be: file, before and after, between tabs.</summary>
    public string Key(string root) => $"{Path.GetRelativePath(root, File)}\t{Flat(Before)}\t{Flat(After)}";

    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Short(string text) => text.Length <= 70 ? text : text[..69] + "…";
}

/// <summary>
/// The changes that a file allows: another operator or boundary, another constant, a negated condition, a statement left out.
/// Nothing in messages, attributes, hash codes, texts and equations, where a change is no fault of a computation.
/// </summary>
internal sealed class Mutations(string file, SourceText text) : CSharpSyntaxWalker
{
    private static readonly Dictionary<SyntaxKind, string> Operators = new()
    {
        [SyntaxKind.PlusToken] = "-",
        [SyntaxKind.MinusToken] = "+",
        [SyntaxKind.AsteriskToken] = "/",
        [SyntaxKind.SlashToken] = "*",
        [SyntaxKind.PercentToken] = "*",
        [SyntaxKind.LessThanToken] = "<=",
        [SyntaxKind.LessThanEqualsToken] = "<",
        [SyntaxKind.GreaterThanToken] = ">=",
        [SyntaxKind.GreaterThanEqualsToken] = ">",
        [SyntaxKind.EqualsEqualsToken] = "!=",
        [SyntaxKind.ExclamationEqualsToken] = "==",
        [SyntaxKind.AmpersandAmpersandToken] = "||",
        [SyntaxKind.BarBarToken] = "&&",
        [SyntaxKind.AmpersandToken] = "|",
        [SyntaxKind.BarToken] = "&",
        [SyntaxKind.PlusEqualsToken] = "-=",
        [SyntaxKind.MinusEqualsToken] = "+=",
        [SyntaxKind.AsteriskEqualsToken] = "/=",
        [SyntaxKind.SlashEqualsToken] = "*=",
        [SyntaxKind.AmpersandEqualsToken] = "|=",
        [SyntaxKind.BarEqualsToken] = "&=",
        [SyntaxKind.PlusPlusToken] = "--",
        [SyntaxKind.MinusMinusToken] = "++",
        [SyntaxKind.LessThanLessThanToken] = ">>",
        [SyntaxKind.GreaterThanGreaterThanToken] = "<<",
    };

    private static readonly HashSet<string> Silent = ["GetHashCode", "ToString", "Equation", "Describe", "Name"];
    private static readonly Dictionary<string, string> Twins = new()
    {
        ["Max"] = "Min",
        ["Min"] = "Max",
        ["First"] = "Last",
        ["FirstOrDefault"] = "LastOrDefault",
        ["Any"] = "All",
        ["All"] = "Any",
    };

    private readonly List<Mutation> _found = [];

    public static IReadOnlyList<Mutation> Of(string file, SyntaxTree tree)
    {
        var walker = new Mutations(file, tree.GetText());
        walker.Visit(tree.GetRoot());
        return walker._found;
    }

    public override void VisitAttributeList(AttributeListSyntax node)
    {
    }

    public override void VisitInterpolatedStringExpression(InterpolatedStringExpressionSyntax node)
    {
    }

    public override void VisitThrowStatement(ThrowStatementSyntax node)
    {
    }

    public override void VisitThrowExpression(ThrowExpressionSyntax node)
    {
    }

    public override void VisitMethodDeclaration(MethodDeclarationSyntax node)
    {
        if (!Silent.Contains(node.Identifier.Text))
        {
            base.VisitMethodDeclaration(node);
        }
    }

    public override void VisitPropertyDeclaration(PropertyDeclarationSyntax node)
    {
        if (!Silent.Contains(node.Identifier.Text))
        {
            base.VisitPropertyDeclaration(node);
        }
    }

    public override void VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        Replace(node.OperatorToken);
        base.VisitBinaryExpression(node);
    }

    public override void VisitRelationalPattern(RelationalPatternSyntax node)
    {
        Replace(node.OperatorToken);
        base.VisitRelationalPattern(node);
    }

    public override void VisitAssignmentExpression(AssignmentExpressionSyntax node)
    {
        Replace(node.OperatorToken);
        base.VisitAssignmentExpression(node);
    }

    public override void VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        if (node.IsKind(SyntaxKind.UnaryMinusExpression) || node.IsKind(SyntaxKind.LogicalNotExpression))
        {
            Add(node.OperatorToken.Span, "");
        }

        Replace(node.OperatorToken, SyntaxKind.PlusPlusToken, SyntaxKind.MinusMinusToken);
        base.VisitPrefixUnaryExpression(node);
    }

    public override void VisitPostfixUnaryExpression(PostfixUnaryExpressionSyntax node)
    {
        Replace(node.OperatorToken, SyntaxKind.PlusPlusToken, SyntaxKind.MinusMinusToken);
        base.VisitPostfixUnaryExpression(node);
    }

    public override void VisitLiteralExpression(LiteralExpressionSyntax node)
    {
        var after = node.Token.Value switch
        {
            true => "false",
            false => "true",
            int number => (number == 0 ? 1 : number + 1).ToString(CultureInfo.InvariantCulture),
            long number => (number + 1).ToString(CultureInfo.InvariantCulture) + "L",
            double number => number == 0 ? "1.0" : $"({node.Token.Text} * 2)",
            _ => null,
        };
        if (after is not null)
        {
            Add(node.Span, after);
        }
    }

    public override void VisitIfStatement(IfStatementSyntax node)
    {
        Negate(node.Condition);
        base.VisitIfStatement(node);
    }

    public override void VisitConditionalExpression(ConditionalExpressionSyntax node)
    {
        Negate(node.Condition);
        base.VisitConditionalExpression(node);
    }

    public override void VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        Add(node.Span, ";");
        base.VisitExpressionStatement(node);
    }

    public override void VisitBreakStatement(BreakStatementSyntax node)
    {
        if (node.Parent is BlockSyntax)
        {
            Add(node.Span, ";");
        }
    }

    public override void VisitContinueStatement(ContinueStatementSyntax node) => Add(node.Span, ";");

    public override void VisitIdentifierName(IdentifierNameSyntax node)
    {
        if (node.Parent is MemberAccessExpressionSyntax access && access.Name == node
            && Twins.TryGetValue(node.Identifier.Text, out var twin))
        {
            Add(node.Span, twin);
        }
    }

    private void Negate(ExpressionSyntax condition)
    {
        // A comparison alone has its operator changed already.
        if (!condition.IsKind(SyntaxKind.EqualsExpression) && !condition.IsKind(SyntaxKind.NotEqualsExpression)
            && condition is not PrefixUnaryExpressionSyntax)
        {
            Add(condition.Span, $"!({condition})");
        }
    }

    private void Replace(SyntaxToken token, params SyntaxKind[] only)
    {
        if ((only.Length == 0 || only.Contains(token.Kind())) && Operators.TryGetValue(token.Kind(), out var other))
        {
            Add(token.Span, other);
        }
    }

    private void Add(TextSpan span, string after)
    {
        var line = text.Lines.GetLineFromPosition(span.Start);
        // A token is shown with its line.
        var (before, shown) = span.Length > 4 ? (text.ToString(span), after) : (line.ToString().Trim(), Changed(line, span, after));
        _found.Add(new Mutation(file, span, line.LineNumber + 1, before, shown) { Text = after });
    }

    private string Changed(TextLine line, TextSpan span, string after) =>
        (text.ToString(TextSpan.FromBounds(line.Start, span.Start))
            + after
            + text.ToString(TextSpan.FromBounds(span.End, line.End))).Trim();
}
