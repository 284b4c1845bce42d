/// Expecto's tests under `dotnet test`: NUnit's runner gets one test for each of Expecto's, and Expecto runs it.
namespace Tests

open System
open System.Reflection
open System.Threading
open Expecto
open NUnit.Framework
open NUnit.Framework.Interfaces
open NUnit.Framework.Internal
open NUnit.Framework.Internal.Builders

/// A failure whose message says where it was, too: the frames of the host are of no use to the reader.
type Failure(message: string) =
    inherit AssertionException(message)
    override _.StackTrace = ""

/// Finds and runs tests by Expecto's own functions.
module Host =

    // Expecto takes public values alone, and says nothing of others.
    let private overlooked (assembly: Assembly) =
        let hidden =
            BindingFlags.Static ||| BindingFlags.NonPublic ||| BindingFlags.DeclaredOnly

        let members (declaring: Type) =
            let flags =
                if declaring.IsVisible then
                    hidden
                else
                    hidden ||| BindingFlags.Public

            Seq.append
                (declaring.GetProperties flags |> Seq.cast<MemberInfo>)
                (declaring.GetMethods flags |> Seq.cast<MemberInfo>)

        [
            for declaring in assembly.GetTypes() do
                for m in members declaring do
                    if m.IsDefined(typeof<TestsAttribute>, false) then
                        $"{declaring.FullName}.{m.Name}"
        ]

    /// The tests of a tree in their order, with the names from its root. Names must be unique; where CI=true none may be focused.
    let flatten (tree: Expecto.Test) =
        match duplicatedNames Impl.Slash tree with
        | [] -> ()
        | names ->
            let names = names |> List.map Impl.Slash.format |> String.concat ", "
            failwith $"Several tests have the same name: {names}"

        let tests = Test.toTestCodeList tree

        if
            Environment.GetEnvironmentVariable "CI" = "true"
            && tests |> List.exists (fun test -> test.state = Focused)
        then
            failwith "Focused tests (ftestList, ftestCase, ftestProperty) are for the time of debugging"

        tests

    /// All tests of an assembly.
    let discover (assembly: Assembly) =
        match overlooked assembly with
        | [] -> ()
        | names -> failwithf "[<Tests>] on values that are not public: %s" (String.concat ", " names)

        match Impl.testFromAssembly assembly with
        | Some tree -> flatten tree
        | None -> failwith $"{assembly} has no [<Tests>]"

    let private config = {
        defaultConfig with
            joinWith = Impl.Slash
    }

    /// Runs a test to its end, on the thread that asks for it.
    let run (test: FlatTest) =
        Impl.execTestAsync CancellationToken.None config (Replay.apply test)
        |> Async.StartImmediateAsTask
        |> _.GetAwaiter().GetResult().result

/// Makes one NUnit test of each test of the assembly. (TestCaseSource would do, but expands {m}, {a}, {0} in names.)
[<AttributeUsage(AttributeTargets.Method)>]
type PresentAttribute() =
    inherit NUnitAttribute()

    interface ITestBuilder with
        member _.BuildFrom(method, suite) =
            let build (argument: FlatTest) name =
                let test =
                    NUnitTestCaseBuilder().BuildTestMethod(method, suite, TestCaseParameters [| box argument |])

                test.Name <- name
                test.FullName <- $"{method.TypeInfo.FullName}.{name}"
                test

            try
                [
                    for test in Host.discover method.TypeInfo.Assembly do
                        let built = build test (Impl.Slash.format test.name)

                        match test.shouldSkipEvaluation with
                        | Some reason ->
                            built.RunState <- RunState.Ignored
                            built.Properties.Set(PropertyNames.SkipReason, reason)
                        | None -> ()

                        built
                ]
            with e ->
                let broken =
                    testCase "discovery of the tests" ignore |> Test.toTestCodeList |> List.head

                let built = build broken "discovery of the tests"
                built.MakeInvalid(e.ToString())
                [ built ]

/// Where NUnit finds them. One runs at a time, so that `testSequenced` holds for all.
[<TestFixture>]
type Suite() =

    /// Messages go to logs: no colours in them.
    [<OneTimeSetUp>]
    member _.Plain() =
        runTestsWithCLIArgs [ Colours 0; No_Spinner; Printer Impl.TestPrinters.silent ] [||] (TestList([], Normal))
        |> ignore

    /// Runs one of them.
    [<Present>]
    member _.Run(test: FlatTest) =
        match Host.run test with
        | Impl.Passed -> ()
        | Impl.Ignored reason -> Assert.Ignore reason
        | Impl.Failed message -> raise (Failure(Replay.explained test (message.TrimStart())))
        | Impl.Error e -> raise (Failure(e.ToString()))
