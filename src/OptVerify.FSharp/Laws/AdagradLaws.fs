namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>AdaGrad.</summary>
[<RequireQualifiedAccess>]
module AdagradLaws =

    let private exact rate =
        adagradWith (Adagrad(Epsilon = 0.0)) rate

    let private sequences = GradientSequence.arbitrary 30 4
    let private rates = Draw.logUniform 1e-3 1.0
    let private sums (response: Response) t = response.Trail[t].Slot "adagrad.G"

    /// AG-1.
    let accumulator =
        let judge rate (sequence: GradientSequence) (response: Response) =
            let n = sequence.Steps
            let final = sums response n

            [
                for i in 0 .. sequence.Dimension - 1 do
                    let squares = Seq.sum (seq { for g in sequence.Gradients -> g[i] * g[i] })
                    Finding.equal "S_T" i squares (4.0 * float n * Vec.eps * squares) final[i]
                    // g²/√S = g·u/lr, from the updates.
                    let quotient =
                        Seq.sum (
                            seq { for t in 0 .. n - 1 -> (sequence.Gradients[t][i]) * ((response.Update t)[i]) / rate }
                        )

                    let size =
                        Seq.sum (
                            seq {
                                for t in 0 .. n - 1 -> abs (sequence.Gradients[t][i]) * abs (response.Path[t][i]) / rate
                            }
                        )

                    let slack = 1e-12 * squares + 8.0 * Vec.eps * size + 1e-12 * sqrt squares
                    Finding.atMost "√S_T" i quotient slack (sqrt squares)
                    Finding.atMost "Σ g²/√S_t" i (2.0 * sqrt squares) slack quotient
            ]

        {
            Id = "AG-1"
            Name = "AdaGrad: the accumulator lemma"
            Statement = "√S_T ≤ Σ g_t²/√S_t ≤ 2√S_T, S_t = Σ_{s≤t} g_s²"
            Assumptions = "any gradients; ε = 0"
            Tightness = Attained "one gradient; many small ones"
            Source = source "Duchi, Hazan and Singer" 2011 "Lemma 4; Auer et al. 2002"
            Cases = Cases.feeds sequences rates exact judge
        }

    /// AG-2.
    let regret =
        let judge rate (sequence: GradientSequence) (response: Response) =
            let n = sequence.Steps
            let final = sums response n
            let mutable left, right, scale = 0.0, 0.0, 0.0

            for i in 0 .. sequence.Dimension - 1 do
                let u = cos (float (3 * i + 2))
                let widest = Seq.max (seq { for t in 0..n -> abs (response.Path[t][i] - u) })
                right <- right + (widest * widest / (2.0 * rate) + rate) * sqrt final[i]

                for t in 0 .. n - 1 do
                    let term = (sequence.Gradients[t][i]) * (response.Path[t][i] - u)
                    left <- left + term
                    scale <- scale + abs term

            [ Finding.atMost "Σ⟨g_t, x_t−u⟩" n right (1e-9 * (scale + right)) left ]

        {
            Id = "AG-2"
            Name = "AdaGrad: regret"
            Statement = "Σ⟨g_t,x_t−u⟩ ≤ Σ_i (D_i²/(2η) + η) √S_{T,i}, D_i = max_t |x_{t,i} − u_i|"
            Assumptions = "any gradients, any u; ε = 0, with or without a box"
            Tightness = Valid
            Source = source "Duchi, Hazan and Singer" 2011 "Theorem 5"
            Cases =
                (Gen.oneof [
                    Cases.feeds sequences rates exact judge
                    Cases.feeds
                        sequences
                        rates
                        (fun rate -> exact rate |> within -3.0 3.0)
                        (fun rate sequence response ->
                            if sequence.Start |> Array.forall (fun x -> abs x <= 3.0) then
                                judge rate sequence response
                            else
                                [])
                ])
        }

    /// AG-5.
    let steps =
        let judge rate (sequence: GradientSequence) (response: Response) =
            let n, d = sequence.Steps, sequence.Dimension

            [
                for t in 0 .. n - 1 do
                    let u = response.Update t
                    let before, after = sums response t, sums response (t + 1)

                    for i in 0 .. d - 1 do
                        let slack = 4.0 * Vec.eps * (rate + abs (response.Path[t][i]))
                        Finding.atMost "|u|" t rate slack (abs u[i])
                        Finding.atMost "S_t" t after[i] 0.0 before[i]

                        if before[i] = 0.0 then
                            Finding.equal "first step" t (rate * float (sign (sequence.Gradients[t][i]))) slack u[i]
            ]

        {
            Id = "AG-5"
            Name = "AdaGrad: steps"
            Statement = "|u_i| ≤ η; the first step is η sign(g); the effective rate does not increase"
            Assumptions = "any gradients; ε = 0, accumulator 0"
            Tightness = Attained "the first gradient"
            Source = own "S_t ≥ g_t²"
            Cases = Cases.feeds sequences rates exact judge
        }

    /// <summary>AG-1, AG-2, AG-5.</summary>
    let laws: Law list = [ accumulator; regret; steps ]
