namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Stochastic gradients on classes of functions and on finite sums; expectations are means over all paths.</summary>
[<RequireQualifiedAccess>]
module StochasticClasses =

    open StochasticParts

    let private noisy most h (problems: Gen<Problem>) words judge =
        let tell (problem: Problem, h: float, sigma: float, n: int) =
            let optimizer: Optimizer = sgd (h / problem.Smoothness) |> words

            $"{optimizer} on {problem}, noise ±{Code.number sigma} on every coordinate, all sign sequences of {n} steps",
            fun machine ->
                let paths = Sums.signs n |> Array.map (noisyPath machine optimizer problem sigma)
                judge problem h (float problem.Dimension * sigma * sigma) n paths

        gen {
            let! problem = problems
            let! h = h
            let! sigma = Draw.logUniform 0.01 10.0
            let! n = Gen.choose (1, most)

            let shrink (problem: Problem, h, sigma, n) =
                Seq.append
                    (Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, h, sigma, n))
                    (problem.Simpler() |> Seq.map (fun simpler -> simpler, h, sigma, n))

            return Trial.over shrink tell (problem, h, sigma, n)
        }

    let private gapAt (problem: Problem) (state: State<float>) =
        fst (problem.At(state.ToArray())) - problem.Minimum

    /// SGD-3.
    let stronglyConvex =
        law
            "SGD-3"
            "sgd on strongly convex functions"
            "E‖e_N‖² ≤ ρ^(2N)R² + η²σ²(1−ρ^(2N))/(1−ρ²), E(f−f*) ≤ ρ^(2N)(f_0−f*) + (Lη²σ²/2)(1−ρ^(2N))/(1−ρ²)"
            "f m-strongly convex, L-smooth, unbiased noise of variance σ²; 0 < η < 2/L"
            (Attained "mx²/2")
            (own "SC-1 and SC-3 with the variance added at every step; by exact enumeration")
            (noisy
                6
                (Draw.inside 0.0 2.0)
                (Gen.frequency [
                    3, ProblemDraws.stronglyConvex
                    1, Gen.map (fun L -> Quadratics.line L 1.0) (Draw.logUniform 0.1 10.0)
                ])
                id
                (fun problem h variance n paths ->
                    let rho2 = max (abs (1.0 - h * problem.Ratio)) (abs (1.0 - h)) ** 2.0
                    let eta, L = h / problem.Smoothness, problem.Smoothness
                    let decay = rho2 ** float n

                    let noise =
                        eta * eta * variance * Seq.sum (seq { for k in 0 .. n - 1 -> rho2 ** float k })

                    let R2, gap =
                        problem.Distance ** 2.0, fst (problem.At problem.Start) - problem.Minimum

                    let distance = decay * R2 + noise

                    let offset =
                        match problem.Minimizer with
                        | Some p -> Vec.norm p
                        | None -> 0.0

                    let floor = 1e-13 * offset * (offset + sqrt R2)

                    [
                        Finding.atMost
                            "E‖e‖²"
                            n
                            distance
                            (1e-11 * distance + floor)
                            (expect
                                (fun path -> problem.DistanceTo((Array.last path: State<float>).ToArray()) ** 2.0)
                                paths)
                        Finding.atMost
                            "E f − f*"
                            n
                            (decay * gap + L / 2.0 * noise)
                            (1e-11 * (gap + L * noise) + L * floor)
                            (expect (Array.last >> gapAt problem) paths)
                    ]))

    /// SGD-4.
    let averaged =
        law
            "SGD-4"
            "averaged sgd on convex functions"
            "E f(x̄) − f* ≤ R²/(2ηN) + ησ²/2, x̄ the mean of x_0 … x_{N−1}"
            "f convex, L-smooth, unbiased noise; η ≤ 1/L"
            Valid
            (source "Lan" 2012 "; constants by cocoercivity, by exact enumeration")
            (noisy 6 (Draw.inside 0.0 1.0) ProblemDraws.convex id (fun problem h variance n paths ->
                let eta = h / problem.Smoothness
                let bound = problem.Distance ** 2.0 / (2.0 * eta * float n) + eta * variance / 2.0

                let mean (path: State<float>[]) =
                    path[.. n - 1] |> Array.map _.ToArray() |> Vec.mean

                [
                    Finding.atMost
                        "E f(x̄) − f*"
                        n
                        bound
                        (1e-11 * bound)
                        (expect (fun path -> fst (problem.At(mean path)) - problem.Minimum) paths)
                ]))

    /// SGD-5.
    let nonconvex =
        law
            "SGD-5"
            "sgd on nonconvex functions"
            "(1/N) Σ_{k<N} E‖∇f(x_k)‖² ≤ 2(f_0−f*)/(ηN) + Lησ²"
            "f L-smooth, bounded below, unbiased noise; η ≤ 1/L"
            Valid
            (source "Ghadimi and Lan" 2013 "Theorem 2.1; by exact enumeration")
            (noisy 6 (Draw.inside 0.0 1.0) Nonconvex.bounded id (fun problem h variance n paths ->
                let eta = h / problem.Smoothness
                let gap = fst (problem.At problem.Start) - problem.Minimum
                let bound = 2.0 * gap / (eta * float n) + problem.Smoothness * eta * variance

                let square (state: State<float>) =
                    Vec.norm (snd (problem.At(state.ToArray()))) ** 2.0

                [
                    Finding.atMost
                        "mean E‖g‖²"
                        n
                        bound
                        (1e-11 * bound)
                        (expect (fun path -> path |> Array.truncate n |> Array.averageBy square) paths)
                ]))

    let private oneStep id name statement assumptions tightness source (sums: Gen<Sum>) h judge =
        let tell (sum: Sum, h: float) =
            let L = sum.Parts |> Array.map _.Smoothness |> Array.max
            let optimizer = sgd (h / L)

            $"{optimizer} on one term each of {sum}",
            fun (machine: Machine) ->
                let plan = machine.Plan(optimizer, sum.Whole.Dimension)
                let state = plan.Init sum.Whole.Start

                sum.Parts
                |> Array.map (fun part ->
                    let value, gradient = part.At sum.Whole.Start
                    (machine.Step state gradient value).ToArray())
                |> judge sum h L

        law
            id
            name
            statement
            assumptions
            tightness
            source
            (Gen.map2
                (fun sum h ->
                    Trial.over
                        (fun (sum: Sum, h) -> sum.Simpler() |> Seq.map (fun simpler -> simpler, h))
                        tell
                        (sum, h))
                sums
                h)

    /// SGD-6.
    let finiteSum =
        oneStep
            "SGD-6"
            "sgd on a finite sum: one step"
            "E‖x⁺−x*‖² ≤ (η(L−m)R/2 + √((1−η(L+m)/2)²R² + η²v²))², v² = (1/n)Σ‖∇f_i(x*)‖²"
            "every f_i m-strongly convex and L-smooth; uniform choice"
            (Conjectured "the worst-case problem")
            (source "Taylor et al." 2017 "PESTO; Minkowski's inequality, by exact enumeration")
            Sums.quadraticSums
            (Draw.inside 0.0 2.0)
            (fun sum h L next ->
                let m = sum.Parts |> Array.map _.Convexity |> Array.min
                let eta = h / L
                // x* of the mean: gradients are affine, so it solves a linear system; the sum's Newton step from 0.
                let star = Sums.minimizer sum
                let R = Vec.distance sum.Whole.Start star

                let v2 =
                    sum.Parts |> Array.averageBy (fun part -> Vec.norm (snd (part.At star)) ** 2.0)

                let bound =
                    (eta * (L - m) * R / 2.0
                     + sqrt ((1.0 - eta * (L + m) / 2.0) ** 2.0 * R * R + eta * eta * v2))
                    ** 2.0

                let mean = next |> Array.averageBy (fun x -> Vec.distance x star ** 2.0)

                [
                    Finding.atMost "E‖x⁺−x*‖²" 1 bound (1e-11 * (bound + R * R + Vec.dot star star)) mean
                ])

    /// SGD-7.
    let interpolating =
        oneStep
            "SGD-7"
            "sgd with interpolation: every term contracts"
            "‖x⁺ − x*‖ ≤ ‖x − x*‖ surely, for every term"
            "f_i convex, L-smooth, all minimal at x*; 0 < η ≤ 2/L"
            Valid
            (own "cocoercivity of every term")
            Sums.interpolatingSums
            (Draw.inside 0.0 2.0)
            (fun sum h L next -> [
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

    /// SGD-9.
    let polyakRuppert =
        law
            "SGD-9"
            "Polyak and Ruppert's average on a quadratic: exact mean square"
            "E x̄² = [x_0(1−(1−a)^T)/(aT)]² + (ησ/(aT))² Σ_{j=1}^{T−1}(1−(1−a)^j)², a = ηλ"
            "f = λx²/2, noise ±σ, x̄ the mean of x_0 … x_{T−1}"
            Identity
            (own "variance of a geometric sum; by exact enumeration")
            (onLine 7 (fun rate -> sgd rate |> polyakAverage) (fun h lambda R sigma n paths ->
                let T = float (n + 1)
                let first = R * (1.0 - (1.0 - h) ** T) / (h * T)
                let tail = Seq.sum (seq { for j in 1..n -> (1.0 - (1.0 - h) ** float j) ** 2.0 })
                let expected = first ** 2.0 + (sigma / (lambda * T)) ** 2.0 * tail
                // The average of x_1 … x_n from the state, and x_0.
                let mean (path: State<float>[]) =
                    (R + float n * (Array.last path).Slot("polyakAverage")[0]) / T

                [
                    Finding.equal
                        "E x̄²"
                        n
                        expected
                        (1e-10 * (R * R + expected))
                        (expect (fun path -> mean path ** 2.0) paths)
                ]))

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
            { sequence with Gradients = means }, { sequence with Gradients = Array.collect split means }

        let words = [ momentum 0.9; clip 1.0 >> momentum 0.5 ]
        let heads = [ sgd 0.1; adam 0.01 ]

        let tell (count, (head: Optimizer, words: Optimizer -> Optimizer), sequence: GradientSequence) =
            let means, parts = whole count sequence
            let batch, micro = head |> words, head |> accumulate count |> words

            $"Trajectory.feed ({batch}) {means}, Trajectory.feed ({micro}) {parts}",
            fun machine ->
                let run optimizer (seen: GradientSequence) =
                    (Trajectory.feedOn machine optimizer seen.Start seen.Gradients).Last

                [ Finding.sameBits "p of the micro-batches" sequence.Steps (run batch means) (run micro parts) ]

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
            Trials =
                Gen.map3
                    (fun count setting sequence -> Trial.over shrink tell (count, setting, sequence))
                    (Gen.choose (1, 5))
                    (Gen.zip (Gen.elements heads) (Gen.elements words))
                    (GradientSequence.arbitrary 8 20)
        }

    /// <summary>SGD-3 … SGD-7, SGD-9, SGD-10.</summary>
    let laws: Law list = [
        stronglyConvex
        averaged
        nonconvex
        finiteSum
        interpolating
        polyakRuppert
        accumulation
    ]
