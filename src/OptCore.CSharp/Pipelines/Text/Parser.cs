using System.Globalization;

namespace OptCore;

/// <summary>
/// Reads F# expressions by recursive descent: pipelines of compositions of applications. <c>&gt;&gt;</c> binds more tightly
/// than <c>|&gt;</c>; F# gives both one precedence, which accepts less and never means anything else.
/// </summary>
internal sealed class Parser
{
    private readonly SourceText _source;
    private readonly List<Token> _tokens;
    private int _next;

    // F#'s layout rule inside a list: a line that starts at or before this column starts the next item.
    private int _offside;

    private Parser(SourceText source)
    {
        _source = source;
        _tokens = new Lexer(source).Tokens();
    }

    private Token Current => _tokens[_next];

    private bool StartsItem => Current.StartsLine && Current.Column <= _offside;

    private bool StartsAtom =>
        Current.Kind is TokenKind.Number or TokenKind.Name or TokenKind.Text or TokenKind.Open or TokenKind.ListOpen && !StartsItem;

    public static Node Parse(SourceText source)
    {
        var parser = new Parser(source);
        var expression = parser.Pipe();
        parser.Take(TokenKind.End, "|>, >>, an argument or the end of the text");
        return expression;
    }

    private Token Take(TokenKind kind, string expected)
    {
        if (Current.Kind != kind)
        {
            throw _source.Error(Current.Start, Current.Shown, expected);
        }

        return _tokens[kind == TokenKind.End ? _next : _next++];
    }

    private bool TryTake(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        _next++;
        return true;
    }

    private Node Pipe()
    {
        _source.EnsureStack(Current.Start);
        var first = Compose();
        var steps = new List<Node>();
        while (TryTake(TokenKind.Pipe))
        {
            steps.Add(Compose());
        }

        return steps.Count == 0 ? first : new PipeNode(first.Start, first, steps);
    }

    private Node Compose()
    {
        var items = new List<Node> { Apply() };
        while (TryTake(TokenKind.Compose))
        {
            items.Add(Apply());
        }

        return items is [var alone] ? alone : new ComposeNode(items[0].Start, items);
    }

    private Node Apply()
    {
        var function = Atom();
        if (!StartsAtom)
        {
            return function;
        }

        var arguments = new List<Node>();
        if (function is ApplyNode tight)
        {
            arguments.AddRange(tight.Arguments);
            function = tight.Function;
        }

        while (StartsAtom)
        {
            arguments.Add(Atom());
        }

        return new ApplyNode(function.Start, function, arguments);
    }

    private Node Atom()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                _next++;
                return Number(token);
            case TokenKind.Text:
                _next++;
                return new TextNode(token.Start, token.Value);
            case TokenKind.Open:
                return Group();
            case TokenKind.ListOpen:
                return List();
            case TokenKind.Name when token.Value == "new" && _tokens[_next + 1].Kind == TokenKind.Name:
                _next++;
                return Name();
            case TokenKind.Name:
                return Name();
            default:
                throw _source.Error(token.Start, token.Shown, "a word, a record, a number, a string, '(' or '['");
        }
    }

    private Node Name()
    {
        var token = Current;
        _next++;
        switch (token.Value)
        {
            case "true" or "false":
                return new BoolNode(token.Start, token.Value == "true");
            case "infinity" or "nan":
                return Number(token);
        }

        var name = new NameNode(token.Start, token.Value);
        return Current is { Kind: TokenKind.Open, Tight: true } ? new ApplyNode(token.Start, name, [Group()]) : name;
    }

    private NumberNode Number(Token token)
    {
        var written = token.Value;
        switch (written.TrimStart('-'))
        {
            case "infinity":
                return new NumberNode(token.Start, written, written[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity, null);
            case "nan":
                return new NumberNode(token.Start, written, double.NaN, null);
        }

        var digits = written.TrimEnd('L');
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            throw _source.Error(token.Start, token.Shown, "a number such as 10, 0.1, 1e-06 or infinity");
        }

        var integer = long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole);
        return new NumberNode(token.Start, written, value, integer ? whole : null);
    }

    private GroupNode Group()
    {
        var open = Take(TokenKind.Open, "'('");
        var outer = _offside;
        _offside = 0;
        var items = new List<GroupItem>();
        while (!TryTake(TokenKind.Close))
        {
            if (items.Count > 0)
            {
                Take(TokenKind.Comma, "',', ')', |>, >> or an argument");
            }

            items.Add(Item());
        }

        _offside = outer;
        return new GroupNode(open.Start, items);
    }

    private GroupItem Item()
    {
        var first = Current;
        string? name = null;
        if (first.Kind == TokenKind.Name && _tokens[_next + 1].Kind == TokenKind.Equal)
        {
            name = first.Value;
            _next += 2;
        }

        var value = Pipe();
        if (TryTake(TokenKind.Upcast))
        {
            var type = Take(TokenKind.Name, "ISchedule or IStage");
            if (type.Value.Split('.')[^1] is not (nameof(ISchedule) or nameof(IStage)))
            {
                throw _source.Error(type.Start, type.Shown, "ISchedule or IStage");
            }
        }

        return new GroupItem(first.Start, name, value);
    }

    private ListNode List()
    {
        var open = Take(TokenKind.ListOpen, "'['");
        var outer = _offside;
        var column = Current.Column;
        var items = new List<Node>();
        while (!TryTake(TokenKind.ListClose))
        {
            // Inside the first item nothing is offside but a line that starts no further right than the item.
            _offside = column;
            items.Add(Tuple());
            if (!TryTake(TokenKind.Semicolon) && Current.Kind != TokenKind.ListClose && !StartsItem)
            {
                throw _source.Error(Current.Start, Current.Shown, "';', ']', |>, >> or an argument");
            }
        }

        _offside = outer;
        return new ListNode(open.Start, items);
    }

    private Node Tuple()
    {
        var items = new List<GroupItem>();
        do
        {
            var value = Pipe();
            items.Add(new GroupItem(value.Start, null, value));
        }
        while (TryTake(TokenKind.Comma));
        return items is [var alone] ? alone.Value : new GroupNode(items[0].Start, items);
    }
}
