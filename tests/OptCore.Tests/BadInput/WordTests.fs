/// Words that do not fit their optimizer, or are handed nothing, are refused and leave it as it was.
module OptCore.Tests.BadInput.WordTests

open System
open System.Reflection
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

/// The static methods whose arguments are numbers, the rate among them, or may be left out.
let private declared: (float -> Optimizer) list = [
    for method in typeof<Optimizer>.GetMethods() do
        let parameters = method.GetParameters()

        let plain =
            parameters
            |> Array.forall (fun p -> p.ParameterType = typeof<float> || p.IsOptional)

        if
            method.IsStatic
            && plain
            && parameters |> Array.exists (fun p -> p.Name = "rate")
        then
            fun (rate: float) ->
                let argument (p: ParameterInfo) : objnull =
                    if p.Name = "rate" then rate
                    elif p.IsOptional then null
                    else 0.5

                let arguments = Array.map argument parameters

                method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)
                |> unbox<Optimizer>
]

let private optimizers =
    testList "optimizers" [
        testTheory "every head refuses a rate out of range" [ -1e-300; -1.0; nan; infinity; -infinity ] (fun rate ->
            let heads: (float -> Optimizer) list = [
                yield! declared
                fun r -> Optimizer.Head(Adam(), r)
                fun r -> Optimizer.Flow([ Adam() ], r)
                fun r -> (Optimizer.Sgd 0.1).WithRate r
                fun r -> Optimizer.Parse("adam", r)
            ]

            Expect.isGreaterThanOrEqual declared.Length 20 "heads"

            for head in heads do
                range [ $"rate = {text rate}"; "0 ≤ value, finite" ] (fun () -> head rate))

        testCase "rate 0 and subnormal rates are legal" (fun () ->
            Optimizer.Sgd 0.0 |> ignore
            Optimizer.Adam 5e-324 |> ignore)

        testCase "a rate for tensors out of range" (fun () ->
            range [ "factor = -1" ] (fun () -> (Optimizer.Sgd 0.1).RateFor("w", -1.0))
            range [ "factor = NaN" ] (fun () -> (Optimizer.Sgd 0.1).RateFor("w", nan)))

        testList "an empty pattern" [
            for name, word in
                [
                    "only", (fun (o: Optimizer) -> o.Only("", id))
                    "except", (fun o -> o.Except("", id))
                    "freeze", (fun o -> o.Freeze "")
                    "rateFor", (fun o -> o.RateFor("", 1.0))
                    "partition", (fun o -> Optimizer.Partition [ struct ("", o) ])
                ] do
                testCase name (fun () -> argument [ "pattern is empty"; "*.bias" ] (fun () -> word (Optimizer.Sgd 0.1)))
        ]

        testCase "nothing where something is needed" (fun () ->
            let sgd = Optimizer.Sgd 0.1
            refused typeof<ArgumentNullException> [ "stage" ] (fun () -> sgd.With(nothing<IStage>))
            refused typeof<ArgumentNullException> [ "schedule" ] (fun () -> sgd.With(nothing<ISchedule>))
            refused typeof<ArgumentNullException> [ "words" ] (fun () -> sgd.Only("w", nothing))
            refused typeof<ArgumentNullException> [ "text" ] (fun () -> Optimizer.Parse nothing)
            refused typeof<ArgumentNullException> [ "layout" ] (fun () -> sgd.Plan<float>(nothing<Layout>))
            refused typeof<ArgumentNullException> [ "stages" ] (fun () -> Optimizer.Flow(nothing, 0.1))
            refused typeof<ArgumentNullException> [ "parts" ] (fun () -> Optimizer.Partition nothing)
            argument [ "null" ] (fun () -> sgd.Only("w", (fun _ -> nothing))))

        testCase "a head that is no direction" (fun () ->
            argument [ "ClipGlobalNorm"; "Gradient"; "Direction" ] (fun () -> Optimizer.Head(ClipGlobalNorm 1.0, 0.1)))

        testCase "a partition without parts, or with a part for the whole step" (fun () ->
            argument [ "no part" ] (fun () -> Optimizer.Partition [])

            argument [ "Accumulate"; "\"w\"" ] (fun () ->
                Optimizer.Partition [ struct ("w", (Optimizer.Sgd 0.1).Accumulate 2) ])

            argument [ "no rate of its own" ] (fun () ->
                (Optimizer.Partition [ struct ("*", Optimizer.Sgd 0.1) ]).WithRate 0.5))

        testList "stages that may stand once" [
            for stage, add in
                [
                    "Accumulate", (fun (o: Optimizer) count -> o.Accumulate count)
                    "Plateau", (fun o patience -> o.Plateau(patience, 0.5))
                    "SkipNonFinite", (fun o count -> o.SkipNonFinite count)
                ] do
                testCase stage (fun () ->
                    let once = add (Optimizer.Sgd 0.1) 2
                    let before = string once
                    argument [ stage; "twice" ] (fun () -> add once 2)
                    argument [ stage; "twice" ] (fun () -> add once 3)
                    Expect.equal (string once) before "the optimizer is as it was")
        ]

        testCase "a refused word leaves the optimizer as it was" (fun () ->
            let optimizer = Optimizer.Parse "sgd 0.1 |> clip 1.0 |> momentum 0.9"
            let copy = Optimizer.Parse(string optimizer)
            range [] (fun () -> optimizer.Momentum 1.0)
            range [] (fun () -> optimizer.Clip 0.0)
            argument [] (fun () -> optimizer.Nag 0.9)
            Expect.equal optimizer copy "equal")
    ]

[<Tests>]
let tests = testList "bad input" [ optimizers ]
