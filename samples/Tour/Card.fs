/// (a) An optimizer is a value: it prints, explains itself, and reads back.
module Tour.Card

open OptCore
open OptDsl

let run () =
    Table.heading "(a) An optimizer is a value"
    let pipeline = sgd >> momentum 0.9 >> clip 1.0 >> cosine 100
    let optimizer = pipeline 0.1
    printfn "  0.1 |> (sgd >> momentum 0.9 >> clip 1.0 >> cosine 100)   prints as"
    printfn "  %O\n" optimizer
    printfn "The phase of a stage, not its place in the sentence, decides where it runs:\n"
    printfn "%s" (explain optimizer)
    let parsed = Optimizer.Parse(string optimizer)
    let reordered = sgd 0.1 |> cosine 100 |> clip 1.0 |> momentum 0.9
    printfn "\n  parsed back, the same value:         %b" (parsed = optimizer)
    printfn "  in another order, the same value:    %b" (reordered = optimizer)
    printfn "  another chain needs its own word:    %O" (flow [ Momentum 0.9; ClipGlobalNorm 1.0 ] 0.1)
