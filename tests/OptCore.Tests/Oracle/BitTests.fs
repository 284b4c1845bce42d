/// Every way to step gives the same bits, leaves old states as they are, and allocates nothing in a session.
module OptCore.Tests.Oracle.BitTests

open System
open Expecto
open OptCore
open OptCore.Tests
open OptCore.Tests.Oracle.Sweeps

// The lengths at which every width has a last register of every kind, for all widths with and without fusing; the others
// for the ways of stepping and for blocks.
let private bitsOfEveryLength (specimen: Specimens.Specimen) =
    for length in lengthsOf specimen do
        let problem =
            Problems.fixed' specimen.Optimizer (layoutFor specimen length) 3 (2000 + length)

        if length < 36 || length > 63 then
            everyBit problem
        else
            Checks.sameBits<float> [ Execution(Fuse = false) ] problem
            Checks.sameBits<float32> [ Execution(Fuse = false) ] problem

// Numbers at the ends of the range. Which of the many NaNs comes out may depend on the instructions; that it is one may not.
let private bitsOfExtremes (specimen: Specimens.Specimen) =
    let extremes = [|
        nan
        infinity
        -infinity
        5e-324
        -1e-310
        1e-45
        1e300
        -1e38
        0.0
        -0.0
        1.0
        -3.0
        1e-160
    |]

    let random = Random 7000

    let problem = {
        Problems.fixed' specimen.Optimizer (layoutFor specimen 37) 5 7000 with
            Gradients = Array.init 5 (fun _ -> Array.init 37 (fun _ -> extremes[random.Next extremes.Length]))
    }

    let canonical (run: float[][]) =
        run |> Array.map (Array.map (fun x -> if Double.IsNaN x then nan else x))

    let compare what one other =
        Checks.firstDifferent (canonical one) (canonical other)
        |> Checks.demand what problem

    let attempt run =
        try
            Some(run ())
        with :? NonFiniteGradientException ->
            None

    let wide execution way =
        attempt (fun () -> (Runs.run<float> execution way problem).After)

    let narrow execution way =
        attempt (fun () -> Checks.widen (Runs.run<float32> execution way problem).After)

    for run, kind in [ wide, "float64"; narrow, "float32" ] do
        match run Execution.Default Pure with
        | None -> ()
        | Some one ->
            for way in [ Reuse; ReuseOlder; InPlace ] do
                compare $"%A{way}, {kind}" one (run Execution.Default way |> Option.get)

            for execution in Runs.executions do
                compare $"{execution}, {kind}" one (run execution Pure |> Option.get)

let private oldStatesStay (specimen: Specimens.Specimen) =
    for length in [ 1; 17; 70 ] do
        let problem =
            Problems.fixed' specimen.Optimizer (layoutFor specimen length) 6 (3000 + length)

        let plan = problem.Optimizer.Plan<float>(problem.Layout)
        let copy state = plan.Resume(state).Snapshot()
        let mutable state = plan.Init(ReadOnlySpan problem.Start)
        let mutable middle = state

        for t in 0 .. problem.Gradients.Length - 1 do
            let before = copy state

            let next =
                plan.Step(state, ReadOnlySpan problem.Gradients[t], problem.Losses[t], atPoint = true)

            let struct (reported, _) =
                plan.StepReported(state, ReadOnlySpan problem.Gradients[t], problem.Losses[t], atPoint = true)

            if not (before.Equals state) then
                failtestf "step %d changes the old state%s" t problem.Text

            if not (reported.Equals next) then
                failtestf "step %d with a report gives another state%s" t problem.Text

            if t = problem.Gradients.Length / 2 then
                middle <- next

            state <- next

        let resumed = plan.Resume middle

        for t in problem.Gradients.Length / 2 + 1 .. problem.Gradients.Length - 1 do
            resumed.Step(ReadOnlySpan problem.Gradients[t], problem.Losses[t], atPoint = true)
            |> ignore

        if not (resumed.Snapshot().Equals state) then
            failtestf "a session that goes on from the middle ends elsewhere%s" problem.Text

let private allocatesNothing<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
    (specimen: Specimens.Specimen)
    =
    let problem =
        Problems.fixed' specimen.Optimizer (Problems.tensorsFor specimen.Optimizer) 4 4000

    let plan = problem.Optimizer.Plan<'T>(problem.Layout)

    let convert (xs: float[]) =
        xs |> Array.map (fun x -> 'T.CreateTruncating x)

    let session = plan.Start(ReadOnlySpan(convert problem.Start))
    let gradient = convert problem.Gradients[0]

    let steps count =
        for _ in 1..count do
            session.Step(ReadOnlySpan gradient, 1.0, atPoint = true) |> ignore

    steps 40
    let bytes = Allocation.ofSteps (fun () -> steps 100)

    if bytes <> 0L then
        failtestf "%d bytes in 100 steps in %s%s" bytes typeof<'T>.Name problem.Text

let private sessionAllocatesNothing specimen =
    allocatesNothing<float> specimen
    allocatesNothing<float32> specimen

[<Tests>]
let tests =
    testList "oracle" [
        testList "same bits in every way, at every length" (specimens bitsOfEveryLength)
        testList
            "same bits in every way, on tensors"
            (specimens (fun specimen ->
                everyBit (Problems.fixed' specimen.Optimizer (Problems.tensorsFor specimen.Optimizer) 6 5000)))
        testList "same bits in every way, at the ends of the range" (specimens bitsOfExtremes)
        testList "old states stay as they are, and can be resumed" (specimens oldStatesStay)
        testList "a session allocates nothing" (specimens sessionAllocatesNothing)
    ]
