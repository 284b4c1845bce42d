/// Expecto's vocabulary for NUnit's runner. Test files say `open Expecto` and compile unchanged against the real
/// Expecto packages (`-p:TestHost=Expecto`), which replace this folder.
namespace Expecto

open System
open System.Diagnostics
open System.Threading.Tasks

/// An expectation that does not hold. NUnit reports its descendants as failures, with the line of the expectation.
type AssertException(message: string) =
    inherit NUnit.Framework.AssertionException(message)

/// A failure whose message says everything, such as the report of a property.
type FailedException(message: string) =
    inherit NUnit.Framework.AssertionException(message)

/// A test that finds out that it cannot run here. NUnit reports its descendants as skipped, with the reason.
type IgnoreException(message: string) =
    inherit NUnit.Framework.IgnoreException(message)

/// Marks a value (or a function of unit) of type Test whose tests shall run.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type TestsAttribute() =
    inherit Attribute()

/// Whether a test runs: Pending ones do not, and none but the Focused ones where there are any.
type FocusState =
    | Normal
    | Pending
    | Focused

/// What a test does.
[<NoEquality; NoComparison>]
type TestCode =
    | Sync of (unit -> unit)
    | Async of Async<unit>

/// Tests as values: a tree with names on its edges.
[<NoEquality; NoComparison>]
type Test =
    | TestCase of code: TestCode * state: FocusState
    | TestList of tests: Test list * state: FocusState
    | TestLabel of label: string * test: Test * state: FocusState

/// The words that build tests.
[<AutoOpen; StackTraceHidden>]
module Tests =

    let private case state name code =
        TestLabel(name, TestCase(code, state), state)

    let private list state name tests =
        TestLabel(name, TestList(tests, state), state)

    let private fromTask (test: unit -> Task<unit>) =
        Async(async { do! Async.AwaitTask(test ()) })

    /// A named list of tests.
    let testList name tests = list Normal name tests

    /// A list outside of which nothing runs: for the time of debugging.
    let ftestList name tests = list Focused name tests

    /// A list that is skipped.
    let ptestList name tests = list Pending name tests

    /// A name around a test.
    let testLabel name test = TestLabel(name, test, Normal)

    /// One test.
    let testCase name test = case Normal name (Sync test)

    /// A test beside which nothing runs: for the time of debugging.
    let ftestCase name test = case Focused name (Sync test)

    /// A test that is skipped.
    let ptestCase name test = case Pending name (Sync test)

    /// One asynchronous test.
    let testCaseAsync name test = case Normal name (Async test)

    /// An asynchronous test that is skipped.
    let ptestCaseAsync name test = case Pending name (Async test)

    /// One test that returns a task.
    let testCaseTask name test = case Normal name (fromTask test)

    /// One test per case, named by the case.
    let testTheory name (cases: seq<'T>) (test: 'T -> 'Result) =
        let label (value: 'T) =
            match box value with
            | :? string as text -> $"\"{text}\""
            | _ -> string value

        let toTest value =
            testCase (label value) (fun () -> test value |> ignore)

        testList name (cases |> Seq.map toTest |> List.ofSeq)

    /// Tests that must not run beside others. This host runs one test at a time anyway.
    let testSequenced (test: Test) = test

    /// Tests that must not run beside others of the group. This host runs one test at a time anyway.
    let testSequencedGroup (_: string) (test: Test) = test

    /// Fails the test.
    let failtest message = raise (AssertException message)

    /// Fails the test with a formatted message.
    let failtestf format = Printf.ksprintf failtest format

    /// Skips the test, with the reason.
    let skiptest reason = raise (IgnoreException reason)

    /// Skips the test, with a formatted reason.
    let skiptestf format = Printf.ksprintf skiptest format
