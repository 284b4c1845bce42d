/// Bytes that the calling thread allocates: counts, not times.
module OptCore.Tests.Allocation

open System

/// In one call.
let during (call: unit -> unit) =
    let before = GC.GetAllocatedBytesForCurrentThread()
    call ()
    GC.GetAllocatedBytesForCurrentThread() - before

/// In steps: the least of three runs, since what is made once, at the first step that takes long enough to be shared or is interrupted,
/// is not a step's.
let ofSteps run =
    List.init 3 (fun _ -> during run) |> List.min
