printfn "OptDsl"
