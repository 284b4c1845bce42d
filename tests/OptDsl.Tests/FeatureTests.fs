/// docs/features.md: a row for each feature, and nothing in it that is not there.
module OptDsl.Tests.FeatureTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open Expecto
open OptCore
open OptDsl

let private page =
    lazy (File.ReadAllText(Tests.Repository.file [ "docs"; "features.md" ]))

/// Number, feature, what is here, where it is shown.
let private rows =
    lazy
        [
            for m in Regex.Matches(page.Value, @"(?m)^\| (\d+) \| (.+?) \| ((?:[^|\\\n]|\\.)*)\| ((?:[^|\n])*)\|$") do
                int m.Groups[1].Value,
                m.Groups[2].Value,
                m.Groups[3].Value.Trim().Replace("\\|", "|"),
                m.Groups[4].Value.Trim()
        ]

let private assemblies = [
    typeof<Optimizer>.Assembly
    typeof<OptModels.Quadratic>.Assembly
    typeof<FunctionStage>.Assembly
    typeof<OptVerify.Law>.Assembly
    typeof<PlaneOptions>.Assembly
]

let private sourceName (m: MemberInfo) =
    match m.GetCustomAttribute<CompilationSourceNameAttribute>() with
    | null -> m.Name.Split('`')[0]
    | attribute -> attribute.SourceName

/// Members as users write them: `Plan.RateAt`, `Objective.beale`; those of modules that are open by themselves without the module.
let private members =
    lazy
        (set [
            for assembly in assemblies do
                for t in assembly.GetExportedTypes() do
                    let isOpen = not (isNull (t.GetCustomAttribute<AutoOpenAttribute>()))

                    for m in t.GetMembers() do
                        if isOpen then
                            sourceName m
                        else
                            $"{sourceName t}.{sourceName m}"
        ])

let private reads (parse: string -> 'T) (text: string) =
    try
        parse text |> ignore
        true
    with :? OptimizerParseException ->
        false

let private isThere (span: string) =
    reads Optimizer.Parse span
    || reads Words.ParseSchedule span
    || Seq.contains span Words.Known
    || members.Value.Contains span

[<Tests>]
let tests =
    testList "features" [
        testCase "214 rows in their order, and as many there as the page says" (fun () ->
            Expect.equal (rows.Value |> List.map (fun (number, _, _, _) -> number)) [ 1..214 ] "numbers"

            let here =
                rows.Value
                |> List.filter (fun (_, _, here, _) -> not (here.StartsWith "not here"))

            Expect.stringContains page.Value $"what is here: {here.Length} of 214" "the count")

        testCase "what a row names is there" (fun () ->
            let missing = [
                for number, feature, here, _ in rows.Value do
                    if not (here.StartsWith "not here") then
                        for m in Regex.Matches(here, "`([^`]+)`") do
                            if not (isThere m.Groups[1].Value) then
                                $"{number} {feature}: {m.Groups[1].Value}"
            ]

            Expect.equal missing [] "names that nothing has")

        testCase "every row that is there says where" (fun () ->
            for number, feature, here, where in rows.Value do
                if not (here.StartsWith "not here") then
                    Expect.isTrue (Regex.IsMatch(where, @"\]\([^)]+\)")) $"{number} {feature}")
    ]
