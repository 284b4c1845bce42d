namespace Expecto

open System
open FsCheck

/// What FsCheck counts in a property.
type FsCheckTestData = {
    Labels: Set<string>
    NumberOfShrinks: int
    NumberOfTests: int
    Stamps: seq<int * list<string>>
}

/// How a property is run. Test files set maxTest, startSize, endSize and arbitrary: the other fields differ between
/// the versions of Expecto.
[<NoEquality; NoComparison>]
type FsCheckConfig = {
    /// How many cases.
    maxTest: int
    /// The size of the first case.
    startSize: int
    /// The size of the last case.
    endSize: int
    /// Seed, gamma and, for one case alone, size.
    replay: (uint64 * uint64 * int option) option
    /// Classes of generators; the first one wins.
    arbitrary: Type list
    /// Called with the test's name, the case's number and the arguments.
    receivedArgs: FsCheckConfig -> string -> int -> obj list -> Async<unit>
    /// Called with the test's name and the smaller arguments.
    successfulShrink: FsCheckConfig -> string -> obj list -> Async<unit>
    /// Called with the test's name.
    finishedTest: FsCheckConfig -> string -> FsCheckTestData -> Async<unit>
} with

    /// 100 cases of sizes 1 to 100 with a new seed every time.
    static member defaultConfig = {
        maxTest = 100
        startSize = 1
        endSize = 100
        replay = None
        arbitrary = []
        receivedArgs = fun _ _ _ _ -> async.Return()
        successfulShrink = fun _ _ _ -> async.Return()
        finishedTest = fun _ _ _ -> async.Return()
    }

/// What the environment says about properties: OPTDSL_SEED (`seed,gamma` or `seed,gamma,size`) replays,
/// OPTDSL_TESTS multiplies the number of cases.
module internal Environment =

    let private variable name =
        match Environment.GetEnvironmentVariable name with
        | null
        | "" -> None
        | text -> Some text

    /// Reads `seed,gamma` and `seed,gamma,size`.
    let parseSeed (text: string) =
        match text.Split ',' |> Array.map (fun part -> UInt64.TryParse(part.Trim())) with
        | [| (true, seed); (true, gamma) |] -> seed, gamma, None
        | [| (true, seed); (true, gamma); (true, size) |] when size <= uint64 Int32.MaxValue ->
            seed, gamma, Some(int size)
        | _ -> failwith $"OPTDSL_SEED = \"{text}\": expected seed,gamma or seed,gamma,size"

    /// Reads the factor, 2 or 0.5.
    let parseFactor (text: string) =
        match Double.TryParse(text, Globalization.CultureInfo.InvariantCulture) with
        | true, factor when factor > 0.0 && Double.IsFinite factor -> factor
        | _ -> failwith $"OPTDSL_TESTS = \"{text}\": expected a factor such as 10"

    let apply (config: FsCheckConfig) =
        let factor =
            variable "OPTDSL_TESTS" |> Option.map parseFactor |> Option.defaultValue 1.0

        {
            config with
                maxTest = max 1 (int (min (float config.maxTest * factor) (float Int32.MaxValue)))
                replay = variable "OPTDSL_SEED" |> Option.map parseSeed |> Option.orElse config.replay
        }

/// Properties as tests.
[<AutoOpen>]
module ExpectoFsCheck =

    let private comma (rnd: Rnd) = $"{rnd.Seed},{rnd.Gamma}"

    let private report name result =
        let text = Runner.onFinishedToString name result

        match result with
        | TestResult.Failed(_, _, _, _, first, last, size) ->
            $"{text.TrimEnd()}\nReplay all cases:    OPTDSL_SEED={comma first}\n"
            + $"Replay the last one: OPTDSL_SEED={comma last},{size}"
        | _ -> text

    let private data (result: TestResult) =
        match result with
        | TestResult.Passed(data, _)
        | TestResult.Failed(data, _, _, _, _, _, _)
        | TestResult.Exhausted data -> {
            Labels = data.Labels
            NumberOfShrinks = data.NumberOfShrinks
            NumberOfTests = data.NumberOfTests
            Stamps = data.Stamps
          }

    let private runner (config: FsCheckConfig) name = {
        new IRunner with
            member _.OnStartFixture _ = ()

            member _.OnArguments(number, arguments, _) =
                config.receivedArgs config name number arguments |> Async.RunSynchronously

            member _.OnShrink(arguments, _) =
                config.successfulShrink config name arguments |> Async.RunSynchronously

            member _.OnFinished(_, result) =
                config.finishedTest config name (data result) |> Async.RunSynchronously

                match result with
                | TestResult.Passed _ -> ()
                | TestResult.Failed(_, _, _, Outcome.Failed(:? IgnoreException as e), _, _, _) -> raise e
                | _ -> raise (FailedException(report name result))
    }

    let private check config name property =
        let config = Environment.apply config

        let replay =
            config.replay
            |> Option.map (fun (seed, gamma, size) -> { Rnd = Rnd(seed, gamma); Size = size })

        let quick =
            Config.Quick
                .WithName(name)
                .WithMaxTest(config.maxTest)
                .WithStartSize(config.startSize)
                .WithEndSize(config.endSize)
                .WithReplay(replay)
                .WithArbitrary(config.arbitrary)
                .WithQuietOnSuccess(true)
                .WithRunner(runner config name)

        Check.One(quick, property)

    let private property state config name property =
        TestLabel(name, TestCase(Sync(fun () -> check config name property), state), state)

    /// A property that FsCheck checks with a config of its own.
    let testPropertyWithConfig config name body = property Normal config name body

    /// A property with a config, beside which nothing runs: for the time of debugging.
    let ftestPropertyWithConfig config name body = property Focused config name body

    /// A property with a config that is skipped.
    let ptestPropertyWithConfig config name body = property Pending config name body

    /// A property that FsCheck checks.
    let testProperty name body =
        testPropertyWithConfig FsCheckConfig.defaultConfig name body

    /// A property beside which nothing runs: for the time of debugging.
    let ftestProperty name body =
        ftestPropertyWithConfig FsCheckConfig.defaultConfig name body

    /// A property that is skipped.
    let ptestProperty name body =
        ptestPropertyWithConfig FsCheckConfig.defaultConfig name body
