/// Numbers at the edge: 0/0 in a direction, norms that are not finite.
module OptCore.Tests.CornerCases.NumberTests

open System
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private first = [
    testTheory
        "0/0 in a direction is 0: a zero gradient moves nothing, ε = 0"
        [
            "adamWith (Adam(Epsilon = 0.0)) 0.5"
            "amsGradWith (AmsGrad(Epsilon = 0.0)) 0.5"
            "amsGradWith (AmsGrad(Epsilon = 0.0, CorrectedMax = true)) 0.5"
            "adaMaxWith (AdaMax(Epsilon = 0.0)) 0.5"
            "nadamWith (Nadam(Epsilon = 0.0)) 0.5"
            "radamWith (RAdam(Epsilon = 0.0, Beta2 = 0.5)) 0.5"
            "adaBeliefWith (AdaBelief(Epsilon = 0.0, EpsilonRoot = 0.0)) 0.5"
            "yogiWith (Yogi(Epsilon = 0.0, Initial = 0.0)) 0.5"
            "adagradWith (Adagrad(Epsilon = 0.0)) 0.5"
            "adagradWith (Adagrad(Epsilon = 0.0, EpsilonInside = true)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0, EpsilonInside = true)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0, Centered = true)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0, BiasCorrection = true)) 0.5"
            "adaDeltaWith (AdaDelta(Epsilon = 0.0)) 0.5"
            "adanWith (Adan(Epsilon = 0.0)) 0.5"
            "novoGradWith (NovoGrad(Epsilon = 0.0)) 0.5"
            "sgd 0.5 |> normalizeWith (Normalize(Epsilon = 0.0))"
            "sgd 0.5 |> trustRatioWith (TrustRatio(Epsilon = 0.0))"
        ]
        (fun text ->
            let zero = [ 0.0; -0.0; 0.0 ]
            let plan = plain text 3
            Expect.equal (after plan [ 1.0; -2.0; 4.0 ] [ zero; zero; zero ]) [ 1.0; -2.0; 4.0 ] "parameters")

    testCase "a coordinate that has seen no gradient rests beside one that moves" (fun () ->
        let plan = plain "adagradWith (Adagrad(Epsilon = 0.0)) 0.5" 2
        // G = g², u = g/|g| = 1
        Expect.equal (after plan [ 1.0; 1.0 ] [ [ 4.0; 0.0 ] ]) [ 0.5; 1.0 ] "parameters")

    testCase "centered RMSProp takes max(0, v − b²): rounding below zero makes no NaN" (fun () ->
        // A constant gradient: v and b² both tend to g², their difference to ±ulp.
        for gradient in [ 0.1; 1.0 / 3.0; 0.7; 1e-8; 12345.678 ] do
            let plan =
                plain "rmsPropWith (RmsProp(Decay = 0.5, Centered = true, Epsilon = 0.0)) 0.001" 1

            let gradients = List.replicate 200 [ gradient ]
            Expect.isTrue (Double.IsFinite (after plan [ 0.0 ] gradients).Head) $"g = {gradient}")
]

let private second = [
    testTheory "clip passes a gradient of non-finite norm as it is" [ nan; infinity; -infinity ] (fun bad ->
        let plan = plain "sgd 0.5 |> clip 1.0" 3
        let result = after plan [ 1.0; 1.0; 1.0 ] [ [ bad; 30.0; -4.0 ] ]
        Expect.isFalse (Double.IsFinite result.Head) "the bad coordinate"
        Expect.equal result.Tail [ -14.0; 3.0 ] "the others, unscaled")

    testCase "and the report names it" (fun () ->
        let plan = named "sgd 0.5 |> clip 1.0" (layout [ "w", 2; "b", 2 ])

        let struct (_, report) =
            plan.StepReported(init plan [ 0.0; 0.0; 0.0; 0.0 ], vector [ 1.0; 2.0; 3.0; nan ])

        let bad = report.NonFinite
        Expect.isNotNull bad "reported"
        Expect.equal (string bad) "gradient made \"b\"[1] non-finite" "provenance")

    testCase "the norm rescales when the plain sum overflows or vanishes" (fun () ->
        let big = after (plain "sgd 1.0 |> clip 5.0" 2) [ 0.0; 0.0 ] [ [ 3e200; 4e200 ] ]
        Expect.floatClose Accuracy.veryHigh big[0] -3.0 "3"
        Expect.floatClose Accuracy.veryHigh big[1] -4.0 "4"

        let small =
            after (plain "sgd 1e200 |> clip 5e-200" 2) [ 0.0; 0.0 ] [ [ 6e-200; 8e-200 ] ]

        Expect.floatClose Accuracy.veryHigh small[0] -3.0 "3"
        Expect.floatClose Accuracy.veryHigh small[1] -4.0 "4")

    testCase "‖u‖ ≤ c is the exact identity, at equality too" (fun () ->
        let gradient = [ 3.0; 4.0 ]
        Expect.equal (after (plain "sgd 1.0 |> clip 5.0" 2) [ 0.1; 0.2 ] [ gradient ]) [ 0.1 - 3.0; 0.2 - 4.0 ] "bits"

        Expect.equal
            (after (plain "sgd 1.0 |> clip infinity" 2) [ 0.1; 0.2 ] [ gradient ])
            [ 0.1 - 3.0; 0.2 - 4.0 ]
            "∞")
]

[<Tests>]
let tests = testList "corner cases" [ yield! first; yield! second ]
