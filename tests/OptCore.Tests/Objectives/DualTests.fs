/// Dual numbers by the names that C# has for them: every operator with every kind of operand, exactly.
module OptCore.Tests.Objectives.DualTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

/// Variable 1 and variable 6: the first that is no end, and another one.
let private x, y = Dual.Variable(6.0, 1), Dual.Variable(4.0, 6)

let private slopes (dual: Dual) = [ for k in 0 .. Dual.Width - 1 -> dual.Slope k ]

/// The value, ∂/∂x and ∂/∂y, and nothing else.
let private has (dual: Dual) (value: float, byX: float, byY: float) what =
    Expect.equal dual.Value value $"{what}: the value"
    Expect.equal (slopes dual) [ 0.0; byX; 0.0; 0.0; 0.0; 0.0; byY; 0.0 ] $"{what}: the slopes"

let private arithmetic = [
    testCase "variables and constants" (fun () ->
        for k in 0..7 do
            Expect.equal
                (slopes (Dual.Variable(3.0, k)))
                [ for i in 0..7 -> if i = k then 1.0 else 0.0 ]
                $"variable {k}"

        Expect.equal (slopes (Dual.Variable 3.0)) (slopes (Dual.Variable(3.0, 0))) "the first unless told"
        has Dual.Zero (0.0, 0.0, 0.0) "0"
        has Dual.One (1.0, 0.0, 0.0) "1"
        has (Dual.op_Implicit 2.5) (2.5, 0.0, 0.0) "2.5"

        for index in [ -1; 8 ] do
            range [ "index"; string index; "7" ] (fun () -> Dual.Variable(1.0, index))
            range [ "index"; string index; "7" ] (fun () -> x.Slope index))

    // Powers of two and small integers: no result is rounded.
    testCase "operators on two duals, and with a number on either side" (fun () ->
        has (x + y) (10.0, 1.0, 1.0) "x + y"
        has (x + 4.0) (10.0, 1.0, 0.0) "x + 4"
        has (6.0 + y) (10.0, 0.0, 1.0) "6 + y"
        has (x - y) (2.0, 1.0, -1.0) "x − y"
        has (x - 4.0) (2.0, 1.0, 0.0) "x − 4"
        has (6.0 - y) (2.0, 0.0, -1.0) "6 − y"
        has -x (-6.0, -1.0, 0.0) "−x"
        has +x (6.0, 1.0, 0.0) "+x"
        has (x * y) (24.0, 4.0, 6.0) "x y"
        has (x * 4.0) (24.0, 4.0, 0.0) "4 x"
        has (6.0 * y) (24.0, 0.0, 6.0) "6 y"
        has (x / y) (1.5, 0.25, -0.375) "x/y"
        has (x / 4.0) (1.5, 0.25, 0.0) "x/4"
        has (6.0 / y) (1.5, 0.0, -0.375) "6/y"
        has (Dual.DivideByInt(x, 4)) (1.5, 0.25, 0.0) "x/4, an integer")

    testCase "powers" (fun () ->
        has (Dual.Pow(x, 2.0)) (36.0, 12.0, 0.0) "x²"
        has (Dual.Pow(x, 0.0)) (1.0, 0.0, 0.0) "x⁰"
        has (Dual.Pow(x, 1.0)) (6.0, 1.0, 0.0) "x"
        has (Dual.Pow(Dual.Variable(0.0, 1), 0.0)) (1.0, 0.0, 0.0) "0⁰"
        has (Dual.Pow(Dual.Variable(0.0, 1), 0.5)) (0.0, infinity, 0.0) "√0"
        has (Dual.Pow(2.0, y)) (16.0, 0.0, 16.0 * Math.Log 2.0) "2^y"
        has (Dual.Pow(Dual.Variable(2.0, 1), y)) (16.0, 32.0, 16.0 * Math.Log 2.0) "x^y"
        has (Dual.Pow(Dual.Variable(1.0, 1), y)) (1.0, 4.0, 0.0) "1^y")
]

/// Name, function, value, slope by another formula than the function's own.
let private functions: (string * (Dual -> Dual) * (float -> float) * (float -> float) * float list) list = [
    "sqrt", Dual.Sqrt, Math.Sqrt, (fun x -> 0.5 * Math.Pow(x, -0.5)), [ 0.25; 2.0; 9.0 ]
    "exp", Dual.Exp, Math.Exp, Math.Exp, [ -1.5; 0.0; 2.0 ]
    "log", Dual.Log, Math.Log, (fun x -> Math.Pow(x, -1.0)), [ 0.25; 3.0 ]
    "log10", Dual.Log10, Math.Log10, (fun x -> Math.Log10 Math.E / x), [ 0.25; 3.0 ]
    "sin", Dual.Sin, Math.Sin, (fun x -> Math.Sin(x + Math.PI / 2.0)), [ -1.0; 0.0; 1.0 ]
    "cos", Dual.Cos, Math.Cos, (fun x -> Math.Cos(x + Math.PI / 2.0)), [ -1.0; 0.5; 1.0 ]
    "tan", Dual.Tan, Math.Tan, (fun x -> Math.Pow(Math.Cos x, -2.0)), [ -1.0; 0.0; 1.0 ]
    "asin", Dual.Asin, Math.Asin, (fun x -> 1.0 / Math.Cos(Math.Asin x)), [ -0.5; 0.0; 0.75 ]
    "acos", Dual.Acos, Math.Acos, (fun x -> -1.0 / Math.Sin(Math.Acos x)), [ -0.5; 0.0; 0.75 ]
    "atan", Dual.Atan, Math.Atan, (fun x -> Math.Pow(Math.Cos(Math.Atan x), 2.0)), [ -2.0; 0.0; 0.75 ]
    "sinh", Dual.Sinh, Math.Sinh, (fun x -> 0.5 * (Math.Exp x + Math.Exp -x)), [ -1.0; 0.0; 2.0 ]
    "cosh", Dual.Cosh, Math.Cosh, (fun x -> 0.5 * (Math.Exp x - Math.Exp -x)), [ -1.0; 2.0 ]
    "tanh", Dual.Tanh, Math.Tanh, (fun x -> Math.Pow(Math.Cosh x, -2.0)), [ -1.0; 0.0; 0.5 ]
    "abs", Dual.Abs, Math.Abs, (fun x -> float (Math.Sign x)), [ -2.0; 0.0; 2.0 ]
]

let private univariate = [
    for name, dual, value, slope, points in functions do
        testCase name (fun () ->
            for at in points do
                // Behind a slope of 2: the chain rule. Some roundings on either side, each of half a unit in the last place.
                let found = dual (Dual.Variable(at / 2.0, 3) * 2.0)
                Expect.equal found.Value (value at) $"value at {at}"
                let expected = 2.0 * slope at

                Expect.isLessThanOrEqual
                    (abs (found.Slope 3 - expected))
                    (2e-15 * max 1.0 (abs expected))
                    $"slope at {at}: {found.Slope 3} for {expected}"

                for k in [ 0; 1; 2; 4; 5; 6; 7 ] do
                    Expect.equal (found.Slope k) 0.0 "of nothing else")

    testCase "atan2 by both coordinates, in every quadrant" (fun () ->
        for a, b in [ 3.0, 4.0; 3.0, -4.0; -3.0, -4.0; -3.0, 4.0; 4.0, 0.0; 0.0, -2.0 ] do
            let angle = Dual.Atan2(Dual.Variable(a, 1), Dual.Variable(b, 6))
            let square = a * a + b * b
            has angle (Math.Atan2(a, b), b / square, -(a / square)) $"({b}, {a})")
]

let private cases = [ 1.0, 2.0; 2.0, 2.0; 2.0, 1.0; nan, 1.0; 1.0, nan; nan, nan; 0.0, -0.0 ]

let private comparisons = [
    testCase "compared by the value, as floats are" (fun () ->
        for a, b in cases do
            let x, y = Dual.Variable(a, 1), Dual.Variable(b, 6)

            Expect.equal
                [
                    Dual.op_Equality (x, y)
                    Dual.op_Inequality (x, y)
                    Dual.op_LessThan (x, y)
                    Dual.op_GreaterThan (x, y)
                    Dual.op_LessThanOrEqual (x, y)
                    Dual.op_GreaterThanOrEqual (x, y)
                ]
                [ a = b; a <> b; a < b; a > b; a <= b; a >= b ]
                $"{a} and {b}"

            Expect.equal (x.Equals y) (a.Equals b) "equals: NaN equals NaN"
            Expect.equal (x.Equals(box y)) (a.Equals b) "equals an object"
            Expect.equal (x.CompareTo y) (a.CompareTo b) "order"
            Expect.equal (x.CompareTo(box y)) (a.CompareTo b) "order of objects"

        Expect.isFalse (x.Equals(box 6.0)) "a number is no dual"
        Expect.isFalse (x.Equals(null: objnull)) "nothing is no dual"
        Expect.equal (x.CompareTo(null: objnull)) 1 "nothing comes first"
        argument [ "Double is no Dual"; "obj" ] (fun () -> x.CompareTo(box 6.0))
        Expect.equal (x.GetHashCode()) (Dual.Variable(6.0, 3).GetHashCode()) "equal ones have one hash")

    testCase "the larger and the smaller with their own slopes: the first of equals, NaN where one is" (fun () ->
        for a, b in cases do
            let x, y = Dual.Variable(a, 1), Dual.Variable(b, 6)
            let first, second = (a, 1.0, 0.0), (b, 0.0, 1.0)

            let is (found: Dual) (value: float, byX, byY) what =
                Expect.isTrue (found.Value.Equals value) $"{what} of {a} and {b}"
                Expect.equal (found.Slope 1, found.Slope 6) (byX, byY) $"{what} of {a} and {b}: slopes"

            is (Dual.Max(x, y)) (if Double.IsNaN a || a >= b then first else second) "the larger"
            is (Dual.Min(x, y)) (if Double.IsNaN a || a <= b then first else second) "the smaller")

    testCase "signs" (fun () ->
        Expect.equal [ for a in [ -2.0; -0.0; 0.0; 3.0 ] -> Dual.Sign(Dual.Variable a) ] [ -1; 0; 0; 1 ] "signs"
        Expect.throwsT<ArithmeticException> (fun () -> Dual.Sign(Dual.Variable nan) |> ignore) "of NaN")

    testCase "a slope of 0 stays 0 beside ∞ and NaN" (fun () ->
        has (Dual.Sqrt(Dual.Variable(0.0, 1))) (0.0, infinity, 0.0) "√ at 0"
        has (Dual.Sqrt(Dual.Variable(0.0, 1) * -2.0)) (-0.0, infinity, 0.0) "√ at −0, behind −2"
        let found = Dual.Abs(Dual.Variable(nan, 1))
        Expect.isTrue (Double.IsNaN found.Value && Double.IsNaN(found.Slope 1)) "NaN"
        Expect.equal (found.Slope 6) 0.0 "not of another one"
        has (Dual.Zero * Dual.op_Implicit 5.0) (0.0, 0.0, 0.0) "constants")

    testCase "written in one line" (fun () ->
        Expect.equal (string (Dual.Variable(0.5, 1) * 3.0)) "1.5 [0, 3, 0, 0, 0, 0, 0, 0]" "text")
]

[<Tests>]
let tests =
    testList "dual numbers" [
        testList "arithmetic" arithmetic
        testList "functions" univariate
        testList "comparisons" comparisons
    ]
