/// The test host tests itself: what it calls a failure, a skip and a name.
module OptCore.Tests.AdapterTests

open Expecto
open FsCheck.FSharp

let private caught f =
    try
        f ()
        None
    with e ->
        Some e

let private run test =
    match Adapter.flatten test with
    | [ single ] -> caught (fun () -> Adapter.run single.Code)
    | several -> failtestf "expected one test, found %d" several.Length

let private messageOf f =
    match caught f with
    | Some(:? AssertException as e) -> e.Message
    | Some e -> failtestf "expected an AssertException, was %O" e
    | None -> failtest "expected a failure"

let private falsifiable =
    testProperty "no list of integers" (fun (_: int list) -> false)

[<Tests>]
let tests =
    testList "adapter" [
        testCase "a comparison with NaN does not hold" (fun () ->
            messageOf (fun () -> Expect.isLessThan nan 2.0 "less") |> ignore
            messageOf (fun () -> Expect.isLessThanOrEqual nan 2.0 "less or equal") |> ignore

            messageOf (fun () -> Expect.floatLessThanOrClose Accuracy.low nan 2.0 "close")
            |> ignore)

        testCase "equal: floats are shown with all their digits" (fun () ->
            let message = messageOf (fun () -> Expect.equal (0.1 + 0.2) 0.3 "sum")
            Expect.stringContains message "0.30000000000000004" "digits")

        testCase "equal: arrays name the first index that differs" (fun () ->
            let message =
                messageOf (fun () -> Expect.equal [| 1; 2; 3 |] [| 1; 2; 4 |] "arrays")

            Expect.stringContains message "index 2" "index")

        testCase "a failing property says seed, size and the shrunk counter-example" (fun () ->
            match run falsifiable with
            | Some(:? FailedException as e) ->
                Expect.isMatch e.Message @"OPTDSL_SEED=\d+,\d+\n" "all cases"
                Expect.isMatch e.Message @"OPTDSL_SEED=\d+,\d+,\d+$" "the last case"
                Expect.isMatch e.Message @"(Original|Shrunk):\n\[\]\n" "smallest counter-example"
            | other -> failtestf "expected a FailedException, was %A" other)

        testCase "a replayed property fails at the same arguments" (fun () ->
            let arguments replay =
                let mutable seen = []

                let config = {
                    FsCheckConfig.defaultConfig with
                        replay = Some replay
                        receivedArgs = fun _ _ _ args -> async { seen <- args :: seen }
                }

                run (testPropertyWithConfig config "replayed" (fun (x: int) -> abs x < 3))
                |> ignore

                seen

            let first = arguments (42UL, 7UL, None)
            Expect.isNonEmpty first "there are arguments"
            Expect.equal (arguments (42UL, 7UL, None)) first "arguments")

        testCase "a passing property runs maxTest cases" (fun () ->
            let mutable count = 0

            let config = {
                FsCheckConfig.defaultConfig with
                    maxTest = 17
            }

            let property =
                testPropertyWithConfig config "counts" (fun (_: int) -> count <- count + 1)

            Expect.isNone (run property) "passes"

            match Environment.apply config with
            | { replay = Some(_, _, Some _) } -> Expect.equal count 1 "a replay with a size is one case"
            | config -> Expect.equal count config.maxTest "cases")

        testCase "a property that finds no arguments is a failure" (fun () ->
            let none =
                testProperty "exhausted" (fun (x: int) -> Prop.filter false (lazy (x = x)))

            match run none with
            | Some(:? FailedException as e) -> Expect.stringContains e.Message "exhausted" "report"
            | other -> failtestf "expected a FailedException, was %A" other)

        testCase "OPTDSL_SEED: two or three numbers" (fun () ->
            Expect.equal (Environment.parseSeed "1,3") (1UL, 3UL, None) "two"
            Expect.equal (Environment.parseSeed "1, 3, 5") (1UL, 3UL, Some 5) "three"
            Expect.throws (fun () -> Environment.parseSeed "1" |> ignore) "one"
            Expect.throws (fun () -> Environment.parseSeed "a,b" |> ignore) "words")

        testCase "OPTDSL_TESTS: a positive factor" (fun () ->
            Expect.equal (Environment.parseFactor "2.5") 2.5 "factor"
            Expect.throws (fun () -> Environment.parseFactor "0" |> ignore) "zero"
            Expect.throws (fun () -> Environment.parseFactor "many" |> ignore) "word")

        testCase "skiptest is a skip with its reason, in a property too" (fun () ->
            let skipping = [
                testCase "case" (fun () -> skiptest "no data")
                testProperty "property" (fun (_: int) -> skiptest "no data": bool)
            ]

            for test in skipping do
                match run test with
                | Some(:? IgnoreException as e) -> Expect.equal e.Message "no data" "reason"
                | other -> failtestf "expected an IgnoreException, was %A" other)

        testCase "asynchronous tests run to their end" (fun () ->
            let failing = async {
                do! Async.Sleep 1
                failtest "late"
            }

            Expect.isSome (run (testCaseAsync "async" failing)) "async"
            Expect.isSome (run (testCaseTask "task" (fun () -> task { do! failing }))) "task")

        testCase "names are paths, and repeated ones are found" (fun () ->
            let one = testCase "one" ignore
            let tree = testList "a" [ one; testList "b" [ one; testLabel "c" one ] ]
            Expect.equal (Adapter.flatten tree |> List.map _.Name) [ "a/one"; "a/b/one"; "a/b/c/one" ] "names"
            Expect.equal (Adapter.repeated (Adapter.flatten tree)) [] "unique"
            Expect.equal (Adapter.repeated (Adapter.flatten (testList "a" [ one; one ]))) [ "a/one" ] "repeated")

        testCase "pending tests and those beside focused ones do not run" (fun () ->
            let states tree =
                let flat = Adapter.flatten tree
                flat |> List.map (fun t -> (Adapter.reasonToSkip flat t).IsNone)

            let normal, pending, focused =
                testCase "n" ignore, ptestCase "p" ignore, ftestCase "f" ignore

            Expect.equal (states (testList "l" [ normal; pending ])) [ true; false ] "pending"
            Expect.equal (states (testList "l" [ normal; pending; focused ])) [ false; false; true ] "focused"
            Expect.equal (states (ptestList "l" [ normal; focused ])) [ false; false ] "pending list"
            Expect.equal (states (testList "l" [ normal; ftestList "m" [ normal ] ])) [ false; true ] "focused list")

        testTheory "a theory is one test per case" [ 1; 2 ] (fun n -> Expect.isGreaterThan n 0 "case")
    ]
