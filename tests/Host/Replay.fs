/// What the environment says about properties, and how a failed one says it is replayed.
module Tests.Replay

open System
open System.Text.RegularExpressions
open Expecto

let private variable name =
    match Environment.GetEnvironmentVariable name with
    | null
    | "" -> None
    | text -> Some text

/// OPTDSL_SEED: `seed,gamma` replays all cases of a run, `seed,gamma,size` the one that failed.
let parseSeed (text: string) =
    match text.Split ',' |> Array.map (fun part -> UInt64.TryParse(part.Trim())) with
    | [| (true, seed); (true, gamma) |] -> seed, gamma, None
    | [| (true, seed); (true, gamma); (true, size) |] when size <= uint64 Int32.MaxValue -> seed, gamma, Some(int size)
    | _ -> failwith $"OPTDSL_SEED = \"{text}\": expected seed,gamma or seed,gamma,size"

/// OPTDSL_TESTS: by how much the number of cases is multiplied, 2 or 0.5.
let parseFactor (text: string) =
    match Double.TryParse(text, Globalization.CultureInfo.InvariantCulture) with
    | true, factor when factor > 0.0 && Double.IsFinite factor -> factor
    | _ -> failwith $"OPTDSL_TESTS = \"{text}\": expected a factor such as 10"

/// What `testProperty` without a config means in Expecto's own runner.
let private standard = {
    FsCheckConfig.defaultConfig with
        maxTest = defaultConfig.fsCheckMaxTests
}

/// A config as the environment wants it.
let configured (config: FsCheckConfig) =
    let factor =
        variable "OPTDSL_TESTS" |> Option.map parseFactor |> Option.defaultValue 1.0

    {
        config with
            maxTest = max 1 (int (min (float config.maxTest * factor) (float Int32.MaxValue)))
            replay = variable "OPTDSL_SEED" |> Option.map parseSeed |> Option.orElse config.replay
    }

/// A test whose property, if it is one, runs as the environment wants it.
let apply (test: FlatTest) =
    match test.test with
    | AsyncFsCheck(config, stress, run) ->
        let config = config |> Option.defaultValue standard |> configured

        {
            test with
                test = AsyncFsCheck(Some config, stress, run)
        }
    | _ -> test

// What Expecto.FsCheck writes under a counter-example: the seed of the first case, then seed and size of the failed one.
let private seeds =
    Regex(@"Original seed: \((\d+)UL, (\d+)UL\)\s+Focus on error:\s+\w+ \((\d+)UL, (\d+)UL, Some (\d+)\)")

// A part of a name that needs no quoting in a filter, its words joined by "and": the adapter refuses blanks.
let private filter (test: FlatTest) =
    Regex.Matches(List.last test.name, "[A-Za-z0-9 ]+")
    |> Seq.map (fun m -> m.Value.Trim())
    |> Seq.sortByDescending _.Length
    |> Seq.tryHead
    |> Option.filter (fun part -> part <> "")
    |> Option.map (fun part ->
        let words =
            part.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            |> Array.map (fun word -> $"Name~{word}")

        let filter = String.concat "&" words
        $" --filter \"{filter}\"")
    |> Option.defaultValue ""

/// A failure's message, with the commands that replay it where it is a property's.
let explained test (message: string) =
    let found = seeds.Match message

    if found.Success then
        let value (i: int) = found.Groups[i].Value

        $"{message.TrimEnd()}\n"
        + $"All cases again:  OPTDSL_SEED={value 1},{value 2} dotnet test{filter test}\n"
        + $"This one alone:   OPTDSL_SEED={value 3},{value 4},{value 5} dotnet test{filter test}"
    else
        message
