module OptVerify.Tests.TheoryTests

open System
open System.IO
open Expecto
open Tests
open OptVerify

let private page () = Repository.file [ "docs"; "theory.md" ]

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
                File.WriteAllText(page (), Theory.page ())

            Expect.equal (File.ReadAllText(page ())) (Theory.page ()) "docs/theory.md")
    ]
