namespace OptDsl

open System
open System.Collections.Generic
open System.Numerics
open OptCore

/// <summary>
/// States as files that every safetensors reader opens, and back to the same bits. Files are replaced at once or not at all; one that
/// is damaged or of another plan is a <c>CheckpointException</c> that says what is wrong.
/// </summary>
[<RequireQualifiedAccess>]
module Checkpoint =

    /// <summary>
    /// Stores a state: <c>result.State |> Checkpoint.save "run.safetensors"</c>. The name stands for the whole old file until the new
    /// one is on the disk.
    /// </summary>
    let save<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (path: string)
        (state: State<'T>)
        : unit =
        OptCore.Checkpoint.Save(state, path)

    /// <summary>Loads a state of a plan: <c>adam 0.01 |> plan layout |> fun p -> Checkpoint.load p "run.safetensors"</c>.</summary>
    let load<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (plan: Plan<'T>)
        (path: string)
        : State<'T> =
        OptCore.Checkpoint.Load(plan, path)

    /// <summary>
    /// Loads a state of doubles with the optimizer and the layout that the file names; stages of one's own must be registered.
    /// </summary>
    let restore (path: string) : State<float> = OptCore.Checkpoint.Load<float> path

    /// <summary><c>restore</c> for a state of <c>float32</c>.</summary>
    let restore32 (path: string) : State<float32> = OptCore.Checkpoint.Load<float32> path

    /// <summary>What the header says: optimizer, step, tensors, slots; prints on several lines. The data is not read.</summary>
    let inspect (path: string) : CheckpointInfo = OptCore.Checkpoint.Inspect path

    /// <summary>Reads a whole file and compares its checksum; a damaged one is a <c>CheckpointException</c>.</summary>
    let verify (path: string) : unit = OptCore.Checkpoint.Verify path

    /// <summary>Stores the parameters alone under their plain names, as other frameworks store a model.</summary>
    let saveParameters<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (path: string)
        (state: State<'T>)
        : unit =
        OptCore.Checkpoint.SaveParameters(state, path)

    /// <summary>Loads parameters of F16, BF16, F32 or F64 from any safetensors file, as doubles in the order of the layout.</summary>
    let loadParameters (layout: Layout) (path: string) : float[] =
        OptCore.Checkpoint.LoadParameters<float>(layout, path)

    /// <summary><c>loadParameters</c> as <c>float32</c>.</summary>
    let loadParameters32 (layout: Layout) (path: string) : float32[] =
        OptCore.Checkpoint.LoadParameters<float32>(layout, path)

    /// <summary>
    /// <c>loadParameters</c> where tensors have other names in the file, as pairs (name in the layout, name in the file); what else the
    /// file has is left alone.
    /// </summary>
    let loadParametersAs (names: (string * string) list) (layout: Layout) (path: string) : float[] =
        OptCore.Checkpoint.LoadParameters<float>(layout, path, readOnlyDict names, true)

    /// <summary><c>loadParametersAs</c> as <c>float32</c>.</summary>
    let loadParametersAs32 (names: (string * string) list) (layout: Layout) (path: string) : float32[] =
        OptCore.Checkpoint.LoadParameters<float32>(layout, path, readOnlyDict names, true)
