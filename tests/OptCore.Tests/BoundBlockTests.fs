/// The caller's blocks: what may be one, when it is looked at, and what is refused.
module OptCore.Tests.BoundBlockTests

open System
open System.Buffers
open System.Collections.Generic
open System.Runtime.InteropServices
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

let private block (memory: Memory<'T>) : TensorBlock<'T> = TensorBlock<'T>.op_Implicit memory
let private two' = Layout.Empty.Add("w", 3).Add("b", 2)
let private plan text : Plan<float> = (Optimizer.Parse text).Plan<float> two'
let private start () = [| [| 1.0; 2.0; 3.0 |]; [| 4.0; 5.0 |] |]

/// Memory that is freed, or moves.
type private Movable(length: int) =
    inherit MemoryManager<float>()
    let mutable array = Array.create length 1.0
    let mutable isFreed = false
    let mutable handle = GCHandle.Alloc(array, GCHandleType.Pinned)

    member _.Move() =
        handle.Free()
        array <- Array.copy array
        handle <- GCHandle.Alloc(array, GCHandleType.Pinned)

    override _.GetSpan() =
        if isFreed then
            raise (ObjectDisposedException "the memory")

        array.AsSpan()

    override _.Pin element =
        new MemoryHandle((handle.AddrOfPinnedObject() + nativeint (8 * element)).ToPointer())

    override _.Unpin() = ()

    override _.Dispose(_: bool) =
        if handle.IsAllocated then
            handle.Free()

        isFreed <- true

    member this.Free() = (this :> IDisposable).Dispose()

type private Unmanaged(bytes: int) =
    inherit SafeHandle(Marshal.AllocHGlobal bytes, true)
    override this.IsInvalid = this.handle = 0n

    override this.ReleaseHandle() =
        Marshal.FreeHGlobal this.handle
        true

let private unmanaged (values: float[]) =
    let owner = new Unmanaged(8 * values.Length)
    Marshal.Copy(values, 0, owner.DangerousGetHandle(), values.Length)
    owner, NativeBlock<float>.Of(owner.DangerousGetHandle(), values.Length, owner)

/// What becomes of memory that the caller has outside the collector's.
type private Fate =
    | Stays
    | SaysNothing
    | Refuses

/// Memory whose owner moves it, or frees it and says so in one of two ways.
type private Native(values: float[]) =
    inherit NativeBlock<float>()
    let mutable at = Marshal.AllocHGlobal(8 * max 1 values.Length)
    do Marshal.Copy(values, 0, at, values.Length)
    member val Fate = Stays with get, set

    /// Where the memory is.
    member _.At
        with get () = at
        and set value = at <- value

    /// Somewhere else, with other numbers; where it was there are none.
    member this.Move(values: float[]) =
        let before = at
        at <- Marshal.AllocHGlobal(8 * max 1 values.Length)
        Marshal.Copy(values, 0, at, values.Length)
        Marshal.Copy(Array.create values.Length nan, 0, before, values.Length)

    override this.Address =
        match this.Fate with
        | Stays -> at
        | SaysNothing -> 0n
        | Refuses -> raise (ObjectDisposedException "the memory")

    override _.Length = values.Length

let private numbers (address: nativeint) length =
    let values = Array.zeroCreate<float> length
    Marshal.Copy(address, values, 0, length)
    values

let private state words (f: unit -> 'T) =
    refused typeof<InvalidOperationException> words f

let private refusals =
    testList "refused" [
        testCase "a wrong number of blocks" (fun () ->
            argument [ "1 blocks"; "2 tensors" ] (fun () -> (plan "sgd 0.1").Bind [| [| 1.0; 2.0; 3.0 |] |]))
        testCase "a wrong length" (fun () ->
            argument [ "\"b\""; "3"; "2" ] (fun () ->
                (plan "sgd 0.1").Bind [| [| 1.0; 2.0; 3.0 |]; [| 1.0; 2.0; 3.0 |] |]))
        testCase "no block" (fun () ->
            argument [ "\"b\"" ] (fun () -> (plan "sgd 0.1").Bind [| [| 1.0; 2.0; 3.0 |]; nothing |]))
        testCase "a parameter that is not finite" (fun () ->
            argument [ "parameters" ] (fun () -> (plan "sgd 0.1").Bind [| [| 1.0; nan; 3.0 |]; [| 1.0; 2.0 |] |]))
        testCase "blocks that overlap" (fun () ->
            let array = Array.zeroCreate<float> 5

            argument [ "\"w\""; "\"b\""; "overlap" ] (fun () ->
                (plan "sgd 0.1").Bind(ReadOnlySpan [| block (array.AsMemory(0, 3)); block (array.AsMemory(2, 2)) |])))
        testCase "the same block twice" (fun () ->
            let array = [| 1.0; 2.0 |]

            argument [ "\"w\""; "\"b\""; "same block" ] (fun () ->
                (Optimizer.Parse "sgd 0.1").Plan<float>(Layout.Empty.Add("w", 2).Add("b", 2)).Bind [| array; array |]))
        testCase "an unknown name" (fun () ->
            argument [ "\"x\""; "\"w\"" ] (fun () ->
                (plan "sgd 0.1").Bind(dict [ "w", [| 1.0; 2.0; 3.0 |]; "x", [| 1.0; 2.0 |] ])))
        testCase "a state of another plan" (fun () ->
            let other = (plan "sgd 0.2").Init(ReadOnlySpan(Array.zeroCreate 5))
            argument [ "another plan" ] (fun () -> (plan "sgd 0.1").Bind(start (), other)))
        testCase "gradients: number, length, name, overlap" (fun () ->
            let tensors = start ()
            use session = (plan "sgd 0.1").Bind tensors
            argument [ "1 blocks" ] (fun () -> session.Step [| [| 1.0; 2.0; 3.0 |] |])
            argument [ "\"b\""; "3" ] (fun () -> session.Step [| [| 1.0; 2.0; 3.0 |]; [| 1.0; 2.0; 3.0 |] |])
            argument [ "\"x\"" ] (fun () -> session.Step(Dictionary(dict [ "x", [| 1.0 |] ])))
            argument [ "\"b\""; "overlaps" ] (fun () -> session.Step [| [| 1.0; 2.0; 3.0 |]; tensors[1] |])

            argument [ "gradient"; "\"b\""; "\"w\"" ] (fun () ->
                session.Step(ReadOnlySpan [| TensorBlock<float>.None; block (tensors[0].AsMemory(1, 2)) |]))

            Expect.equal session.StepCount 0L "no step"
            Expect.equal tensors (start ()) "nothing has changed"
            session.Step(Dictionary(dict [ "b", [| 1.0; 2.0 |] ])) |> ignore
            Expect.equal tensors [| [| 1.0; 2.0; 3.0 |]; [| 3.9; 4.8 |] |] "and then one step")
        testCase "no loss, no point, after the end" (fun () ->
            let gradients = start ()
            let session = (plan "sgd 0.1 |> plateau 1 0.5").Bind(start ())
            argument [ "loss" ] (fun () -> session.Step gradients)
            state [ "Point" ] (fun () -> (plan "sgd 0.1 |> nag 0.9").Bind(start ()).Step gradients)
            session.Dispose()
            session.Dispose()
            refused typeof<ObjectDisposedException> [ "BoundSession" ] (fun () -> session.Step(gradients, 1.0))
            refused typeof<ObjectDisposedException> [ "BoundSession" ] (fun () -> session.Snapshot()))
        testCase "memory that moved" (fun () ->
            use memory = new Movable 3

            use session =
                (plan "sgd 0.1").Bind(ReadOnlySpan [| block memory.Memory; block ([| 1.0; 2.0 |].AsMemory()) |])

            session.Step(start ()) |> ignore
            memory.Move()
            state [ "\"w\""; "moved" ] (fun () -> session.Step(start ()))
            state [ "\"w\""; "moved" ] (fun () -> session.Snapshot()))
        testCase "memory that was freed" (fun () ->
            let memory = new Movable 3

            use session =
                (plan "sgd 0.1").Bind(ReadOnlySpan [| block memory.Memory; block ([| 1.0; 2.0 |].AsMemory()) |])

            let kept = memory.Memory
            memory.Free()
            state [ "\"w\""; "freed" ] (fun () -> session.Step(start ()))

            argument [ "\"w\""; "freed" ] (fun () ->
                (plan "sgd 0.1").Bind(ReadOnlySpan [| block kept; block ([| 1.0; 2.0 |].AsMemory()) |])))
        testCase "native memory is kept while a session is bound, and refused once it is freed" (fun () ->
            let owner, w = unmanaged [| 1.0; 2.0; 3.0 |]

            let bind () =
                (plan "sgd 0.1")
                    .Bind(
                        ReadOnlySpan [|
                            TensorBlock<float>.op_Implicit w
                            TensorBlock<float>.op_Implicit [| 1.0; 2.0 |]
                        |]
                    )

            let session = bind ()
            session.Step(start ()) |> ignore
            Expect.equal (numbers (owner.DangerousGetHandle()) 3) [| 0.9; 1.8; 2.7 |] "in place"
            owner.Dispose()
            session.Step(start ()) |> ignore
            Expect.isFalse owner.IsClosed "the session holds it"
            session.Dispose()
            Expect.isTrue owner.IsClosed "nobody holds it"
            argument [ "\"w\""; "freed" ] bind
            use other = (plan "sgd 0.1").Bind(start ())

            argument [ "\"w\""; "freed" ] (fun () ->
                other.Step(ReadOnlySpan [| TensorBlock<float>.op_Implicit w; TensorBlock<float>.None |])))
        testCase "a native block that moves, says that it is freed, or throws" (fun () ->
            let two, _ = unmanaged [| 1.0; 2.0; 3.0 |]
            let w = Native [| 1.0; 2.0; 3.0 |]
            let one = w.At
            let b = TensorBlock<float>.op_Implicit [| 1.0; 2.0 |]

            use session =
                (plan "sgd 0.25").Bind(ReadOnlySpan [| TensorBlock<float>.op_Implicit w; b |])

            let step () = session.Step(start ())
            step () |> ignore
            w.At <- two.DangerousGetHandle()
            state [ "\"w\""; "moved" ] step
            w.Fate <- SaysNothing
            state [ "\"w\""; "freed" ] step
            w.Fate <- Refuses
            state [ "\"w\""; "freed" ] step
            w.Fate <- Stays
            w.At <- one
            step () |> ignore
            Expect.equal (numbers one 3) [| 0.5; 1.0; 1.5 |] "two steps in place"
            Expect.equal (numbers (two.DangerousGetHandle()) 3) [| 1.0; 2.0; 3.0 |] "nothing elsewhere"
            two.Dispose())
        testCase
            "parameters whose memory was freed before, of every length; where nothing is, none is needed"
            (fun () ->
                for length in [ 0; 1; 2; 3 ] do
                    for fate in [ SaysNothing; Refuses ] do
                        let native = Native(Array.create length 1.0, Fate = fate)

                        let plan =
                            (Optimizer.Parse "sgd 0.1").Plan<float>(Layout.Empty.Add("w", 2).Add("b", length))

                        let tensors = [|
                            TensorBlock<float>.op_Implicit [| 1.0; 2.0 |]
                            TensorBlock<float>.op_Implicit native
                        |]

                        if length = 0 then
                            use session = plan.Bind(ReadOnlySpan tensors)
                            session.Step [| [| 1.0; 1.0 |]; [||] |] |> ignore
                            Expect.equal (session.Snapshot().ToArray()) [| 0.9; 1.9 |] "a step"
                        else
                            argument [ "\"b\""; "freed" ] (fun () -> plan.Bind(ReadOnlySpan tensors)))
        testCase "a gradient whose memory was freed between two steps: by its name, and the session goes on" (fun () ->
            for freed in [ 0; 1 ] do
                for fate in [ SaysNothing; Refuses ] do
                    for lengths in [ [| 3; 2 |]; [| 1; 1 |]; [| 2; 1 |] ] do
                        let layout = Layout.Empty.Add("w", lengths[0]).Add("b", lengths[1])

                        let values scale =
                            lengths |> Array.map (fun n -> Array.init n (fun i -> scale * float (i + 1)))

                        let tensors = values 1.0
                        use session = (Optimizer.Parse "sgd 0.5").Plan<float>(layout).Bind tensors
                        let natives = values 1.0 |> Array.map (fun array -> Native array)

                        let gradients =
                            natives |> Array.map (fun native -> TensorBlock<float>.op_Implicit native)

                        session.Step(ReadOnlySpan gradients) |> ignore
                        Expect.equal tensors (values 0.5) "a step"
                        natives[freed].Fate <- fate

                        for _ in 1..2 do
                            argument [ (if freed = 0 then "\"w\"" else "\"b\""); "freed" ] (fun () ->
                                session.Step(ReadOnlySpan gradients))

                        Expect.equal (session.StepCount, tensors) (1L, values 0.5) "no step"
                        session.Step(values 0.5) |> ignore
                        Expect.equal tensors (values 0.25) "another gradient"
                        natives[freed].Fate <- Stays
                        session.Step(ReadOnlySpan gradients) |> ignore
                        Expect.equal tensors (values -0.25) "the same memory, which is there again")
        testCase "a gradient whose memory was freed by a manager between two steps" (fun () ->
            let tensors = start ()
            use session = (plan "sgd 0.5").Bind tensors
            let memory = new Movable 2
            let gradients = [| block ([| 1.0; 1.0; 1.0 |].AsMemory()); block memory.Memory |]
            session.Step(ReadOnlySpan gradients) |> ignore
            memory.Free()
            argument [ "\"b\""; "freed" ] (fun () -> session.Step(ReadOnlySpan gradients))
            Expect.equal (session.StepCount, tensors) (1L, [| [| 0.5; 1.5; 2.5 |]; [| 3.5; 4.5 |] |]) "one step")
        testCase "a wrong number of flags" (fun () ->
            let session = (plan "sgd 0.1").Start(ReadOnlySpan [| 1.0; 2.0; 3.0; 4.0; 5.0 |])

            argument [ "present"; "1"; "2" ] (fun () ->
                session.Step(ReadOnlySpan(Array.zeroCreate<float> 5), ReadOnlySpan [| true |])))
    ]

let private ways =
    testList "ways" [
        testCase "by name, in any order" (fun () ->
            let w, b = [| 1.0; 2.0; 3.0 |], [| 4.0; 5.0 |]
            use session = (plan "sgd 0.1 |> momentum 0.9").Bind(dict [ "b", b; "w", w ])
            session.Step(Dictionary(dict [ "b", [| 10.0; 20.0 |] ])) |> ignore
            Expect.equal (w, b) ([| 1.0; 2.0; 3.0 |], [| 3.0; 3.0 |]) "b alone has a gradient")
        testCase "from a state, whose parameters the tensors receive" (fun () ->
            let plan = plan "adam 0.1"
            let flat = plan.Start(ReadOnlySpan [| 1.0; 2.0; 3.0; 4.0; 5.0 |])
            let gradient = [| 1.0; -2.0; 3.0; 0.5; 1.5 |]
            flat.Step(ReadOnlySpan gradient) |> ignore
            let tensors = [| Array.zeroCreate 3; Array.zeroCreate 2 |]
            use bound = plan.Bind(tensors, flat.Snapshot())
            Expect.equal (Array.concat tensors) (flat.AsSpan().ToArray()) "the parameters"
            flat.Step(ReadOnlySpan gradient) |> ignore
            bound.Step [| gradient[..2]; gradient[3..] |] |> ignore
            Expect.equal bound.StepCount 2L "time goes on"
            Expect.isTrue (flat.Snapshot().Equals(bound.Snapshot())) "the same state")
        testCase "nag and sam move the parameters to their point and back" (fun () ->
            for text in [ "sgd 0.1 |> nag 0.9"; "sgd 0.1 |> sam 0.05" ] do
                let plan = plan text

                let gradientAt (p: float[]) =
                    p |> Array.mapi (fun i x -> x * float (i + 1))

                let flat = plan.Start(ReadOnlySpan(Array.concat (start ())))
                let tensors = start ()
                use bound = plan.Bind tensors
                let split (g: float[]) = [| g[..2]; g[3..] |]

                for t in 1..4 do
                    let point = Array.zeroCreate<float> 5
                    let at = gradientAt (flat.AsSpan().ToArray())

                    if plan.Probes = 2 then
                        flat.Point(ReadOnlySpan at, point.AsSpan())
                        bound.MoveToPoint(split at)
                    else
                        flat.Point(point.AsSpan())
                        bound.MoveToPoint()

                    Expect.equal (Array.concat tensors) point $"{text}: the point of step {t}"

                    Expect.equal
                        (bound.Snapshot().AsSpan().ToArray())
                        (flat.AsSpan().ToArray())
                        "the state is not moved"

                    if t = 2 then
                        bound.MoveBack()
                        Expect.equal (Array.concat tensors) (flat.AsSpan().ToArray()) "back"

                    flat.Step(ReadOnlySpan(gradientAt point)) |> ignore
                    bound.Step(split (gradientAt point)) |> ignore
                    Expect.equal (Array.concat tensors) (flat.AsSpan().ToArray()) $"{text}: step {t}")
        testCase "another optimizer in the middle" (fun () ->
            let tensors = start ()
            use bound = (plan "adam 0.1").Bind tensors
            let flat = (plan "adam 0.1").Start(ReadOnlySpan(Array.concat tensors))
            let gradient = [| 1.0; -2.0; 3.0; 0.5; 1.5 |]

            for _ in 1..2 do
                bound.Step [| gradient[..2]; gradient[3..] |] |> ignore
                flat.Step(ReadOnlySpan gradient) |> ignore
                bound.Optimizer <- bound.Optimizer.WithRate 0.01
                flat.Optimizer <- flat.Optimizer.WithRate 0.01

            Expect.isTrue (flat.Snapshot().Equals(bound.Snapshot())) "the same state"
            Expect.equal (bound.Rate()) 0.01 "the rate"

            argument [ "caller" ] (fun () -> bound.Carry((Optimizer.Parse "adam 0.1").Plan<float>(Layout.Plain 5))))
        testCase "gradients that are new arrays in every step" (fun () ->
            let tensors = start ()
            use bound = (plan "sgd 1.0").Bind tensors

            for t in 1..200 do
                let b: float[] | null = if t % 2 = 0 then Array.create 2 1.0 else null
                let gradients: (float[] | null)[] = [| Array.create 3 1.0; b |]
                bound.Step gradients |> ignore

                if t % 50 = 0 then
                    GC.Collect()

            Expect.equal tensors [| [| -199.0; -198.0; -197.0 |]; [| -96.0; -95.0 |] |] "all of them were seen")
        testCase "native gradients that move, and others in their place" (fun () ->
            let one, fixed' = unmanaged [| 1.0; 1.0; 1.0 |]
            let two, _ = unmanaged [| 10.0; 10.0; 10.0 |]
            let fast = NativeBlock<float>.Of(two.DangerousGetHandle(), 3, "whoever keeps it")
            let w = Native [| 1.0; 1.0; 1.0 |]
            let tensors = start ()
            use bound = (plan "sgd 1.0").Bind tensors

            let step (block: NativeBlock<float>) =
                bound.Step(ReadOnlySpan [| TensorBlock<float>.op_Implicit block; TensorBlock<float>.None |])
                |> ignore

            step w
            step w
            Expect.equal tensors[0] [| -1.0; 0.0; 1.0 |] "where it was"
            w.At <- two.DangerousGetHandle()
            step w
            Expect.equal tensors[0] [| -11.0; -10.0; -9.0 |] "where it is"
            step fixed'
            step fast
            step fast
            Marshal.Copy([| 2.0; 2.0; 2.0 |], 0, two.DangerousGetHandle(), 3)
            step fast
            Expect.equal tensors[0] [| -34.0; -33.0; -32.0 |] "another block, and what it holds"
            let without: (float[] | null)[] = [| null; [| 1.0; 1.0 |] |]
            bound.Step without |> ignore
            step fast
            Expect.equal tensors [| [| -36.0; -35.0; -34.0 |]; [| 3.0; 4.0 |] |] "behind a step without it"
            one.Dispose()
            two.Dispose())
        testCase "arrays that are the same but for one" (fun () ->
            let tensors = start ()
            use bound = (plan "sgd 1.0").Bind tensors
            let gradients: (float[] | null)[] = [| [| 1.0; 1.0; 1.0 |]; [| 1.0; 1.0 |] |]
            bound.Step gradients |> ignore
            bound.Step gradients |> ignore
            gradients[1] <- [| 10.0; 10.0 |]
            bound.Step gradients |> ignore
            Expect.equal tensors [| [| -2.0; -1.0; 0.0 |]; [| -8.0; -7.0 |] |] "another one"
            gradients[1] <- null
            bound.Step gradients |> ignore
            bound.Step gradients |> ignore
            Expect.equal tensors [| [| -4.0; -3.0; -2.0 |]; [| -8.0; -7.0 |] |] "none"
            gradients[1] <- [| 1.0; 1.0 |]
            bound.Step gradients |> ignore
            Expect.equal tensors [| [| -5.0; -4.0; -3.0 |]; [| -9.0; -8.0 |] |] "one again")
        testCase "gradients whose memory moves are read where they are" (fun () ->
            let tensors = start ()
            use session = (plan "sgd 1.0").Bind tensors
            let native = Native [| 1.0; 1.0; 1.0 |]
            use memory = new Movable 2
            let gradients = [| TensorBlock<float>.op_Implicit native; block memory.Memory |]

            for t in 1..3 do
                session.Step(ReadOnlySpan gradients) |> ignore
                native.Move(Array.create 3 (float (t + 1)))
                memory.Move()
                memory.GetSpan().Fill(float (t + 1))

            // 1 + 2 + 3.
            Expect.equal tensors [| [| -5.0; -4.0; -3.0 |]; [| -2.0; -1.0 |] |] "all of them were seen")
        testCase "collected without disposing: the arrays are let go" (fun () ->
            let bind () =
                let array = Array.zeroCreate<float> 100_000

                let session =
                    (Optimizer.Parse "sgd 0.1").Plan<float>(Layout.Plain 100_000).Bind [| array |]

                session.Step [| Array.zeroCreate 100_000 |] |> ignore
                WeakReference array

            let weak = [ for _ in 1..5 -> bind () ]

            for _ in 1..5 do
                GC.Collect()
                GC.WaitForPendingFinalizers()

            Expect.isLessThan (weak |> List.filter _.IsAlive |> List.length) 5 "arrays that are still pinned")
    ]

[<Tests>]
let tests = testList "bound" [ refusals; ways ]
