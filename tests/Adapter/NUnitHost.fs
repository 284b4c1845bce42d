namespace Expecto

open System
open System.Reflection
open NUnit.Framework
open NUnit.Framework.Interfaces
open NUnit.Framework.Internal
open NUnit.Framework.Internal.Builders

/// A test with the names from the root of the tree to it.
[<NoEquality; NoComparison>]
type FlatTest = {
    /// The names, joined by slashes.
    Name: string
    /// What it does.
    Code: TestCode
    /// The state that results from its own and those above it.
    State: FocusState
}

/// Presents the values marked [<Tests>] to NUnit.
module internal Adapter =

    let private inherited parent child =
        match parent, child with
        | Pending, _
        | _, Pending -> Pending
        | Focused, _
        | _, Focused -> Focused
        | Normal, Normal -> Normal

    /// The tests of a tree in their order.
    let flatten (test: Expecto.Test) =
        let rec walk path state (test: Expecto.Test) =
            match test with
            | TestCase(code, own) -> [
                {
                    Name = String.Join('/', List.rev path)
                    Code = code
                    State = inherited state own
                }
              ]
            | TestList(tests, own) -> tests |> List.collect (walk path (inherited state own))
            | TestLabel(label, test, own) -> walk (label :: path) (inherited state own) test

        walk [] Normal test

    /// The names that occur more than once.
    let repeated tests =
        tests
        |> List.countBy _.Name
        |> List.filter (fun (_, count) -> count > 1)
        |> List.map fst

    /// Why a test does not run, if it does not.
    let reasonToSkip (tests: FlatTest list) =
        let focused = tests |> List.exists (fun t -> t.State = Focused)

        fun (test: FlatTest) ->
            match test.State with
            | Pending -> Some "pending"
            | Normal when focused -> Some "other tests are focused"
            | _ -> None

    /// Runs a test to its end.
    let run code =
        match code with
        | Sync test -> test ()
        | Async test -> Async.RunSynchronously test

    let private marked (m: MemberInfo) =
        m.IsDefined(typeof<TestsAttribute>, false)

    let private valuesOf (declaring: Type) =
        let flags = BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic

        let read (name: string) (value: obj | null) =
            match value with
            | :? Expecto.Test as test -> test
            | _ -> failwith $"{declaring.FullName}.{name} is marked [<Tests>] and is no Test"

        [
            for p in declaring.GetProperties flags do
                if marked p then
                    read p.Name (p.GetValue null)
            for m in declaring.GetMethods flags do
                if marked m then
                    read m.Name (m.Invoke(null, [||]))
        ]

    /// All tests of an assembly; names must be unique, and none may be focused where CI=true.
    let discover (assembly: Assembly) =
        let tests =
            assembly.GetTypes()
            |> Array.sortBy _.FullName
            |> List.ofArray
            |> List.collect valuesOf
            |> List.collect flatten

        match repeated tests with
        | [] -> ()
        | names -> failwithf "Several tests have the same name: %s" (String.concat ", " names)

        if
            Environment.GetEnvironmentVariable "CI" = "true"
            && tests |> List.exists (fun t -> t.State = Focused)
        then
            failwith "Focused tests (ftestList, ftestCase, ftestProperty) are for the time of debugging"

        tests

/// Makes one NUnit test of each test of the assembly. (TestCaseSource would do, but expands {m}, {a}, {0} in names.)
[<AttributeUsage(AttributeTargets.Method)>]
type PresentAttribute() =
    inherit NUnitAttribute()

    interface ITestBuilder with
        member _.BuildFrom(method, suite) =
            let build (arguments: obj[]) name =
                let test =
                    NUnitTestCaseBuilder().BuildTestMethod(method, suite, TestCaseParameters arguments)

                test.Name <- name
                test.FullName <- $"{method.TypeInfo.FullName}.{name}"
                test

            let skip (reason: string) (test: TestMethod) =
                test.RunState <- RunState.Ignored
                test.Properties.Set(PropertyNames.SkipReason, reason)

            try
                let tests = Adapter.discover method.TypeInfo.Assembly
                let reasonToSkip = Adapter.reasonToSkip tests

                [
                    for test in tests do
                        let built = build [| test.Code |] test.Name
                        reasonToSkip test |> Option.iter (fun reason -> skip reason built)
                        built
                ]
            with e ->
                let broken = build [| Sync ignore |] "discovery of the tests"
                broken.MakeInvalid(e.ToString())
                [ broken ]

/// Where NUnit finds them.
[<TestFixture>]
type Suite() =

    /// Runs one of them.
    [<Present>]
    member _.Run(code: TestCode) = Adapter.run code
