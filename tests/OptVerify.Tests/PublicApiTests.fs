module OptVerify.Tests.PublicApiTests

// The public surface of the assemblies as text, approved in the repository (docs/api). A change shows up as a
// difference in review; `OPTDSL_UPDATE_API=1 dotnet test -c Release` writes the new texts.

open System
open System.IO
open System.Reflection
open System.Text
open Expecto
open Tests

let rec private nameOf (kind: Type) : string =
    let plain (name: string) =
        match name.IndexOf '`' with
        | -1 -> name
        | tick -> name.Substring(0, tick)

    if kind.IsByRef then
        $"{nameOf (kind.GetElementType() |> Unchecked.nonNull)}&"
    elif kind.IsArray then
        $"{nameOf (kind.GetElementType() |> Unchecked.nonNull)}[]"
    elif kind.IsGenericParameter then
        kind.Name
    else
        let outer =
            match kind.DeclaringType with
            | null -> ""
            | declaring -> plain declaring.Name + "."

        let arguments =
            if kind.IsGenericType then
                let names = kind.GetGenericArguments() |> Array.map nameOf
                $"""<{String.Join(", ", names)}>"""
            else
                ""

        outer + plain kind.Name + arguments

// Callers compile it in.
let private defaultOf (parameter: ParameterInfo) : string =
    if not parameter.HasDefaultValue then
        ""
    else
        match parameter.DefaultValue with
        | null when parameter.ParameterType.IsValueType -> " = default"
        | null -> " = null"
        | :? string as text -> $" = \"{text}\""
        | value -> FormattableString.Invariant $" = {value}"

let private parametersOf (parameters: ParameterInfo array) : string =
    let texts =
        parameters
        |> Array.map (fun parameter -> $"{nameOf parameter.ParameterType} {parameter.Name}{defaultOf parameter}")

    String.Join(", ", texts)

let private declared =
    BindingFlags.Public
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

let private lineOf (memberInfo: MemberInfo) : string option =
    match memberInfo with
    | :? ConstructorInfo as constructor -> Some $"new({parametersOf (constructor.GetParameters())})"
    | :? MethodInfo as method when not method.IsSpecialName ->
        Some $"{nameOf method.ReturnType} {method.Name}({parametersOf (method.GetParameters())})"
    | :? PropertyInfo as property -> Some $"{nameOf property.PropertyType} {property.Name} {{ }}"
    | :? FieldInfo as field when not field.IsSpecialName -> Some $"{nameOf field.FieldType} {field.Name}"
    | _ -> None

let private linesOf (kind: Type) : string list =
    let members =
        kind.GetMembers declared
        |> Array.choose lineOf
        |> Array.distinct
        |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))
        |> Array.map (fun line -> "  " + line)
        |> List.ofArray

    $"{kind.Namespace}.{nameOf kind}" :: members

let private surface (assembly: Assembly) : string =
    let lines =
        assembly.GetExportedTypes()
        |> Array.sortWith (fun a b -> String.CompareOrdinal(a.FullName, b.FullName))
        |> List.ofArray
        |> List.collect linesOf

    String.Join("\n", lines) + "\n"

let private assemblies: (string * Assembly) list = [
    "OptCore.CSharp", typeof<OptCore.Optimizer>.Assembly
    "OptModels.CSharp", typeof<OptModels.Quadratic>.Assembly
    "OptDsl.FSharp", Assembly.Load "OptDsl.FSharp"
    "OptVerify.FSharp", Assembly.Load "OptVerify.FSharp"
    "OptPlotly.FSharp", Assembly.Load "OptPlotly.FSharp"
]

let private isOptimized (assembly: Assembly) =
    match assembly.GetCustomAttribute<Diagnostics.DebuggableAttribute>() with
    | null -> true
    | debuggable -> not debuggable.IsJITOptimizerDisabled

/// What of a surface counts. Without optimization the F# compiler emits helpers (`<sum>__debug@26`), and names parameters
/// that are taken apart otherwise (`interval_0`): then names of parameters do not count.
let private comparable (assembly: Assembly) (text: string) : string =
    if isOptimized assembly then
        text
    else
        text.Split '\n'
        |> Seq.filter (fun line -> not (line.Contains '@'))
        |> Seq.map (fun line -> RegularExpressions.Regex.Replace(line, @" \w+(?=[,)])", ""))
        |> String.concat "\n"

let private check (name: string) (assembly: Assembly) () =
    let file = Repository.file [ "docs"; "api"; name + ".txt" ]
    let found = surface assembly

    if Environment.GetEnvironmentVariable "OPTDSL_UPDATE_API" = "1" then
        Expect.isTrue (isOptimized assembly) "the surface is that of an optimized build: dotnet test -c Release"
        File.WriteAllText(file, found)

    let approved =
        comparable assembly (if File.Exists file then File.ReadAllText file else "")

    let found = comparable assembly found

    let difference =
        Seq.append
            (found.Split '\n'
             |> Seq.except (approved.Split '\n')
             |> Seq.map (fun line -> "+" + line))
            (approved.Split '\n'
             |> Seq.except (found.Split '\n')
             |> Seq.map (fun line -> "-" + line))
        |> Seq.truncate 40
        |> String.concat "\n"

    Expect.isTrue
        (found = approved)
        $"the public surface differs from docs/api/{name}.txt; where that is meant, run with OPTDSL_UPDATE_API=1:\n{difference}"

[<Tests>]
let tests =
    testList "public surface" [ for name, assembly in assemblies -> testCase name (check name assembly) ]
