module Program

open Expecto
open OptDsl

[<EntryPoint>]
let main arguments =
    match List.ofArray arguments with
    | "test" :: rest -> runTestsWithCLIArgs [] (Array.ofList rest) Tests.all
    | _ ->
        printfn "%s\n" (explain Training.optimizer)
        printfn "%O" (Training.run ())
        Training.picture "valley.html"
        printfn "the picture is in valley.html"
        0
