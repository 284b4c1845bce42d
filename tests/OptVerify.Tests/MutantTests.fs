module OptVerify.Tests.MutantTests

open Expecto
open OptDsl
open OptVerify

// The laws of the library, and those of one optimizer and one schedule as a user would ask for them.
let private laws =
    Laws.all
    @ Laws.forOptimizer (sgd 0.1 |> clip 1.0 |> momentum 0.9 |> weightDecay 0.1 |> cosine 10)
    @ (Laws.forSchedule (Schedule.cosine 10)
       |> List.filter (fun law -> law.Id <> "TEXT"))

// The kills were found at this seed and number of cases; another seed finds them with other cases.
let private kills (mutant: Subject) (law: Law) =
    not (law.JudgeOn(mutant, 60, 20260101UL).Holds)

let private dies (mutant: Subject) =
    testCase mutant.Name (fun () ->
        let _, killers = Killers.table |> List.find (fun (name, _) -> name = mutant.Name)
        Expect.isNonEmpty killers "no law kills it"

        for id in killers do
            let law = laws |> List.find (fun law -> law.Id = id)
            Expect.isTrue (kills mutant law) $"{law.Title} kills it")

[<Tests>]
let tests =
    testList "mutants" [
        testList "dies" (Mutants.all |> List.map dies)
        testCase "every law kills one" (fun () ->
            let biting = Killers.table |> List.collect snd |> Set.ofList

            let harmless =
                laws |> List.map _.Id |> List.filter (fun id -> not (biting.Contains id))

            Expect.isEmpty harmless "laws that kill none")
        testCase "there are at least forty" (fun () ->
            Expect.isGreaterThanOrEqual (List.length Mutants.all) 40 "mutants")
    ]
