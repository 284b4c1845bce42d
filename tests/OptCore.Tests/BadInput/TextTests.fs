/// A text that is no optimizer is refused at its place, with what was expected there and the nearest word.
module OptCore.Tests.BadInput.TextTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

let private parsing =
    let wrong (source: string) (words: string list) (near: string | null) =
        match caught (fun () -> Optimizer.Parse source) with
        | :? OptimizerParseException as e ->
            for word in words do
                Expect.stringContains e.Message word source

            Expect.equal (e.Suggestion |> string) (near |> string) $"suggestion for {source}"
            Expect.isTrue (e.Line >= 1 && e.Column >= 1 && e.Position <= source.Length) "place"
            Expect.isFalse (Optimizer.TryParse(source, ref (Optimizer.Sgd 0.1))) "TryParse says no"
        | e -> failtestf "%s: %O" source e

    testList "text" [
        testTheory
            "unknown words suggest the nearest"
            [
                "sgd 0.1 |> momentun 0.9", "momentun", "momentum"
                "sgd 0.1 |> clp 1.0", "clp", "clip"
                "sgd 0.1 |> nestrov 0.9", "nestrov", "nesterov"
                "adm 0.1", "adm", "adam"
                "sgd 0.1 |> cosin 10", "cosin", "cosine"
                "sgd 0.1 |> wieghtDecay 0.1", "wieghtDecay", "weightDecay"
                "sgd 0.1 |> Momentum 0.9", "Momentum", "stage (Momentum(…))"
                "sgd 0.1 |> stage (Momentun(0.9))", "Momentun", "Momentum"
                "adamWith (Adam(Beta3 = 0.9)) 0.1", "Beta3", "Beta1"
            ]
            (fun (source, found, near) -> wrong source [ found; near ] near)

        testTheory
            "missing and surplus arguments"
            [
                "sgd", [ "without its learning rate" ]
                "sgd 0.1 |> momentum", [ "momentum beta"; "no argument" ]
                "sgd 0.1 |> within 0.0", [ "within low high"; "1 argument" ]
                "sgd 0.1 |> momentum 0.9 0.1", [ "momentum beta"; "2 arguments" ]
                "sgd 0.1 0.2", [ "2 arguments" ]
                "sgd 0.1 |> noise 0.1 0.5", [ "noise variance decay seed" ]
                "adamW 0.1", [ "rate" ]
                "sgd 0.1 |> stage Momentum", [ "Momentum" ]
                "sgd 0.1 |> stage (Momentum())", [ "Beta" ]
                "", []
                "sgd 0.1 |>", []
                "|> sgd 0.1", []
                "sgd 0.1 >> momentum 0.9", []
                "sgd 0.1) ", []
                "(sgd 0.1", []
                "sgd 0.1 |> freeze \"w", []
                "sgd 0.1 |> freeze w", [ "string" ]
                "sgd 0.1 |> cosine 10.5", [ "integer" ]
                "sgd 0.1 |> clip true", [ "number" ]
                "sgd 0.1 |> adam 0.1", [ "starts a pipeline" ]
                "momentum 0.9", []
                "partition [\"a\" sgd 0.1]", []
                "sgd 0.1 |> andThen 3", [ "schedule" ]
            ]
            (fun (source, words) ->
                match caught (fun () -> Optimizer.Parse source) with
                | :? OptimizerParseException as e ->
                    for word in words do
                        Expect.stringContains e.Message word source

                    Expect.isNotEmpty e.Expected "what was expected"
                | e -> failtestf "%s: %O" source e)

        testTheory
            "a value out of range is named at its place, with the record's own refusal inside"
            [
                "sgd -0.1", "rate = -0.1", 4
                "sgd 0.1 |> momentum 1.0", "Beta = 1", 20
                "sgd 0.1 |> clip 0.0", "MaxNorm = 0", 16
                "sgd 0.1 |> accumulate 0", "Steps = 0", 22
                "adamWith (Adam(Beta1 = 1.0)) 0.1", "Beta1 = 1", 23
                "sgd 0.1 |> warmupCosine 10 9", "Steps = 9", 27
                "sgd 0.1 |> within 1.0 0.5", "High = 0.5", 22
                "sgd nan", "rate = NaN", 4
                "sgd infinity", "rate = Infinity", 4
            ]
            (fun (source, words, place) ->
                match caught (fun () -> Optimizer.Parse source) with
                | :? OptimizerParseException as e ->
                    Expect.stringContains e.Message words "message"
                    Expect.equal e.Position place "position"
                    Expect.isTrue (e.InnerException :? ArgumentException) "the record's refusal"
                | e -> failtestf "%s: %O" source e)

        testTheory
            "a head with its rate takes no >>"
            [
                "sgd 0.1 >> momentum 0.9", 8, "found >> behind sgd 0.1, which has its rate already; expected |>"
                "adamW 0.01 0.1 >> clip 1.0 >> cosine 10", 15, "found >> behind adamW 0.01 0.1, which has"
                "(sgd 0.1) >> clip 1.0", 10, "found >> behind (sgd 0.1), which has"
            ]
            (fun (source, place, words) ->
                match caught (fun () -> Optimizer.Parse source) with
                | :? OptimizerParseException as e ->
                    Expect.equal e.Position place "position"
                    Expect.stringContains e.Message words source
                | e -> failtestf "%s: %O" source e)

        testCase "a head without its rate still misses it" (fun () ->
            wrong "sgd >> momentum 0.9" [ "without its learning rate" ] null)

        testTheory
            "an option or an argument that is given twice"
            [
                "adamWith (Adam(Beta1 = 0.9, Beta1 = 0.8)) 0.1", 28
                "sgd 0.1 |> stage (Momentum(0.9, Beta = 0.8))", 32
            ]
            (fun (source, place) ->
                match caught (fun () -> Optimizer.Parse source) with
                | :? OptimizerParseException as e ->
                    Expect.equal e.Position place "position"
                    Expect.stringContains e.Message " twice; expected" source
                | e -> failtestf "%s: %O" source e)

        testCase "an integer beyond 32 bits names the range" (fun () ->
            wrong
                "sgd 0.1 |> cosine 99999999999"
                [
                    "the integer 99999999999"
                    "an integer from -2147483648 to 2147483647 (Steps)"
                ]
                null)

        testCase "a text with a rate beside another one" (fun () ->
            refused typeof<OptimizerParseException> [ "rate in the text" ] (fun () -> Optimizer.Parse("sgd 0.1", 0.2))

            refused typeof<OptimizerParseException> [ "partition" ] (fun () ->
                Optimizer.Parse("partition [\"*\", sgd 0.1]", 0.2)))

        testCase "deep nesting is refused, not the end of the process" (fun () ->
            let deep = String('(', 100000) + "sgd 0.1" + String(')', 100000)
            refused typeof<OptimizerParseException> [ "bracket" ] (fun () -> Optimizer.Parse deep))

        testCase "stages and schedules alone" (fun () ->
            refused typeof<OptimizerParseException> [ "Momentum" ] (fun () -> Words.ParseStage "Momentun(0.9)")
            refused typeof<OptimizerParseException> [ "Schedule.cosine" ] (fun () -> Words.ParseSchedule "cosine 10")
            refused typeof<OptimizerParseException> [ "Momentum" ] (fun () -> Words.ParseSchedule "Momentum(0.9)"))
    ]

[<Tests>]
let tests = testList "bad input" [ parsing ]
