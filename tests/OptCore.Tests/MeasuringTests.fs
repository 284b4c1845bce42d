/// Norms that a loop measures on its way have the bits of passes of their own, which blocks still make.
module OptCore.Tests.MeasuringTests

open System
open Expecto
open OptCore
open OptCore.Kernels
open UserStage

// Where a stage's norms are measured: behind a direction, a decay, another loop; of the update, of both, of all tensors.
let private measuring: Optimizer list = [
    for text in
        [
            "lamb 0.01 0.1"
            "adam 0.01 |> trustRatio |> clipUpdate 0.5"
            "sgd 0.1 |> momentum 0.9 |> clipUpdate 0.5"
            "lars 0.01 0.5 |> weightDecay 0.1"
            "flow [L2 0.1; ClipGlobalNorm 0.5; Momentum 0.9; ClipPerTensor 0.1; Scale 2.0; TrustRatio()] 0.1"
            "adam 0.01 |> only \"w*\" (weightDecay 0.1) |> trustRatio"
        ] do
        Optimizer.Parse text

    // What it makes of the zeros behind the end must not be measured.
    (Optimizer.Sgd 0.1).With(Raise 1.0).With(TrustRatio())
]

let private numbers scale (seed: int) length : float[] =
    let random = Random seed
    Array.init length (fun _ -> scale * (random.NextDouble() - 0.5))

/// Four steps with numbers of that scale: in place, then from state to state; the states at their ends.
let inline private states<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
    (optimizer: Optimizer)
    (layout: Layout)
    scale
    (execution: Execution)
    =
    let plan = optimizer.Plan<'T>(layout, execution)

    let vector seed =
        numbers scale seed layout.Length |> Array.map (fun x -> 'T.CreateTruncating x)

    let session = plan.Start(ReadOnlySpan(vector 1))
    let mutable state = plan.Init(ReadOnlySpan(vector 1))

    for step in 1..4 do
        session.Step(ReadOnlySpan(vector (step + 1))) |> ignore
        state <- plan.Step(state, ReadOnlySpan(vector (step + 1)))

    session.Snapshot(), state

let private lengths (lengths: int list) =
    (Layout.Empty, lengths)
    ||> List.fold (fun layout length -> layout.Add($"w{layout.Tensors.Count}", length))

let inline private agree<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
    optimizer
    layout
    scale
    =
    let byBlocks, _ =
        states<'T> optimizer layout scale (Execution(Fuse = false, Threads = 1))

    for threads in [ 1; 2 ] do
        let inPlace, pure' =
            states<'T> optimizer layout scale (Execution(Threads = threads))

        let what = $"{typeof<'T>.Name}, {layout}, {threads} threads, numbers near {scale}"
        Expect.isTrue (inPlace.Equals byBlocks) $"in place: {what}"
        Expect.isTrue (pure'.Equals byBlocks) $"pure: {what}"

let private both optimizer layout =
    agree<float> optimizer layout 1.0
    agree<float32> optimizer layout 1.0

let private withExtremes optimizer =
    // Squares of such numbers over- and underflow: the norm is measured anew, scaled.
    for scale in [ 1e-200; 1e200 ] do
        agree<float> optimizer (lengths [ 37; 40 ]) scale

    agree<float32> optimizer (lengths [ 37; 40 ]) 0.0

let private isMeasured (text: string) bits =
    (Optimizer.Parse text).Plan<float32>(lengths [ 40 ], Execution(Bits = bits)).Describe()

[<Tests>]
let tests =
    testList "norms measured on the way" [
        for optimizer in measuring do
            testList (string optimizer) [
                testCase "every length to 70" (fun () ->
                    for length in 0..70 do
                        both optimizer (lengths [ length ]))

                testCase "tensors that begin and end inside registers" (fun () ->
                    for layout in
                        [
                            [ 1; 300 ]
                            [ 5; 0; 1032; 7 ]
                            [ 633; 16; 514; 464; 15 ]
                            List.replicate 50 3
                        ] do
                        both optimizer (lengths layout))

                testCase "chunks" (fun () ->
                    for layout in [ [ 16383 ]; [ 16384 ]; [ 16385 ]; [ 50_003 ]; [ 17; 40_000; 3; 16_400 ] ] do
                        both optimizer (lengths layout))

                testCase "numbers whose squares are not normal" (fun () -> withExtremes optimizer)
            ]

        // Beyond the caches a pure step writes past them.
        testCase "streamed" (fun () ->
            for layout in [ [ 3_000_003 ]; [ 1_500_000; 16; 1_500_007 ] ] do
                agree<float32> (Optimizer.Lamb(0.1, 0.01)) (lengths layout) 1.0)

        testCase "a plan says so" (fun () ->
            if Hardware.VectorBits = 512 then
                Expect.stringContains
                    (isMeasured "lamb 0.01 0.1" 512)
                    "and the norms of Parameters and Update of each tensor"
                    "two norms in a loop"

                Expect.stringContains
                    (isMeasured "adam 0.1 |> clipUpdate 1.0" 512)
                    "and the norm of Update"
                    "one norm in a loop"

            Expect.stringContains (isMeasured "lamb 0.01 0.1" 128) "norms     of Update" "passes of their own"

            // The gradient is there before any loop is.
            Expect.stringContains
                (isMeasured "sgd 0.1 |> clip 1.0" Hardware.VectorBits)
                "norm      of Gradient"
                "a pass of its own")
    ]
