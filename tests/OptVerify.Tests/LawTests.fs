module OptVerify.Tests.LawTests

open Expecto
open OptVerify

let private holds (law: Law) =
    testCase law.Title (fun () ->
        let verdict = law.JudgeOn(Subject.library, Sampling.cases, Sampling.seed)
        printfn "%O" verdict

        if not verdict.Holds then
            failtest (string verdict))

[<Tests>]
let tests = testList "laws" (Laws.all |> List.map holds)
