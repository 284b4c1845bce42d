/// Every public member is documented: the build sees that in C#, this test in F# too.
module OptDsl.Tests.DocumentationTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open OptCore
open OptDsl

let private entries (assembly: Assembly) =
    let path = assembly.Location.Replace(".dll", ".xml")
    Expect.isTrue (File.Exists path) $"{Path.GetFileName path} lies beside the assembly"

    dict [
        for entry in (XDocument.Load path).Descendants(XName.Get "member") do
            match entry.Attribute(XName.Get "name") with
            | null -> ()
            | name -> name.Value, entry
    ]

let private text (entry: XElement) = entry.Value.Trim()

/// Inherited documentation says nothing here and is found where it is inherited from.
let private isDocumented (entry: XElement) =
    not (isNull (entry.Element(XName.Get "inheritdoc")))
    || (match entry.Element(XName.Get "summary") with
        // F# writes a comment without tags as it is.
        | null -> text entry <> ""
        | summary -> text summary <> "" || summary.HasElements)

/// The name up to the argument list and the arity of generics, as documentation files write it.
let private stem (name: string) =
    Regex.Replace(name.Split('(')[0], @"`+\d+", "")

let private nameOf (t: Type) =
    match t.FullName with
    | null -> t.Name
    | full -> full.Replace('+', '.')

let private compilerMade (m: MemberInfo) =
    m.Name.Contains '<'
    || m.Name.Contains '@'
    || not (isNull (m.GetCustomAttribute<Runtime.CompilerServices.CompilerGeneratedAttribute>()))

/// Public types and their own public members that someone has written.
let private documentable (assembly: Assembly) = [
    for t in assembly.GetExportedTypes() do
        let fSharp =
            match t.GetCustomAttribute<CompilationMappingAttribute>() with
            | null -> None
            | mapping -> Some(mapping.SourceConstructFlags &&& SourceConstructFlags.KindMask)

        let isDelegate = typeof<Delegate>.IsAssignableFrom t

        if not (compilerMade t) && not (t.Name.StartsWith '<') then
            "T:" + nameOf t

            let flags =
                BindingFlags.Public
                ||| BindingFlags.Static
                ||| BindingFlags.Instance
                ||| BindingFlags.DeclaredOnly

            if not isDelegate && not t.IsEnum then
                for m in t.GetMembers flags do
                    match m with
                    | :? MethodInfo as m when
                        not m.IsSpecialName
                        && not (compilerMade m)
                        && m.GetBaseDefinition() = m
                        && not (m.IsVirtual && m.IsFinal)
                        ->
                        "M:" + nameOf t + "." + m.Name
                    | :? PropertyInfo as p when
                        not (compilerMade p)
                        && fSharp <> Some SourceConstructFlags.SumType
                        && (match p.GetMethod with
                            | null -> true
                            | getter -> not (getter.IsVirtual && getter.IsFinal))
                        ->
                        "P:" + nameOf t + "." + p.Name
                    | _ -> ()
]

let private assemblies = [
    typeof<Optimizer>.Assembly
    typeof<FunctionStage>.Assembly
    typeof<PlaneOptions>.Assembly
]

[<Tests>]
let tests =
    testList "documentation" [
        for assembly in assemblies do
            let name = string (assembly.GetName().Name)

            testCase $"{name}: every public member has a summary" (fun () ->
                let entries = entries assembly

                let documented =
                    set [
                        for entry in entries do
                            if isDocumented entry.Value then
                                stem entry.Key
                    ]

                let members = documentable assembly
                Expect.isGreaterThan members.Length 40 "there are many"

                let missing = [
                    for m in List.distinct members do
                        // A positional record documents its properties as parameters.
                        let record =
                            m.StartsWith "P:"
                            && (let owner = "T:" + stem (m.Substring(2, m.LastIndexOf '.' - 2))

                                entries
                                |> Seq.exists (fun e ->
                                    stem e.Key = owner
                                    && e.Value.Elements(XName.Get "param")
                                       |> Seq.exists (fun p ->
                                           match p.Attribute(XName.Get "name") with
                                           | null -> false
                                           | name -> name.Value = m.Substring(m.LastIndexOf '.' + 1))))

                        if not (documented.Contains(stem m) || record) then
                            m
                ]

                Expect.equal missing [] "without a summary")

            testCase $"{name}: nothing is left to be said" (fun () ->
                for entry in entries assembly do
                    for word in [ "TBD"; "TODO"; "FIXME"; "Lorem" ] do
                        Expect.isFalse (entry.Value.Value.Contains word) $"{word} in {entry.Key}")
    ]
