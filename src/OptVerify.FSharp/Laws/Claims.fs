namespace OptVerify

open System
open OptCore

/// <summary>A symmetry that a stage may claim, and that its laws then check.</summary>
type Claim =
    /// Every coordinate by itself: permutations and separate runs give the same bits.
    | Elementwise
    /// Rotations of gradients and parameters turn the trajectory.
    | Rotations
    /// The gradients 2^k g give the same bits as g.
    | ScaleFree
    /// No gradient, no step.
    | RestsAtZero
    /// |Δ_i| ≤ lr·bound, whatever the gradients.
    | StepBound of bound: float

/// The laws of claims, and the claims of the library's own stages.
module internal Claims =

    open ContractParts

    /// The law of a claim about an optimizer.
    let claimed (setup: Setup) claim =
        let optimizer = setup.Optimizer

        let feed (subject: Subject) (start: float[]) (gradients: float[][]) =
            Trajectory.feedPlan subject (subject.Plan(optimizer, setup.LayoutOf start.Length)) start gradients

        let run subject start gradients = (feed subject start gradients).Last

        match claim with
        | Elementwise ->
            contract
                setup
                "ELEMENTWISE"
                "coordinates do not see each other"
                "permutations and separate runs, bit for bit"
                (fun sequence subject ->
                    let whole = run subject sequence.Start sequence.Gradients

                    [
                        Finding.sameBits
                            "reversed coordinates"
                            sequence.Steps
                            (Array.rev whole)
                            (run subject (Array.rev sequence.Start) (Array.map Array.rev sequence.Gradients))
                        for i in 0 .. sequence.Dimension - 1 do
                            Finding.sameBits
                                "alone"
                                i
                                [| whole[i] |]
                                (run
                                    subject
                                    [| sequence.Start[i] |]
                                    (sequence.Gradients |> Array.map (fun g -> [| g[i] |])))
                    ])
        | Rotations ->
            contract setup "ROTATION" "axes do not matter" "Q p, Q g turn the trajectory" (fun sequence subject ->
                let q = Rotation.ofSeed 5 sequence.Dimension

                let size =
                    1.0 + Vec.norm sequence.Start + 10.0 * Seq.sumBy Vec.norm sequence.Gradients

                let turned =
                    run subject (Rotation.apply q sequence.Start) (sequence.Gradients |> Array.map (Rotation.apply q))

                [
                    Finding.close
                        "Q x"
                        sequence.Steps
                        size
                        (64.0 * float sequence.Steps * Vec.eps)
                        (Rotation.apply q (run subject sequence.Start sequence.Gradients))
                        turned
                ])
        | ScaleFree ->
            contract
                setup
                "SCALE"
                "the size of the gradients does not matter"
                "2^k g gives the bits of g"
                (fun sequence subject -> [
                    for k in [ -20; 12 ] do
                        let scaled = sequence.Gradients |> Array.map (Vec.scale (Math.ScaleB(1.0, k)))

                        Finding.sameBits
                            $"2^{k} g"
                            sequence.Steps
                            (run subject sequence.Start sequence.Gradients)
                            (run subject sequence.Start scaled)
                ])
        | RestsAtZero ->
            contract setup "REST" "no gradient, no step" "p stays, bit for bit" (fun sequence subject -> [
                Finding.sameBits
                    "p"
                    sequence.Steps
                    sequence.Start
                    (run subject sequence.Start (sequence.Gradients |> Array.map (fun g -> Vec.zero g.Length)))
            ])
        | StepBound bound ->
            contract setup "STEP" "steps are bounded" $"|Δ_i| ≤ {Code.number bound} lr" (fun sequence subject ->
                let response = feed subject sequence.Start sequence.Gradients

                [
                    for t in 0 .. sequence.Steps - 1 do
                        for i in 0 .. sequence.Dimension - 1 do
                            let largest = bound * optimizer.Rate

                            Finding.atMost
                                "|Δ|"
                                t
                                largest
                                (1e-12 * largest + 8.0 * Vec.eps * (abs (response.Path[t][i]) + largest))
                                (abs ((response.Update t)[i]))
                ])

    /// What a stage claims of itself.
    let knownClaims (stage: IStage) = [
        if stage.Has StageTraits.Elementwise then
            Elementwise
        if stage.Has StageTraits.Rotations then
            Rotations
        if stage.Has StageTraits.ScaleFree then
            ScaleFree
        if stage.Has StageTraits.RestsAtZero then
            RestsAtZero
        match stage with
        | :? IBounded as bounded when Double.IsFinite bounded.StepBound -> StepBound bounded.StepBound
        | _ -> ()
    ]
