module OptVerify.Tests.TheoryTests

open System
open System.IO
open System.Runtime.CompilerServices
open Expecto
open OptVerify

type private Here =
    static member File([<CallerFilePath>] ?path: string) = defaultArg path ""

let private page =
    Path.Combine(Path.GetDirectoryName(Here.File()) |> string, "..", "..", "docs", "theory.md")

[<Tests>]
let tests =
    testList "theory" [
        testCase "every law has its own number" (fun () ->
            let twice =
                Laws.all |> List.countBy _.Id |> List.filter (fun (_, count) -> count > 1)

            Expect.isEmpty twice "numbers")
        testCase "every law is in the page" (fun () ->
            let text = Theory.page ()

            for law in Laws.all do
                Expect.stringContains text $"| **{law.Id}** " law.Id)
        testCase "docs/theory.md is what the laws say; OPTDSL_WRITE_DOCS=1 writes it" (fun () ->
            if Environment.GetEnvironmentVariable "OPTDSL_WRITE_DOCS" = "1" then
                File.WriteAllText(page, Theory.page ())

            // Where the tests run away from their sources there is no page to compare.
            if not (File.Exists page) then
                skiptest "no docs/theory.md beside the sources"

            Expect.equal (File.ReadAllText page) (Theory.page ()) "docs/theory.md")
    ]
