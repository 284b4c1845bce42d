/// Whether the compiler makes one loop of a pipeline: a rule that it does not inline costs ten times as much and changes no bit.
module OptCore.Tests.InliningTests

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.Diagnostics.Tracing
open System.Reflection
open System.Threading
open Expecto
open OptCore
open OptCore.Tests.Oracle

// Not in the listener: events reach it before its own fields are set.
let mutable private inlined = 0
let private refused = ConcurrentQueue<string>()

// The methods with a loop, which are compiled apart. `BeginApart` runs once a step, before the loop: it may call; and so may
// what calls the loops.
let private loops =
    match typeof<Optimizer>.Assembly.GetType "OptCore.Kernels.Loop`4" with
    | null -> failwith "the loops have another name"
    | loop ->
        loop.GetMethods(BindingFlags.NonPublic ||| BindingFlags.Static)
        |> Array.filter _.MethodImplementationFlags.HasFlag(MethodImplAttributes.NoInlining)
        |> Array.map _.Name
        |> Array.except [ "BeginApart" ]
        |> Set.ofArray

/// What the compiler says about the methods that a loop calls.
type private Listener() =
    inherit EventListener()

    override listener.OnEventSourceCreated source =
        // Keyword 0x1000: the decisions of the just-in-time compiler.
        if source.Name = "Microsoft-Windows-DotNETRuntime" then
            listener.EnableEvents(source, EventLevel.Verbose, LanguagePrimitives.EnumOfValue 0x1000L)

    override _.OnEventWritten event =
        match event.EventName, event.PayloadNames, event.Payload with
        | NonNull name, NonNull names, NonNull values when name.Contains "JitInlining" ->
            let field (name: string) = string values[names.IndexOf name]

            if (field "MethodBeingCompiledNamespace").StartsWith "OptCore.Kernels.Loop`4" then
                if name.Contains "Succeeded" then
                    Interlocked.Increment &inlined |> ignore
                elif
                    (field "InlineeNamespace").StartsWith "OptCore"
                    && loops.Contains(field "MethodBeingCompiledName")
                then
                    let caller, callee = field "MethodBeingCompiledName", field "InlineeNamespace"

                    refused.Enqueue(
                        sprintf "%s calls %s.%s: %s" caller callee (field "InlineeName") (field "FailReason")
                    )
        | _ -> ()

let private isOptimized =
    match typeof<Optimizer>.Assembly.GetCustomAttribute<DebuggableAttribute>() with
    | null -> true
    | debuggable -> not debuggable.IsJITOptimizerDisabled

let private step<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> System.Numerics.IBinaryFloatingPointIeee754<'T>>
    (optimizer: Optimizer)
    =
    let plan =
        optimizer.Plan<'T>(Layout.Empty.Add("w", 7, 8).Add("x", 5, 1), Execution(Threads = 1))

    let zeros: 'T[] = Array.zeroCreate 61

    plan.Step(plan.Init(ReadOnlySpan zeros), ReadOnlySpan zeros, 1.0, true)
    |> ignore

/// Nothing is refused when the pipelines make their first step.
let private inlines (optimizers: Optimizer list) =
    if not isOptimized then
        skiptest "not optimized"

    refused.Clear()
    let before = Volatile.Read &inlined
    use listener = new Listener()

    for optimizer in optimizers do
        step<float> optimizer
        step<float32> optimizer

    // Events come late: until none has come for a while.
    let mutable seen = -1

    while seen <> Volatile.Read &inlined do
        seen <- Volatile.Read &inlined
        Thread.Sleep 300

    Expect.isGreaterThan loops.Count 3 "methods with a loop"
    Expect.isGreaterThan (seen - before) (10 * optimizers.Length) "methods inlined"
    listener.Dispose()
    let all = refused |> List.ofSeq |> List.distinct

    if not all.IsEmpty then
        failtestf "%d calls are left in loops:\n%s" all.Length (String.concat "\n" all)

[<Tests>]
let tests =
    testSequenced
    <| testList "inlining" [
        // As many kernels as a segment takes, and more than one segment.
        for stage in [ "scale 0.5"; "ema 0.5"; "momentum 0.9"; "clipValue 1.0" ] do
            testCase $"1 to 20 times {stage}" (fun () ->
                let optimizers = [
                    for count in 1..20 -> Optimizer.Parse("sgd 0.1" + String.replicate count $" |> {stage}")
                ]

                inlines optimizers)

        testCase "every stage of the catalogue" (fun () ->
            // With a tail that no other test has: what is compiled already says nothing more.
            inlines [
                for specimen in Specimens.all -> specimen.Optimizer.ClipValue(1e300).ClipValue(1e300).ClipValue 1e300
            ])
    ]
