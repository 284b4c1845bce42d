/// Where blocks of the caller lie beside one another, what gradients are taken from them, and for how long they are held.
module OptCore.Tests.BoundMemoryTests

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

let private part (array: float[]) start length : TensorBlock<float> =
    TensorBlock<float>.op_Implicit(array.AsMemory(start, length))

let private whole (array: float[]) : TensorBlock<float> = TensorBlock<float>.op_Implicit array

let private layout (tensors: (string * int) list) =
    (Layout.Empty, tensors)
    ||> List.fold (fun all (name, length) -> all.Add(name, length))

let private plan (text: string) tensors : Plan<float> =
    (Optimizer.Parse text).Plan<float>(layout tensors)

let private message (f: unit -> 'T) =
    match caught f with
    | :? ArgumentException as e -> e.Message
    | e -> failtestf "%O" e

// Elements that two ranges have in common.
let private common (a, length) (b, other) =
    max 0 (min (a + length) (b + other) - max a b)

let private places =
    testList "places" [
        testCase "two tensors overlap where they have an element in common, an empty one never does" (fun () ->
            for one in 1..3 do
                for two in 1..3 do
                    let plan = plan "sgd 0.5" [ "w", one; "e", 0; "b", two ]

                    for i in 0 .. 7 - one do
                        for j in 0 .. 7 - two do
                            for k in 0..7 do
                                let array = Array.create 7 1.0
                                let blocks = [| part array i one; part array k 0; part array j two |]
                                let bind () = plan.Bind(ReadOnlySpan blocks)

                                if common (i, one) (j, two) = 0 then
                                    bind().Dispose()
                                elif i = j && one = two then
                                    Expect.equal
                                        (message bind)
                                        ("The tensors \"w\" and \"b\" are bound to the same block; each needs one of its own. "
                                         + "(Parameter 'tensors')")
                                        "the same"
                                else
                                    Expect.equal
                                        (message bind)
                                        "The blocks of the tensors \"w\" and \"b\" overlap. (Parameter 'tensors')"
                                        $"w at {i}, b at {j}, e at {k}")

        testCase "three tensors overlap where two of them do" (fun () ->
            let plan = plan "sgd 0.5" [ "a", 1; "b", 2; "c", 3 ]

            for i in 0..7 do
                for j in 0..6 do
                    for k in 0..5 do
                        let array = Array.create 8 1.0
                        let blocks = [| part array i 1; part array j 2; part array k 3 |]
                        let bind () = plan.Bind(ReadOnlySpan blocks)

                        if common (i, 1) (j, 2) + common (i, 1) (k, 3) + common (j, 2) (k, 3) = 0 then
                            bind().Dispose()
                        else
                            Expect.stringEnds (message bind) " overlap. (Parameter 'tensors')" $"{i}, {j}, {k}")

        testCase
            "a gradient anywhere in the array of the parameters: refused where it has an element of them"
            (fun () ->
                // By address d, b, e, a, c; e has no elements and lies within a.
                let tensors = [ "a", 3; "b", 1; "c", 2; "d", 2; "e", 0 ]
                let starts = [ 12; 7; 18; 2; 13 ]
                let length = 22

                for t, (name, count) in List.indexed tensors do
                    for start in 0 .. length - count do
                        let array = Array.init length (fun i -> 1.0 + float i)
                        let expected = Array.copy array

                        use session =
                            (plan "sgd 1.0" tensors)
                                .Bind(
                                    ReadOnlySpan [|
                                        for at, (_, count) in List.zip starts tensors -> part array at count
                                    |]
                                )

                        let gradients = Array.create tensors.Length TensorBlock<float>.None
                        gradients[t] <- part array start count

                        let overlapped =
                            List.zip starts tensors
                            |> List.filter (fun (at, (_, other)) -> common (start, count) (at, other) > 0)

                        if overlapped.IsEmpty then
                            session.Step(ReadOnlySpan gradients) |> ignore

                            for i in 0 .. count - 1 do
                                expected[starts[t] + i] <- expected[starts[t] + i] - (1.0 + float (start + i))
                        else
                            // The last one that begins before the end.
                            let _, (other, _) = List.maxBy fst overlapped

                            Expect.equal
                                (message (fun () -> session.Step(ReadOnlySpan gradients)))
                                ($"The gradient of \"{name}\" overlaps the parameters of \"{other}\"; hand in a copy. "
                                 + "(Parameter 'gradients')")
                                $"{name} at {start}"

                        Expect.equal array expected $"{name} at {start}")
    ]

/// Memory outside the collector's, which moves or is gone.
type private Elsewhere(length: int) =
    inherit NativeBlock<float>()
    let memory: float[] = GC.AllocateArray(length + 1, pinned = true)
    member val Place = 0 with get, set
    member val IsGone = false with get, set

    override this.Address =
        if this.IsGone then
            0n
        else
            Marshal.UnsafeAddrOfPinnedArrayElement(memory, this.Place)

    override _.Length = length

let private taking =
    testList "gradients" [
        testCase "a part of an array that was taken is not kept where arrays come that are none" (fun () ->
            let w, b = [| 8.0; 8.0 |], [| 8.0; 8.0 |]
            use session = (plan "sgd 1.0" [ "w", 2; "b", 2 ]).Bind [| w; b |]
            let one = [| 1.0; 1.0 |]
            let nothing: float[] | null = null
            let two: (float[] | null)[] = [| one; [| 2.0; 2.0 |] |]
            let first: (float[] | null)[] = [| one; nothing |]

            for before in [ false; true ] do
                if before then
                    session.Step two |> ignore

                let start = Array.copy w, Array.copy b

                session.Step(ReadOnlySpan [| whole one; part [| 0.0; 1.0; 1.0; 0.0 |] 1 2 |])
                |> ignore

                session.Step first |> ignore
                session.Step first |> ignore
                Expect.equal w (Array.map (fun x -> x - 3.0) (fst start)) "three steps of w"
                Expect.equal b (Array.map (fun x -> x - 1.0) (snd start)) "one step of b")

        testCase "an array of which a part was taken is refused as a whole" (fun () ->
            for count in [ 1; 2 ] do
                let tensors = [ for _ in 1..count -> [| 8.0; 8.0 |] ]

                use session =
                    (plan "sgd 1.0" [ for i in 1..count -> $"t{i}", 2 ]).Bind(Array.ofList tensors)

                let longer = [ for _ in 1..count -> Array.create 3 1.0 ]
                session.Step(ReadOnlySpan [| for array in longer -> part array 0 2 |]) |> ignore
                let arrays: (float[] | null)[] = [| for array in longer -> array |]

                Expect.equal
                    (message (fun () -> session.Step arrays))
                    "The gradient of \"t1\" has 3 elements; the tensor t1[2] has 2. (Parameter 'gradients')"
                    "too long"

                Expect.equal tensors [ for _ in 1..count -> [| 7.0; 7.0 |] ] "one step")

        testCase "by name: the first that the layout does not know is named, whatever stands beside it" (fun () ->
            let tensors () = [| [| 1.0 |]; [| 1.0; 2.0 |] |]

            let refusal (names: string list) =
                use session = (plan "sgd 1.0" [ "w", 1; "b", 2 ]).Bind(tensors ())
                let lengths = dict [ "w", 1; "b", 2; "x", 1; "y", 1 ]
                let gradients = Dictionary()

                for name in names do
                    gradients.Add(name, Array.create lengths[name] 1.0)

                try
                    session.Step gradients |> ignore
                    ""
                with :? ArgumentException as e ->
                    e.Message

            let unknown name =
                $"There is a gradient for \"{name}\"; the layout has: \"w\", \"b\". (Parameter 'gradients')"

            for known in [ []; [ "w" ]; [ "b" ]; [ "b"; "w" ] ] do
                Expect.equal (refusal known) "" "known"
                Expect.equal (refusal (known @ [ "x" ])) (unknown "x") "one more"
                Expect.equal (refusal ("y" :: known)) (unknown "y") "one before"
                Expect.equal (refusal (known @ [ "y"; "x" ])) (unknown "y") "two more")

        testCase "an empty tensor may be freed, or move, while a session is bound to it" (fun () ->
            for moves in [ false; true ] do
                let empty, w = Elsewhere 0, [| 1.0; 2.0 |]

                use session =
                    (plan "sgd 0.5" [ "e", 0; "w", 2 ])
                        .Bind(ReadOnlySpan [| TensorBlock<float>.op_Implicit empty; whole w |])

                let gradients = [|
                    TensorBlock<float>.op_Implicit(Elsewhere(0, IsGone = true))
                    whole [| 1.0; 1.0 |]
                |]

                session.Step(ReadOnlySpan gradients) |> ignore

                if moves then empty.Place <- 1 else empty.IsGone <- true
                session.Step(ReadOnlySpan gradients) |> ignore
                Expect.equal w [| 0.0; 1.0 |] "two steps"
                Expect.equal (session.Snapshot().ToArray()) w "the state")
    ]

// Apart: what is bound, or taken, is held by nothing else.
[<MethodImpl(MethodImplOptions.NoInlining)>]
let private bind (lengths: int list) =
    let tensors = [| for length in lengths -> Array.create length 1.0 |]

    (plan "sgd 0.5" [ for i, length in List.indexed lengths -> $"t{i}", length ]).Bind tensors,
    [ for t in tensors -> WeakReference t ]

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private step (session: BoundSession<float>) (lengths: int list) =
    let gradients: (float[] | null)[] = [| for length in lengths -> Array.create length 1.0 |]
    session.Step gradients |> ignore
    [ for gradient in gradients -> WeakReference(gradient: obj | null) ]

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private stepWithNone (session: BoundSession<float>) count =
    let none: (float[] | null)[] = Array.create count null
    session.Step none |> ignore

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private bindElsewhere () =
    let memory = Elsewhere 2
    (plan "sgd 0.5" [ "w", 2 ]).Bind(ReadOnlySpan [| TensorBlock<float>.op_Implicit memory |]), [ WeakReference memory ]

let private alive (references: WeakReference list) =
    GC.Collect()
    references |> List.map _.IsAlive

let private holding =
    testList "what is held" [
        testCase "gradients until others come, or none" (fun () ->
            let lengths = [ 3; 1; 5 ]
            let session, _ = bind lengths
            let first = step session lengths
            Expect.equal (alive first) [ true; true; true ] "taken"
            let second = step session lengths
            Expect.equal (alive first) [ false; false; false ] "others have come"
            Expect.equal (alive second) [ true; true; true ] "taken"
            stepWithNone session 3
            Expect.equal (alive second) [ false; false; false ] "none have come"
            session.Dispose())

        testCase "parameters and gradients no longer than the session" (fun () ->
            let lengths = [ 3; 1; 5 ]
            let session, parameters = bind lengths
            let gradients = step session lengths
            Expect.equal (alive parameters) [ true; true; true ] "bound"
            session.Dispose()
            Expect.equal (alive parameters) [ false; false; false ] "parameters"
            Expect.equal (alive gradients) [ false; false; false ] "gradients"
            Expect.equal session.StepCount 1L "while the session is there"
            let session, memory = bindElsewhere ()
            Expect.equal (alive memory) [ true ] "bound"
            session.Dispose()
            Expect.equal (alive memory) [ false ] "memory elsewhere"
            Expect.equal session.StepCount 0L "while the session is there")
    ]

[<Tests>]
let tests = testList "bound" [ places; taking; holding ]
