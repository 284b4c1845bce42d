/// The quantiles of the normal distribution, which every drawn number is, beside published values.
module OptCore.Tests.GaussianTests

open Expecto
open OptCore

// Φ(−x), to more digits than a double has.
let private tails = [
    0.5, 0.308537538725986896
    1.0, 0.158655253931457051
    2.0, 0.0227501319481792072
    3.0, 0.00134989803163009453
    4.0, 3.16712418331199213e-5
    5.0, 2.86651571879193912e-7
    6.0, 9.86587645037698141e-10
    8.0, 6.22096057427178412e-16
]

[<Tests>]
let tests =
    testList "gaussian" [
        testCase "quantiles" (fun () ->
            Expect.equal (Gaussian.Quantile 0.5) 0.0 "the median"

            // The rounding of p moves x by less than 1e-15; the approximation is as good.
            for x, p in tails do
                Expect.floatClose Accuracy.veryHigh (Gaussian.Quantile p) (-x) $"{p}")

        testCase "both halves are the same" (fun () ->
            // p and 1 − p without a rounding.
            for i in 1..511 do
                let p = float i / 1024.0
                Expect.equal (Gaussian.Quantile(1.0 - p)) (-(Gaussian.Quantile p)) $"{p}"
                Expect.isLessThan (Gaussian.Quantile p) 0.0 $"{p}")
    ]
