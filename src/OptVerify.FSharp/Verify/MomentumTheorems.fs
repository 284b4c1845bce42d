namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore

/// What a direction with one slot remembers of the gradients before.
type internal Memory =
    /// v = βv + u, u = v.
    | HeavyBall of beta: float
    /// v = βv + u, u = u + βv.
    | NesterovsMomentum of beta: float

/// The heavy ball and Nesterov's method with one coefficient.
module internal MomentumTheorems =

    open TheoremParts

    /// Which of both a direction is, whoever wrote it: one that declares to be linear, coordinate by coordinate, with one slot is told
    /// by its slot and the updates that the gradients 1, 0, 0, 0 get.
    let memory (direction: IStage) : Memory option =
        let declared =
            direction.Has(StageTraits.Momentum ||| StageTraits.Elementwise)
            && (direction.Has StageTraits.Linear || direction.Has StageTraits.LinearInStep)
            && not (direction.Has StageTraits.StandsAlone || direction.Has StageTraits.RateInside)
            && direction.Slots.Count = 1

        if not declared then
            None
        else
            let plan = (Optimizer.Sgd 1.0).With(direction).Plan 1

            let states =
                [ 1.0; 0.0; 0.0; 0.0 ]
                |> List.scan (fun state g -> Runs.push plan [| g |] state) (plan.Init(ReadOnlySpan [| 0.0 |]))

            let v = [ for state in states -> (state.Slot(Seq.exactlyOne state.SlotNames))[0] ]

            let updates = [
                for before, after in List.pairwise states -> before.ToArray()[0] - after.ToArray()[0]
            ]

            let b = v[2]

            let are (expected: float list) (found: float list) =
                List.forall2 (fun x y -> abs (x - y) <= 1e-12) expected found

            if not (v |> are [ 0.0; 1.0; b; b * b; b * b * b ]) then
                None
            elif updates |> are [ 1.0; b; b * b; b * b * b ] then
                Some(HeavyBall b)
            elif updates |> are [ 1.0 + b; b * b; b * b * b; b * b * b * b ] then
                Some(NesterovsMomentum b)
            else
                None

    let heavyBall (b: float) (optimizer: Optimizer) problemClass =
        let a = optimizer.Rate

        let telescoping =
            HeavyBallConvex.telescoping
            |> judged (
                Cases.feeds
                    (GradientSequence.arbitrary steps 4)
                    (Gen.constant (a, b))
                    (fun _ -> optimizer)
                    HeavyBallConvex.judgeTelescoping
            )

        let cesaro l =
            let limit = 2.0 * (1.0 - b) / l

            if 0.0 < a && a < limit then
                HeavyBallConvex.cesaro
                |> judged (
                    runs optimizer (ClassProblems.ofClass problemClass (a * l)) (fun run ->
                        HeavyBallConvex.judgeMean b (Vec.mean run.Points) run)
                )
            else
                Breaks("HB-6", $"0 < η < 2(1−β)/L = {text limit}, and η = {text a}")

        let ghadimi (m, l) =
            let h, square = a * l, (1.0 - a * m) * (1.0 - a * l)

            if 0.0 < h && h <= 1.0 && abs (b * b - square) <= 1e-12 then
                HeavyBallConvex.ghadimi
                |> judged (
                    runs
                        optimizer
                        (fun n ->
                            ClassProblems.ofClass problemClass h n
                            |> Gen.map (fun problem -> { problem with Convexity = m }))
                        (HeavyBallConvex.judgeGhadimi h)
                )
            elif h > 1.0 then
                Breaks("HB-5", $"η ≤ 1/L = {text (1.0 / l)}, and η = {text a}")
            else
                Breaks("HB-5", $"β = √((1−ηm)(1−ηL)) = {text (sqrt square)}, and β = {text b}")

        match problemClass with
        | Quadratic(m, l)
        | StronglyConvex(m, l) -> [ telescoping; cesaro l; ghadimi (m, l) ]
        | Convex l -> [ telescoping; cesaro l ]
        | Smooth _
        | NonSmooth _ -> [ telescoping ]

    let nesterov (b: float) (optimizer: Optimizer) problemClass =
        match ProblemClass.interval problemClass with
        | None -> [
            Breaks("NAG-1 … NAG-4", "coefficients (t_k−1)/t_{k+1} or k/(k+3), and β is constant")
          ]
        | Some(m, l) ->
            let h = optimizer.Rate * l
            let s = sqrt (h * m / l)
            let tuned = (1.0 - s) / (1.0 + s)

            if not (0.0 < h && h <= 1.0) then
                [
                    Breaks("NAG-5", $"0 < η ≤ 1/L = {text (1.0 / l)}, and η = {text optimizer.Rate}")
                ]
            elif abs (b - tuned) > 1e-12 then
                [ Breaks("NAG-5", $"β = (1−√(mη))/(1+√(mη)) = {text tuned}, and β = {text b}") ]
            else
                let problems n =
                    ClassProblems.ofClass problemClass h n
                    |> Gen.map (fun problem -> { problem with Convexity = m })

                [
                    NesterovLinear.stronglyConvex
                    |> judged (runs optimizer problems (NesterovLinear.judgeStronglyConvex h))
                ]
