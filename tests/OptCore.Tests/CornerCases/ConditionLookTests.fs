/// What conditions look at, where several stand in one optimizer: beside one another, one within another.
module OptCore.Tests.CornerCases.ConditionLookTests

open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

[<Tests>]
let tests =
    testList "conditions" [
        testCase "one that looks at the gradient beside others that do not" (fun () ->
            // ‖g‖ = 5: both act, or one of them.
            let run words =
                after (plain $"sgd 1.0 |> {words}" 2) [ 0.0; 0.0 ] [ [ 3.0; 4.0 ] ]

            let always = "onlyWhen (StepsFrom 0) (scale 0.5)"
            let atMost = "onlyWhen (GradientAtMost 5.0) (scale 0.5)"
            let above = "onlyWhen (GradientAbove 5.0) (scale 0.5)"
            Expect.equal (run $"{always} |> {atMost}") [ -0.75; -1.0 ] "both"
            Expect.equal (run $"{atMost} |> {always}") [ -0.75; -1.0 ] "both, the other way round"
            Expect.equal (run $"{always} |> {above}") [ -1.5; -2.0 ] "one"
            Expect.equal (run $"{above} |> {always}") [ -1.5; -2.0 ] "one, the other way round"
            let never = "onlyWhen (StepsFrom 1) (scale 0.5)"
            Expect.equal (run $"{never} |> {atMost} |> {above}") [ -1.5; -2.0 ] "one of three")

        testCase "one that looks at the gradient within one that does not" (fun () ->
            let run outer inner =
                after (plain $"sgd 1.0 |> onlyWhen ({outer}) (onlyWhen ({inner}) (scale 0.5))" 2) [ 0.0; 0.0 ] [
                    [ 3.0; 4.0 ]
                ]

            Expect.equal (run "StepsFrom 0" "GradientAtMost 5.0") [ -1.5; -2.0 ] "inner"
            Expect.equal (run "GradientAtMost 5.0" "StepsFrom 0") [ -1.5; -2.0 ] "outer"
            Expect.equal (run "StepsFrom 0" "GradientAbove 5.0") [ -3.0; -4.0 ] "inner does not hold"
            Expect.equal (run "GradientAbove 5.0" "StepsFrom 0") [ -3.0; -4.0 ] "outer does not hold")

        testCase "the loss is needed where one of them looks at it" (fun () ->
            let needs words =
                (plain $"sgd 1.0 |> {words}" 1).NeedsLoss

            let loss, steps = "LossAtMost 1.0", "StepsFrom 0"
            Expect.isFalse (needs $"onlyWhen ({steps}) (scale 0.5)") "none"
            Expect.isFalse (needs $"onlyWhen ({steps}) (onlyWhen (GradientAbove 1.0) (scale 0.5))") "the gradient"
            Expect.isTrue (needs $"onlyWhen ({loss}) (scale 0.5)") "one"
            Expect.isTrue (needs $"onlyWhen ({loss}) (onlyWhen ({steps}) (scale 0.5))") "outer"
            Expect.isTrue (needs $"onlyWhen ({steps}) (onlyWhen ({loss}) (scale 0.5))") "inner"
            Expect.isTrue (needs $"onlyWhen ({steps}) (scale 0.5) |> onlyWhen ({loss}) (scale 0.5)") "beside"
            Expect.isFalse (needs "clip 1.0 |> momentum 0.5") "no condition at all")
    ]
