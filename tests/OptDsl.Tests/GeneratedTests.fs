/// What scripts/generate writes is in the repository as it would be written now.
module OptDsl.Tests.GeneratedTests

open System
open System.IO
open Expecto
open Tests
open OptCore
open WordWriter

[<Tests>]
let tests =
    testList "generated" [
        for path, generate in Generated.files do
            testCase $"{path} is what the records say; scripts/generate writes it" (fun () ->
                let file = Repository.file (List.ofArray (path.Split '/'))
                let text = File.ReadAllText file
                Expect.equal text (generate text) path)

        testCase "every word of the library has its row in docs/formulas.md, with a formula" (fun () ->
            let page = Formulas.write ()

            for row in Row.all.Value do
                Expect.stringContains page $"`{row.Record.Name}(" row.Word
                Expect.isFalse (String.IsNullOrEmpty(Formulas.equation row.Specimen)) row.Word)

        testCase "every word tells its equation or meaning, its arguments and an example" (fun () ->
            for row in Row.all.Value do
                Expect.isNonEmpty row.Summary row.Word
                Expect.isNonEmpty row.Examples $"{row.Record.Name} has an example"

                for argument in row.Arguments @ row.Options do
                    Expect.isFalse (String.IsNullOrWhiteSpace argument.Text) $"{row.Record.Name}.{argument.Property}")

        testCase "a declared head's example is itself" (fun () ->
            for word in Row.declared.Value do
                for example in word.Examples do
                    let optimizer = Optimizer.Parse example
                    Expect.equal (Optimizer.Parse(string optimizer)) optimizer example)
    ]
