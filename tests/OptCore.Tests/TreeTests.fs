/// What CONTRIBUTING says of the tree: layers use only what is above them in its table, and lines are short.
module OptCore.Tests.TreeTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto

let private root = Tests.Repository.root

let private sources (folder: string) (patterns: string list) = [
    for pattern in patterns do
        for file in Directory.GetFiles(Path.Combine(root.Value, folder), pattern, SearchOption.AllDirectories) do
            let parts = Path.GetRelativePath(root.Value, file).Split Path.DirectorySeparatorChar

            if not (Array.contains "bin" parts || Array.contains "obj" parts) then
                file
]

let private contributing =
    lazy (File.ReadAllText(Path.Combine(root.Value, "CONTRIBUTING.md")))

/// The folders of the core in the order of the table.
let private layers =
    lazy
        [
            for row in Regex.Matches(contributing.Value, @"(?m)^\| `src/OptCore\.CSharp/(\w+)` \|") do
                row.Groups[1].Value
        ]

/// C# without comments and texts.
let private code (file: string) =
    let text = Regex.Replace(File.ReadAllText file, @"//[^\n]*", "")
    Regex.Replace(text, "\"(?:\\\\.|[^\"\\\\\n])*\"", "\"\"")

let private typesOf (text: string) =
    set [
        for m in
            Regex.Matches(
                text,
                @"(?m)^(?:(?:public|internal|sealed|abstract|static|readonly|partial|unsafe|ref) )*"
                + @"(?:class|struct|record struct|record|interface|enum|delegate \S+) (\w+)"
            ) do
            m.Groups[1].Value
    ]

/// The names of properties, methods and fields, which may be those of types elsewhere.
let private membersOf (text: string) =
    set [
        for m in
            Regex.Matches(text, @"(?<!\bnew|\breturn|\bis|\bas)(?<=[\w>\]?)]) ([A-Z]\w*)(?:<[\w, ]+>)?\s*(?:[({;]|=)") do
            m.Groups[1].Value
    ]

[<Tests>]
let tests =
    testList "the tree" [
        testCase "a layer of the core names no type of a layer below it in the table" (fun () ->
            let texts =
                layers.Value
                |> List.map (fun layer ->
                    layer,
                    sources $"src/OptCore.CSharp/{layer}" [ "*.cs" ]
                    |> List.map (fun file -> file, code file))

            Expect.isGreaterThan texts.Length 5 "layers"

            for i, (layer, files) in List.indexed texts do
                let above = texts |> List.truncate (i + 1) |> List.collect (snd >> List.map snd)
                let known = above |> List.map typesOf |> Set.unionMany
                let members = above |> List.map membersOf |> Set.unionMany

                let later =
                    texts
                    |> List.skip (i + 1)
                    |> List.collect (snd >> List.map (snd >> typesOf))
                    |> Set.unionMany

                let foreign = later - known - members

                for file, text in files do
                    let named =
                        set [
                            for m in Regex.Matches(text, @"(?<![.\w])[A-Z]\w+") do
                                m.Value
                        ]

                    Expect.equal
                        (Set.intersect named foreign)
                        Set.empty
                        $"{layer}: {Path.GetFileName file} names types of a later layer")

        testCase "no line of C# is longer than 140 characters" (fun () ->
            let tooLong = [
                for folder in [ "src"; "tests"; "samples"; "benchmarks" ] do
                    for file in sources folder [ "*.cs" ] do
                        for i, line in Array.indexed (File.ReadAllLines file) do
                            if line.Length > 140 then
                                $"{Path.GetRelativePath(root.Value, file)}:{i + 1} ({line.Length})"
            ]

            Expect.equal tooLong [] "lines")

        testCase "every folder that CONTRIBUTING's table names is there, and every project is in it" (fun () ->
            for row in Regex.Matches(contributing.Value, @"(?m)^\| (`[^|]*) \|") do
                for name in Regex.Matches(row.Groups[1].Value, "`([^`]*)`") do
                    let folder = Path.Combine(root.Value, name.Groups[1].Value)
                    Expect.isTrue (Directory.Exists folder) name.Groups[1].Value

            for file in sources "." [ "*.csproj"; "*.fsproj" ] do
                let folder =
                    (Path.GetRelativePath(root.Value, nonNull (Path.GetDirectoryName file))).Replace('\\', '/')

                let top = String.concat "/" (folder.Split '/' |> Array.truncate 2)

                Expect.isTrue
                    (contributing.Value.Contains $"`{top}"
                     || contributing.Value.Contains $"`{(top.Split '/')[0]}`")
                    $"CONTRIBUTING says what {top} is")
    ]
