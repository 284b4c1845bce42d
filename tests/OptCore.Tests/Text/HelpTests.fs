/// What help says, whole, of types without a comment, and how comments become lines.
module OptCore.Tests.Text.HelpTests

open System
open System.Xml.Linq
open Expecto
open OptCore
open OptCore.Tests.Text.Spelt

let private lines (text: string) = List.ofArray (text.Split '\n')
let private comment (xml: string) = XElement.Parse xml

let private wrapped = [
    testCase "words fill a line of 100 characters, and no more" (fun () ->
        let wrap (text: string) =
            List.ofSeq (Comments.Wrapped(text, "> ", "    "))

        // "> " and 98 characters are 100.
        let a, b = String('a', 49), String('b', 48)
        Expect.equal (wrap $"{a} {b}") [ $"> {a} {b}" ] "100 characters"
        Expect.equal (wrap $"{a} {b}b") [ $"> {a}"; $"    {b}b" ] "101 characters"
        Expect.equal (wrap $"  {a}\n\t{b}  ") [ $"> {a} {b}" ] "any space"
        Expect.equal (wrap $"{a} {b} c") [ $"> {a} {b}"; "    c" ] "the next line"
        Expect.equal (wrap $"{a} {b} {a} {b}") [ $"> {a} {b}"; $"    {a}"; $"    {b}" ] "each line is filled anew"
        Expect.equal (wrap (String('c', 120))) [ "> " + String('c', 120) ] "a longer word stands alone"
        Expect.equal (wrap "") [] "nothing"
        Expect.equal (wrap "  \n ") [] "spaces")

    testCase "paragraphs, items and code stand on lines of their own" (fun () ->
        let shown (xml: string) =
            List.ofSeq (Comments.Lines(comment xml, "  "))

        Expect.equal (shown "<summary>\n  One\n  two.\n</summary>") [ "  One two." ] "running text"
        Expect.equal (List.ofSeq (Comments.Lines null)) [] "none"

        Expect.equal
            (shown
                "<summary>One <para>two <b>three</b></para> four<list><item>five</item><item>six</item></list>seven</summary>")
            [ "  One"; "  two three"; "  four"; "  five"; "  six"; "  seven" ]
            "blocks"

        Expect.equal
            (shown "<summary>Before <code>\n    let a =\n        1  \n\n    a\n</code>behind</summary>")
            [ "  Before"; "      let a ="; "          1"; "      a"; "  behind" ]
            "code keeps its indentation, but for what all lines have"

        Expect.equal
            (shown
                "<summary>See <see cref=\"T:OptCore.Adam\"/>, <see cref=\"M:OptCore.Words.Help(System.String)\"/>,\n<paramref name=\"x\"/>, <see langword=\"null\"/>, <see cref=\"T:OptCore.State`1\"/><br/>.</summary>")
            [ "  See Adam, Help, x, null, State." ]
            "references are the last part of a name"

        Expect.equal (Comments.Text(comment "<a>One <code>\n  two\n</code> three</a>")) "One two three" "on one line")

    testCase "the code of an example" (fun () ->
        let examples (xml: string) =
            List.ofSeq (Comments.Examples(comment xml))

        Expect.equal
            (examples "<m><example><c>a b</c> and <code>\n  c\n    d\n</code></example></m>")
            [ "a b"; "c"; "  d" ]
            "both kinds"

        Expect.equal (examples "<m><summary><c>a</c></summary></m>") [] "none"
        Expect.equal (List.ofSeq (Comments.Examples null)) [] "no comment")

    testCase "the comment of a parameter, its case aside" (fun () ->
        let member' =
            comment "<m><param name=\"Beta\">b</param><param name=\"gamma\">g</param></m>"

        Expect.equal (Comments.Text(Comments.Parameter(member', "beta"))) "b" "beta"
        Expect.equal (Comments.Text(Comments.Parameter(member', "Gamma"))) "g" "Gamma"
        Expect.isNull (Comments.Parameter(member', "b")) "none"
        Expect.isNull (Comments.Parameter(null, "b")) "no comment")
]

let private entries = [
    testCase "a stage without comment: usage, equation, arguments, options" (fun () ->
        Words.Register typeof<Everything>

        Expect.equal
            (lines (Words.Help "everything"))
            [
                "everything name levels counts flag large whole number schedule stage"
                "everythingWith (Everything(name, levels, counts, flag, large, whole, number, schedule, stage,"
                "    Extra = 2.0))"
                ""
                "equation"
                "    nothing happens"
                ""
                "arguments"
                "    name"
                "    levels"
                "    counts"
                "    flag"
                "    large"
                "    whole"
                "    number"
                "    schedule"
                "    stage"
                ""
                "options of Everything"
                "    Extra = 2.0"
            ]
            "whole"

        Expect.equal (Words.Help "everythingWith") (Words.Help "everything") "with options"
        Expect.equal (Words.Help " Everything\n") (Words.Help "everything") "the record")

    testCase "a schedule without comment: its word, its function" (fun () ->
        Words.Register typeof<Level>

        Expect.equal
            (lines (Words.Help "level"))
            [
                "level value"
                "Schedule.level value"
                ""
                "equation"
                "    s = value"
                ""
                "arguments"
                "    value"
            ]
            "whole"

        Expect.equal (Words.Help "Schedule.level") (Words.Help "level") "the function")

    testCase "a specimen has falling numbers, or rising ones where those are refused" (fun () ->
        Words.Register typeof<Falling>
        Words.Register typeof<Rising>
        // An option's default that depends on the arguments: a half and a quarter, or a quarter and a half.
        Expect.stringContains (Words.Help "falling") "    Shown = 0.5" "0.5 before 0.25"
        Expect.stringContains (Words.Help "rising") "    Shown = 0.25" "0.25 before 0.5")

    testCase "options show their defaults as text writes them" (fun () ->
        Words.Register typeof<Optioned>

        Expect.equal
            (lines (Words.Help "optioned")
             |> List.skipWhile (fun line -> line <> "options of Optioned"))
            [
                "options of Optioned"
                "    Flag = true"
                "    Off = false"
                "    Whole = 3"
                "    Name = null"
                "    Levels = [1.0; 0.5]"
                "    Schedule = Schedule.cosine 9"
                "    Stage = Momentum(0.5)"
            ]
            "each on its line")

    testCase "the library's: head, condition, combinator, record without a word" (fun () ->
        Expect.equal (lines (Words.Help "lars")).Head "lars lambda rate" "a head"

        Expect.stringStarts
            (Words.Help "lars")
            "lars lambda rate\nlarsWith (Lars(lambda, Momentum = 0.9, Coefficient = 0.001, Epsilon = 0.0)) rate\n\n"
            "with its options"

        Expect.stringStarts (Words.Help "StepsFrom") "onlyWhen (StepsFrom step) (words)\n\n" "a condition"
        Expect.stringStarts (Words.Help "andThen") "s |> Schedule.andThen steps next\n\n" "a combinator"
        Expect.equal (Words.Help "Schedule.andThen") (Words.Help "andThen") "by its function"
        Expect.equal (Words.Help "AndThen") (Words.Help "andThen") "by its record"

        Expect.stringStarts
            (Words.Help "cosine")
            "cosine steps\nSchedule.cosine steps\ncosineWith (Cosine(steps, Floor = 0.0, "
            "a schedule"

        Expect.stringStarts (Words.Help "adamW") "adamW lambda rate\n\n" "a declared head"
        Expect.stringStarts (Words.Help "freeze") "freeze pattern\n\n" "a declared word")

    testTheory
        "no word"
        [
            "momentun", "There is no word momentun; did you mean momentum?"
            "Momentun", "There is no word Momentun; did you mean momentum?"
            "StepFrom", "There is no word StepFrom; did you mean StepsFrom?"
            "qqqqqqqqqqqq", "There is no word qqqqqqqqqqqq; Words.Known lists all."
        ]
        (fun (word, message) ->
            Expect.throwsC (fun () -> Words.Help word |> ignore) (fun e ->
                Expect.equal e.Message $"{message} (Parameter 'word')" word))
]

/// A row of a table of arguments: its comment begins in the column behind the longest name and two spaces.
let private tables =
    testCase "the comments of arguments stand in one column, and are those of the file" (fun () ->
        let file =
            XDocument.Load(
                IO.Path.Combine(AppContext.BaseDirectory, $"{typeof<Optimizer>.Assembly.GetName().Name}.xml")
            )

        let named (name: string) (element: XElement) =
            match element.Attribute(XName.Get "name") with
            | null -> false
            | attribute -> attribute.Value = name

        let box = file.Descendants(XName.Get "member") |> Seq.find (named "T:OptCore.Box")

        // They have no markup and fit on a line.
        let plain name =
            (box.Elements(XName.Get "param") |> Seq.find (named name)).Value

        let help = lines (Words.Help "within")
        let at = List.findIndex ((=) "arguments") help
        Expect.equal help[at + 1] $"""    low   {plain "Low"}""" "low"
        Expect.equal help[at + 2] $"""    high  {plain "High"}""" "high"
        Expect.equal (help[at - 1], help[at + 3]) ("", "") "sections apart")

let private known =
    testCase "the words by kind, in columns, forms with options left out" (fun () ->
        let list =
            WordList(
                struct ("one", [| "adam"; "adamWith"; "herWith" |] :> Collections.Generic.IReadOnlyList<string>),
                struct ("other", [| "adam"; "b" |])
            )

        Expect.equal (string list) "one    adam, herWith\nother  adam, b" "table"
        Expect.equal (List.ofSeq list) [ "adam"; "adamWith"; "herWith"; "b" ] "each once"
        Expect.equal (list.Count, list[3]) (4, "b") "by place")

[<Tests>]
let tests =
    testList "text" [
        testList "comments" wrapped
        testList "help" [ yield! entries; tables; known ]
    ]
