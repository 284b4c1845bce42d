/// Signals of Unix that tests send to their own process.
module OptCore.Tests.Signals

open System
open System.IO
open System.Runtime.InteropServices
open Expecto

[<DllImport("libc")>]
extern int private kill(int pid, int signal)

let interrupt = 2
let terminate = 15
let user1 = 10
let user2 = 12

/// Whether the process was started with a signal ignored, as a shell does with Ctrl-C for what runs behind it: then nobody hears it.
let isIgnored (signal: int) =
    let status = "/proc/self/status"

    File.Exists status
    && File.ReadLines status
       |> Seq.exists (fun line ->
           line.StartsWith("SigIgn:", StringComparison.Ordinal)
           && (Convert.ToUInt64(line.Substring("SigIgn:".Length).Trim(), 16) >>> (signal - 1))
              &&& 1UL
               =
               1UL)

/// Sends a signal to this process.
let send (signal: int) =
    Expect.equal (kill (Environment.ProcessId, signal)) 0 $"signal {signal} sent"
