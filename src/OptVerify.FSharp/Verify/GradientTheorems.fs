namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore

/// Gradient and subgradient descent with a constant rate or a schedule.
module internal GradientTheorems =

    open TheoremParts

    let gradientDescent (optimizer: Optimizer) problemClass =
        let h = longest problemClass optimizer

        let on judge =
            runs optimizer (ClassProblems.ofClass problemClass h) judge

        let diverges l =
            Gen.map2
                (fun n R ->
                    Cases.run
                        (fun _ () _ -> optimizer)
                        (fun () -> GradientDescentSteps.judgeDivergence h)
                        (Quadratics.line l R, (), n))
                (Gen.choose (1, steps))
                (Draw.logUniform 0.1 10.0)

        let contractions = [
            StronglyConvexLaws.distance
            |> judged (on (StronglyConvexLaws.judgeDistance (fun _ -> h)))
            StronglyConvexLaws.norm
            |> judged (on (StronglyConvexLaws.judgeNorm (fun _ -> h)))
            StronglyConvexLaws.gap |> judged (on (StronglyConvexLaws.judgeGap (fun _ -> h)))
        ]

        let long id =
            Breaks(id, $"0 < ηL < 2, and ηL = {text h}")

        match problemClass with
        | NonSmooth _ -> []
        | Convex l
        | Smooth l when h >= 2.0 -> [
            GradientDescentSteps.divergence |> judged (diverges l)
            long "GD-1 … GD-4, NC-1 … NC-4"
          ]
        | Quadratic(_, l)
        | StronglyConvex(_, l) when h >= 2.0 -> [
            GradientDescentSteps.divergence |> judged (diverges l)
            long "SC-1 … SC-6"
          ]
        | _ when h <= 0.0 -> [ long "GD-1 … GD-9, SC-1 … SC-6" ]
        | Convex _ -> [
            GradientDescent.gap |> judged (on (GradientDescent.judgeGap h))
            if h <= 1.0 then
                GradientDescent.classical |> judged (on (GradientDescent.judgeClassical h))
            GradientDescent.norm |> judged (on (GradientDescent.judgeNorm h))
            GradientDescent.normByGap |> judged (on (GradientDescent.judgeNormByGap h))
            NonconvexLaws.descent |> judged (on (NonconvexLaws.judgeDescent (fun _ -> h)))
          ]
        | Smooth _ -> [
            if h <= sqrt 3.0 then
                NonconvexLaws.smallest |> judged (on (NonconvexLaws.judgeSmallest h))
            else
                Breaks("NC-1", $"ηL ≤ √3, and ηL = {text h}")
            NonconvexLaws.classical |> judged (on (NonconvexLaws.judgeClassical h))
            NonconvexLaws.descent |> judged (on (NonconvexLaws.judgeDescent (fun _ -> h)))
          ]
        | StronglyConvex _ -> contractions
        // Quadratic. Named, F# would write a case that cannot be, with the path of this file.
        | _ ->
            contractions
            @ [
                GradientDescentSteps.quadratics
                |> judged (on (GradientDescentSteps.judgeQuadratics h))
            ]

    // The gradients where a run from here can be: what the slack of the subgradient laws is measured by.
    let private withGradients (problem: Problem) =
        if System.Double.IsFinite problem.Smoothness then
            {
                problem with
                    Lipschitz = problem.Smoothness * (problem.Distance + Vec.norm problem.Start)
            }
        else
            problem

    let subgradient (optimizer: Optimizer) problemClass =
        let h = longest problemClass optimizer

        let on =
            runs optimizer (ClassProblems.ofClass problemClass h >> Gen.map withGradients)

        [
            SubgradientLaws.fundamental |> judged (on SubgradientLaws.judgeFundamental)
            SubgradientSchedules.anySchedule |> judged (on SubgradientSchedules.judgeLast)
        ]

    let online (optimizer: Optimizer) =
        SubgradientSchedules.online
        |> judged (
            Cases.feeds
                (GradientSequence.arbitrary steps 4)
                (Gen.constant optimizer.Rate)
                (fun _ -> optimizer)
                SubgradientSchedules.judgeOnline
        )

    let scheduled (optimizer: Optimizer) problemClass =
        let plan = optimizer.Plan 1
        let top = longest problemClass optimizer

        let h k =
            match ProblemClass.smoothness problemClass with
            | Some l -> plan.RateAt(int64 k) * l
            | None -> nan

        let short = [ 0 .. steps - 1 ] |> List.forall (fun k -> h k < 2.0)

        let on judge =
            runs optimizer (ClassProblems.ofClass problemClass top) judge

        let long id =
            Breaks(id, $"η_t L < 2 in the first {steps} steps")

        match problemClass with
        | NonSmooth _ -> subgradient optimizer problemClass
        | Smooth _ -> [ NonconvexLaws.descent |> judged (on (NonconvexLaws.judgeDescent h)) ]
        | Convex _ when short ->
            (NonconvexLaws.descent |> judged (on (NonconvexLaws.judgeDescent h)))
            :: subgradient optimizer problemClass
        | Convex _ -> [ long "SUB-4, NC-4" ]
        | Quadratic _
        | StronglyConvex _ when short -> [
            StronglyConvexLaws.distance |> judged (on (StronglyConvexLaws.judgeDistance h))
            StronglyConvexLaws.norm |> judged (on (StronglyConvexLaws.judgeNorm h))
            StronglyConvexLaws.gap |> judged (on (StronglyConvexLaws.judgeGap h))
          ]
        // Quadratic or strongly convex: not named for the same reason.
        | _ -> [ long "SC-1 … SC-3" ]
