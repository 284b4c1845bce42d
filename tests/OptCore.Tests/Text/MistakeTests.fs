/// A mistake in a text, whole: its place, what stands there, what may stand there, the nearest name, the message.
module OptCore.Tests.Text.MistakeTests

open System
open Expecto
open OptCore
open OptCore.Tests.Text.Spelt

let private caught (read: unit -> 'T) =
    let mutable found = None

    Expect.throwsC (fun () -> read () |> ignore) (fun e ->
        match e with
        | :? OptimizerParseException as e -> found <- Some e
        | e -> failtestf "expected an OptimizerParseException, was %O" e)

    Option.get found

/// The fragment at which it is reported ("" is the end of the text), what is found, what is expected, the nearest name.
let private says (read: string -> 'T) (text: string, fragment: string, found: string, expected: string, near: string) =
    let e = caught (fun () -> read text)

    let position =
        if fragment = "" then
            text.Length
        else
            text.IndexOf(fragment, StringComparison.Ordinal)

    Expect.equal e.Found found text
    Expect.equal e.Expected expected text
    Expect.equal (Option.ofObj e.Suggestion) (if near = "" then None else Some near) text
    Expect.equal (e.Position, e.Line, e.Column) (position, 1, position + 1) text
    let hint = if near = "" then "" else $" Did you mean {near}?"

    let place =
        $"Line 1, column {position + 1}: found {found}; expected {expected}.{hint}"

    Expect.stringStarts e.Message (place + "\n") text
    // Texts longer than what a message shows are a test of their own.
    if text.Length <= 60 then
        Expect.equal e.Message $"{place}\n{text}\n{String(' ', position)}^" text

let private optimizer text = Optimizer.Parse text

let private many read name rows =
    testList name [
        for row in rows do
            let (text: string, _, _, _, _) = row
            testCase (if text = "" then "nothing" else text) (fun () -> says read row)
    ]

let private token = "a word, a number, a string, |>, >>, a bracket or a separator"

let private atom = "a word, a record, a number, a string, '(' or '['"
let private head = "a head such as sgd, adam, flow or partition"
let private word = "a word such as momentum 0.9 or cosine 100"

let private missing =
    "the rate as the last argument, as in sgd 0.1 or 0.1 |> (sgd >> momentum 0.9); or Optimizer.Parse(text, rate)"

let private ownRate = "a text without a rate, because the rate is given beside it"

let private part = "a part: a pattern, a comma, an optimizer (';' separates parts)"

let private stageRecord = "a stage record such as Momentum(0.9)"

let private schedule =
    "a schedule such as Schedule.cosine 100 or Cosine(100, Floor = 0.1)"

let private combinator =
    "a combinator such as Schedule.andThen 10 (Schedule.cosine 90)"

let private condition = "a condition such as StepsFrom 100 or GradientAtMost 1.0"
let private escapes = "one of the escapes \\\" \\\\ \\n \\r \\t \\uXXXX"
let private integer = "an integer from -2147483648 to 2147483647"

let private everything =
    "Everything(Name, Levels, Counts, Flag, Large, Whole, Number, Schedule, Stage, Extra = …)"

let private tokens =
    many optimizer "tokens" [
        "sgd 0.1 (* a (* b *)", "(*", "a comment without end", "*)", ""
        "sgd 0.1 (*", "(*", "a comment without end", "*)", ""
        "sgd 0.1 |> freeze \"w", "\"w", "a string without end", "a closing quotation mark", ""
        "sgd 0.1 |> freeze \"", "\"", "a string without end", "a closing quotation mark", ""
        "sgd 0.1 |> freeze \"a\\q\"", "\\q", "'\\q'", escapes, ""
        "sgd 0.1 |> freeze \"a\\u12\"", "\\u", "'\\u'", escapes, ""
        "sgd 0.1 |> freeze \"a\\u004", "\\u", "'\\u'", escapes, ""
        "sgd 0.1 |> freeze \"a\\u0041", "\"a", "a string without end", "a closing quotation mark", ""
        "sgd 0.1 |> freeze \"a\\", "\\", "'\\\000'", escapes, ""
        "sgd 0.1 ? 1", "?", "'?'", token, ""
        "sgd 0.1 | clip 1.0", "|", "'|'", token, ""
        "sgd - 0.1", "-", "'-'", token, ""
        "sgd .5", ".", "'.'", token, ""
        "sgd 0.1.2", "0.1", "'0.1.'", "a number such as 10, 0.1 or 1e-06", ""
        "sgd 0.1x", "0.1", "'0.1x'", "a number such as 10, 0.1 or 1e-06", ""
        "sgd 10Lx", "10L", "'10Lx'", "a number such as 10, 0.1 or 1e-06", ""
        "sgd 1_0", "1", "'1_'", "a number such as 10, 0.1 or 1e-06", ""
        "sgd 1e", "1e", "'1e'", "a number such as 10, 0.1, 1e-06 or infinity", ""
        "sgd 1e+", "1e", "'1e+'", "a number such as 10, 0.1, 1e-06 or infinity", ""
        "sgd -rate", "-rate", "'-rate'", "a number such as 10, 0.1, 1e-06 or infinity", ""
    ]

let private syntax =
    many optimizer "syntax" [
        "", "", "the end of the text", atom, ""
        "sgd 0.1)", ")", "')'", "|>, >>, an argument or the end of the text", ""
        "sgd 0.1; clip 1.0", ";", "';'", "|>, >>, an argument or the end of the text", ""
        "sgd 0.1 = 1", "=", "'='", "|>, >>, an argument or the end of the text", ""
        "sgd 0.1 |>", "", "the end of the text", atom, ""
        "sgd >>", "", "the end of the text", atom, ""
        "|> sgd 0.1", "|>", "'|>'", atom, ""
        "sgd 0.1 |> stage (Momentum(0.9 \"a\" = 1))", "= 1", "'='", "',', ')', |>, >> or an argument", ""
        "sgd 0.1 |> (clip 1.0", "", "the end of the text", "',', ')', |>, >> or an argument", ""
        "sgd 0.1 |> (clip 1.0]", "]", "']'", "',', ')', |>, >> or an argument", ""
        "sgd 0.1 |> schedule (Cosine(10) :> IFoo)", "IFoo", "'IFoo'", "ISchedule or IStage", ""
        "sgd 0.1 |> schedule (Cosine(10) :> 3)", "3)", "'3'", "ISchedule or IStage", ""
        "partition [\"a\", sgd 0.1)", ")", "')'", "';', ']', |>, >> or an argument", ""
        "partition [\"a\", sgd 0.1", "", "the end of the text", "';', ']', |>, >> or an argument", ""
        "sgd 0.1 |> multiStep [1 2] 0.5", "1 2", "the integer 1 with an argument", $"{integer} (Milestones)", ""
    ]

let private heads =
    many optimizer "heads" [
        "sgd", "sgd", "'sgd' without its learning rate", missing, ""
        "(sgd)", "sgd", "'sgd' without its learning rate", missing, ""
        "sgd >> clip 1.0", "sgd", "a composition with >> without its learning rate", missing, ""
        "adamW 0.1", "adamW", "'adamW' without its learning rate", missing, ""
        "flow [Momentum 0.9]", "flow", "'flow' without its learning rate", missing, ""
        "adamWith (Adam())", "adamWith", "'adamWith' without its learning rate", missing, ""
        "sgd 0.1 0.2", "0.2", "2 arguments", "1 argument: sgd rate", ""
        "adamW", "adamW", "no argument", "2 arguments: adamW lambda rate", ""
        "adamW 0.1 0.2 0.3", "0.3", "3 arguments", "2 arguments: adamW lambda rate", ""
        "lars 0.1 0.2 0.3", "0.3", "3 arguments", "2 arguments: lars lambda rate", ""
        "larsWith (Lars 0.1) 0.2 0.3", "0.3", "3 arguments", "2 arguments: larsWith record rate", ""
        "flow", "flow", "no argument", "2 arguments: flow stages rate", ""
        "sgd 1L", "1L", "the number 1L", "a number (the learning rate)", ""
        "sgd x", "x", "'x'", "a number (the learning rate)", ""
        "sgd (0.1, 0.2)", "(0.1", "a tuple", "a number (the learning rate)", ""
        "sgd ()", "()", "'()'", "a number (the learning rate)", ""
        "sgd [0.1]", "[0.1]", "a list", "a number (the learning rate)", ""
        "sgd true", "true", "'true'", "a number (the learning rate)", ""
        "sgd false", "false", "'false'", "a number (the learning rate)", ""
        "sgd (((true)))", "(((true", "'true'", "a number (the learning rate)", ""
        "sgd (1.0 |> clip)", "(1.0", "a pipeline with |>", "a number (the learning rate)", ""
        "sgd (a >> b)", "(a >>", "a composition with >>", "a number (the learning rate)", ""
        "sgd (a 1)", "(a 1", "'a' with an argument", "a number (the learning rate)", ""
        "sgd (a 1 2)", "(a 1", "'a' with 2 arguments", "a number (the learning rate)", ""
        "3", "3", "the integer 3", head, ""
        "3.5", "3.5", "the number 3.5", head, ""
        "\"a\"", "\"a\"", "the string \"a\"", head, ""
        "momentum 0.9", "momentum", "'momentum', which is added to an optimizer", head, ""
        "freeze \"w\"", "freeze", "'freeze', which is added to an optimizer", head, ""
        "momentumWith 0.9", "momentumWith", "'momentumWith', which is added to an optimizer", head, ""
        "signSgdWith 0.1", "signSgdWith", "'signSgdWith', but this head has no options", head, "signSgd"
        "adm 0.1", "adm", "'adm'", head, "adam"
        "clp 0.1", "clp", "'clp'", head, "clip"
        "momentun 0.1", "momentun", "'momentun'", head, "momentum"
        "qqqqqqqq 0.1", "qqqqqqqq", "'qqqqqqqq'", head, ""
        "partition", "partition", "no argument", "1 argument: partition parts", ""
        "partition 3", "3", "the integer 3", "a list such as [\"*.bias\", sgd 0.1; \"*\", adam 0.01]", ""
        "partition [\"a\"]", "\"a\"", "the string \"a\"", part, ""
        "partition [\"a\", sgd 0.1, 3]", "\"a\"", "a tuple", part, ""
        "partition [(A = \"a\", sgd 0.1)]", "(A", "a tuple", part, ""
        "partition [(\"a\", B = sgd 0.1)]", "(\"a\"", "a tuple", part, ""
        "partition [a, sgd 0.1]", "a,", "'a'", "a string (a pattern of tensor names)", ""
        "partition [\"a\", sgd]", "sgd", "'sgd' without its learning rate", missing, ""
        "flow 3 0.1", "3", "the integer 3", "a list of stages such as [Momentum 0.9; ClipGlobalNorm 1.0]", ""
        "flow [3] 0.1", "3", "the integer 3", stageRecord, ""
        "sgd >> momentum 0.9 |> clip 1.0", "sgd", "a composition with >> without its learning rate", missing, ""
        "sgd 0.1 >> clip 1.0",
        ">>",
        ">> behind sgd 0.1, which has its rate already",
        "|> (or >> without the rate, which then stands in front: 0.1 |> (sgd >> momentum 0.9))",
        ""
    ]

let private rates =
    many (fun text -> Optimizer.Parse(text, 0.5)) "a rate beside the text" [
        "sgd 0.1", "0.1", "the number 0.1, a rate in the text", ownRate, ""
        "sgd 1", "1", "the integer 1, a rate in the text", ownRate, ""
        "adamW 0.01 0.1", "0.1", "the number 0.1, a rate in the text", ownRate, ""
        "adamWith (Adam()) 0.1", "0.1", "the number 0.1, a rate in the text", ownRate, ""
        "flow [Momentum 0.9] 0.1", "0.1", "the number 0.1, a rate in the text", ownRate, ""
        "0.1 |> (sgd >> clip 1.0)", "0.1", "the number 0.1, a rate in the text", ownRate, ""
        "(sgd >> clip 1.0) 0.1", "0.1", "the number 0.1, a rate in the text", ownRate, ""
        "sgd 0.1 0.2", "0.1", "2 arguments", "no argument: sgd", ""
        "adamW", "adamW", "no argument", "1 argument: adamW lambda", ""
        "partition [\"*\", sgd 0.1]",
        "partition",
        "partition with a rate",
        "a head with one rate; the parts of a partition have their own",
        ""
    ]

let private words =
    many optimizer "words" [
        "sgd 0.1 |> 3", "3", "the integer 3", word, ""
        "sgd 0.1 |> Schedule.cosin 100", "Schedule.cosin", "'Schedule.cosin'", word, "cosine"
        "sgd 0.1 |> Schedule.cosine 9", "Schedule.cosine", "'Schedule.cosine'", word, "cosine"
        "sgd 0.1 |> \"a\"", "\"a\"", "the string \"a\"", word, ""
        "sgd 0.1 |> (clip 1.0) 2", "(clip", "'clip' with an argument with an argument", word, ""
        "sgd 0.1 |> (clip 1.0) 2 3", "(clip", "'clip' with an argument with 2 arguments", word, ""
        "sgd 0.1 |> (clip 1.0 |> clip 2.0)", "clip", "a pipeline with |>", "words composed with >>", ""
        "sgd 0.1 |> momentum", "momentum", "no argument", "1 argument: momentum beta", ""
        "sgd 0.1 |> momentum 0.9 0.8 0.7", "0.8", "3 arguments", "1 argument: momentum beta", ""
        "sgd 0.1 |> within 0.0", "within", "1 argument", "2 arguments: within low high", ""
        "sgd 0.1 |> inverseSqrt 3", "3", "1 argument", "no argument: inverseSqrt", ""
        "sgd 0.1 |> stage", "stage", "no argument", "1 argument: stage record", ""
        "sgd 0.1 |> schedule", "schedule", "no argument", "1 argument: schedule value", ""
        "sgd 0.1 |> only \"w\"", "only", "1 argument", "2 arguments: only pattern words", ""
        "sgd 0.1 |> except \"w\"", "except", "1 argument", "2 arguments: except pattern words", ""
        "sgd 0.1 |> onlyWhen (StepsFrom 1)", "onlyWhen", "1 argument", "2 arguments: onlyWhen condition words", ""
        "sgd 0.1 |> zeroUnless (StepsFrom 1)", "zeroUnless", "1 argument", "2 arguments: zeroUnless condition words", ""
        "sgd 0.1 |> freeze", "freeze", "no argument", "1 argument: freeze pattern", ""
        "sgd 0.1 |> rateFor \"w\"", "rateFor", "1 argument", "2 arguments: rateFor pattern factor", ""
        "sgd 0.1 |> scheduled \"w\"", "scheduled", "1 argument", "2 arguments: scheduled name schedule", ""
        "sgd 0.1 |> momentumWith", "momentumWith", "no argument", "1 argument: momentumWith record", ""
        "sgd 0.1 |> freeze w", "w", "'w'", "a string (a pattern of tensor names)", ""
        "sgd 0.1 |> only 3 (clip 1.0)", "3", "the integer 3", "a string (a pattern of tensor names)", ""
        "sgd 0.1 |> except 3 (clip 1.0)", "3", "the integer 3", "a string (a pattern of tensor names)", ""
        "sgd 0.1 |> rateFor 3 2.0", "3", "the integer 3", "a string (a pattern of tensor names)", ""
        "sgd 0.1 |> rateFor \"w\" x", "x", "'x'", "a number (the factor of the rate)", ""
        "sgd 0.1 |> scheduled 3 (Schedule.cosine 10)",
        "3",
        "the integer 3",
        "a string (a record and its property such as \"Momentum.Beta\")",
        ""
        "sgd 0.1 |> scheduled \"Momentum.Beta\" 3", "3", "the integer 3", schedule, ""
        "sgd 0.1 |> andThen 3",
        "andThen",
        "'andThen', which combines schedules",
        $"{word}, or schedule (… |> Schedule.andThen …)",
        ""
        "sgd 0.1 |> adam 0.2",
        "adam",
        "the head 'adam', which starts a pipeline",
        $"{word}; stage (Adam()) adds its direction",
        ""
        "sgd 0.1 |> lars 0.2 0.1",
        "lars",
        "the head 'lars', which starts a pipeline",
        $"{word}; stage (Lars(Lambda)) adds its direction",
        ""
        "sgd 0.1 |> adamW 0.2 0.1", "adamW", "the head 'adamW', which starts a pipeline", word, ""
        "sgd 0.1 |> adamWith (Adam())", "adamWith", "the head 'adamWith', which starts a pipeline", word, ""
        "sgd 0.1 |> Momentum 0.9", "Momentum", "the record 'Momentum'", word, "stage (Momentum(…))"
        "sgd 0.1 |> Cosine 9", "Cosine", "the record 'Cosine'", word, "schedule (Cosine(…))"
        "sgd 0.1 |> momentun 0.9", "momentun", "'momentun'", word, "momentum"
        "sgd 0.1 |> adan2 0.9", "adan2", "'adan2'", word, "adan"
        "sgd 0.1 |> qqqqqqqqqqq", "qqqqqqqqqqq", "'qqqqqqqqqqq'", word, ""
    ]

let private momentum = "Momentum(Beta, Dampening = …)"

let private records =
    many optimizer "records" [
        "sgd 0.1 |> stage Momentum", "Momentum", "'Momentum' without arguments", "Momentum(…)", "Momentum(Beta)"
        "sgd 0.1 |> stage (Momentum 0.9 0.8)",
        "Momentum",
        "'Momentum' with arguments side by side",
        "Momentum(…)",
        "Momentum(Beta)"
        "sgd 0.1 |> stage Box", "Box", "'Box' without arguments", "Box(…)", "Box(Low, High)"
        "sgd 0.1 |> stage (Momentum(0.9, 0.8))", "0.8", "the number 0.8", momentum, ""
        "sgd 0.1 |> stage (Momentum())", "Momentum", "Momentum without Beta", momentum, ""
        "sgd 0.1 |> stage (Momentum(Dampening = 0.5))", "Momentum", "Momentum without Beta", momentum, ""
        "sgd 0.1 |> stage (Box(0.5))", "Box", "Box without High", "Box(Low, High)", ""
        "sgd 0.1 |> stage (Box(High = 0.5))", "Box", "Box without Low", "Box(Low, High)", ""
        "sgd 0.1 |> stage (Momentum(0.9, Beta = 0.8))", "Beta", "'Beta' twice", momentum, ""
        "sgd 0.1 |> stage (Momentum(Beta = 0.9, 0.8))", "0.8", "the number 0.8", momentum, ""
        "sgd 0.1 |> stage (Momentum(0.9, Dampening = 0.5, Dampening = 0.5))",
        "Dampening = 0.5))",
        "'Dampening' twice",
        momentum,
        ""
        "sgd 0.1 |> stage (Momentum(0.9, Dampning = 0.5))",
        "Dampning",
        "the unknown option 'Dampning'",
        momentum,
        "Dampening"
        "sgd 0.1 |> stage (Momentum(0.9, Qqqqqqqq = true))", "Qqqqqqqq", "the unknown option 'Qqqqqqqq'", momentum, ""
        "sgd 0.1 |> stage 3", "3", "the integer 3", stageRecord, ""
        "sgd 0.1 |> stage (Cosine 10)", "Cosine", "the schedule 'Cosine'", stageRecord, ""
        "sgd 0.1 |> stage (momentum 0.9)", "momentum", "the word 'momentum'", stageRecord, "Momentum"
        "sgd 0.1 |> stage (Momentun 0.9)",
        "Momentun",
        "the unknown name 'Momentun'",
        $"{stageRecord} (a type of your own needs Words.Register<Momentun>() first)",
        "Momentum"
        "sgd 0.1 |> stage (Wobblingx 0.9)",
        "Wobblingx",
        "the unknown record 'Wobblingx'",
        $"{stageRecord}, or a type of your own after Words.Register<Wobblingx>()",
        ""
        "sgd 0.1 |> stage (wobblingx 0.9)",
        "wobblingx",
        "the unknown name 'wobblingx'",
        $"{stageRecord} (a type of your own needs Words.Register<wobblingx>() first)",
        ""
        "sgd 0.1 |> schedule 3", "3", "the integer 3", schedule, ""
        "sgd 0.1 |> schedule (Momentum 0.9)", "Momentum", "the stage 'Momentum'", schedule, ""
        "sgd 0.1 |> schedule (cosine 10)",
        "cosine",
        "the word 'cosine', which acts on an optimizer",
        schedule,
        "Schedule.cosine"
        "sgd 0.1 |> schedule (Cosin 10)",
        "Cosin",
        "the unknown name 'Cosin'",
        $"{schedule} (a type of your own needs Words.Register<Cosin>() first)",
        "Cosine"
        "sgd 0.1 |> schedule (Schedule.cosin 10)", "Schedule.cosin", "'Schedule.cosin'", schedule, "Schedule.cosine"
        "sgd 0.1 |> schedule (Schedule.qqqqqqqqqqqqqqqq 10)", "Schedule.q", "'Schedule.qqqqqqqqqqqqqqqq'", schedule, ""
        "sgd 0.1 |> schedule (Schedule.cosine)",
        "Schedule.cosine",
        "no argument",
        "1 argument: Schedule.cosine steps",
        ""
        "sgd 0.1 |> schedule (Schedule.cosineWith)",
        "Schedule.cosineWith",
        "no argument",
        "1 argument: Schedule.cosineWith record",
        ""
        "sgd 0.1 |> schedule (Schedule.scaleBy 0.5)",
        "Schedule.scaleBy",
        "1 argument",
        "2 arguments: Schedule.scaleBy factor schedule",
        ""
        "sgd 0.1 |> schedule (Schedule.andThen 5)",
        "Schedule.andThen",
        "1 argument",
        "3 arguments: Schedule.andThen steps next first",
        ""
        "sgd 0.1 |> schedule (Schedule.cosine 9 |> Schedule.scaleBy)",
        "Schedule.scaleBy",
        "no argument",
        "1 argument: Schedule.scaleBy factor",
        ""
        "sgd 0.1 |> schedule (Schedule.cosine 9 |> clip 3)", "clip", "'clip'", combinator, ""
        "sgd 0.1 |> schedule (Schedule.cosine 9 |> 3)", "3", "the integer 3", combinator, ""
        "sgd 0.1 |> schedule (Schedule.cosine 9 |> Schedule.cosine 3)",
        "Schedule.cosine 3",
        "'Schedule.cosine'",
        combinator,
        "Schedule.cosine"
        "sgd 0.1 |> cosineWith 3", "3", "the integer 3", "Cosine(Steps, Option = value)", ""
        "sgd 0.1 |> cosineWith (Cosin 3)", "Cosin", "'Cosin'", "Cosine(Steps, Option = value)", "Cosine"
        "sgd 0.1 |> cosineWith (Momentum 3)", "Momentum", "'Momentum'", "Cosine(Steps, Option = value)", ""
        "adamWith (Adan()) 0.1", "Adan", "'Adan'", "Adam(Option = value)", "Adam"
        "sgd 0.1 |> onlyWhen 3 (clip 1.0)", "3", "the integer 3", condition, ""
        "sgd 0.1 |> onlyWhen (StepFrom 3) (clip 1.0)", "StepFrom", "'StepFrom'", condition, "StepsFrom"
        "sgd 0.1 |> onlyWhen (Qqqqqqqq 3) (clip 1.0)", "Qqqqqqqq", "'Qqqqqqqq'", condition, ""
    ]

let private values =
    many
        (fun text ->
            Words.Register typeof<Everything>
            optimizer text)
        "values"
        [
            "sgd 0.1 |> clip true", "true", "'true'", "a number (MaxNorm)", ""
            "sgd 0.1 |> clip 1L", "1L", "the number 1L", "a number (MaxNorm)", ""
            "sgd 0.1 |> cosine 1.5", "1.5", "the number 1.5", $"{integer} (Steps)", ""
            "sgd 0.1 |> cosine 5L", "5L", "the number 5L", $"{integer} (Steps)", ""
            "sgd 0.1 |> cosine 2147483648", "2147483648", "the integer 2147483648", $"{integer} (Steps)", ""
            "sgd 0.1 |> cosine -2147483649", "-2147483649", "the integer -2147483649", $"{integer} (Steps)", ""
            "sgd 0.1 |> onlyWhen (StepsFrom 1.5) (clip 1.0)", "1.5", "the number 1.5", "a 64-bit integer (Step)", ""
            "adamWith (Adam(BiasCorrection = 1)) 0.1", "1)", "the integer 1", "true or false (BiasCorrection)", ""
            "sgd 0.1 |> stage (Everything(3))", "3)", "the integer 3", "a string (Name)", ""
            "sgd 0.1 |> multiStep 3 0.1", "3", "the integer 3", "a list of integers such as [4; 11] (Milestones)", ""
            "sgd 0.1 |> multiStep [1; 2.5] 0.1", "2.5", "the number 2.5", $"{integer} (Milestones)", ""
            "sgd 0.1 |> stage (Everything(\"a\", 3))",
            "3)",
            "the integer 3",
            "a list of numbers such as [1.0; 0.5] (Levels)",
            ""
            "sgd 0.1 |> stage (Everything(\"a\", [x]))", "x]", "'x'", "a number (Levels)", ""
            "sgd 0.1 |> stage (Everything(Schedule = 3))", "3)", "the integer 3", schedule, ""
            "sgd 0.1 |> stage (Everything(Stage = 3))", "3)", "the integer 3", stageRecord, ""
            "sgd 0.1 |> stage (Everything(\"a\"))", "Everything", "Everything without Levels", everything, ""
        ]

/// Long and several lines: what of the text a message shows.
let private shown =
    testList "what is shown" [
        testCase "sixty characters on either side, then points" (fun () ->
            let name = String('n', 200)
            let text = $"sgd 0.1 |> freeze \"{name}\" |> qqqqqqqq 1 |> freeze \"{name}\""
            let e = caught (fun () -> optimizer text)
            let at = e.Position
            Expect.equal at (text.IndexOf "qqqqqqqq") "place"
            let line = "…" + text.Substring(at - 60, 120) + "…"
            Expect.stringEnds e.Message $"\n{line}\n{String(' ', 61)}^" "message")

        testCase "exactly sixty are shown without points" (fun () ->
            for before, after, left, right in [ 60, 60, "", ""; 61, 60, "…", ""; 60, 61, "", "…" ] do
                // "sgd 0.1 |> " has 11 characters; the place is the beginning of the word.
                let text = "sgd 0.1 |> " + String(' ', before - 11) + String('q', after)
                let e = caught (fun () -> optimizer text)
                let line = left + text.Substring(before - 60, 120) + right
                Expect.equal e.Position before "place"
                Expect.stringEnds e.Message $"\n{line}\n{String(' ', 60 + left.Length)}^" $"{before}, {after}")

        testCase "a long piece is shown by its beginning" (fun () ->
            for length, found in [ 60, String('q', 60); 61, String('q', 59) + "…" ] do
                let e = caught (fun () -> optimizer ("sgd 0.1 |> " + String('q', length)))
                Expect.equal e.Found $"'{found}'" $"{length}"

            let long = String('q', 61)
            let e = caught (fun () -> optimizer $"sgd \"{long}\"")
            Expect.equal e.Found $"the string \"{String('q', 58)}…" "a string"
            let digits = String('1', 61)
            let e = caught (fun () -> optimizer digits)
            Expect.equal e.Found $"the number {String('1', 59)}…" "a number"
            let e = caught (fun () -> optimizer (digits + "x"))
            Expect.equal e.Found $"'{String('1', 59)}…'" "no number"
            let e = caught (fun () -> optimizer $"sgd 0.1 \"{long}\" ) ")
            Expect.equal e.Found "')'" "behind it"
            let e = caught (fun () -> optimizer $"(sgd 0.1) (1) = \"{long}\"")
            Expect.equal e.Found "'='" "before it"
            let e = caught (fun () -> optimizer $"sgd 0.1 |> stage (Momentum(0.9, {long} = 1))")
            Expect.equal e.Found $"the unknown option '{String('q', 59)}…'" "an option"
            let e = caught (fun () -> optimizer $"sgd 0.1 |> stage (Q{long} 1)")
            Expect.stringContains e.Expected $"Words.Register<Q{String('q', 58)}…>()" "a record")

        testCase "the line of the place alone, tabs kept, with either end of line" (fun () ->
            for ending in [ "\n"; "\r\n" ] do
                let text =
                    String.Join(ending, [ "sgd 0.1"; "\t|> clip\t1.0 |> momentun 0.9 // here"; "|> cosine 10" ])

                let e = caught (fun () -> optimizer text)
                Expect.equal (e.Line, e.Column) (2, 17) "place"

                Expect.stringEnds
                    e.Message
                    ("\n\t|> clip\t1.0 |> momentun 0.9 // here\n\t       \t       ^")
                    "line and caret")

        testCase "a record's refusal without the framework's addition" (fun () ->
            let e = caught (fun () -> optimizer "sgd 0.1 |> momentum 1.5")
            Expect.equal e.Expected "Beta = 1.5 is outside its range: 0 ≤ value < 1." "problem"
            Expect.equal e.Found "the number 1.5" "found"
            Expect.equal e.Position 20 "place"
            Expect.stringStarts e.Message ("Line 1, column 21: " + e.Expected + "\n") "message"
            Expect.isTrue (e.InnerException :? ArgumentOutOfRangeException) "inner")
    ]

let private refusedAt =
    testTheory
        "what a record or an optimizer refuses is reported at the argument"
        [
            "sgd -0.1", "-0.1"
            "-0.1 |> (sgd >> clip 1.0)", "-0.1"
            "(sgd >> clip 1.0) -0.1", "-0.1"
            "adamW -0.5 0.1", "-0.5"
            "lamb 0.5 -0.1", "-0.1"
            "lars -0.5 0.1", "-0.5"
            "larsWith (Lars(-0.5)) 0.1", "-0.5"
            "larsWith (Lars(0.5, Momentum = 1.0)) 0.1", "1.0)"
            "sgd 0.1 |> within 1.0 0.5", "0.5"
            "sgd 0.1 |> stage (Box(High = 0.5, Low = 1.0))", "0.5"
            "sgd 0.1 |> stage (Momentum(Dampening = 2.0, Beta = 0.5))", "2.0"
            "sgd 0.1 |> warmupCosine 10 5", "5"
            "sgd 0.1 |> schedule (Schedule.cosine 9 |> Schedule.scaleBy -0.5)", "-0.5"
            "sgd 0.1 |> schedule (Schedule.scaleBy -0.5 (Schedule.cosine 9))", "-0.5"
            "sgd 0.1 |> schedule (Schedule.cosine 9 |> Schedule.andThen -5 (Schedule.cosine 9))", "-5"
            "sgd 0.1 |> multiStep [5; -4] 0.5", "[5"
            "sgd 0.1 |> rateFor \"w\" -1.0", "rateFor"
            "sgd 0.1 |> freeze \"\"", "freeze"
            "sgd 0.1 |> only \"\" (clip 1.0)", "only"
            "sgd 0.1 |> scheduled \"Momentum.Beta\" (Schedule.cosine 9)", "\"Momentum"
            "flow [Sam 0.5] 0.1", "flow"
            "partition [\"a\", sgd 0.1; \"a\", sgd 0.1]", "partition"
            "sgd 0.1 |> plateau 1 0.5 |> plateau 2 0.5", "plateau 2"
            "sgd 0.1 |> onlyWhen (StepsFrom -1) (clip 1.0)", "-1"
            "sgd 0.1 |> onlyWhen (StepsEvery(3, Offset = -1)) (clip 1.0)", "-1"
        ]
        (fun (text, fragment) ->
            let e = caught (fun () -> optimizer text)
            Expect.equal e.Position (text.IndexOf(fragment, StringComparison.Ordinal)) e.Message
            Expect.isTrue (e.InnerException :? ArgumentException) "the refusal itself"
            Expect.isFalse (e.Message.Contains "(Parameter") "without the framework's addition")

[<Tests>]
let tests =
    testList "text" [
        testList "mistakes" [ tokens; syntax; heads; rates; words; records; values; shown; refusedAt ]
    ]
