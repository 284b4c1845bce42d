/// Whether the run time's switches took effect. scripts/test-widths says what it expects; without it there is nothing to check.
module OptCore.Tests.HardwareTests

open System
open Expecto
open OptCore
open OptCore.Kernels

/// A test that compares with an environment variable, if it is set.
let private expecting variable what (actual: unit -> string) =
    testCase what (fun () ->
        match Environment.GetEnvironmentVariable variable with
        | null
        | "" -> ()
        | expected -> Expect.equal (actual ()) expected $"{what}, asked for with {variable}")

[<Tests>]
let tests =
    testList "hardware" [
        expecting "OPTDSL_EXPECT_BITS" "vector width" (fun () -> string Hardware.VectorBits)
        expecting "OPTDSL_EXPECT_FMA" "fused multiply-add" (fun () -> if Hardware.HasFma then "yes" else "no")
        expecting "OPTDSL_EXPECT_THREADS" "threads" (fun () -> string Execution.Default.Threads)
    ]
