/// How many cases a law runs in the tests, and from which seed.
module OptVerify.Tests.Sampling

open System
open System.Globalization

let private variable name =
    match Environment.GetEnvironmentVariable name with
    | null
    | "" -> None
    | text -> Some text

/// OPTDSL_VERIFY_TESTS: cases per law, for the long mode; without it 100.
let cases =
    match variable "OPTDSL_VERIFY_TESTS" with
    | None -> 100
    | Some text ->
        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, count when count > 0 -> count
        | _ -> failwith $"OPTDSL_VERIFY_TESTS = \"{text}\": expected a number of cases such as 100000"

/// The seed is fixed, so that a run of the tests is the same everywhere; OPTDSL_VERIFY_SEED gives another.
let seed =
    match variable "OPTDSL_VERIFY_SEED" with
    | None -> 20260101UL
    | Some text -> UInt64.Parse(text, CultureInfo.InvariantCulture)
