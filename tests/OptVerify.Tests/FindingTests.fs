/// A broken law is told in one sentence that reads at the first time.
module OptVerify.Tests.FindingTests

open Expecto
open OptVerify

let private tells name (finding: Finding) sentence =
    testCase name (fun () ->
        Expect.isFalse finding.Holds "holds"
        Expect.equal (string finding) sentence "sentence")

[<Tests>]
let tests =
    testList "findings" [
        tells "a bound" (Finding.atMost "f(x) − f*" 3 0.5 0.0 0.75) "step 3: f(x) − f* is 0.75, must be at most 0.5"
        tells "an identity" (Finding.equal "Δ_1" -1 0.5 0.25 1.0) "Δ_1 is 1.0, must equal 0.5 up to 0.25"
        tells
            "bits: the first element that differs"
            (Finding.sameBits "p of the session" 1 [| 1.0; -0.0 |] [| 1.0; 0.0 |])
            "step 1: p of the session, element 1, is 0.0, must be -0.0, bit for bit"
        tells
            "bits of one number"
            (Finding.sameBits "p" 1 [| -0.1 |] [| 0.0 |])
            "step 1: p is 0.0, must be -0.1, bit for bit"
        tells
            "vectors: the element that is farthest off"
            (Finding.close "x" 2 1.0 0.125 [| 1.0; 2.0 |] [| 1.25; 3.0 |])
            "step 2: x, element 1, is 3.0, must equal 2.0 up to 0.125"
        tells
            "NaN is farthest off"
            (Finding.close "x" -1 1.0 0.125 [| 1.0; 2.0 |] [| nan; 3.0 |])
            "x, element 0, is nan, must equal 1.0 up to 0.125"
        tells "lengths" (Finding.sameBits "p" -1 [| 1.0 |] [||]) "the length of p is 0.0, must equal 1.0"
        tells
            "a statement"
            (Finding.holds "the parameters are finite" 2 false)
            "step 2: this must be true, and is not: the parameters are finite"
    ]
