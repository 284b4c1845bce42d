/// Explains the optimizer, runs it, and writes a picture of its way.
module Program

open OptCore
open OptDsl
open Optimizer

[<EntryPoint>]
let main _ =
    printfn "%s\n" (explain optimizer)
    printfn "%O" (optimizer |> minimize steps valley start)

    Chart.objective (-1.8, 1.8) (-0.8, 1.8) valley
    |> Chart.trajectory (string optimizer) steps (optimizer |> trace valley start)
    |> Chart.title "Rosenbrock's valley"
    |> Chart.save "valley.html"

    printfn "picture: valley.html"
    0
