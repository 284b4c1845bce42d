/// Starts tests/RankJob on several ranks, where the machine has an MPI library and its launcher.
module OptMpi.Tests.Launcher

open System
open System.Diagnostics
open System.IO
open Expecto
open OptMpi

let private folders =
    match Environment.GetEnvironmentVariable "PATH" with
    | null -> [||]
    | path -> path.Split Path.PathSeparator

let private find (name: string) =
    folders
    |> Array.map (fun folder -> Path.Combine(folder, name))
    |> Array.tryFind File.Exists

let private launcher = lazy (find "mpirun")

/// Why nothing can be started; None if it can.
let missing () =
    match Mpi.IsAvailable(), launcher.Value with
    | (false, reason), _ -> Some reason
    | _, None -> Some "there is no mpirun: apt-get install openmpi-bin libopenmpi-dev"
    | _ -> None

/// Beside this test, of the same configuration.
let private program =
    let output = AppContext.BaseDirectory.Replace("OptMpi.Tests", "RankJob")
    Path.Combine(output, "RankJob.dll")

/// What a job has left.
type Ended = {
    Code: int
    Output: string
    Seconds: float
}

/// Runs the program on so many ranks; skips the test where that cannot be had.
let job (ranks: int) (arguments: string list) =
    match missing () with
    | Some reason -> skiptest reason
    | None -> ()

    let start =
        ProcessStartInfo(launcher.Value.Value, RedirectStandardOutput = true, RedirectStandardError = true)

    // More ranks than processors, as root in a container: what tests may do and clusters should not.
    for name in
        [
            "OMPI_ALLOW_RUN_AS_ROOT"
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"
            "OMPI_MCA_rmaps_base_oversubscribe"
        ] do
        start.Environment[name] <- "1"

    start.Environment["OMPI_MCA_btl_vader_single_copy_mechanism"] <- "none"
    start.Environment["TERM"] <- "dumb"

    for argument in [ "-n"; string ranks; "dotnet"; program ] @ arguments do
        start.ArgumentList.Add argument

    let clock = Stopwatch.StartNew()

    use running =
        match Process.Start start with
        | null -> failwith "no process"
        | running -> running

    let output = running.StandardOutput.ReadToEndAsync()
    let errors = running.StandardError.ReadToEndAsync()

    if not (running.WaitForExit 120_000) then
        running.Kill(entireProcessTree = true)
        failtest $"""{ranks} ranks of {String.concat " " arguments} did not end within two minutes"""

    {
        Code = running.ExitCode
        Output = output.Result + errors.Result
        Seconds = clock.Elapsed.TotalSeconds
    }

/// The line that begins with a word, of a job that has ended well.
let said (word: string) (ended: Ended) =
    if ended.Code <> 0 then
        failtest $"exit code {ended.Code}: {ended.Output}"

    match
        ended.Output.Split '\n'
        |> Array.tryFind (fun line -> line.TrimStart().StartsWith(word, StringComparison.Ordinal))
    with
    | Some line -> line.Trim()
    | None -> failtest $"no line begins with {word}: {ended.Output}"
