/// Where things of the site lie, and how its pages are written.
module Files

open System.IO
open System.Text.RegularExpressions
open FSharp.Compiler.Interactive.Settings

/// The repository.
let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", ".."))

let stage =
    match fsi.CommandLineArgs with
    | [| _; folder |] -> Path.GetFullPath folder
    | _ -> failwith "expected: scripts/pages/site.fsx FOLDER"

/// What is part of the site as it is: pictures, and the plotly.js that they share.
let shown = Path.Combine(stage, "..", "shown") |> Path.GetFullPath

let from (path: string) = Path.Combine(root, path)

let read (path: string) =
    File.ReadAllText(from path).Replace("\r\n", "\n")

/// A page for fsdocs, whose blocks of code say that they are no F#: it would compile them, one page after the other. Tests do.
let write (path: string) (text: string) =
    let path = Path.Combine(stage, path)
    Path.GetDirectoryName path |> Directory.CreateDirectory |> ignore

    let language (m: Match) =
        let name =
            if m.Groups[1].Value = "fsharp" then
                "fs"
            else
                m.Groups[1].Value

        $"```{name}\n[lang={name}]"

    File.WriteAllText(path, Regex.Replace(text, @"(?m)^```(\w+)[ \t]*$", language))

let copy (path: string) (target: string) =
    Path.GetDirectoryName target |> Directory.CreateDirectory |> ignore
    File.Copy(from path, target, true)

let folderOf (page: string) =
    match Path.GetDirectoryName page with
    | null -> ""
    | folder -> folder.Replace('\\', '/')

let relative (page: string) (target: string) =
    Path.GetRelativePath(from (folderOf page), from target).Replace('\\', '/')
