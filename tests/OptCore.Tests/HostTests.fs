/// The host's own part: what it adds to Expecto.
module OptCore.Tests.HostTests

open Expecto
open Tests

let private single test =
    match Host.flatten test with
    | [ test ] -> test
    | several -> failtestf "expected one test, found %d" several.Length

let private failure test =
    match Host.run (single test) with
    | Impl.Failed message -> Replay.explained (single test) message
    | other -> failtestf "expected a failure, was %O" other

let private asserted f = failure (testCase "it" f)

let private falsifiable =
    testProperty "no list (of integers) is long" (fun (xs: int list) -> xs.Length < 3)

[<Tests>]
let tests =
    testList "host" [
        testCase "a comparison with NaN does not hold" (fun () ->
            for compare in
                [
                    Expect.isLessThan
                    Expect.isLessThanOrEqual
                    Expect.isGreaterThan
                    Expect.isGreaterThanOrEqual
                ] do
                asserted (fun () -> compare nan 2.0 "one side") |> ignore
                asserted (fun () -> compare 2.0 nan "other side") |> ignore

            asserted (fun () -> Expect.floatLessThanOrClose Accuracy.low nan 2.0 "close")
            |> ignore

            asserted (fun () -> Expect.floatGreaterThanOrClose Accuracy.low nan 2.0 "close")
            |> ignore)

        testCase "a failure shows floats with all their digits" (fun () ->
            for fail in
                [
                    fun () -> Expect.equal (0.1 + 0.2) 0.3 "sum"
                    fun () -> Expect.isLessThan (0.1 + 0.2) 0.3 "sum"
                    fun () -> Expect.equal [| 0.1 + 0.2 |] [| 0.3 |] "sum"
                ] do
                Expect.stringContains (asserted fail) "0.30000000000000004" "digits")

        testCase "arrays name the first index that differs" (fun () ->
            let message =
                asserted (fun () -> Expect.equal [| 1.0; 2.0; 3.0 |] [| 1.0; 2.5; 3.5 |] "arrays")

            Expect.stringContains message "index 1" "index"

            let message = asserted (fun () -> Expect.equal [| 1.0 |] [| 1.0; 2.0 |] "arrays")
            Expect.stringContains message "2 numbers" "length")

        testCase "what is accepted passes" (fun () ->
            Expect.equal [| 1.0; infinity |] [| 1.0; infinity |] "arrays"
            Expect.equal "text" "text" "text"
            Expect.isLessThanOrEqual 1.0 1.0 "same"
            Expect.floatLessThanOrClose Accuracy.veryHigh 1.0 1.0 "same"
            Expect.floatGreaterThanOrClose Accuracy.veryHigh 1.0 1.0 "same")

        testCase "a failed property says its counter-example and how it is replayed" (fun () ->
            let message = failure falsifiable
            Expect.stringContains message "[0; 0; 0]" "the smallest counter-example"
            Expect.isMatch message @"OPTDSL_SEED=\d+,\d+ dotnet test --filter ""Name~of&Name~integers""\n" "all cases"

            Expect.isMatch
                message
                @"OPTDSL_SEED=\d+,\d+,\d+ dotnet test --filter ""Name~of&Name~integers""$"
                "one case")

        testCase "a replayed property sees the same arguments" (fun () ->
            let arguments replay =
                let mutable seen = []

                let config = {
                    FsCheckConfig.defaultConfig with
                        replay = Some replay
                        receivedArgs = fun _ _ _ args -> async { seen <- args :: seen }
                }

                match single (testPropertyWithConfig config "replayed" (fun (x: int) -> abs x < 3)) with
                | {
                      test = AsyncFsCheck(Some config, _, run)
                  } ->
                    try
                        Async.RunSynchronously(run config)
                    with :? FailedException ->
                        ()
                | _ -> failtest "a property is an AsyncFsCheck"

                seen

            let first = arguments (42UL, 7UL, None)
            Expect.isNonEmpty first "there are arguments"
            Expect.equal (arguments (42UL, 7UL, None)) first "arguments")

        testCase "OPTDSL_SEED: two or three numbers" (fun () ->
            Expect.equal (Replay.parseSeed "1,3") (1UL, 3UL, None) "two"
            Expect.equal (Replay.parseSeed "1, 3, 5") (1UL, 3UL, Some 5) "three"
            Expect.throws (fun () -> Replay.parseSeed "1" |> ignore) "one"
            Expect.throws (fun () -> Replay.parseSeed "a,b" |> ignore) "words")

        testCase "OPTDSL_TESTS: a positive factor" (fun () ->
            Expect.equal (Replay.parseFactor "2.5") 2.5 "factor"
            Expect.throws (fun () -> Replay.parseFactor "0" |> ignore) "zero"
            Expect.throws (fun () -> Replay.parseFactor "many" |> ignore) "word")

        testCase "skips keep their reason, in a property too" (fun () ->
            for test in
                [
                    testCase "case" (fun () -> skiptest "no data")
                    testProperty "property" (fun (_: int) -> skiptest "no data": bool)
                ] do
                match Host.run (single test) with
                | Impl.Ignored reason -> Expect.equal reason "no data" "reason"
                | other -> failtestf "expected a skip, was %O" other)

        testCase "names are paths, and repeated ones are refused" (fun () ->
            let one = testCase "one" ignore

            let tree =
                testList "a" [ one; testList "b" [ one; testLabel "c" (testSequenced one) ] ]

            Expect.equal
                (Host.flatten tree |> List.map (fun test -> Impl.Slash.format test.name))
                [ "a/one"; "a/b/one"; "a/b/c/one" ]
                "names"

            Expect.throwsC (fun () -> Host.flatten (testList "a" [ one; one ]) |> ignore) (fun e ->
                Expect.stringContains e.Message "a/one" "repeated"))

        testCase "pending tests and those beside focused ones do not run" (fun () ->
            let runs tree =
                Test.toTestCodeList tree
                |> List.map (fun test -> test.shouldSkipEvaluation.IsNone)

            let normal, pending, focused =
                testCase "n" ignore, ptestCase "p" ignore, ftestCase "f" ignore

            Expect.equal (runs (testList "l" [ normal; pending ])) [ true; false ] "pending"
            Expect.equal (runs (testList "l" [ normal; pending; focused ])) [ false; false; true ] "focused")
    ]
