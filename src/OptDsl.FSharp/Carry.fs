namespace OptDsl

open System
open System.Numerics
open OptCore

/// <summary>The word for states that move to another optimizer, other tensors or another number type.</summary>
[<AutoOpen>]
module CarryWords =

    /// <summary>
    /// Takes a state to another plan, by the names of tensors and slots; time goes on:
    /// <c>result.State |> carry (adam 0.001 |> plan layout)</c>. What would be dropped is an <c>ArgumentException</c> that lists it.
    /// </summary>
    let carry<'T, 'From
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>
        and 'From: unmanaged
        and 'From: (new: unit -> 'From)
        and 'From: struct
        and 'From :> ValueType
        and 'From :> IBinaryFloatingPointIeee754<'From>>
        (plan: Plan<'T>)
        (state: State<'From>)
        : State<'T> =
        plan.Carry state
