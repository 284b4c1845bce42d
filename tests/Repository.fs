/// Where the tests find the files of the repository.
module Tests.Repository

open System
open System.IO
open Expecto

let rec private above (folder: string) : string =
    if File.Exists(Path.Combine(folder, "OptDsl.sln")) then
        folder
    else
        match Path.GetDirectoryName folder with
        | null -> failtest "no OptDsl.sln above the tests"
        | parent -> above parent

/// The folder of the repository, found from where the tests run: paths of sources are not theirs in deterministic builds.
let root: Lazy<string> = lazy (above AppContext.BaseDirectory)

/// A file of the repository.
let file (parts: string list) : string =
    Path.Combine(Array.ofList (root.Value :: parts))
