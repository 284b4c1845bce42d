/// The list of words in docs/charts.md is the library's.
module OptPlotly.Tests.SignatureTests

open System
open System.IO
open System.Reflection
open Expecto
open Microsoft.FSharp.Reflection
open OptDsl
open Plotly.NET
open Tests

// Types as F# writes them.
let rec private typeName (kind: Type) : string =
    let arguments () =
        kind.GetGenericArguments() |> Array.map typeName |> List.ofArray

    let simple = [
        typeof<float>, "float"
        typeof<int>, "int"
        typeof<string>, "string"
        typeof<unit>, "unit"
        typeof<Void>, "unit"
    ]

    match simple |> List.tryFind (fst >> (=) kind) with
    | Some(_, name) -> name
    | None when kind.IsArray ->
        let commas = String(',', kind.GetArrayRank() - 1)
        $"{typeName (nonNull (kind.GetElementType()))}[{commas}]"
    | None when kind.IsGenericParameter ->
        // The word takes any sequence: #seq<…>.
        match kind.GetGenericParameterConstraints() with
        | [| one |] -> "#" + typeName one
        | _ -> "'T"
    | None when FSharpType.IsTuple kind -> arguments () |> String.concat " * " |> sprintf "(%s)"
    | None when FSharpType.IsFunction kind ->
        let domain, range = FSharpType.GetFunctionElements kind
        $"({typeName domain} -> {(typeName range).Trim('(', ')')})"
    | None when kind.IsGenericType ->
        let name = kind.Name.Split('`')[0]

        match name, arguments () with
        | "FSharpList", [ one ] -> $"{one} list"
        | "FSharpOption", [ one ] -> $"{one} option"
        | "IEnumerable", [ one ] -> $"seq<{one}>"
        | _, several -> $"""{name}<{String.concat ", " several}>"""
    | None -> kind.Name

let private signature (word: MethodInfo) =
    // F# takes a pair of numbers apart: xRange_0, xRange_1 (or low, high behind a pattern) are one argument.
    let counts =
        match word.GetCustomAttribute<CompilationArgumentCountsAttribute>() with
        | null -> [ for _ in word.GetParameters() -> 1 ]
        | counts -> List.ofSeq counts.Counts

    let rec groups (counts: int list) (parameters: ParameterInfo list) =
        match counts with
        | [] -> []
        | count :: rest -> List.take count parameters :: groups rest (List.skip count parameters)

    let one (group: ParameterInfo list) =
        match group with
        | [ parameter ] -> $"({parameter.Name}: {typeName parameter.ParameterType})"
        | several when
            several
            |> List.forall (fun p -> (nonNull p.Name).EndsWith "_0" || (nonNull p.Name).EndsWith "_1")
            ->
            let name = (nonNull several.Head.Name).Split('_')[0]

            let types =
                several |> List.map (fun p -> typeName p.ParameterType) |> String.concat " * "

            $"({name}: {types})"
        | several ->
            several
            |> List.map (fun p -> $"{p.Name}: {typeName p.ParameterType}")
            |> String.concat ", "
            |> sprintf "(%s)"

    let arguments =
        groups counts (List.ofArray (word.GetParameters()))
        |> List.map one
        |> String.concat " "

    let result =
        if word.ReturnType = typeof<GenericChart> then
            ""
        else
            $" : {typeName word.ReturnType}"

    $"Chart.{word.Name} {arguments}{result}"

let private words =
    let chart = nonNull (typeof<PlaneOptions>.Assembly.GetType "OptDsl.Chart")

    let isWord (word: MethodInfo) =
        word.DeclaringType = chart && not word.IsSpecialName

    chart.GetMethods(BindingFlags.Public ||| BindingFlags.Static)
    |> Array.filter isWord
    |> Array.map signature
    |> List.ofArray

[<Tests>]
let tests =
    testList "docs/charts.md" [
        testCase "lists every word with what it takes" (fun () ->
            let file = Repository.file [ "docs"; "charts.md" ]
            let text = File.ReadAllText file

            let head, tail =
                text.IndexOf "<!-- words -->" + "<!-- words -->\n".Length, text.IndexOf "<!-- end -->"

            let expected = "```text\n" + String.concat "\n" words + "\n```\n"

            if Environment.GetEnvironmentVariable "OPTDSL_UPDATE_API" = "1" then
                File.WriteAllText(file, text[.. head - 1] + expected + text[tail..])

            let text = File.ReadAllText file

            let head, tail =
                text.IndexOf "<!-- words -->" + "<!-- words -->\n".Length, text.IndexOf "<!-- end -->"

            Expect.equal text[head .. tail - 1] expected "the list")
    ]
