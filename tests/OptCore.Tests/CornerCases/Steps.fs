/// Optimizers by their text, their steps and their refusals; expectations are exact, in powers of two.
module OptCore.Tests.CornerCases.Steps

open System
open Expecto
open OptCore

let read (text: string) = Optimizer.Parse text

let plain (text: string) (length: int) = (read text).Plan length

let named (text: string) (layout: Layout) = (read text).Plan<float> layout

let layout (tensors: (string * int) list) =
    (Layout.Empty, tensors)
    ||> List.fold (fun all (name, length) -> all.Add(name, length))

// An array literal does not convert to a span, an array does.
let vector (values: float list) : float[] = Array.ofList values

let init (plan: Plan<float>) (start: float list) = plan.Init(vector start)

let step (plan: Plan<float>) (state: State<float>) (gradient: float list) =
    plan.Step(state, vector gradient, atPoint = true)

/// The parameters after the given gradients.
let after (plan: Plan<float>) start gradients =
    let state = List.fold (step plan) (init plan start) gradients
    List.ofArray (state.ToArray())

let private refusal (f: unit -> 'T) =
    Expect.throwsC (fun () -> f () |> ignore) (fun e ->
        if not (e :? ArgumentException || e :? OptimizerParseException) then
            failtestf "expected a refusal, was %O" e

        e.Message)

let says (words: string list) (f: unit -> 'T) =
    let message = refusal f

    for word in words do
        Expect.stringContains message word "message"
