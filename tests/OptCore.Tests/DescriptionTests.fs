/// The operations of a plan, one by one: what is one loop, what is measured of what, what is copied.
module OptCore.Tests.DescriptionTests

open System
open Expecto
open OptCore
open OptCore.Kernels
open UserStage

let private pairs = Layout.Empty.Add("a", 2).Add("b", 2)

// Of this width every norm has a pass of its own, on every processor.
let private narrow = Execution(Bits = 128, Threads = 1)

let private linesOf (plan: Plan<'T>) =
    plan.Describe().ReplaceLineEndings("\n").Split '\n' |> List.ofArray

let private operations (execution: Execution) (layout: Layout) (optimizer: Optimizer) =
    linesOf (optimizer.Plan<float>(layout, execution)) |> List.skip 5

let private does (text: string) (expected: string list) =
    testCase text (fun () -> Expect.equal (operations narrow pairs (Optimizer.Parse text)) expected "operations")

let private all = "over 4 elements in 2 tensors"

let private heads =
    testCase "memory, numbers, width" (fun () ->
        let text = "adam 0.5 |> accumulate 2 |> freeze \"b\""
        let plan = (Optimizer.Parse text).Plan<float32>(pairs, narrow)

        Expect.equal
            (List.take 5 (linesOf plan))
            [
                $"{plan.Optimizer} for 4 parameters of Single"
                "tensors   a[2], b[2]"
                "state     16 bytes per parameter: parameters, accumulate.sum, adam.m, adam.v"
                "numbers   32 bytes, accumulate.count, accumulate.loss, adam.beta1Power, adam.beta2Power"
                "vectors   128 bits, fused, up to 1 threads"
            ]
            "with slots"

        let plain =
            (Optimizer.Parse "sgd 0.5").Plan<float>(pairs, Execution(Bits = 128, Threads = 1, Fuse = false))

        Expect.equal
            (linesOf plain)
            [
                "sgd 0.5 for 4 parameters of Double"
                "tensors   a[2], b[2]"
                "state     8 bytes per parameter: parameters"
                "numbers   0 bytes"
                "vectors   128 bits, block by block, up to 1 threads"
                $"blocks    step  {all}"
            ]
            "without")

let private fused = [
    does "sgd 0.5 |> momentum 0.5 |> weightDecay 0.5" [ $"loop      momentum, weightDecay, step  {all}" ]
    does "sgd 0.5 |> clip 1.0 |> momentum 0.5 |> clipUpdate 2.0" [
        "norm      of Gradient over 4 elements"
        $"loop      clip, momentum  {all}"
        "norm      of Update over 4 elements"
        $"loop      clipUpdate, step  {all}"
    ]
    // Behind what goes tensor by tensor a loop over all again.
    does "sgd 0.5 |> clipPerTensor 1.0 |> normalize |> momentum 0.5" [
        "norms     of Gradient, one for each of 2 tensors"
        $"loop      clipPerTensor  {all}, tensor by tensor"
        "norm      of Update over 4 elements"
        $"loop      normalize, momentum, step  {all}"
    ]
    does "sgd 0.5 |> rateFor \"b\" 2.0 |> clip 1.0" [
        "norm      of Gradient over 4 elements"
        "loop      clip, step  over 2 elements in 1 tensor"
        "loop      clip, step  over 2 elements in 1 tensor"
    ]
    does "sgd 0.5 |> momentum 0.5 |> freeze \"a\"" [
        "copy      2 frozen elements (out of place only)"
        "loop      momentum, step  over 2 elements in 1 tensor"
    ]
    // What acts on frozen tensors alone does nothing.
    does "sgd 0.5 |> only \"a\" (clipPerTensor 1.0) |> freeze \"a\"" [
        "copy      2 frozen elements (out of place only)"
        "norms     of Gradient, one for each of 0 tensors"
        "loop      step  over 2 elements in 1 tensor"
    ]
    does "sgd 0.5 |> momentum 0.5 |> l1Ball 1.0 |> average 0.5" [
        $"loop      momentum, step  {all}"
        "rule      on NewParameters as one vector of 4 elements"
        $"loop      average  {all}"
    ]
    does "sgd 0.5 |> only \"a\" (momentum 0.5)" [
        "loop      momentum, step  over 2 elements in 1 tensor"
        "loop      step  over 2 elements in 1 tensor"
    ]
]

let private own =
    let distance perTensor =
        (Optimizer.Sgd 0.5).With(Distance(0.5, 0.5, PerTensor = perTensor))

    [
        testCase "numbers of the step between measurements and loops" (fun () ->
            Expect.equal
                (operations narrow pairs (distance false))
                [
                    "measure   ‖p − p0‖ over 4 elements"
                    "norm      of Gradient over 4 elements"
                    "numbers   of the step"
                    $"loop      distance  {all}"
                    "numbers   of the step"
                    // p0, which no rule stores, is carried in the last loop.
                    $"loop      distance, step  {all}"
                ]
                "over all"

            Expect.equal
                (operations narrow pairs (distance true))
                [
                    "measure   ‖p − p0‖ of each of 2 tensors"
                    "norms     of Gradient, one for each of 2 tensors"
                    "numbers   of each of 2 tensors"
                    $"loop      distance, step  {all}, tensor by tensor"
                ]
                "of each")

        testCase "a function on spans is a rule on one vector" (fun () ->
            let stage phase = {
                new ISpanStage with
                    member _.Phase = phase
                    member _.Equation = ""
                    member _.Apply _ = ()
            }

            let lines phase (words: Optimizer -> Optimizer) =
                operations narrow pairs (words ((Optimizer.Sgd 0.5).With(stage phase)))
                |> List.filter (fun line -> line.StartsWith "rule")

            Expect.equal (lines Phase.Update id) [ "rule      on Update as one vector of 4 elements" ] "update"

            Expect.equal
                (lines Phase.Constraint id)
                [ "rule      on NewParameters as one vector of 4 elements" ]
                "parameters"

            Expect.equal
                (lines Phase.Update (fun o -> o.Freeze "a"))
                [ "rule      on Update as one vector of 2 elements" ]
                "what moves")

        testCase "rules on tensors, parameters, all tensors together" (fun () ->
            let matrices = Layout.Empty.Add("a", 2, 2).Add("b", 3)

            let rules (text: string) =
                operations narrow matrices (Optimizer.Parse text)
                |> List.filter (fun line -> line.StartsWith "rule")

            Expect.equal (rules "sgd 0.5 |> centralize") [ "rule      on each of 2 tensors" ] "update"

            Expect.equal
                (rules "sgd 0.5 |> maxNorm 1.0 |> freeze \"b\"")
                [ "rule      on NewParameters, each of 1 tensors" ]
                "parameters"

            Expect.equal (rules "lbfgs 2 0.5") [ "rule      on 2 tensors together" ] "together")

        testCase "block by block the same operations" (fun () ->
            let blocks = Execution(Bits = 128, Threads = 1, Fuse = false)

            for text in
                [
                    "sgd 0.5 |> clip 1.0 |> momentum 0.5 |> clipUpdate 2.0"
                    "sgd 0.5 |> clipPerTensor 1.0 |> normalize |> momentum 0.5"
                    "sgd 0.5 |> momentum 0.5 |> l1Ball 1.0 |> average 0.5"
                    "sgd 0.5 |> rateFor \"b\" 2.0 |> clip 1.0"
                ] do
                let optimizer = Optimizer.Parse text

                Expect.equal
                    (operations blocks pairs optimizer)
                    (operations narrow pairs optimizer
                     |> List.map (fun line -> line.Replace("loop      ", "blocks    ")))
                    text)

        testCase "twelve rules in one loop, the thirteenth begins another" (fun () ->
            let loops count =
                let scales = String.replicate count " |> scale 0.5"
                operations narrow pairs (Optimizer.Parse("sgd 0.5" + scales))

            let names first last =
                String.Join(", ", [ for i in first..last -> if i = 1 then "scale" else $"scale#{i}" ])

            Expect.equal (loops 11) [ $"loop      {names 1 11}, step  {all}" ] "eleven and the step"

            Expect.equal
                (loops 12)
                [ $"loop      {names 1 12}  {all}"; $"loop      step  {all}" ]
                "twelve and the step"

            Expect.equal
                (loops 13)
                [ $"loop      {names 1 12}  {all}"; $"loop      scale#13, step  {all}" ]
                "thirteen and the step")
    ]

let private measured =
    let both = "the norms of Parameters and Update of each tensor"

    [
        testCase "norms in the loop that computes the update, from 256 elements a tensor on" (fun () ->
            if Hardware.VectorBits < 512 then
                skiptest "no vectors of 512 bits"

            let wide = Execution(Bits = 512, Threads = 1)

            for first, second, isSo in
                [
                    1, 0, true
                    200, 0, true
                    128, 128, true
                    127, 128, false
                    1, 255, true
                    1, 254, false
                ] do
                let layout =
                    if second = 0 then
                        Layout.Empty.Add("a", first)
                    else
                        Layout.Empty.Add("a", first).Add("b", second)

                let tensors = if second = 0 then "1 tensor" else "2 tensors"
                let where = $"over {first + second} elements in {tensors}"

                Expect.equal
                    (operations wide layout (Optimizer.Parse "adam 0.5 |> trustRatio"))
                    (if isSo then
                         [
                             $"loop      adam  {where}, and {both}"
                             $"loop      trustRatio, step  {where}, tensor by tensor"
                         ]
                     else
                         [
                             $"norms     of OldParameters, one for each of {layout.Tensors.Count} tensors"
                             $"loop      adam  {where}"
                             $"norms     of Update, one for each of {layout.Tensors.Count} tensors"
                             $"loop      trustRatio, step  {where}, tensor by tensor"
                         ])
                    $"{first}, {second}")

        testCase "one norm over all: in the loop of the one region that has them" (fun () ->
            if Hardware.VectorBits < 512 then
                skiptest "no vectors of 512 bits"

            let wide = Execution(Bits = 512, Threads = 1)
            let layout = Layout.Empty.Add("a", 300).Add("b", 300)
            let ofAll = "over 600 elements in 2 tensors"
            let ofOne = "over 300 elements in 1 tensor"

            for text, expected in
                [
                    "adam 0.5 |> clipUpdate 1.0",
                    [
                        $"loop      adam  {ofAll}, and the norm of Update"
                        $"loop      clipUpdate, step  {ofAll}"
                    ]
                    // Of tensors with other rates, or of some of them, it is a pass of its own.
                    "adam 0.5 |> rateFor \"b\" 2.0 |> clipUpdate 1.0",
                    [
                        $"loop      adam  {ofOne}"
                        $"loop      adam  {ofOne}"
                        "norm      of Update over 600 elements"
                        $"loop      clipUpdate, step  {ofOne}"
                        $"loop      clipUpdate, step  {ofOne}"
                    ]
                    // Where a loop goes tensor by tensor it measures nothing.
                    "sgd 0.5 |> clipPerTensor 1.0 |> clipUpdate 1.0",
                    [
                        "norms     of Gradient, one for each of 2 tensors"
                        $"loop      clipPerTensor  {ofAll}, tensor by tensor"
                        "norm      of Update over 600 elements"
                        $"loop      clipUpdate, step  {ofAll}"
                    ]
                ] do
                Expect.equal (operations wide layout (Optimizer.Parse text)) expected text)
    ]

[<Tests>]
let tests =
    testList "descriptions of plans" [
        heads
        testList "operations" fused
        testList "rules and numbers" own
        testList "measured on the way" measured
    ]
