/// A session on several ranks steps as a session of one does on the mean of the gradients: the same bits, for every stage of the
/// catalogue, whatever the number of ranks that share the parts.
module OptCore.Tests.DistributedTests

open System
open Expecto
open OptCore
open OptCore.Tests.OnRanks
open OptCore.Tests.Oracle

let private catalogue =
    testList "every stage of the catalogue, the bits of one rank" [
        for specimen in Specimens.all do
            testCase specimen.Name (fun () ->
                let mutable shown = 0

                for name, layout in layouts do
                    match On<float>.Planned(specimen.Optimizer, layout) with
                    | Some plan ->
                        shown <- shown + 1

                        On<float>
                            .Same(
                                plan,
                                false,
                                (match name with
                                 | "small" -> [ 1; 2; 3; 5; 8 ]
                                 // Of several blocks.
                                 | "plain" -> [ 2 ]
                                 | _ -> [ 3 ])
                            )
                    | None -> ()

                    if name = "large" then
                        match On<float32>.Planned(specimen.Optimizer, layout) with
                        | Some plan -> On<float32>.Same(plan, false, [ 2; 3 ])
                        | None -> ()

                if shown = 0 then
                    skiptest "steps on no gradient alone, or on none of these layouts")
    ]

let private pipelines =
    testList "several stages" [
        for text in
            [
                "adam 0.01 |> clip 1.0 |> weightDecay 0.1 |> cosine 100"
                "lamb 0.01 0.1 |> clip 0.5"
                "adam 0.01 |> only \"w*\" (clip 0.5) |> rateFor \"b*\" 0.1"
                "adam 0.01 |> freeze \"w2\" |> clip 0.5 |> average 0.9"
                "partition [\"w*\", adam 0.01; \"*\", sgd 0.1 |> momentum 0.9] |> clip 1.0"
                "sgd 0.1 |> noise 0.01 0.5 7 |> ball 1.0 |> plateau 1 0.5"
                "adam 0.01 |> accumulate 2 |> clip 0.1"
                "sgd 0.1 |> nag 0.9 |> clip 1.0"
                "sgd 0.1 |> sam 0.05 |> clip 1.0"
                "adam 0.01 |> freeze \"*\""
                // Rules on one vector: of what lies together, and of what does not.
                "sgd 0.1 |> momentum 0.9 |> l1Ball 2.0"
                "adam 0.01 |> only \"w*\" (l1Ball 2.0)"
                "adam 0.01 |> freeze \"b1\" |> l1Ball 2.0"
                "sgd 0.1 |> only \"b*\" (simplex 1.0) |> only \"s\" (l1Ball 0.1)"
                "sgd 0.1 |> onlyWhen (StepsFrom 2) (clip 1.0 >> momentum 0.9) |> zeroUnless (StepsEvery 2) (weightDecay 0.1)"
                "sgd 0.1 |> onlyWhen (GradientAtMost 100.0) (stage (Adam())) |> onlyWhen (LossAbove 0.0) (only \"w*\" (clip 0.5))"
            ] do
            testCase text (fun () ->
                for _, layout in List.take 2 layouts do
                    On<float>.Same(double text layout, false, [ 1; 2; 3; 4; 8 ])
                    On<float32>.Same((Optimizer.Parse text).Plan<float32>(layout, one), false, [ 2; 8 ])
                    let blocks = Execution(Threads = 1, Fuse = false)
                    On<float>.Same((Optimizer.Parse text).Plan<float>(layout, blocks), false, [ 3 ]))

        testCase "a gradient that is not finite on one rank is skipped by all" (fun () ->
            for _, layout in layouts do
                On<float>.Same(double "adam 0.01 |> skipNonFinite 2 |> clip 1.0" layout, true, [ 1; 2; 3; 8 ])

                let scaled =
                    "adam 0.01 |> lossScaleWith (LossScale(Initial = 4.0, Every = 2)) |> clip 1.0"

                On<float>.Same(double scaled layout, true, [ 1; 2; 3; 8 ]))

        testCase "norms whose squares over- or underflow, as on one rank" (fun () ->
            for text in
                [
                    "sgd 0.1 |> clip 1e-3"
                    "sgd 0.1 |> clipPerTensor 1e-3"
                    "sgd 0.1 |> momentum 0.9 |> clipUpdate 0.5"
                    "adam 0.01 |> only \"w*\" (clip 0.5)"
                    "sgd 0.1 |> normalize"
                ] do
                for name, layout in
                    (if text.Contains "only" then
                         List.take 3 layouts
                     else
                         layouts) do
                    let plan = double text layout

                    for scale in [ 0.0; 5e-324; 1e-200; 1e-160; 1.0; 1e160; 1e200; 1e308 ] do
                        let gradient rank =
                            Array.init layout.Length (fun i ->
                                scale * (float ((i * 7919 + rank * 31) % 1009) / 1009.0 - 0.5))

                        for size in [ 2; 3 ] do
                            let flat = plan.Start(On<float>.Origin layout.Length)

                            let mean =
                                [ 0 .. size - 1 ]
                                |> List.map gradient
                                |> List.reduce (Array.map2 (+))
                                |> Array.map (fun x -> x / float size)

                            for _ in 1..2 do
                                flat.Step(ReadOnlySpan mean) |> ignore

                            for found in
                                ThreadRanks.Run(
                                    size,
                                    Func<ICollectives, State<float>>(fun ranks ->
                                        use session = plan.Start(ranks, On<float>.Origin layout.Length)

                                        for _ in 1..2 do
                                            session.Step(ReadOnlySpan(gradient ranks.Rank)) |> ignore

                                        session.Gather())
                                ) do
                                Expect.isTrue (found.Equals(flat.Snapshot())) $"{text}, {name}, {scale} on {size}")

        testCase "giving up names the tensor, on all ranks" (fun () ->
            let _, layout = layouts[0]
            let plan = double "adam 0.01 |> skipNonFinite 1" layout

            let failure =
                try
                    On<float>.OnRanks(plan, true, 3) |> ignore
                    failtest "expected a failure"
                with :? CollectiveException as failure ->
                    failure

            match failure.InnerException with
            | :? NonFiniteGradientException as error -> Expect.stringContains error.Message "b2" "the tensor"
            | other -> failtest $"{other}")
    ]

let private sharing =
    let describe (text: string) (layout: Layout) size =
        let plan = double text layout

        ThreadRanks.Run(
            size,
            Func<ICollectives, string * Piece>(fun ranks ->
                use session = plan.Start(ranks, On<float>.Origin layout.Length)
                session.Describe(), session.Own)
        )

    testList "how it is shared" [
        testCase "elementwise rules and norms: by elements, evenly" (fun () ->
            let pieces = describe "adam 0.01 |> clip 1.0" (Layout.Plain 1_000_000) 4

            for text, own in pieces do
                Expect.stringContains text "by elements" "the way"
                Expect.isLessThan (abs (own.Length - 250_000)) 40_000 "a quarter"

            Expect.equal (pieces |> Array.sumBy (fun (_, own) -> own.Length)) 1_000_000 "everything")

        testCase "rules on tensors: by tensors" (fun () ->
            for text, _ in describe "lamb 0.01 0.1" (snd layouts[0]) 2 do
                Expect.stringContains text "by tensors" "the way")

        testCase "a function on spans: not at all" (fun () ->
            let stage = {
                new ISpanStage with
                    member _.Phase = Phase.Update
                    member _.Equation = "u = u"
                    member _.Slots = [| SlotSpec.Element "v" |]

                    member _.Apply step =
                        let v = step.Slot "v"

                        for i in 0 .. v.Length - 1 do
                            v[i] <- v[i] + step.Update[v.Length - 1 - i]

                        v.CopyTo step.Update
            }

            let plan = (Optimizer.Sgd 0.1).With(stage).Plan<float>(snd layouts[0], one)
            On<float>.Same(plan, false, [ 1; 2; 3 ])

            ThreadRanks.Run(
                2,
                Action<ICollectives>(fun ranks ->
                    use session = plan.Start(ranks, On<float>.Origin plan.Layout.Length)
                    Expect.stringContains (session.Describe()) "not at all" "the way")
            ))

        testCase "one gradient a rank: the same bits as parts of the same number" (fun () ->
            let plan = double "adam 0.01 |> clip 1.0" (snd layouts[1])
            let state, _ = On<float>.Alone(plan, false)

            ThreadRanks.Run(
                parts,
                Action<ICollectives>(fun ranks ->
                    use session = plan.Start(ranks, On<float>.Origin plan.Layout.Length)

                    for step in 0 .. steps - 1 do
                        let loss, gradient =
                            On<float>.Evaluate(false, step, ranks.Rank, session.AsSpan().ToArray())

                        session.Step(gradient, loss) |> ignore

                    Expect.isTrue (session.Gather().Equals state) "state")
            ))

        testCase "a state of one rank goes on on three, and back" (fun () ->
            for text in [ "adam 0.01 |> clip 1.0"; "novoGrad 0.01 |> trustRatio" ] do
                let plan = double text (snd layouts[0])

                let state, _ = On<float>.Alone(plan, false)
                let mutable at = plan.Init(On<float>.Origin plan.Layout.Length)

                for step in 0 .. steps - 1 do
                    let now = at

                    at <-
                        ThreadRanks.Run(
                            1 + step,
                            Func<ICollectives, State<float>>(fun ranks ->
                                use session = plan.Resume(ranks, now, parts)
                                session.Step(On<float>.Part(false, step)) |> ignore
                                session.Gather())
                        )[0]

                Expect.isTrue (at.Equals state) text)

        testCase "a stop that one rank asks for is known to all behind the same step" (fun () ->
            let plan = (Optimizer.Parse "sgd 0.1").Plan(3)

            let ends =
                ThreadRanks.Run(
                    3,
                    Func<ICollectives, int64>(fun ranks ->
                        let ones = [| 1.0; 1.0; 1.0 |]
                        use session = plan.Start(ranks, ones)

                        while not session.MustStop do
                            if ranks.Rank = 1 && session.StepCount = 4L then
                                session.RequestStop()

                            session.Step ones |> ignore

                        session.StepCount)
                )

            Expect.equal ends [| 5L; 5L; 5L |] "steps")
    ]

[<Tests>]
let tests = testList "distributed" [ catalogue; pipelines; sharing ]
