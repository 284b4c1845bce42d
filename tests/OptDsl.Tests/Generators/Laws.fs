/// Rows of the tables of laws, and controls: the same check on something wrong, which must fail.
module OptDsl.Tests.Laws

open Expecto
open FsCheck

/// One row: a law's name, its statement, the property that checks it.
let law id statement (property: Property) =
    testProperty $"{id} {statement}" property

/// One row that holds or not without any input.
let fact id statement (check: unit -> unit) = testCase $"{id} {statement}" check

exception private Falsified

/// Whether FsCheck finds a counter-example, with a fixed seed.
let isFalsified (property: Property) =
    let found = ref false

    let runner = {
        new IRunner with
            member _.OnStartFixture _ = ()
            member _.OnArguments(_, _, _) = ()
            // One counter-example is enough; it need not be small.
            member _.OnShrink(_, _) = raise Falsified

            member _.OnFinished(_, result) =
                match result with
                | TestResult.Failed _ -> found.Value <- true
                | _ -> ()
    }

    try
        let replay = Some { Rnd = Rnd(2026UL, 11UL); Size = None }
        Check.One(Config.Quick.WithRunner(runner).WithReplay(replay), property)
        found.Value
    with Falsified ->
        true

/// A negative control: the law's own check, on something wrong, finds a counter-example.
let control id wrong (property: Property) =
    testCase $"{id} control: {wrong}" (fun () -> Expect.isTrue (isFalsified property) "the check must fail here")
