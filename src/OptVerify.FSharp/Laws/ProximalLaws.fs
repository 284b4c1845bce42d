namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Projected and proximal gradient descent.</summary>
[<RequireQualifiedAccess>]
module ProximalLaws =

    // F = f + h with h = λ‖·‖₁ or the indicator of a set; the minimiser 0 of f minimises F too where the set contains it.
    let private words =
        let outside low high (x: float[]) =
            x |> Array.map (fun v -> max (low - v) (v - high)) |> Array.max

        Gen.oneof [
            Gen.map (fun lambda -> proxL1 lambda, lambda, (fun _ -> 0.0)) (Draw.logUniform 0.01 1.0)
            Gen.map (fun r -> within -r (2.0 * r), 0.0, outside -r (2.0 * r)) (Draw.logUniform 0.1 10.0)
            Gen.map (fun r -> ball r, 0.0, (fun x -> Vec.norm x - r)) (Draw.logUniform 0.1 10.0)
            Gen.constant (nonNegative, 0.0, outside 0.0 infinity)
            Gen.map (fun r -> l1Ball r, 0.0, (fun x -> Vec.norm1 x - r)) (Draw.logUniform 0.1 10.0)
        ]

    let private centred problems =
        problems
        |> Gen.filter (fun (problem: Problem) ->
            match problem.Minimizer with
            | Some minimizer -> minimizer |> Array.forall (fun x -> x = 0.0)
            | None -> false)

    let private build
        (problem: Problem)
        (h: float, (words: Optimizer -> Optimizer, _: float, _: float[] -> float))
        (_: int)
        =
        sgd (h / problem.Smoothness) |> words

    let private whole lambda (run: Trajectory) k =
        run.Gap k + lambda * Vec.norm1 run.Points[k]

    // f(x) = c x from R on, which no method minimises before it meets a constraint.
    let private sloping L R slope : Problem = {
        Quadratics.line L R with
            Objective =
                Problem.objective "slope" L 0.0 0.0 (Some [| 0.0 |]) 1 (fun x -> struct (slope * x[0], [| slope |]))
            Code =
                $"FunctionObjective.OfArrays(1, (fun (x: float[]) -> {Code.number slope} * x[0]), (fun _ -> [| {Code.number slope} |]))"
    }

    /// PROX-1.
    let gap =
        let worst =
            let tell (h, L, R, n) =
                let problem = sloping L R (L * R / (2.0 * float n * h))
                let optimizer = sgd (h / L) |> nonNegative

                $"Runs.points ({optimizer}) ({problem.Code}) [| {Code.number R} |] {n}",
                fun subject ->
                    let run = Trajectory.runOn subject optimizer problem n
                    let bound = L * R * R / (4.0 * h * float n)
                    [ Finding.equal "F − F*" n bound (8.0 * float n * Vec.eps * bound) (run.Gap n) ]

            Gen.map2
                (fun (h, L, R) n ->
                    Case.over
                        (fun (h, L, R, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> h, L, R, n))
                        tell
                        (h, L, R, n))
                (ProblemDraws.scaled (Draw.inside 0.0 1.0))
                (Gen.choose (1, 40))

        {
            Id = "PROX-1"
            Name = "proximal gradient: gap"
            Statement = "F(x_N) − F* ≤ R²/(4ηN)"
            Assumptions = "F = f + h, f convex and L-smooth, h convex with exact prox; η ≤ 1/L"
            Tightness = Attained "c x on x ≥ 0"
            Source = source "Taylor, Hendrickx and Glineur" 2017 "Table; R²/(2ηN): Beck and Teboulle 2009, Theorem 3.1"
            Cases =
                (Cases.withWorst
                    (Cases.runs
                        40
                        (centred ProblemDraws.convex)
                        (Gen.zip (Draw.inside 0.0 1.0) words)
                        build
                        (fun (h, (_, lambda, _)) run ->
                            Cases.everyStep run (fun k ->
                                let bound k =
                                    run.Problem.Smoothness * run.Problem.Distance ** 2.0
                                    / (4.0 * h * float (max k 1))

                                let slack = Slack.gap run bound k + lambda * Slack.floor run k
                                Finding.atMost "F − F*" k (bound k) (1e-12 * bound k + slack) (whole lambda run k))))
                    worst)
        }

    /// PROX-2.
    let contraction = {
        Id = "PROX-2"
        Name = "proximal gradient on strongly convex functions: contraction"
        Statement = "‖x⁺ − x*‖ ≤ ρ‖x − x*‖, ρ = max(|1−ηm|, |1−ηL|)"
        Assumptions = "f m-strongly convex, L-smooth, x* = 0 a fixed point of the prox; 0 < η < 2/L"
        Tightness = Attained "quadratics"
        Source = source "Taylor, Hendrickx and Glineur" 2018 "Theorem 3.1"
        Cases =
            (Cases.runs
                40
                (centred ProblemDraws.stronglyConvex)
                (Gen.zip (Draw.inside 0.0 2.0) words)
                build
                (fun (h, _) run ->
                    let rho = max (abs (1.0 - h * run.Problem.Ratio)) (abs (1.0 - h))

                    Cases.everyUpdate run (fun k ->
                        Finding.atMost
                            "‖x⁺−x*‖"
                            k
                            (rho * run.DistanceAt k)
                            (2.0 * Slack.stepDistance run k)
                            (run.DistanceAt(k + 1)))))
    }

    // The constraint alone: a step of rate 1 and gradient 0, for proxL1 with threshold λ.
    let private apply subject words (x: float[]) =
        (Trajectory.feedOn subject (sgd 1.0 |> words) x [| Vec.zero x.Length |]).Last

    /// PROX-4.
    let nonexpansive =
        let tell ((words: Optimizer -> Optimizer, lambda: float, outside: float[] -> float), x: float[], y: float[]) =
            let optimizer = sgd 1.0 |> words

            let code x =
                $"Trajectory.feed ({optimizer}) {Code.array x} [| Array.zeroCreate {Array.length x} |]"

            $"{code x}, {code y}",
            fun subject ->
                let p, q = apply subject words x, apply subject words y
                let size = Vec.norm x + Vec.norm y
                let slack = 16.0 * float x.Length * Vec.eps * size * size
                let d = Vec.sub p q

                [
                    Finding.atMost "‖p−q‖² − ⟨p−q,x−y⟩" -1 (Vec.dot d (Vec.sub x y)) slack (Vec.dot d d)
                    Finding.atMost
                        "distance outside the set"
                        -1
                        0.0
                        (4.0 * float x.Length * Vec.eps * (1.0 + size))
                        (outside p)
                    // Projections are idempotent, the soft threshold is odd.
                    if lambda = 0.0 then
                        Finding.close
                            "P(P(x)) − P(x)"
                            -1
                            (1.0 + size)
                            (4.0 * float x.Length * Vec.eps)
                            p
                            (apply subject words p)
                    else
                        Finding.sameBits
                            "soft(−x) = −soft(x)"
                            -1
                            (Array.map (fun v -> 0.0 - v) p |> Array.map (fun v -> v + 0.0))
                            (apply subject words (Array.map (~-) x) |> Array.map (fun v -> v + 0.0))

                        for i in 0 .. x.Length - 1 do
                            Finding.equal
                                "soft(x)"
                                i
                                (float (sign x[i]) * max 0.0 (abs x[i] - lambda))
                                (4.0 * Vec.eps * abs x[i])
                                p[i]
                ]

        {
            Id = "PROX-4"
            Name = "prox and projections are firmly nonexpansive"
            Statement = "‖p−q‖² ≤ ⟨p−q, x−y⟩; projections idempotent; soft threshold odd and exact"
            Assumptions = "convex sets, ℓ1 norm"
            Tightness = Valid
            Source = source "Moreau" 1965 "Proposition 5.b"
            Cases =
                (gen {
                    let! words = words
                    let! d = Gen.choose (1, 5)
                    let! x = Gen.arrayOfLength d (Gen.map ((*) 3.0) Draw.normal)
                    let! y = Gen.arrayOfLength d (Gen.map ((*) 3.0) Draw.normal)

                    let shrink (words, x, y) =
                        Seq.append
                            (Draw.shrinkVector x |> Seq.map (fun x -> words, x, y))
                            (Draw.shrinkVector y |> Seq.map (fun y -> words, x, y))

                    return Case.over shrink tell (words, x, y)
                })
        }

    let private acceleratedBound =
        bound "R²/(2η t_{N−1}²)" (fun R eta t -> R * R / (2.0 * eta * t * t))

    /// PROX-3.
    let accelerated =
        let build problem setting n = build problem setting n |> fista

        let judge eta (value: Trajectory -> int -> float[] -> float) (run: Trajectory) =
            Cases.everyStep run (fun k ->
                // Without the stage the iterate is the parameters.
                let slot = run.States[k].SlotNames |> Seq.tryFind _.EndsWith("fista.x")

                let x =
                    match slot with
                    | Some slot -> run.States[k].Slot slot
                    | None -> run.Points[k]

                let bound =
                    acceleratedBound.At run.Problem.Distance eta (NesterovCoefficients.Sequence(k - 1))

                Finding.atMost "F(x) − F*" k bound (NesterovParts.slack run k bound) (value run k x))

        // c x on x ≥ 0, on which steps without acceleration are slowest.
        let slope =
            let tell (L, R, n) =
                let slope = L * R / (2.0 * float n)
                let problem = sloping L R slope
                let optimizer = sgd (1.0 / L) |> nonNegative |> fista

                $"Runs.points ({optimizer}) ({problem.Code}) [| {Code.number R} |] {n}",
                fun subject ->
                    Trajectory.runOn subject optimizer problem n
                    |> judge (1.0 / L) (fun _ _ x -> slope * x[0])

            Gen.map2
                (fun (L, R) n ->
                    Case.over (fun (L, R, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> L, R, n)) tell (L, R, n))
                (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                (Gen.choose (1, 40))

        {
            Id = "PROX-3"
            Name = "accelerated proximal gradient (FISTA): gap"
            Statement = $"F(x_N) − F* ≤ {acceleratedBound} ≤ 2R²/(η(N+1)²), t_0 = 1, t_{{k+1}} = (1+√(1+4t_k²))/2"
            Assumptions = "F = f + h, f convex and L-smooth, h convex with exact prox; η ≤ 1/L; x the slot of fista"
            Tightness = Valid
            Source = source "Beck and Teboulle" 2009 "Theorem 4.4"
            Cases =
                (Cases.withWorst
                    (Cases.runs
                        40
                        (centred ProblemDraws.convex)
                        (Gen.zip (Draw.inside 0.0 1.0) words)
                        build
                        (fun (h, (_, lambda, _)) run ->
                            run
                            |> judge (h / run.Problem.Smoothness) (fun run _ x ->
                                fst (run.Problem.At x) - run.Problem.Minimum + lambda * Vec.norm1 x)))
                    slope)
        }

    /// PROX-6.
    let byUnit =
        let rows, columns = 3, 4
        let matrix = Layout.Empty.Add("w", rows, columns)

        let pairs: (string * (float -> IStage) * (float -> IStage)) list = [
            "maxNorm r", (fun r -> MaxNorm(r, OutputFirst = true)), (fun r -> Ball r)
            "unitNorm", (fun _ -> UnitNorm(OutputFirst = true)), (fun _ -> Sphere 1.0)
            "minMaxNorm 0 r", (fun r -> MinMaxNorm(0.0, r, OutputFirst = true)), (fun r -> Ball r)
            "minMaxNorm r r", (fun r -> MinMaxNorm(r, r, OutputFirst = true)), (fun r -> Sphere r)
        ]

        let tell ((name, byUnit: float -> IStage, whole: float -> IStage), r: float, x: float[]) =
            let optimizer = sgd 1.0 |> stage (byUnit r)

            let code =
                $"Trajectory.steps (({optimizer}).Plan<float>({Code.layout matrix})) {Code.array x} [| Array.zeroCreate {x.Length} |] [| nan |]"

            code,
            fun (subject: Subject) ->
                let on (layout: Layout) (optimizer: Optimizer) (x: float[]) =
                    (Trajectory.feedPlan subject (subject.Plan(optimizer, layout)) x [| Vec.zero x.Length |]).Last

                let alone = on (Layout.Plain columns) (sgd 1.0 |> stage (whole r))

                [
                    Finding.sameBits
                        $"{name}, the rows of [out, in]"
                        -1
                        (x |> Array.chunkBySize columns |> Array.collect alone)
                        (on matrix optimizer x)
                    Finding.sameBits
                        $"{name}, a vector"
                        -1
                        (alone x[.. columns - 1])
                        (on (Layout.Plain columns) optimizer x[.. columns - 1])
                ]

        {
            Id = "PROX-6"
            Name = "constraints by unit are those of vectors, unit by unit"
            Statement =
                "maxNorm r = ball r, unitNorm = sphere 1, minMaxNorm 0 r = ball r, minMaxNorm r r = sphere r, on every unit"
            Assumptions = "[out, in] with OutputFirst, vectors; bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Gen.map3
                    (fun pair r x ->
                        Case.over
                            (fun (pair, r, x) -> Draw.shrinkVector x |> Seq.map (fun x -> pair, r, x))
                            tell
                            (pair, r, x))
                    (Gen.elements pairs)
                    (Draw.logUniform 0.1 10.0)
                    (Gen.arrayOfLength (rows * columns) (Gen.map ((*) 3.0) Draw.normal))
        }

    /// <summary>PROX-1 … PROX-4, PROX-6.</summary>
    let laws: Law list = [ gap; contraction; accelerated; nonexpansive; byUnit ]
