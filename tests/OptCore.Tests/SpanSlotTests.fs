/// What a stage that is a function on spans sees of its tensors, of the parameters and of slots of every kind.
module OptCore.Tests.SpanSlotTests

open System
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

/// What was seen of one tensor: its name, where it lies, and how long its part of each slot is.
type private Seen = {
    Name: string
    Start: int
    Length: int
    Parts: int list
}

/// Writes numbers that tell tensor and place into every slot.
type private Writing(name: string, phase: Phase, seen: ResizeArray<Seen>, vectors: ResizeArray<float list>) =
    member _.Name = name

    interface ISpanStage with
        member _.Phase = phase
        member _.Equation = ""

        member _.Slots = [|
            SlotSpec.Element "e"
            SlotSpec.Shaped("s", (fun shape -> [| shape[0] |]))
            SlotSpec.PerTensor("p", 0.25)
            SlotSpec.Scalar("x", 0.5)
            SlotSpec.Count "n"
        |]

        member _.Apply step =
            vectors.Add(List.ofArray (step.Update.ToArray()))
            vectors.Add(List.ofArray (step.Parameters.ToArray()))
            step.Count("n")[0] <- step.Count("n")[0] + 1L

            for i in 0 .. step.Tensors.Count - 1 do
                let tensor = step.Tensors[i]

                let e = step.Slot("e", i)
                let s = step.Slot("s", i)

                for j in 0 .. e.Length - 1 do
                    e[j] <- 100.0 * float i + float j

                for j in 0 .. s.Length - 1 do
                    s[j] <- 10.0 * float i + float j

                let p = step.Slot("p", i)
                let x = step.Slot("x", i)
                p[0] <- float (i + 1)
                x[0] <- x[0] + 1.0

                seen.Add {
                    Name = tensor.Name
                    Start = tensor.Start
                    Length = tensor.Length
                    Parts = [ e.Length; s.Length; p.Length; x.Length ]
                }

let private tensors =
    Layout.Empty.Add("a", 2).Add("w", 2, 3).Add("f", 4).Add("v", 3, 2).Add("b", 1)

let private start = Array.init tensors.Length (fun i -> 1.0 + float i)
let private gradient = Array.init tensors.Length (fun i -> -1.0 - float i)

// Elements of w, v and b.
let private w, private v, private b = [ 2..7 ], [ 12..17 ], [ 18 ]

/// The second of two such stages, on all tensors but the first, of which one is frozen.
let private optimizer phase (seen, vectors) =
    (Optimizer.Sgd 0.0)
        .With(Writing("one", Phase.Direction, ResizeArray(), ResizeArray()))
        .Except("a", (fun o -> o.With(Writing("two", phase, seen, vectors))))
        .Freeze
        "f"

let private slots (state: State<float>) =
    [ for name in [ "e"; "s" ] -> List.ofArray (state.Slot $"writing#2.{name}") ],
    List.ofArray (state.Numbers "writing#2.p"),
    List.ofArray (state.Numbers "writing#2.x"),
    state.Count "writing#2.n"

let private part name start length rows = {
    Name = name
    Start = start
    Length = length
    Parts = [ length; rows; 1; 1 ]
}

let private after = [
    [
        0.0
        1.0
        2.0
        3.0
        4.0
        5.0
        100.0
        101.0
        102.0
        103.0
        104.0
        105.0
        200.0
    ]
    [ 0.0; 1.0; 10.0; 11.0; 12.0; 20.0 ]
]

[<Tests>]
let tests =
    testList "stages of one's own" [
        testCase "a function on spans sees the tensors in its scope that move, and their parts of each slot" (fun () ->
            for phase in [ Phase.Update; Phase.Constraint ] do
                for fuse in [ true; false ] do
                    let seen, vectors = ResizeArray(), ResizeArray()

                    let plan =
                        (optimizer phase (seen, vectors)).Plan<float>(tensors, Execution(Fuse = fuse))

                    let state = plan.Step(plan.Init start, ReadOnlySpan gradient)
                    Expect.equal (List.ofSeq seen) [ part "w" 0 6 2; part "v" 6 6 3; part "b" 12 1 1 ] $"{phase}"
                    let of' (values: float[]) = [ for i in w @ v @ b -> values[i] ]

                    Expect.equal
                        (List.ofSeq vectors)
                        [ (if phase = Phase.Update then of' gradient else []); of' start ]
                        $"{phase}: the update, the parameters"

                    Expect.equal (slots state) (after, [ 0.25; 1.0; 0.25; 2.0; 3.0 ], [ 3.5 ], 1L) $"{phase}: slots"
                    Expect.equal (state.ToArray()) start "nothing has moved"
                    let session = plan.Start start
                    session.Step(ReadOnlySpan gradient) |> ignore
                    Expect.equal (session.Snapshot()) state "in place")

        testCase "where a tensor has no gradient the others follow one another, and its slots stay" (fun () ->
            let seen, vectors = ResizeArray(), ResizeArray()
            let plan = (optimizer Phase.Update (seen, vectors)).Plan<float> tensors
            let session = plan.Start start
            let present = [| true; true; true; false; true |]
            session.Step(ReadOnlySpan gradient, ReadOnlySpan present) |> ignore
            Expect.equal (List.ofSeq seen) [ part "w" 0 6 2; part "b" 6 1 1 ] "tensors"
            let of' (values: float[]) = [ for i in w @ b -> values[i] ]
            Expect.equal (List.ofSeq vectors) [ of' gradient; of' start ] "the update, the parameters"

            Expect.equal
                (slots (session.Snapshot()))
                ([
                    [ 0.0; 1.0; 2.0; 3.0; 4.0; 5.0; 0.0; 0.0; 0.0; 0.0; 0.0; 0.0; 100.0 ]
                    [ 0.0; 1.0; 0.0; 0.0; 0.0; 10.0 ]
                 ],
                 [ 0.25; 1.0; 0.25; 0.25; 2.0 ],
                 [ 2.5 ],
                 1L)
                "slots")
    ]
