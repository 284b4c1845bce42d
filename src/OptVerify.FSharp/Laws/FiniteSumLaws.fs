namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Stochastic gradients of finite sums: one term at a time, and micro-batches.</summary>
[<RequireQualifiedAccess>]
module FiniteSumLaws =

    let private oneStep (sums: Gen<Sum>) h judge =
        let tell (sum: Sum, h: float) =
            let L = sum.Parts |> Array.map _.Smoothness |> Array.max
            let optimizer = sgd (h / L)

            $"({sum}).Parts |> Array.map (fun part -> Trajectory.run ({optimizer}) part 1)",
            fun (subject: Subject) ->
                let plan = subject.Plan(optimizer, sum.Whole.Dimension)
                let state = plan.Init sum.Whole.Start

                sum.Parts
                |> Array.map (fun part ->
                    let value, gradient = part.At sum.Whole.Start
                    (subject.Step state gradient value).ToArray())
                |> judge sum h L

        Gen.map2
            (fun sum h ->
                Case.over (fun (sum: Sum, h) -> sum.Simpler() |> Seq.map (fun simpler -> simpler, h)) tell (sum, h))
            sums
            h

    let private sumBound =
        bound "(η(L−m)R/2 + √((1−η(L+m)/2)²R² + η²v²))²" (fun L m R eta v2 ->
            (eta * (L - m) * R / 2.0
             + sqrt ((1.0 - eta * (L + m) / 2.0) ** 2.0 * R * R + eta * eta * v2))
            ** 2.0)

    /// SGD-6.
    let finiteSum = {
        Id = "SGD-6"
        Name = "sgd on a finite sum: one step"
        Statement = $"E‖x⁺−x*‖² ≤ {sumBound}, v² = (1/n)Σ‖∇f_i(x*)‖²"
        Assumptions = "every f_i m-strongly convex and L-smooth; uniform choice"
        Tightness = Conjectured "the worst-case problem"
        Source = source "Taylor et al." 2017 "PESTO; Minkowski's inequality, by exact enumeration"
        Cases =
            oneStep Sums.quadraticSums (Draw.inside 0.0 2.0) (fun sum h L next ->
                let m = sum.Parts |> Array.map _.Convexity |> Array.min
                // x* of the mean: gradients are affine, so it solves a linear system; the sum's Newton step from 0.
                let star = Sums.minimizer sum
                let R = Vec.distance sum.Whole.Start star

                let v2 =
                    sum.Parts |> Array.averageBy (fun part -> Vec.norm (snd (part.At star)) ** 2.0)

                let bound = sumBound.At L m R (h / L) v2
                let mean = next |> Array.averageBy (fun x -> Vec.distance x star ** 2.0)

                [
                    Finding.atMost "E‖x⁺−x*‖²" 1 bound (1e-11 * (bound + R * R + Vec.dot star star)) mean
                ])
    }

    /// SGD-7.
    let interpolating = {
        Id = "SGD-7"
        Name = "sgd with interpolation: every term contracts"
        Statement = "‖x⁺ − x*‖ ≤ ‖x − x*‖ surely, for every term"
        Assumptions = "f_i convex, L-smooth, all minimal at x*; 0 < η ≤ 2/L"
        Tightness = Valid
        Source = own "cocoercivity of every term"
        Cases =
            oneStep Sums.interpolatingSums (Draw.inside 0.0 2.0) (fun sum h L next -> [
                for i in 0 .. next.Length - 1 do
                    let R = sum.Whole.Distance
                    let part = sum.Parts[i]
                    let norm = Vec.norm (snd (part.At sum.Whole.Start))
                    let eta = h / L
                    let bound = R * R - eta * (2.0 / part.Smoothness - eta) * norm * norm
                    let size = R + Vec.norm sum.Whole.Minimizer.Value
                    // One-dimensional terms along a: equality.
                    Finding.equal
                        $"‖x⁺−x*‖² with term {i}"
                        1
                        bound
                        (32.0 * Vec.eps * size * size)
                        (Vec.distance next[i] sum.Whole.Minimizer.Value ** 2.0)
            ])
    }

    /// SGD-10.
    let accumulation =
        // Integers, so that the sums are exact and the mean is the same number.
        let whole count (sequence: GradientSequence) =
            let integer (x: float) =
                System.Math.Round(min 1e6 (max -1e6 (8.0 * x)))

            let split (g: float[]) =
                Array.init count (fun j ->
                    let offset =
                        if j = count - 1 && count % 2 = 1 then 0.0
                        elif j % 2 = 0 then 3.0
                        else -3.0

                    g |> Array.map (fun x -> x + offset))

            let means = sequence.Gradients |> Array.map (Array.map integer)

            { sequence with Gradients = means },
            {
                sequence with
                    Gradients = Array.collect split means
            }

        let words = [ momentum 0.9; clip 1.0 >> momentum 0.5 ]
        let heads = [ sgd 0.1; adam 0.01 ]

        let tell (count, (head: Optimizer, words: Optimizer -> Optimizer), sequence: GradientSequence) =
            let means, parts = whole count sequence
            let batch, micro = head |> words, head |> accumulate count |> words

            $"Trajectory.feed ({batch}) {means}, Trajectory.feed ({micro}) {parts}",
            fun subject ->
                let run optimizer (seen: GradientSequence) =
                    (Trajectory.feedOn subject optimizer seen.Start seen.Gradients).Last

                [
                    Finding.sameBits "p of the micro-batches" sequence.Steps (run batch means) (run micro parts)
                ]

        let shrink (count, setting, sequence) =
            GradientSequence.simpler sequence
            |> Seq.map (fun simpler -> count, setting, simpler)

        {
            Id = "SGD-10"
            Name = "accumulated micro-batches are one batch"
            Statement = "accumulate K on g_1 … g_K = one step on their mean, bit for bit where the mean is exact"
            Assumptions = "equal micro-batches; a clip after accumulate clips the mean"
            Tightness = Identity
            Source = own "by definition; EQ-15"
            Cases =
                Gen.map3
                    (fun count setting sequence -> Case.over shrink tell (count, setting, sequence))
                    (Gen.choose (1, 5))
                    (Gen.zip (Gen.elements heads) (Gen.elements words))
                    (GradientSequence.arbitrary 8 20)
        }

    /// <summary>SGD-6, SGD-7, SGD-10.</summary>
    let laws: Law list = [ finiteSum; interpolating; accumulation ]
