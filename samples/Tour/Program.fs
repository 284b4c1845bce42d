module Tour.Program

open System
open System.Diagnostics
open System.Text

let private parts = [ "a", Card.run; "b", Functions.run; "c", Quadratics.run; "d", Digits.run ]

/// Without arguments all parts; with some, those: `dotnet run -c Release --project samples/Tour -- a c`.
[<EntryPoint>]
let main arguments =
    Console.OutputEncoding <- Encoding.UTF8
    let clock = Stopwatch.StartNew()

    let unknown =
        arguments
        |> Array.filter (fun name -> parts |> List.forall (fun (part, _) -> part <> name))

    if unknown.Length > 0 then
        eprintfn "There is no part %s; the parts are a, b, c, d." unknown[0]
        1
    else
        for name, run in parts do
            if arguments.Length = 0 || Array.contains name arguments then
                run ()

        printfn "\n%.1f s in all" clock.Elapsed.TotalSeconds
        0
