/// Every expectation once with what it accepts and once with what it refuses: the same in both test hosts.
module OptCore.Tests.ExpectTests

open System
open Expecto

let private refusal f =
    let message =
        try
            f ()
            None
        with :? AssertException as e ->
            Some e.Message

    match message with
    | Some message -> message
    | None -> failtest "expected a failure"

/// Name, what is accepted, what is refused.
let private expectations: (string * (string -> unit) * (string -> unit)) list =
    let boom () = invalidArg "x" "boom"
    let text: string | null = "x"
    let noText: string | null = null
    let nothing: int option = None
    let ok: Result<int, string> = Ok 1
    let error: Result<int, string> = Error "no"

    [
        "equal", Expect.equal 1 1, Expect.equal 1 2
        "equal on arrays", Expect.equal [| 1.0; 2.0 |] [| 1.0; 2.0 |], Expect.equal [| 1.0; 2.0 |] [| 1.0; 2.5 |]
        "equal on NaN", Expect.equal infinity infinity, Expect.equal nan nan
        "notEqual", Expect.notEqual 1 2, Expect.notEqual 1 1
        "isTrue", Expect.isTrue true, Expect.isTrue false
        "isFalse", Expect.isFalse false, Expect.isFalse true
        "throws", Expect.throws boom, Expect.throws ignore
        "throwsT", Expect.throwsT<ArgumentException> boom, Expect.throwsT<ArgumentException> ignore
        "throwsT, descendant", Expect.throwsT<ArgumentException> boom, Expect.throwsT<Exception> boom
        "isSome", Expect.isSome (Some 1), Expect.isSome nothing
        "isNone", Expect.isNone nothing, Expect.isNone (Some 1)
        "isOk", Expect.isOk ok, Expect.isOk error
        "isError", Expect.isError error, Expect.isError ok
        "isNull", Expect.isNull noText, Expect.isNull text
        "isNotNull", Expect.isNotNull text, Expect.isNotNull noText
        "isLessThan", Expect.isLessThan 1 2, Expect.isLessThan 1 1
        "isLessThanOrEqual", Expect.isLessThanOrEqual 1 1, Expect.isLessThanOrEqual 2 1
        "isGreaterThan", Expect.isGreaterThan 2 1, Expect.isGreaterThan 1 1
        "isGreaterThanOrEqual", Expect.isGreaterThanOrEqual 1 1, Expect.isGreaterThanOrEqual 1 2
        "floatClose", Expect.floatClose Accuracy.high 1.0 (1.0 + 1e-9), Expect.floatClose Accuracy.high 1.0 1.001
        "floatClose with NaN", Expect.floatClose Accuracy.low 1.0 1.0, Expect.floatClose Accuracy.low nan nan
        "floatClose with ∞", Expect.floatClose Accuracy.low 1.0 1.0, Expect.floatClose Accuracy.low 1.0 infinity
        "isNotNaN", Expect.isNotNaN 1.0, Expect.isNotNaN nan
        "isNotInfinity", Expect.isNotInfinity 1.0, Expect.isNotInfinity -infinity
        "isEmpty", Expect.isEmpty [], Expect.isEmpty [ 1 ]
        "isNonEmpty", Expect.isNonEmpty [ 1 ], Expect.isNonEmpty []
        "isNotEmpty", Expect.isNotEmpty "x", Expect.isNotEmpty ""
        "hasLength", Expect.hasLength [ 1 ] 1, Expect.hasLength [ 1 ] 2
        "sequenceEqual", Expect.sequenceEqual [ 1 ] [ 1 ], Expect.sequenceEqual [ 1 ] [ 1; 2 ]
        "contains", Expect.contains [ 1; 2 ] 2, Expect.contains [ 1; 2 ] 3
        "containsAll", Expect.containsAll [ 1; 2 ] [ 2; 1 ], Expect.containsAll [ 1; 2 ] [ 3 ]
        "all", Expect.all [ 1; 2 ] (fun x -> x > 0), Expect.all [ 1; 2 ] (fun x -> x > 1)
        "exists", Expect.exists [ 1; 2 ] (fun x -> x > 1), Expect.exists [ 1; 2 ] (fun x -> x > 2)
        "isAscending", Expect.isAscending [ 1; 1; 2 ], Expect.isAscending [ 2; 1 ]
        "isDescending", Expect.isDescending [ 2; 1; 1 ], Expect.isDescending [ 1; 2 ]
        "stringContains", Expect.stringContains "abc" "b", Expect.stringContains "abc" "d"
        "stringStarts", Expect.stringStarts "abc" "a", Expect.stringStarts "abc" "b"
        "stringEnds", Expect.stringEnds "abc" "c", Expect.stringEnds "abc" "b"
        "isMatch", Expect.isMatch "abc" "a.c", Expect.isMatch "abc" "^c"
    ]

[<Tests>]
let tests =
    testList "expectations accept, refuse and say the message" [
        for name, accept, refuse in expectations do
            testCase name (fun () ->
                accept "accepted"
                Expect.stringContains (refusal (fun () -> refuse "the reason")) "the reason" name)

        testCase "throwsC: hands the exception on" (fun () ->
            Expect.throwsC (fun () -> invalidArg "rate" "negative") (fun e ->
                Expect.stringContains e.Message "rate" "message"))

        testCase "want…: return what is inside" (fun () ->
            Expect.equal (Expect.wantSome (Some 1) "some") 1 "some"
            Expect.equal (Expect.wantOk (Ok 2: Result<int, string>) "ok") 2 "ok"
            Expect.equal (Expect.wantError (Error 3: Result<string, int>) "error") 3 "error")

        testPropertyWithConfig
            {
                FsCheckConfig.defaultConfig with
                    maxTest = 20
                    endSize = 10
            }
            "a property with a config"
            (fun (xs: int list) -> List.rev (List.rev xs) = xs)

        testProperty "floatLessThanOrClose: whatever is less" (fun (x: int) ->
            Expect.floatLessThanOrClose Accuracy.veryHigh (float x) (float x + 1.0) "less"
            Expect.floatGreaterThanOrClose Accuracy.veryHigh (float x) (float x) "same")
    ]
    |> testSequenced
