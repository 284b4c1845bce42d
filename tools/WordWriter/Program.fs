module WordWriter.Program

open System.IO

/// Writes the generated files of the repository at the given path, or in the current folder.
[<EntryPoint>]
let main arguments =
    let root = if arguments.Length = 0 then "." else arguments[0]

    for path, generate in Generated.files do
        let file = Path.Combine(root, path)
        let old = if File.Exists file then File.ReadAllText file else ""
        let text = generate old

        if text <> old then
            File.WriteAllText(file, text)
            printfn $"wrote {path}"

    0
