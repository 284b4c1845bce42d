namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Ledgers of descent and regret that hold for every optimizer, whatever produced its updates.</summary>
[<RequireQualifiedAccess>]
module EveryOptimizer =

    /// U-1 of any run on a smooth function.
    let internal judgeLedger (run: Trajectory) =
        Cases.everyUpdate run (fun k ->
            let u, g = run.Update k, run.Gradients[k]
            let error = abs (run.Values[k + 1] - run.Values[k] + Vec.dot g u)
            let L, d = run.Problem.Smoothness, float run.Problem.Dimension
            let size = Vec.norm run.Points[k] + Vec.norm u + Slack.stepDistance run k / Vec.eps

            let size =
                if Double.IsNaN size then
                    Vec.norm run.Points[k] + Vec.norm u
                else
                    size

            let slack =
                8.0
                * d
                * Vec.eps
                * (abs run.Values[k] + abs run.Values[k + 1] + (Vec.norm g + L * size) * size)
                + Slack.least

            Finding.atMost "|f⁺ − f + ⟨g,u⟩|" k (L / 2.0 * Vec.dot u u) slack error)

    /// U-1.
    let ledger = {
        Id = "U-1"
        Name = "descent ledger"
        Statement = "|f(x_{k+1}) − f(x_k) + ⟨g_k, u_k⟩| ≤ (L/2)‖u_k‖²"
        Assumptions = "f L-smooth, convex or not; any update x_{k+1} = x_k − u_k"
        Tightness = Attained "Lx²/2"
        Source = source "Nesterov" 2004 "Lemma 1.2.3"
        Cases =
            Cases.runs 20 ProblemDraws.smooth OptimizerDraws.withoutDecay (fun _ optimizer _ -> optimizer) (fun _ ->
                judgeLedger)
    }

    let private comparator (sequence: GradientSequence) =
        Array.init sequence.Dimension (fun i -> sin (float (7 * i + 3)))

    /// U-2.
    let regret =
        let judge (rate: float, box: bool) (sequence: GradientSequence) (subject: Subject) =
            let optimizer = sgd rate |> cosine 200 |> (if box then within -0.5 0.75 else id)

            let start =
                if box then
                    sequence.Start |> Array.map (max -0.5 >> min 0.75)
                else
                    sequence.Start

            let response = Trajectory.feedOn subject optimizer start sequence.Gradients
            let u = comparator sequence |> Array.map (max -0.5 >> min 0.75)
            let mutable left, right, scale = 0.0, 0.0, 0.0

            for t in 0 .. sequence.Steps - 1 do
                let a = rate * Schedule.cosine(200).At(int64 t)

                for i in 0 .. sequence.Dimension - 1 do
                    let x, next, g =
                        response.Path[t][i], response.Path[t + 1][i], sequence.Gradients[t][i]

                    let before, after =
                        (x - u[i]) * (x - u[i]) / (2.0 * a), (next - u[i]) * (next - u[i]) / (2.0 * a)

                    left <- left + g * (x - u[i])
                    right <- right + before - after + a * g * g / 2.0
                    scale <- scale + abs (g * (x - u[i])) + before + after + a * g * g

            let slack = 1e-9 * scale
            let what = "Σ⟨g_t, x_t − u⟩"

            [
                if box then
                    Finding.atMost what sequence.Steps right slack left
                else
                    Finding.equal what sequence.Steps right (1e-12 * scale) left
            ]

        {
            Id = "U-2"
            Name = "regret identity"
            Statement = "Σ⟨g_t, x_t−u⟩ = Σ [(x_t−u)² − (x_{t+1}−u)²]/(2a_t) + a_t g_t²/2; ≤ with a projection"
            Assumptions = "x_{t+1} = x_t − a_t g_t, any gradients, any u (in the box)"
            Tightness = Identity
            Source = source "Zinkevich" 2003 "Theorem 1, the telescoping; elementary"
            Cases =
                (Cases.sequences
                    (GradientSequence.arbitrary 30 4)
                    (Gen.zip (Draw.logUniform 1e-3 1.0) (Gen.elements [ true; false ]))
                    (fun (rate, _) -> string (sgd rate |> cosine 200))
                    judge)
        }

    /// U-3.
    let emaRegret =
        let judge (beta, rate) (sequence: GradientSequence) (response: Response) =
            let n = sequence.Steps
            let u = comparator sequence
            let m = [| for t in 0 .. n - 1 -> response.Update t |> Vec.scale (1.0 / rate) |]
            let away t = Vec.sub response.Path[t] u

            let left =
                Seq.sum (seq { for t in 0 .. n - 1 -> Vec.dot sequence.Gradients[t] (away t) })

            let share = beta / (1.0 - beta)

            let terms = [
                for t in 0 .. n - 1 do
                    Vec.dot m[t] (away t)

                share * Vec.dot m[n - 1] (away (n - 1))

                for t in 0 .. n - 2 do
                    share * Vec.dot m[t] (response.Update t)
            ]

            let scale =
                List.sumBy abs terms
                + Seq.sum (seq { for t in 0 .. n - 1 -> Vec.norm sequence.Gradients[t] * Vec.norm (away t) })
                + Seq.sum (
                    seq {
                        for t in 0 .. n - 1 -> (1.0 + share) * Vec.norm (away t) * (Vec.norm response.Path[t]) / rate
                    }
                )

            [ Finding.equal "Σ⟨g_t, x_t − u⟩" n (List.sum terms) (1e-12 * scale) left ]

        {
            Id = "U-3"
            Name = "regret of averaged gradients"
            Statement = "Σ⟨g_t,x_t−u⟩ = Σ⟨m_t,x_t−u⟩ + β/(1−β)⟨m_T,x_T−u⟩ + β/(1−β)Σ_{t<T}⟨m_t,x_t−x_{t+1}⟩"
            Assumptions = "m_t = βm_{t−1} + (1−β)g_t, x_{t+1} = x_t − lr m_t"
            Tightness = Identity
            Source = source "Alacaoglu et al." 2020 "Lemma 1"
            Cases =
                (Cases.feeds
                    (GradientSequence.arbitrary 30 4)
                    (Gen.zip (Draw.uniform 0.0 0.95) (Draw.logUniform 1e-2 1.0))
                    (fun (beta, rate) -> sgd rate |> ema beta)
                    judge)
        }

    /// U-4 of a response of Adam with these options, at these rates.
    let internal judgePreconditioned
        (adam: Adam)
        (rate: int -> float)
        (sequence: GradientSequence)
        (response: Response)
        =
        let n, d = sequence.Steps, sequence.Dimension
        let u = comparator sequence
        let m = [| for t in 1..n -> response.Trail[t].Slot "adam.m" |]

        // The effective rate of every coordinate, from the state: lr/(1−β1^t)/(√v̂ + ε).
        let a =
            Array.init n (fun k ->
                let c1, c2 = 1.0 - adam.Beta1 ** float (k + 1), 1.0 - adam.Beta2 ** float (k + 1)

                response.Trail[k + 1].Slot "adam.v"
                |> Array.map (fun v -> rate k / c1 / (sqrt (v / c2) + adam.Epsilon)))

        let mutable left, right, scale = 0.0, 0.0, 0.0

        for i in 0 .. d - 1 do
            let away t = response.Path[t][i] - u[i]
            let widest = Seq.max (seq { for t in 0..n -> abs (away t) })

            let growth t =
                max 0.0 (1.0 / a[t][i] - 1.0 / a[t - 1][i])

            let bracket = 1.0 / a[0][i] + Seq.sum (seq { for t in 1 .. n - 1 -> growth t })
            right <- right + widest * widest / 2.0 * bracket

            for t in 0 .. n - 1 do
                left <- left + m[t][i] * away t
                right <- right + a[t][i] * m[t][i] * m[t][i] / 2.0
                scale <- scale + abs (m[t][i] * away t)

        [ Finding.atMost "Σ⟨m_t, x_t − u⟩" n right (1e-9 * (scale + right)) left ]

    /// U-4.
    let preconditioned = {
        Id = "U-4"
        Name = "regret under any preconditioner"
        Statement = "Σ⟨m_t,x_t−u⟩ ≤ Σ_i (D_i²/2)[1/a_{1,i} + Σ(1/a_{t,i} − 1/a_{t−1,i})₊] + ½Σ a_{t,i} m_{t,i}²"
        Assumptions = "x_{t+1} = x_t − a_t ⊙ m_t with any a_t > 0, here Adam's; D_i = max_t |x_{t,i} − u_i|"
        Tightness = Valid
        Source = own "Abel summation of U-2"
        Cases =
            (Cases.feeds (GradientSequence.arbitrary 30 4) (Draw.logUniform 1e-3 1.0) adam (fun rate ->
                judgePreconditioned (Adam()) (fun _ -> rate)))
    }

    /// <summary>U-1 … U-4.</summary>
    let laws: Law list = [ ledger; regret; emaRegret; preconditioned ]
