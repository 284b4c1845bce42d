namespace OptDsl

open System
open System.Numerics
open OptCore

/// <summary>The words for steps in the caller's memory.</summary>
[<AutoOpen>]
module BindWords =

    /// <summary>
    /// Steps in arrays of a model of one's own, which stay where they are: <c>adam 0.001 |> bind [ "w", w; "b", b ]</c>. Each tensor is
    /// a vector of its array's length, under its name; where shapes matter (<c>muon</c>, <c>centralize</c>), <c>bindTo</c> takes a
    /// layout.
    /// </summary>
    let bind<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (tensors: (string * 'T[]) seq)
        (optimizer: Optimizer)
        : BoundSession<'T> =
        let tensors = Array.ofSeq tensors

        let layout =
            Layout.Of [ for name, values in tensors -> struct (name, [| values.Length |]) ]

        optimizer.Plan<'T>(layout).Bind(Array.map snd tensors)

    /// <summary>
    /// Steps in arrays, one for every tensor of a layout, in its order: <c>muon 0.02 |> bindTo layout [ w; b ]</c>.
    /// </summary>
    let bindTo<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (layout: Layout)
        (tensors: 'T[] seq)
        (optimizer: Optimizer)
        : BoundSession<'T> =
        optimizer.Plan<'T>(layout).Bind(Array.ofSeq tensors)

    /// <summary>
    /// Goes on from a state in arrays, which receive its parameters: <c>Checkpoint.load plan path |> bindFrom [ w; b ]</c>.
    /// </summary>
    let bindFrom<'T
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (tensors: 'T[] seq)
        (state: State<'T>)
        : BoundSession<'T> =
        state.Plan.Bind(Array.ofSeq tensors, state)
