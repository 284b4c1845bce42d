using System.Globalization;
using System.Text;

namespace OptCore;

internal enum TokenKind
{
    Number,
    Name,
    Text,
    Open,
    Close,
    ListOpen,
    ListClose,
    Comma,
    Semicolon,
    Equal,
    Pipe,
    Compose,
    Upcast,
    End,
}

/// <summary>
/// One token: its characters (the content of a string), where it starts, whether it is the first of its line (F#'s layout
/// rule in lists needs it and the column, from 1), and whether no space stands before it (<c>Adam(…)</c>, not <c>adam (…)</c>).
/// </summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Start, int Column, bool StartsLine, bool Tight)
{
    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.Text => $"the string {SourceText.Short(Quoted.Write(Value))}",
        _ => $"'{SourceText.Short(Value)}'",
    };
}

/// <summary>Splits the text into the few F# tokens that it is made of; skips spaces, lines and F# comments.</summary>
internal sealed class Lexer(SourceText source)
{
    private static readonly (string Symbol, TokenKind Kind)[] Symbols =
    [
        ("|>", TokenKind.Pipe), (">>", TokenKind.Compose), (":>", TokenKind.Upcast), ("(", TokenKind.Open), (")", TokenKind.Close),
        ("[", TokenKind.ListOpen), ("]", TokenKind.ListClose), (",", TokenKind.Comma), (";", TokenKind.Semicolon), ("=", TokenKind.Equal),
    ];

    private readonly string _text = source.Text;
    private int _at;

    public List<Token> Tokens()
    {
        var tokens = new List<Token>();
        int previousEnd = 0, lineStart = 0;
        do
        {
            SkipSpace();
            var start = _at;
            var newLine = _text.AsSpan(previousEnd, start - previousEnd).LastIndexOf('\n');
            lineStart = newLine < 0 ? lineStart : previousEnd + newLine + 1;
            var (kind, value) = Next();
            tokens.Add(new Token(kind, value, start, start - lineStart + 1, newLine >= 0 || start == 0, start == previousEnd));
            previousEnd = _at;
        }
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private bool Looking(string symbol) => _text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal);

    private void SkipSpace()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(Peek()))
            {
                _at++;
            }
            else if (Looking("//"))
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (Looking("(*"))
            {
                SkipComment();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipComment()
    {
        var start = _at;
        var depth = 0;
        do
        {
            if (_at >= _text.Length)
            {
                throw source.Error(start, "a comment without end", "*)");
            }

            var step = Looking("(*") ? 1 : Looking("*)") ? -1 : 0;
            depth += step;
            _at += step == 0 ? 1 : 2;
        }
        while (depth > 0);
    }

    private (TokenKind Kind, string Value) Next()
    {
        var first = Peek();
        if (_at >= _text.Length)
        {
            return (TokenKind.End, "");
        }

        if (char.IsAsciiDigit(first) || (first == '-' && (char.IsAsciiDigit(Peek(1)) || char.IsLetter(Peek(1)))))
        {
            return (TokenKind.Number, Number());
        }

        if (char.IsLetter(first) || first == '_')
        {
            return (TokenKind.Name, Name());
        }

        if (first == '"')
        {
            return (TokenKind.Text, String());
        }

        foreach (var (symbol, kind) in Symbols)
        {
            if (Looking(symbol))
            {
                _at += symbol.Length;
                return (kind, symbol);
            }
        }

        throw source.Error(_at, $"'{first}'", "a word, a number, a string, |>, >>, a bracket or a separator");
    }

    private string Name()
    {
        var start = _at;
        while (char.IsLetterOrDigit(Peek()) || Peek() is '_' or '\'' || (Peek() == '.' && (char.IsLetter(Peek(1)) || Peek(1) == '_')))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private string Number()
    {
        var start = _at;
        if (Peek() == '-')
        {
            _at++;
        }

        if (char.IsLetter(Peek()))
        {
            Name();
            return _text[start.._at];
        }

        Digits();
        if (Peek() == '.')
        {
            _at++;
            Digits();
        }

        if (Peek() is 'e' or 'E')
        {
            _at += Peek(1) is '+' or '-' ? 2 : 1;
            Digits();
        }

        if (Peek() == 'L')
        {
            _at++;
        }

        if (char.IsLetterOrDigit(Peek()) || Peek() is '_' or '.')
        {
            throw source.Error(start, $"'{SourceText.Short(_text[start..(_at + 1)])}'", "a number such as 10, 0.1 or 1e-06");
        }

        return _text[start.._at];
    }

    private void Digits()
    {
        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }
    }

    private string String()
    {
        var start = _at++;
        var content = new StringBuilder();
        while (Peek() != '"')
        {
            if (_at >= _text.Length)
            {
                throw source.Error(start, "a string without end", "a closing quotation mark");
            }

            content.Append(Peek() == '\\' ? Escape() : Peek());
            _at++;
        }

        _at++;
        return content.ToString();
    }

    private char Escape()
    {
        var code = Peek(1);
        _at++;
        if (code == 'u' && _at + 4 < _text.Length
            && ushort.TryParse(_text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            _at += 4;
            return (char)unit;
        }

        return Quoted.Unescape(code) ?? throw source.Error(_at - 1, $"'\\{code}'", "one of the escapes \\\" \\\\ \\n \\r \\t \\uXXXX");
    }
}
