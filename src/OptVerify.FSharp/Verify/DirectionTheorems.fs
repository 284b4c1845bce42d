namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore

/// Adaptive, sign and normalised methods.
module internal DirectionTheorems =

    open TheoremParts

    /// Every coordinate moves by η_t or not at all: elementwise, whatever the sizes, and never by more.
    let isSign (stage: IStage) =
        match stage with
        | :? IBounded as bounded ->
            bounded.StepBound = 1.0
            && stage.Has(StageTraits.Elementwise ||| StageTraits.ScaleFree ||| StageTraits.RestsAtZero)
            && not (stage.Has StageTraits.Adaptive)
        | _ -> false

    /// u/‖u‖: without memory, in every direction alike, whatever the size.
    let isNormalising (stage: IStage) =
        match stage with
        | :? IBounded as bounded ->
            bounded.NormBound = 1.0
            && stage.Slots.Count = 0
            && stage.Has(StageTraits.Rotations ||| StageTraits.ScaleFree)
        | _ -> false

    // What is true of a direction whatever the gradients are.
    let direction (stage: IStage) (optimizer: Optimizer) problemClass =
        let problems = ClassProblems.ofClass problemClass (longest problemClass optimizer)
        let plan = optimizer.Plan 1
        let rate t = plan.RateAt(int64 t)

        let bounded worst largest (law: Law) =
            law
            |> judged (
                responses optimizer problems worst (fun sequence response ->
                    AdamParts.stepwise sequence response (fun t -> rate (t - 1) * largest t))
            )

        let growing ratio =
            Gen.choose (1, 30)
            |> Gen.map (GradientSequence.growing ratio)
            |> Some
            |> if ratio > 1.0 then id else (fun _ -> None)

        // The theorems that contain a method's own constants name the method; the others go by what a stage declares.
        match stage with
        | :? Adam as adam when adam.BiasCorrection && adam.Beta1 > 0.0 -> [
            AdamLaws.step
            |> bounded (growing (adam.Beta2 / adam.Beta1)) (AdamLaws.largestStep adam.Beta1 adam.Beta2)
            if
                adam.EpsilonRoot = 0.0
                && optimizer.Rate > 0.0
                && [ 0..steps ] |> List.forall (fun t -> rate t > 0.0)
            then
                EveryOptimizer.preconditioned
                |> judged (responses optimizer problems None (EveryOptimizer.judgePreconditioned adam rate))
          ]
        | :? Adam as adam when not adam.BiasCorrection -> [ Breaks("AD-1, U-4", "bias correction") ]
        | :? AmsGrad as amsGrad -> [
            AdamLaws.step |> bounded None (AdamLaws.largestStep amsGrad.Beta1 amsGrad.Beta2)
          ]
        | :? AdaMax as adaMax when adaMax.Beta1 < adaMax.Beta2 -> [
            LargestSteps.adaMax
            |> bounded (growing (1.0 / adaMax.Beta2)) (LargestSteps.largestAdaMax adaMax.Beta1 adaMax.Beta2)
          ]
        | :? RmsProp as rms when not rms.Centered && rms.Initial = 0.0 -> [
            LargestSteps.rms
            |> bounded None (LargestSteps.largestRms rms.Decay rms.BiasCorrection)
          ]
        | :? RmsProp -> [ Breaks("AD-4", "v_0 = 0, not centred") ]
        | _ when isSign stage -> [ SignLaws.exact |> bounded None (fun _ -> 1.0) ]
        // A curvature is asked of the objective, of which gradients from anywhere have none.
        | :? ICurvature -> []
        | :? IBounded as claim when optimizer.Schedules.Count = 0 && Double.IsFinite claim.StepBound -> [
            Applies(Claims.claimed (Setup.Anywhere optimizer) (StepBound claim.StepBound))
          ]
        | _ -> []

    let signDescent (optimizer: Optimizer) problemClass =
        let on judge =
            runs optimizer (ClassProblems.ofClass problemClass (longest problemClass optimizer)) judge

        match problemClass with
        | _ when optimizer.Rate = 0.0 -> []
        | NonSmooth _
        | Smooth _ -> []
        | _ -> [ SignLaws.descent |> judged (on (SignLaws.judgeDescent optimizer.Rate)) ]

    let normalised (optimizer: Optimizer) problemClass =
        match problemClass with
        | _ when optimizer.Rate = 0.0 -> []
        | NonSmooth _ -> [ Breaks("NGD-1", "f is smooth") ]
        | _ ->
            let problems = ClassProblems.ofClass problemClass (longest problemClass optimizer)

            [
                SignLaws.normalised
                |> judged (runs optimizer problems (SignLaws.judgeNormalised optimizer.Rate))
            ]
