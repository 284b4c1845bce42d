/// Minimizing a sum whose samples several ranks share.
module OptCore.Tests.SharedObjectiveTests

open System
open System.IO
open System.Threading
open Expecto
open OptCore
open OptModels
open OptCore.Tests.BadInput.Refusals

let private sum =
    let random = Random 3
    let rows = Array2D.init 61 5 (fun _ _ -> random.NextDouble() - 0.5)
    LeastSquares(rows, Array.init 61 (fun _ -> random.NextDouble()))

let private origin: float[] = Array.zeroCreate 5

let private onRanks (size: int) (work: ICollectives -> 'Result) =
    ThreadRanks.Run(size, Func<ICollectives, 'Result> work)

let private result (text: string) (parts: int) (options: MinimizeOptions) (size: int) =
    onRanks size (fun ranks ->
        let shared = SharedObjective(ranks, MiniBatches(sum, 16, 5L), parts)
        Minimizer.Minimize(Optimizer.Parse text, shared, origin, options))

let private minimized =
    testList "minimize" [
        for text in
            [
                "adam 0.05 |> clip 1.0"
                "sgd 0.1 |> accumulate 3 |> momentum 0.9"
                "sgd 0.1 |> sam 0.05"
                "sgd 0.1 |> nag 0.9 |> plateau 2 0.5"
            ] do
            testCase $"{text}: any number of ranks, on all of them" (fun () ->
                let options = MinimizeOptions(Steps = 30L)
                let expected = (result text 8 options 1)[0]

                for size in [ 2; 3; 8 ] do
                    for found in result text 8 options size do
                        Expect.isTrue (found.State.Equals expected.State) $"state on {size}"
                        Expect.equal found.Value expected.Value "value"
                        Expect.equal (Seq.toList found.History) (Seq.toList expected.History) "history")

        testCase "the mean of the parts is the mean of the samples" (fun () ->
            let point = Array.init 5 (fun i -> 0.1 * float i)
            let expected = Array.zeroCreate<float> 5
            let value = sum.Evaluate(point, expected)

            for size, parts in [ 1, 0; 2, 0; 3, 7; 4, 61; 2, 100 ] do
                for found, gradient in
                    onRanks size (fun ranks ->
                        let gradient = Array.zeroCreate<float> 5
                        SharedObjective(ranks, sum, parts).Evaluate(point, gradient), gradient) do
                    Expect.isLessThan (abs (found - value)) 1e-14 "value"

                    for i in 0..4 do
                        Expect.isLessThan (abs (gradient[i] - expected[i])) 1e-14 $"gradient {i}")

        testCase "one part on one rank is the sum itself" (fun () ->
            let options = MinimizeOptions(Steps = 20L)
            let found = (result "adam 0.05" 1 options 1)[0]

            let expected =
                Minimizer.Minimize(Optimizer.Adam 0.05, MiniBatches(sum, 16, 5L), origin, options)

            Expect.isTrue (found.State.Equals expected.State) "state")

        testCase "a session steps on the batches that Minimizer sees" (fun () ->
            for text in [ "adam 0.05 |> clip 1.0"; "sgd 0.1 |> accumulate 3 |> skipNonFinite 3" ] do
                let expected = (result text 8 (MinimizeOptions(Steps = 20L)) 1)[0]
                let plan = (Optimizer.Parse text).Plan 5

                for found in
                    onRanks 3 (fun ranks ->
                        use session = plan.Start(ranks, origin, 8)

                        while session.StepCount < 20L do
                            session.Step(MiniBatches(sum, 16, 5L)) |> ignore

                        session.Gather()) do
                    Expect.isTrue (found.Equals expected.State) text)

        testCase "in float, too: the mean of the parts, each rounded once" (fun () ->
            let parts = 4
            let plan = (Optimizer.Parse "sgd 0.1 |> momentum 0.9").Plan<float32>(Layout.Plain 5)
            let batches = MiniBatches(sum, 16, 5L)
            let alone = plan.Start(ReadOnlySpan(Array.create 5 0.25f))

            for step in 0L .. 9L do
                let samples = batches.Batch(step).ToArray()
                let point = alone.AsSpan().ToArray() |> Array.map float

                // Of 16 samples, or of the 13 that an epoch ends with: then a part counts by its samples.
                let part i =
                    let first, next = samples.Length * i / parts, samples.Length * (i + 1) / parts
                    let gradient = Array.zeroCreate<float> 5
                    sum.Evaluate(samples[first .. next - 1], point, gradient) |> ignore
                    let rounded = Array.map float32 gradient

                    if (next - first) * parts = samples.Length then
                        rounded
                    else
                        let weight = float (next - first) * float parts / float samples.Length
                        rounded |> Array.map (fun g -> float32 (float g * weight))

                let add = Array.map2 (fun (a: float32) b -> a + b)
                let mean = add (add (part 0) (part 1)) (add (part 2) (part 3))
                alone.Step(ReadOnlySpan(mean |> Array.map (fun g -> g / 4.0f))) |> ignore

            for size in [ 1; 2; 3; 4 ] do
                for found in
                    onRanks size (fun ranks ->
                        use session = plan.Start(ranks, ReadOnlySpan(Array.create 5 0.25f), parts)

                        for _ in 1..10 do
                            session.Step batches |> ignore

                        session.Gather()) do
                    Expect.isTrue (found.Equals(alone.Snapshot())) $"{size} ranks")

        testCase "a scaled loss: the bits of the plain one, S grows" (fun () ->
            let run (text: string) =
                onRanks 3 (fun ranks ->
                    let start = Array.create 5 0.25f

                    use session =
                        (Optimizer.Parse text).Plan<float32>(Layout.Plain 5).Start(ranks, ReadOnlySpan start, 8)

                    for _ in 1..10 do
                        session.Step(MiniBatches(sum, 16, 5L)) |> ignore

                    session.AsSpan().ToArray(), session.LossScale)

            let plain = run "adam 0.05 |> clip 1.0"

            for initial, written in [ 0.5, "0.5"; 1.0, "1.0"; 2.0, "2.0"; 4.0, "4.0" ] do
                let scaled =
                    run $"adam 0.05 |> clip 1.0 |> lossScaleWith (LossScale(Initial = {written}, Every = 4))"

                for i in 0..2 do
                    Expect.equal (fst scaled[i]) (fst plain[i]) "parameters"
                    Expect.equal (snd scaled[i]) (4.0 * initial) "S after two times four gradients")

        testCase "a cancellation on one rank ends all of them behind the same update" (fun () ->
            let ends =
                onRanks 3 (fun ranks ->
                    use source = new CancellationTokenSource()

                    let watched = {
                        new IProgress<Progress> with
                            member _.Report now =
                                if ranks.Rank = 1 && now.Done >= 4L then
                                    source.Cancel()
                    }

                    let shared = SharedObjective(ranks, MiniBatches(sum, 16, 5L))

                    let options =
                        MinimizeOptions(Steps = 100_000L, Progress = watched, ProgressEvery = TimeSpan.Zero)

                    let found =
                        Minimizer.Minimize(Optimizer.Adam 0.05, shared, origin, options, source.Token)

                    found.Reason, found.Steps)

            Expect.equal (Array.distinct ends).Length 1 "the same end"
            Expect.equal (fst ends[0]) Reason.Cancelled "reason"
            Expect.isLessThan (snd ends[0]) 100_000L "early")

        testCase "one folder for all ranks; another number of them resumes from it" (fun () ->
            let folder = Directory.CreateTempSubdirectory("ranks")

            try
                let until steps =
                    MinimizeOptions(Steps = steps, Checkpoints = Checkpoints(folder.FullName, EverySteps = 5L))

                result "adam 0.05" 8 (until 12L) 2 |> ignore
                let expected = (result "adam 0.05" 8 (MinimizeOptions(Steps = 25L)) 1)[0]

                for found in result "adam 0.05" 8 (until 25L) 3 do
                    Expect.isTrue (found.State.Equals expected.State) "state"
            finally
                folder.Delete true)
    ]

let private contract =
    testList "contract" [
        testCase "it says of itself what the sum says, and how it is shared" (fun () ->
            let batches = MiniBatches(sum, 16, 5L)

            for size in [ 1; 3 ] do
                onRanks size (fun own ->
                    for parts in [ 0; 5 ] do
                        for shared, whole in
                            [
                                SharedObjective(own, sum, parts), (sum: IObjective)
                                SharedObjective(own, batches, parts), batches
                            ] do
                            let k = if parts = 0 then size else parts
                            Expect.isTrue (Object.ReferenceEquals(shared.Ranks, own)) "the ranks"
                            Expect.equal shared.Parts k "the parts"
                            Expect.equal shared.Dimension whole.Dimension "the dimension"
                            Expect.equal shared.Name whole.Name "the name"
                            Expect.equal shared.Minimum whole.Minimum "the minimum"

                            Expect.equal
                                (Option.ofObj shared.Minimizer |> Option.map List.ofSeq)
                                (Option.ofObj whole.Minimizer |> Option.map List.ofSeq)
                                "the minimizer"

                            Expect.equal shared.Smoothness whole.Smoothness "L"
                            Expect.equal shared.Convexity whole.Convexity "μ"
                            Expect.equal shared.IsStochastic whole.IsStochastic "whether batches differ"
                            Expect.equal (string shared) $"{whole} in {k} parts, {own}" "one line")
                |> ignore)

        testCase "the whole sum at every step, or the step's batch" (fun () ->
            let batches = MiniBatches(sum, 16, 5L)

            let at (objective: IObjective) step =
                let gradient = Array.zeroCreate<float> 5
                objective.Evaluate(step, origin, gradient), gradient

            for step in [ 0L; 1L; 4L; 7L ] do
                Expect.equal (at (SharedObjective(Alone.Instance, sum)) step) (at sum step) $"the sum at {step}"

                Expect.equal
                    (at (SharedObjective(Alone.Instance, batches)) step)
                    (at batches step)
                    $"the batch of {step}")

        testCase "points and gradients of another length, or in one memory, are refused before anybody waits" (fun () ->
            onRanks 2 (fun ranks ->
                let shared = SharedObjective(ranks, sum, 4)
                let fits = Array.zeroCreate<float> 5

                for wrong in [ 0; 4; 6 ] do
                    let other = Array.create wrong 1.5

                    for evaluate in
                        [
                            fun (point: float[]) (gradient: float[]) -> shared.Evaluate(point, gradient)
                            fun point gradient -> shared.Evaluate(3L, point, gradient)
                        ] do
                        argument [ "parameters"; string wrong; "5" ] (fun () -> evaluate other fits)
                        argument [ "gradient"; string wrong; "5" ] (fun () -> evaluate fits other)
                        argument [ "gradient overlaps parameters" ] (fun () -> evaluate fits fits)

                    Expect.equal (fits, other) (Array.zeroCreate 5, Array.create wrong 1.5) "nothing is written"

                // All ranks go on.
                Expect.equal (shared.Evaluate(origin, fits)) (shared.Evaluate(0L, origin, fits)) "the value")
            |> ignore)
    ]

[<Tests>]
let tests = testList "shared objectives" [ minimized; contract ]
