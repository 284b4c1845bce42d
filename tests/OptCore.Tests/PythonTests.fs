/// The Python that constructors are written in: its syntax.
module OptCore.Tests.PythonTests

open System
open Expecto
open OptCore

let rec private show (node: PyNode) : string =
    match node with
    | :? PyNumber as number -> Words.Print number.Value
    | :? PyString as text -> $"'{text.Value}'"
    | :? PyName as name -> name.Name
    | :? PyList as list -> "[" + String.Join(", ", Seq.map show list.Items) + "]"
    | :? PyDictionary as dictionary ->
        "{"
        + String.Join(", ", [ for struct (key, value) in dictionary.Items -> $"{show key}: {show value}" ])
        + "}"
    | :? PyItem as item -> $"{show item.Of}[{item.Index}]"
    | :? PyNegative as negative -> $"-({show negative.Inner})"
    | :? PyBinary as both -> $"({show both.Left} {both.Operator} {show both.Right})"
    | :? PyCall as call ->
        let argument (one: PyArgument) =
            match one.Name, one.Value with
            | null, null -> "*"
            | null, value -> show (nonNull value)
            | name, value -> $"{name}={show (nonNull value)}"

        show call.Function
        + "("
        + String.Join(", ", Seq.map argument call.Arguments)
        + ")"
    | other -> $"<{other.GetType().Name} {other.Start} {other.End}>"

let private syntax =
    testTheory
        "expressions"
        [
            "1", "1.0"
            " 1_000.5 ", "1000.5"
            "1e3", "1000.0"
            "1E+3", "1000.0"
            "125e-3", "0.125"
            ".5", "0.5"
            "2.", "2.0"
            "-3", "-3.0"
            "--3", "3.0"
            "-x", "-(x)"
            "1 + 2 * 3", "(1.0 + (2.0 * 3.0))"
            "1 - 2 - 3", "((1.0 - 2.0) - 3.0)"
            "1 - 2 + 3", "((1.0 - 2.0) + 3.0)"
            "8 / 2 * 4", "((8.0 / 2.0) * 4.0)"
            "(1 + 2) * 3", "((1.0 + 2.0) * 3.0)"
            "2 ** 3 ** 2", "(2.0 ^ (3.0 ^ 2.0))"
            "2 ** -1", "(2.0 ^ -1.0)"
            "-2 ** 2", "-((2.0 ^ 2.0))"
            "2 * a ** b", "(2.0 * (a ^ b))"
            "a**2*b", "((a ^ 2.0) * b)"
            "(1)", "1.0"
            "(1,)", "[1.0]"
            "()", "[]"
            "[1]", "[1.0]"
            "[1, 2, ]", "[1.0, 2.0]"
            "( 1 , (2, 3) )", "[1.0, [2.0, 3.0]]"
            "{}", "{}"
            "{'a': 1, \"b\" : x, }", "{'a': 1.0, 'b': x}"
            "''", "''"
            "'a\"b'", "'a\"b'"
            "_a.b_1.c", "_a.b_1.c"
            "f()", "f()"
            "f( 1, b = 2, *, c=(3), )", "f(1.0, b=2.0, *, c=3.0)"
            "f(1)(2)", "f(1.0)(2.0)"
            "a.f(x)[0]", "a.f(x)[0]"
            "x[1][2]", "x[1][2]"
            "f(a - b)", "f((a - b))"
            "1 # one\n + 2", "(1.0 + 2.0)"
            "1 \\\n + 2 # the end", "(1.0 + 2.0)"
            "f(lambda t: 0.1 / (t + 1), 2)", "f(<PyOther 2 25>, 2.0)"
            "f(lambda a, b: g(a, b))", "f(<PyOther 2 22>)"
            "[lambda: x]", "[<PyOther 1 10>]"
        ]
        (fun (text, shown) -> Expect.equal (show (PyParser.Expression text)) shown text)

let private places =
    testTheory
        "pieces know where they are"
        [
            "1 + 22", "1 + 22"
            "  f(x)  ", "f(x)"
            " (1, 2) ", "(1, 2)"
            " (x) ", "(x)"
            " [1] ", "[1]"
            " {1: 2} ", "{1: 2}"
            " 'ab' ", "'ab'"
            " -x ", "-x"
            " - 3 ", "- 3"
            " x[1] ", "x[1]"
            " a.b ", "a.b"
            " 2 ** 3 ", "2 ** 3"
            " 1.5e3 ", "1.5e3"
            " f(1)(2) ", "f(1)(2)"
        ]
        (fun (text, piece) ->
            let node = PyParser.Expression text
            Expect.equal text[node.Start .. node.End - 1] piece text)

let private statements =
    testTheory
        "statements"
        [
            "a(1), b(2)", [ "a(1.0)"; "b(2.0)" ]
            "a(1); b(2)\nc(3)", [ "a(1.0)"; "b(2.0)"; "c(3.0)" ]
            ";,\n a(1),;", [ "a(1.0)" ]
            "x = a(1)\ny = b(2)", [ "a(1.0)"; "b(2.0)" ]
            "x.y=a(1)", [ "a(1.0)" ]
            "import torch\na(1)", [ "a(1.0)" ]
            "import torch\nfrom torch import optim, nn\na(1)\nimport x\n", [ "a(1.0)" ]
            "import torch", []
            "from torch import nn", []
            "importer(1)", [ "importer(1.0)" ]
            "# a note\na(1) # another\n#", [ "a(1.0)" ]
            "", []
        ]
        (fun (text, shown) ->
            Expect.equal [ for node in PyParser(SourceText text).Statements() -> show node ] shown text)

let private caught (read: unit -> 'T) =
    let mutable found = None

    Expect.throwsC (fun () -> read () |> ignore) (fun e ->
        match e with
        | :? OptimizerParseException as e -> found <- Some e
        | e -> failtestf "expected an OptimizerParseException, was %O" e)

    Option.get found

let private mistakes =
    testTheory
        "no Python expression"
        [
            "", 0, "the end of the text", "a call, a name, a number, a string or a bracket"
            "1 +", 3, "the end of the text", "a call, a name, a number, a string or a bracket"
            "f(1", 3, "the end of the text", "',' or ')'"
            "f(1 2)", 4, "'2'", "',' or ')'"
            "(1 2)", 3, "'2'", "',' or ')'"
            "[1 2]", 3, "'2'", "',' or ']'"
            "[1)", 2, "')'", "',' or ']'"
            "{1 2}", 3, "'2'", "':'"
            "{1: 2 3}", 6, "'3'", "',' or '}'"
            "x[a]", 3, "']'", "an index and ']'"
            "x[1", 3, "the end of the text", "an index and ']'"
            "x['a']", 5, "']'", "an index and ']'"
            "'a", 0, "a string without end", "a closing quotation mark"
            "f(\"a)", 2, "a string without end", "a closing quotation mark"
            "1x", 0, "'1x'", "a number such as 10, 0.1 or 1e-06"
            "1e", 0, "'1e'", "a number such as 10, 0.1 or 1e-06"
            "1 2", 2, "'2'", "the end of the text"
            "a)", 1, "')'", "the end of the text"
            "?", 0, "'?'", "a call, a name, a number, a string or a bracket"
            ".", 0, "'.'", "a call, a name, a number, a string or a bracket"
        ]
        (fun (text, place, found, expected) ->
            let e = caught (fun () -> PyParser.Expression text)
            Expect.equal (e.Position, e.Found, e.Expected) (place, found, expected) text)

[<Tests>]
let tests =
    testList "dialects" [ testList "Python" [ syntax; places; statements; mistakes ] ]
