/// Whether the run time's switches took effect. scripts/test-widths says what it expects; without it there is nothing to check.
module OptCore.Tests.HardwareTests

open System
open System.Runtime.Intrinsics
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
        testCase "the widest vector that the run time does not emulate" (fun () ->
            let widest =
                if Vector512.IsHardwareAccelerated then 512
                elif Vector256.IsHardwareAccelerated then 256
                else 128

            Expect.equal Hardware.VectorBits widest "bits")
        expecting "OPTDSL_EXPECT_FMA" "fused multiply-add" (fun () -> if Hardware.HasFma then "yes" else "no")
        expecting "OPTDSL_EXPECT_THREADS" "threads" (fun () -> string Execution.Default.Threads)
    ]
