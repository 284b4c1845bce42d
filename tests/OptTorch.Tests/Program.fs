module OptTorch.Tests.Program

[<EntryPoint>]
let main arguments = Processes.main (List.ofArray arguments)
