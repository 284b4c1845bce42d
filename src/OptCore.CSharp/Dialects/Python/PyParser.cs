using System.Globalization;

namespace OptCore;

/// <summary>
/// Reads the Python in which constructors are written: calls, names, numbers, strings, tuples, lists, dictionaries, arithmetic. The
/// tables of <see cref="PeerTable"/> are written in it, too.
/// </summary>
internal sealed class PyParser(SourceText source)
{
    private const string Closing = ")]},";

    private readonly string _text = source.Text;
    private int _at;

    /// <summary>One expression and nothing behind it.</summary>
    public static PyNode Expression(string text)
    {
        var parser = new PyParser(new SourceText(text));
        var node = parser.Sum();
        return parser._at == text.Length ? node : throw parser.Unexpected("the end of the text");
    }

    /// <summary>The calls of a text, one behind the other, separated by lines, commas or semicolons; <c>name = call</c> and lines of
    /// imports are taken as they come.</summary>
    public List<PyNode> Statements()
    {
        var found = new List<PyNode>();
        for (Separators(); _at < _text.Length; Separators())
        {
            if (Import())
            {
                continue;
            }

            var node = Sum();
            Space();
            if (node is PyName && Peek() == '=')
            {
                _at++;
                node = Sum();
            }

            found.Add(node);
        }

        return found;
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private bool Take(char symbol)
    {
        Space();
        if (Peek() != symbol)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Space()
    {
        while (char.IsWhiteSpace(Peek()) || Peek() is '#' or '\\')
        {
            if (Peek() == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else
            {
                _at++;
            }
        }
    }

    private void Separators()
    {
        for (Space(); Peek() is ',' or ';'; Space())
        {
            _at++;
        }
    }

    private bool Import()
    {
        var rest = _text.AsSpan(_at);
        if (!rest.StartsWith("import ", StringComparison.Ordinal) && !rest.StartsWith("from ", StringComparison.Ordinal))
        {
            return false;
        }

        var end = rest.IndexOf('\n');
        _at = end < 0 ? _text.Length : _at + end;
        return true;
    }

    private FormatException Unexpected(string expected)
    {
        Space();
        var found = _at < _text.Length ? $"'{_text[_at]}'" : "the end of the text";
        return source.Error(Math.Min(_at, _text.Length), found, expected);
    }

    private PyNode Sum()
    {
        Space();
        source.EnsureStack(_at);
        var node = Product();
        while (true)
        {
            Space();
            var symbol = Peek();
            if (symbol is not ('+' or '-'))
            {
                return node;
            }

            _at++;
            var right = Product();
            node = new PyBinary(node.Start, right.End, symbol, node, right);
        }
    }

    private PyNode Product()
    {
        var node = Signed();
        while (true)
        {
            Space();
            var symbol = Peek();
            if (symbol != '/' && (symbol != '*' || Peek(1) == '*'))
            {
                return node;
            }

            _at++;
            var right = Signed();
            node = new PyBinary(node.Start, right.End, symbol, node, right);
        }
    }

    private PyNode Signed()
    {
        Space();
        var start = _at;
        if (Take('-'))
        {
            var inner = Signed();
            return inner is PyNumber number
                ? new PyNumber(start, inner.End, -number.Value)
                : new PyNegative(start, inner.End, inner);
        }

        var node = Postfix();
        Space();
        if (Peek() != '*' || Peek(1) != '*')
        {
            return node;
        }

        _at += 2;
        var power = Signed();
        return new PyBinary(start, power.End, '^', node, power);
    }

    private PyNode Postfix()
    {
        var node = Atom();
        while (true)
        {
            if (Peek() == '(')
            {
                _at++;
                var arguments = Arguments();
                node = new PyCall(node.Start, _at, node, arguments);
            }
            else if (Peek() == '[')
            {
                _at++;
                var index = Sum();
                if (index is not PyNumber number || !Take(']'))
                {
                    throw Unexpected("an index and ']'");
                }

                node = new PyItem(node.Start, _at, node, (int)number.Value);
            }
            else
            {
                return node;
            }
        }
    }

    private PyNode Atom()
    {
        Space();
        var start = _at;
        var first = Peek();
        return first switch
        {
            '(' => Group(')'),
            '[' => Group(']'),
            '{' => Dictionary(),
            '"' or '\'' => String(first),
            _ when char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(Peek(1))) => Number(),
            _ when char.IsLetter(first) || first == '_' => Name(),
            _ => throw Unexpected("a call, a name, a number, a string or a bracket"),
        };

        PyNode Group(char close)
        {
            _at++;
            var items = Items(close, out var comma);
            return close == ')' && items.Count == 1 && !comma
                ? items[0] with { Start = start, End = _at }
                : new PyList(start, _at, items);
        }
    }

    private List<PyNode> Items(char close, out bool comma)
    {
        var items = new List<PyNode>();
        comma = false;
        while (!Take(close))
        {
            items.Add(Sum());
            if (Take(','))
            {
                comma = true;
            }
            else if (!Take(close))
            {
                throw Unexpected($"',' or '{close}'");
            }
            else
            {
                break;
            }
        }

        return items;
    }

    private PyDictionary Dictionary()
    {
        var start = _at++;
        var items = new List<(PyNode, PyNode)>();
        while (!Take('}'))
        {
            var key = Sum();
            if (!Take(':'))
            {
                throw Unexpected("':'");
            }

            items.Add((key, Sum()));
            if (!Take(',') && Peek() != '}')
            {
                throw Unexpected("',' or '}'");
            }
        }

        return new PyDictionary(start, _at, items);
    }

    private List<PyArgument> Arguments()
    {
        var found = new List<PyArgument>();
        while (!Take(')'))
        {
            Space();
            var start = _at;
            if (Peek() == '*' && Peek(1) is ',' or ' ')
            {
                _at++;
                found.Add(new PyArgument(start, null, null));
            }
            else
            {
                var value = Sum();
                Space();
                found.Add(value is PyName name && Peek() == '=' && Take('=')
                    ? new PyArgument(start, name.Name, Sum())
                    : new PyArgument(start, null, value));
            }

            if (!Take(',') && Peek() != ')')
            {
                throw Unexpected("',' or ')'");
            }
        }

        return found;
    }

    private PyString String(char quote)
    {
        var start = _at++;
        var end = _text.IndexOf(quote, _at);
        if (end < 0)
        {
            throw source.Error(start, "a string without end", "a closing quotation mark");
        }

        var value = _text[_at..end];
        _at = end + 1;
        return new PyString(start, _at, value);
    }

    private PyNumber Number()
    {
        var start = _at;
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

        var digits = _text[start.._at].Replace("_", "", StringComparison.Ordinal);
        return char.IsLetter(Peek()) || !double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? throw source.Error(start, $"'{_text[start..Math.Min(_at + 1, _text.Length)]}'", "a number such as 10, 0.1 or 1e-06")
            : new PyNumber(start, _at, value);
    }

    private void Digits()
    {
        while (char.IsAsciiDigit(Peek()) || Peek() == '_')
        {
            _at++;
        }
    }

    private PyNode Name()
    {
        var start = _at;
        while (char.IsLetterOrDigit(Peek()) || Peek() == '_' || (Peek() == '.' && (char.IsLetter(Peek(1)) || Peek(1) == '_')))
        {
            _at++;
        }

        var name = _text[start.._at];
        if (name != "lambda")
        {
            return new PyName(start, _at, name);
        }

        var depth = 0;
        for (; _at < _text.Length && (depth > 0 || !Closing.Contains(Peek()) || Peek() == ','); _at++)
        {
            if (depth == 0 && Peek() == ',' && _text.AsSpan(start, _at - start).Contains(':'))
            {
                break;
            }

            depth += Peek() is '(' or '[' ? 1 : Peek() is ')' or ']' ? -1 : 0;
        }

        return new PyOther(start, _at);
    }
}
