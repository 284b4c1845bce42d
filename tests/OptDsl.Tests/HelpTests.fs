/// What the language says of its own words, and what its values print as.
module OptDsl.Tests.HelpTests

open System
open System.Reflection
open Microsoft.FSharp.Quotations
open Expecto
open OptCore
open OptDsl

let private lines (text: string) = text.Split '\n'

let private record (name: string) =
    typeof<Optimizer>.Assembly.GetExportedTypes()
    |> Array.tryFind (fun t -> t.Name = name)

/// Types whose values nobody looks at: what stages get for a call or name their slots by, and options of a picture.
let private silent (t: Type) =
    t.Namespace = "OptCore.Kernels"
    || t.IsByRefLike
    || List.contains t.Name [ "ConsoleProgress"; "PlaneOptions" ]

[<Tests>]
let tests =
    testList "help" [
        testCase "every known word has its usage and its documentation" (fun () ->
            for word in Words.Known do
                let help = Words.Help word
                Expect.isGreaterThan (lines help).Length 2 $"{word}: more than its usage"

                Expect.isTrue
                    (lines help |> Array.forall (fun line -> line = line.TrimEnd()))
                    $"{word}: no spaces at an end"

                Expect.isFalse (help.Contains "<c>" || help.Contains "cref") $"{word}: no markup"

                let name = word.Replace("Schedule.", "")

                // A record without options is written by its word.
                if not (name.EndsWith "With" || Seq.contains word Words.Records) then
                    Expect.stringContains (help.ToLowerInvariant()) (name.ToLowerInvariant()) word)

        testCase "every option of a record stands there, with its default" (fun () ->
            let options = [
                for name in Words.Records do
                    match record name with
                    | None -> ()
                    | Some t ->
                        let arguments =
                            t.GetConstructors()
                            |> Seq.collect _.GetParameters()
                            |> Seq.map (fun p -> (string p.Name).ToLowerInvariant())
                            |> set

                        for property in t.GetProperties() do
                            if property.CanWrite && not (arguments.Contains(property.Name.ToLowerInvariant())) then
                                name, property.Name
            ]

            Expect.isGreaterThan options.Length 40 "there are many"

            for name, option in options do
                Expect.stringContains (Words.Help name) $"    {option} = " $"{name}.{option}")

        testCase "Adam, in full" (fun () ->
            let help = Words.Help "adam"
            let shown = lines help
            Expect.equal shown[0] "adam rate" "usage"
            Expect.stringStarts shown[1] "adamWith (Adam(Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-08" "options"
            Expect.stringContains help "m = β1 m + (1−β1) u" "equation"
            Expect.stringContains help "Source: Kingma & Ba 2015" "source"
            Expect.stringContains help "\nexample\n    adam 0.001\n" "example"
            Expect.equal (Words.Help "Adam") help "the record is the same"
            Expect.equal (Words.Help "adamWith") help "and so is the form with options")

        testCase "a misspelt word is told the nearest" (fun () ->
            let message =
                try
                    Words.Help "momentun"
                with :? ArgumentException as refusal ->
                    refusal.Message

            Expect.stringContains message "There is no word momentun; did you mean momentum?" "message")

        testCase "the known words print by kind, forms with options not twice" (fun () ->
            let text = string Words.Known

            for kind in [ "heads"; "steps"; "schedules"; "records" ] do
                Expect.isTrue (lines text |> Array.exists (fun line -> line.StartsWith(kind + " "))) kind

            Expect.stringContains text " adam, " "a head"
            Expect.isFalse (text.Contains "adamWith") "a form"
            Expect.isTrue (Seq.contains "adamWith" Words.Known) "is a word all the same"
            Expect.equal Words.Known.Count (Seq.length Words.Known) "count")

        testCase "help takes a word itself, its name, and functions that are no words of text" (fun () ->
            let of' (e: Expr) = Helping.text e
            Expect.equal (of' <@ adam @>) (Words.Help "adam") "a head"
            Expect.equal (of' <@ momentum 0.9 @>) (Words.Help "momentum") "a word with its argument"
            Expect.equal (of' <@ Schedule.cosine @>) (Words.Help "Schedule.cosine") "a function of Schedule"
            Expect.equal (of' <@ "lion" @>) (Words.Help "lion") "a name"
            Expect.equal (of' <@ except @>) (Words.Help "except") "a word about optimizers"
            Expect.stringContains (of' <@ minimize @>) "Makes so many updates" "a word of the loop"
            Expect.stringStarts (of' <@ minimize @>) "minimize steps objective start optimizer" "its arguments"
            Expect.equal (of' <@ "minimize" @>) (of' <@ minimize @>) "by name"
            Expect.stringStarts (of' <@ Run.race @>) "Run.race steps objective start optimizers" "with its module"
            Expect.equal (of' <@ "Run.race" @>) (of' <@ Run.race @>) "by name"
            Expect.stringContains (of' <@ Objective.beale @>) "Beale's function" "a value"
            Expect.stringContains (of' <@ "adamm" @>) "did you mean adam" "a misspelt one"
            Expect.stringContains (of' <@ 1 @>) "help takes a word" "no word at all")

        testCase "help tells options and results by their properties, generic words by name" (fun () ->
            let options = Helping.text <@ "MinimizeOptions" @>
            Expect.stringStarts options "MinimizeOptions\n\nWhen a minimization ends" "summary"
            Expect.stringContains options "\nproperties\n" "a table"
            Expect.stringContains options "    Steps                The largest number of updates of this run" "a row"
            Expect.equal (Helping.text <@ MinimizeOptions() @>) options "the constructor"
            Expect.stringContains (Helping.text <@ "Result" @>) "    Reason " "a result, whatever its type"
            Expect.stringContains (Helping.text <@ "RateTest" @>) "    Turning " "one of F#"

            Expect.stringStarts
                (Helping.text <@ "Run.plan" @>)
                "Run.plan options objective start plan"
                "a generic word")

        testCase "every public class prints as more than its name" (fun () ->
            let speechless = [
                for assembly in
                    [
                        typeof<Optimizer>.Assembly
                        typeof<OptModels.Quadratic>.Assembly
                        typeof<FunctionStage>.Assembly
                        typeof<OptVerify.Law>.Assembly
                        typeof<PlaneOptions>.Assembly
                    ] do
                    for t in assembly.GetExportedTypes() do
                        let isStatic = t.IsAbstract && t.IsSealed
                        let isValue = not (t.IsInterface || t.IsEnum || isStatic || t.IsAbstract)

                        if
                            isValue
                            && not (typeof<Delegate>.IsAssignableFrom t)
                            && not (typeof<Attribute>.IsAssignableFrom t)
                            && not (typeof<exn>.IsAssignableFrom t)
                            && not (silent t)
                        then
                            match
                                t.GetMethod("ToString", BindingFlags.Public ||| BindingFlags.Instance, Type.EmptyTypes)
                            with
                            | null -> ()
                            | m when m.DeclaringType = typeof<obj> || m.DeclaringType = typeof<ValueType> -> t.FullName
                            | _ -> ()
            ]

            Expect.equal speechless [] "these print as their type")
    ]
