/// How texts are cut into tokens, numbers, strings, lists and lines, and how their values print: both against what is written out here.
module OptCore.Tests.Text.ReadingTests

open System
open Expecto
open OptCore
open OptCore.Tests.Text.Spelt

let private read (text: string) = Optimizer.Parse text
let private rateOf (text: string) = (read ("sgd " + text)).Rate

let private patternOf (literal: string) =
    (read $"sgd 0.1 |> freeze {literal}").Frozen |> List.ofSeq

let private numbers = [
    testTheory
        "numbers, in every way to write one"
        [
            "1", 1.0
            "1.", 1.0
            "1.5", 1.5
            "0.25", 0.25
            "12e3", 12000.0
            "12E3", 12000.0
            "12e+3", 12000.0
            "125e-3", 0.125
            "1.25E-1", 0.125
            "1.25e2", 125.0
            "(0.5)", 0.5
            "((0.5))", 0.5
            "-0.0", -0.0
            "1e-400", 0.0
        ]
        (fun (text, value) ->
            Expect.equal (BitConverter.DoubleToInt64Bits(rateOf text)) (BitConverter.DoubleToInt64Bits value) text)

    testCase "names that are numbers" (fun () ->
        let least (text: string) =
            match
                (read $"sgd 0.1 |> onlyWhen (LossAbove {text}) (clip 1.0)").Stages[0].Scope.Conditions[0].Condition
            with
            | :? LossAbove as condition -> condition.Value
            | other -> failtestf "%O" other

        Expect.equal (least "infinity") infinity "+"
        Expect.equal (least "-infinity") -infinity "−"
        Expect.equal (least "-2.5") -2.5 "a negative one"
        Expect.equal (least "(-2.5)") -2.5 "in brackets")

    testCase "integers, short and long" (fun () ->
        let from (text: string) =
            match
                (read $"sgd 0.1 |> onlyWhen (StepsFrom {text}) (clip 1.0)").Stages[0].Scope.Conditions[0].Condition
            with
            | :? StepsFrom as condition -> condition.Step
            | other -> failtestf "%O" other

        for text, value in
            [
                "7", 7L
                "7L", 7L
                "2147483648", 2147483648L
                "9223372036854775807L", Int64.MaxValue
            ] do
            Expect.equal (from text) value text)

    testTheory
        "numbers print as the shortest text with a point or an exponent"
        [
            1.0, "1.0"
            0.1, "0.1"
            -2.0, "-2.0"
            1e-7, "1e-07"
            1e22, "1e+22"
            123456.0, "123456.0"
            5e-324, "5e-324"
            nan, "nan"
            infinity, "infinity"
            -infinity, "-infinity"
        ]
        (fun (value, text) -> Expect.equal (Words.Print value) text text)
]

let private strings = [
    testTheory
        "escapes of strings"
        [
            "\"a\"", "a"
            "\"a\\\"b\"", "a\"b"
            "\"a\\\\b\"", "a\\b"
            "\"a\\nb\\rc\\td\"", "a\nb\rc\td"
            "\"\\u0041\\u00e9\"", "A\u00e9"
            "\"\\u00411\"", "A1"
            "\"|> (* // >>\"", "|> (* // >>"
        ]
        (fun (literal, content) -> Expect.equal (patternOf literal) [ content ] literal)

    testTheory
        "strings print with the escapes that they need and no others"
        [
            "a b", "\"a b\""
            "a\"b", "\"a\\\"b\""
            "a\\b", "\"a\\\\b\""
            "\n\r\t", "\"\\n\\r\\t\""
            "\u0007", "\"\\u0007\""
            "é層", "\"é層\""
            "\U0001D702", "\"\\uD835\\uDF02\""
        ]
        (fun (content, literal) ->
            let printed = string ((Optimizer.Sgd 0.5).Freeze content)
            Expect.equal printed $"sgd 0.5 |> freeze {literal}" content
            Expect.equal (patternOf literal) [ content ] "and back")
]

let private same name (texts: string list) =
    testCase name (fun () ->
        let first = read texts.Head

        for text in texts.Tail do
            Expect.equal (read text) first text)

let private layout = [
    same "comments, spaces and lines" [
        "sgd 0.5 |> clip 1.0"
        "  sgd\t0.5\n|>\r\nclip 1.0  "
        "sgd 0.5 // the rate\n|> clip 1.0 // the end"
        "// first\nsgd 0.5 |> clip 1.0 //"
        "sgd(* (* *) *)0.5(**)|>clip 1.0(* end *)"
        "sgd 0.5|>clip 1.0"
        "(sgd 0.5) |> (clip 1.0)"
        "sgd (0.5) |> clip (1.0)"
        "sgd(0.5) |> clip(1.0)"
        "0.5 |> (sgd >> clip 1.0)"
        "0.5 |> sgd |> clip 1.0"
        "(0.5) |> sgd |> clip 1.0"
        "(sgd >> clip 1.0) 0.5"
        "((sgd >> clip 1.0)) 0.5"
        "sgd 0.5 |> stage (ClipGlobalNorm 1.0)"
        "sgd 0.5 |> stage (ClipGlobalNorm(1.0))"
        "sgd 0.5 |> stage (new ClipGlobalNorm(1.0))"
        "sgd 0.5 |> stage (ClipGlobalNorm(1.0) :> IStage)"
        "sgd 0.5 |> stage (ClipGlobalNorm(1.0) :> OptCore.IStage)"
        "sgd 0.5 |> stage (ClipGlobalNorm(MaxNorm = 1.0))"
        "sgd 0.5 |> stage (ClipGlobalNorm(maxNorm = 1.0))"
        "sgd 0.5 |> stage ((ClipGlobalNorm((1.0))))"
    ]
    same "two arguments, one of them tight" [
        "sgd 0.5 |> within 1.0 2.0"
        "sgd 0.5 |> within(1.0) 2.0"
        "sgd 0.5 |> within (1.0) (2.0)"
        "sgd 0.5 |> stage (Box(1.0, 2.0))"
        "sgd 0.5 |> stage (Box(1.0, High = 2.0))"
        "sgd 0.5 |> stage (Box(High = 2.0, Low = 1.0))"
    ]
    same "arguments of a combinator, piped or last" [
        "sgd 0.5 |> schedule (Schedule.cosine 9 |> Schedule.andThen 3 (Schedule.cosine 5))"
        "sgd 0.5 |> schedule (Schedule.andThen 3 (Schedule.cosine 5) (Schedule.cosine 9))"
        "sgd 0.5 |> schedule (AndThen(Cosine 9, 3, Cosine 5))"
        "sgd 0.5 |> schedule ((Cosine 9 :> ISchedule) |> Schedule.andThen 3 (Cosine 5))"
        "sgd 0.5 |> schedule (AndThen(Steps = 3, Next = Cosine 5, First = Cosine 9))"
    ]
    same "combinators composed" [
        "sgd 0.5 |> schedule (Schedule.cosine 9 |> Schedule.scaleBy 0.5 |> Schedule.repeat 4)"
        "sgd 0.5 |> schedule (Schedule.cosine 9 |> (Schedule.scaleBy 0.5 >> Schedule.repeat 4))"
        "sgd 0.5 |> schedule (Schedule.cosineWith (Cosine 9) |> Schedule.scaleBy 0.5 |> Schedule.repeat 4)"
    ]
    same "scopes within scopes" [
        "sgd 0.5 |> only \"a*\" (clip 1.0 >> except \"*b\" (momentum 0.5)) |> zeroUnless (StepsFrom 3) (clip 2.0)"
        "sgd 0.5 |> only \"a*\" (clip 1.0) |> only \"a*\" (except \"*b\" (momentum 0.5)) |> zeroUnless (StepsFrom(3)) (clip 2.0)"
    ]
    same "items of a list on lines" [
        "partition [\"a\", sgd 0.5 |> clip 1.0; \"b\", adam 0.25; \"*\", sgd 1.0]"
        "partition [\n    \"a\", sgd 0.5 |> clip 1.0\n    \"b\", adam 0.25\n    \"*\", sgd 1.0\n]"
        "partition [ \"a\", sgd 0.5 |> clip 1.0\n            \"b\", adam 0.25\n            \"*\", sgd 1.0 ]"
        "partition [\n    \"a\",\n    sgd\n      0.5\n        |> clip 1.0\n    \"b\", adam\n      0.25; \"*\", sgd 1.0;\n]"
        "partition [\n    (\"a\", sgd 0.5 |> clip(\n1.0))\n    (\"b\", adam 0.25)\n    (\"*\", sgd 1.0)\n]"
    ]
    same "numbers in a list on lines" [
        "sgd 0.5 |> multiStep [3; 5; 7] 0.5"
        "sgd 0.5 |> multiStep [\n    3\n    5\n    7\n  ] 0.5"
        "sgd 0.5 |> multiStep [3;5;7;] 0.5"
        "sgd 0.5 |> multiStep [ 3\n                       5\n                       7 ] 0.5"
        "sgd 0.5 |> multiStep ([3; 5; 7]) 0.5"
    ]
    same "lists in lists" [
        "flow [Momentum 0.5; ClipGlobalNorm 1.0] 0.5"
        "flow [\n  Momentum 0.5\n  ClipGlobalNorm(\n1.0)\n] 0.5"
        "flow [Momentum(0.5); ClipGlobalNorm(MaxNorm = 1.0);] 0.5"
    ]

    testCase "an item of a list does not end on a line further right" (fun () ->
        Expect.throwsT<OptimizerParseException>
            (fun () -> read "sgd 0.5 |> multiStep [\n  3\n    5\n] 0.5" |> ignore)
            "3 5 is an application"

        Expect.throwsT<OptimizerParseException>
            (fun () -> read "flow [(Momentum 0.5\nClipGlobalNorm 1.0)] 0.5" |> ignore)
            "in brackets lines mean nothing")

    testCase "a rate beside the text is that of the head" (fun () ->
        for text in
            [
                "sgd"
                "(sgd)"
                "sgd >> clip 1.0"
                "sgd |> clip 1.0"
                "adamW 0.25"
                "larsWith (Lars 0.5)"
                "flow [Momentum 0.5]"
            ] do
            Expect.equal (Optimizer.Parse(text, 0.125)).Rate 0.125 text

        Expect.equal (Optimizer.Parse("adamW 0.25", 0.125)) (read "adamW 0.25 0.125") "with arguments"

        Expect.equal
            (Optimizer.Parse("sgd >> clip 1.0 >> clip 2.0", 0.5))
            (read "sgd 0.5 |> clip 1.0 |> clip 2.0")
            "composed")

    testCase "tokens: their characters, columns, lines, what touches them" (fun () ->
        let tokens text = [
            for token in Lexer(SourceText text).Tokens() ->
                token.Kind, token.Value, token.Start, token.Column, token.StartsLine, token.Tight
        ]

        Expect.equal
            (tokens " a'1_b.c(-1.5e3,\n  \"x\" :>f\n")
            [
                TokenKind.Name, "a'1_b.c", 1, 2, false, false
                TokenKind.Open, "(", 8, 9, false, true
                TokenKind.Number, "-1.5e3", 9, 10, false, true
                TokenKind.Comma, ",", 15, 16, false, true
                TokenKind.Text, "x", 19, 3, true, false
                TokenKind.Upcast, ":>", 23, 7, false, false
                TokenKind.Name, "f", 25, 9, false, true
                TokenKind.End, "", 27, 1, true, false
            ]
            "all of each")
]

let private everything =
    Everything("a b", [ 1.0; 0.5 ], [ 3; 4 ], true, 2147483648L, -7, -0.5, Cosine 9, Momentum(0.5))

let private printed = [
    testTheory
        "schedules"
        [
            Cosine 40 :> ISchedule, "Schedule.cosine 40"
            Cosine(40, Floor = 0.5), "Cosine(40, Floor = 0.5)"
            ScaleBy(Cosine 40, 0.5), "Schedule.cosine 40 |> Schedule.scaleBy 0.5"
            ScaleBy(Cosine(40, Floor = 0.5), 0.5),
            "Schedule.cosineWith (Cosine(40, Floor = 0.5)) |> Schedule.scaleBy 0.5"
            Repeat(ScaleBy(Cosine 40, 0.5), 3), "Schedule.cosine 40 |> Schedule.scaleBy 0.5 |> Schedule.repeat 3"
            AndThen(Warmup 10, 10, ScaleBy(Cosine 90, 0.5)),
            "Schedule.warmup 10 |> Schedule.andThen 10 (Schedule.cosine 90 |> Schedule.scaleBy 0.5)"
            AndThen(Warmup 10, 10, Cosine(90, Floor = 0.5)),
            "Schedule.warmup 10 |> Schedule.andThen 10 (Cosine(90, Floor = 0.5))"
            Level 0.5, "Level(0.5)"
            ScaleBy(Level 0.5, 0.25), "(Level(0.5) :> ISchedule) |> Schedule.scaleBy 0.25"
            Times(Cosine 9, Level 0.5), "Schedule.cosine 9 |> Schedule.times (Level(0.5))"
            InverseSqrt(), "Schedule.inverseSqrt"
            Times(InverseSqrt(), InverseSqrt()), "Schedule.inverseSqrt |> Schedule.times Schedule.inverseSqrt"
            MultiStep([| 3; 5 |], 0.5), "Schedule.multiStep [3; 5] 0.5"
        ]
        (fun (schedule, text) ->
            Words.Register typeof<Level>
            Expect.equal (Words.Print schedule) text text
            Expect.equal (Words.ParseSchedule text) schedule "and back")

    testTheory
        "conditions"
        [
            StepsFrom 7L :> ICondition, "StepsFrom 7"
            StepsFrom 2147483647L, "StepsFrom 2147483647"
            StepsFrom 2147483648L, "StepsFrom 2147483648L"
            StepsEvery 3L, "StepsEvery 3"
            StepsEvery(3L, Offset = 2L), "StepsEvery(3, Offset = 2)"
            LossAbove -0.5, "LossAbove (-0.5)"
        ]
        (fun (condition, text) -> Expect.equal (Words.Print condition) text text)

    testCase "a value of every kind" (fun () ->
        Words.Register typeof<Everything>

        let text large extra =
            $"Everything(\"a b\", [1.0; 0.5], [3; 4], true, {large}, -7, -0.5, Schedule.cosine 9, Momentum(0.5){extra})"

        Expect.equal (Words.Print everything) (text "2147483648L" "") "no option"
        Expect.equal (Words.ParseStage(text "2147483648L" "")) everything "and back"
        everything.Extra <- -3.0
        Expect.equal (Words.Print everything) (text "2147483648L" ", Extra = -3.0") "an option"
        Expect.equal (Words.ParseStage(text "2147483648L" ", Extra = -3.0")) everything "and back"
        everything.Extra <- 2.0

        for large, literal in
            [
                -2147483649L, "-2147483649L"
                -2147483648L, "-2147483648"
                2147483647L, "2147483647"
                Int64.MinValue, "-9223372036854775808L"
            ] do
            let one =
                Everything("a b", [ 1.0; 0.5 ], [ 3; 4 ], true, large, -7, -0.5, Cosine 9, Momentum 0.5)

            Expect.equal (Words.Print one) (text literal "") literal
            Expect.equal (Words.ParseStage(text literal "")) one "and back"

        Expect.equal
            (string ((Optimizer.Sgd 0.5).With(everything :> IStage)))
            $"""sgd 0.5 |> stage ({text "2147483648L" ""})"""
            "in an optimizer")

    testTheory
        "optimizers, as they are written"
        [
            "sgd 0.5"
            "sgd 0.5 |> clip 1.0 |> momentum 0.5 |> weightDecay 0.25 |> cosine 9 |> scheduled \"Momentum.Beta\" (Schedule.constant 0.5)"
            + " |> rateFor \"w\" 2.0 |> freeze \"b\""
            "sgd 0.5 |> emaWith (Ema(0.5, Nesterov = true))"
            "sgd 0.5 |> cosineWith (Cosine(9, Floor = 0.5))"
            "sgd 0.5 |> schedule (Schedule.cosine 9 |> Schedule.scaleBy 0.5)"
            "larsWith (Lars(0.5, Momentum = 0.25)) 0.5"
            "lars 0.5 0.5"
            "adam 0.5 |> stage (Adam())"
            "sgd 0.5 |> only \"w\" (stage (Adam()))"
            "flow [Momentum 0.5; Adam(); Adam(Beta1 = 0.5); ClipValue 1.0] 0.5"
            "partition [\"a\", sgd 0.5 |> clip 1.0; \"*\", adam 0.25] |> clip 1.0"
            "sgd 0.5 |> only \"a\" (clip 1.0 >> only \"b\" (clip 2.0 >> clip 3.0) >> clip 4.0) |> clip 5.0 |> except \"a\" (clip 6.0)"
            "sgd 0.5 |> onlyWhen (StepsFrom 3) (clip 1.0 >> only \"a\" (clip 2.0)) |> zeroUnless (StepsEvery(3, Offset = 2)) (clip 3.0)"
            "sgd 0.5 |> only \"a\" (cosine 9) |> only \"b\" (cosine 8 >> cosine 7)"
            "sgd 0.5 |> within (-1.0) 1.0"
        ]
        (fun text -> Expect.equal (string (read text)) text "printed")
]

let private spelling = [
    testTheory
        "the distance of two names"
        [
            "", "", 0
            "", "abc", 3
            "abc", "", 3
            "abc", "abc", 0
            "abc", "axc", 1
            "abc", "ac", 1
            "abc", "abxc", 1
            "abc", "acb", 1
            "abc", "bac", 1
            "ab", "ba", 1
            "abcd", "badc", 2
            "ca", "abc", 3
            "kitten", "sitting", 3
            "abc", "xyz", 3
            "aab", "aba", 1
            "xab", "xabab", 2
        ]
        (fun (a, b, distance) ->
            Expect.equal (Spelling.Distance(a, b)) distance $"{a}, {b}"
            Expect.equal (Spelling.Distance(b, a)) distance $"{b}, {a}")

    testTheory
        "the nearest name: half its letters at most, the first of equals, the first list"
        [
            "abcd", [ [ "abxy" ] ], "abxy"
            "abcd", [ [ "axyz" ] ], ""
            "a", [ [ "b" ] ], "b"
            "a", [ [ "bc" ] ], ""
            "abc", [ [ "abcd" ] ], "abcd"
            "abc", [ [ "abcde" ] ], ""
            "ABC", [ [ "abc" ] ], "abc"
            "abcd", [ [ "abcx"; "abca" ] ], "abca"
            "abcd", [ [ "abxy"; "abcx" ] ], "abcx"
            "abcd", [ []; [ "abcd" ] ], "abcd"
            "abcd", [ [ "abxy" ]; [ "abcd" ] ], "abxy"
            "abcd", [ [ "xxxx" ]; [ "yyyy" ] ], ""
        ]
        (fun (name, lists, near) ->
            let lists = [| for list in lists -> Seq.ofList list |]

            Expect.equal
                (Spelling.Nearest(name, ReadOnlySpan lists)
                 |> Option.ofObj
                 |> Option.defaultValue "")
                near
                name)
]

let private registered =
    testTheory
        "what cannot be a word, and why"
        [
            typeof<string>,
            "",
            "String is neither a stage nor a schedule nor a condition; expected a type that implements IStage, ISchedule or ICondition."
            typeof<Level>, "only", "The word only of Level is taken by the language; give another word."
            typeof<Level>, "cosine", "The word cosine of Level is taken by Cosine; give another word."
            typeof<Foreign.Cosine>,
            "ownCosine",
            $"The name Cosine is taken by a record of the library; rename {typeof<Foreign.Cosine>.FullName}."
            typeof<Foreign.StepsFrom>,
            "",
            $"The name StepsFrom is taken by a record of the library; rename {typeof<Foreign.StepsFrom>.FullName}."
            typeof<Unread>,
            "",
            "Unread cannot be written as text: its constructor parameter value has no public property of the same name and type. "
            + "Text knows double, int, long, bool, string, lists of int or double, ISchedule and IStage."
            typeof<Dated>,
            "",
            "Dated cannot be written as text: its argument Day has the type DateTime. "
            + "Text knows double, int, long, bool, string, lists of int or double, ISchedule and IStage."
            typeof<Unfinished>,
            "",
            "Unfinished cannot be written as text: it is abstract or generic. "
            + "Text knows double, int, long, bool, string, lists of int or double, ISchedule and IStage."
            typeof<Generic<int>>.GetGenericTypeDefinition(),
            "",
            "Generic`1 cannot be written as text: it is abstract or generic. "
            + "Text knows double, int, long, bool, string, lists of int or double, ISchedule and IStage."
            typeof<Hidden>,
            "",
            "Hidden cannot be written as text: it has no public constructor. "
            + "Text knows double, int, long, bool, string, lists of int or double, ISchedule and IStage."
        ]
        (fun (kind: Type, word, message) ->
            Expect.throwsC (fun () -> Words.Register(kind, (if word = "" then null else word))) (fun e ->
                Expect.isTrue (e :? ArgumentException) "kind"
                Expect.equal ((e.Message.Split " (Parameter")[0]) message "message")

            Expect.isFalse (Seq.contains "ownCosine" Words.Known) "nothing is registered")

[<Tests>]
let tests =
    testList "text" [
        testList "numbers" numbers
        testList "strings" strings
        testList "layout" layout
        testList "printed" printed
        testList "spelling" spelling
        registered
    ]
