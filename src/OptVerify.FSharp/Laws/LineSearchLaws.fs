namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of line searches and of the directions made for them share.
module internal SearchParts =

    /// One accepted step Δ = p_{k+1} − p_k = −a w.
    type Accepted = {
        /// k.
        Step: int
        /// Δ.
        Move: float[]
        /// a φ'(0) = ⟨∇f(p_k), Δ⟩.
        Slope: float
        /// a φ'(a) = ⟨∇f(p_{k+1}), Δ⟩.
        NextSlope: float
        /// What rounding may add to either slope: that of the points, of a w and of the sums.
        Rounding: float
    }

    /// The steps of a run that its search accepted, and that rounding has left a step.
    let accepted (run: Trajectory) = [
        for k in 0 .. run.Steps - 1 do
            let move = Vec.sub run.Points[k + 1] run.Points[k]

            if run.Rates[k] > 0.0 && Vec.norm move > 0.0 then
                let g, next = run.Gradients[k], run.Gradients[k + 1]

                let size (gradient: float[]) =
                    Seq.sum (
                        seq {
                            for i in 0 .. gradient.Length - 1 ->
                                abs gradient[i]
                                * (float (gradient.Length + 2) * abs move[i]
                                   + 2.0 * (abs (run.Points[k][i]) + abs (run.Points[k + 1][i])))
                        }
                    )

                {
                    Step = k
                    Move = move
                    Slope = Vec.dot g move
                    NextSlope = Vec.dot next move
                    Rounding = Vec.eps * (size g + size next)
                }
    ]

    /// Problems whose minimiser is 0 with the value 0, so that nothing is hidden behind a large value.
    let centred problems =
        problems
        |> Gen.filter (fun (problem: Problem) ->
            match problem.Minimizer with
            | Some minimizer -> problem.Minimum = 0.0 && minimizer |> Array.forall (fun x -> x = 0.0)
            | None -> false)

    /// What rounding may add to a value f(x) of a centred problem: its terms are at most L‖x‖² each.
    let valueNoise (run: Trajectory) k =
        16.0
        * float run.Problem.Dimension
        * Vec.eps
        * run.Problem.Smoothness
        * Vec.norm run.Points[k] ** 2.0

    /// A search that ends where the slope is C2 of what it was: as good as exact.
    let exact = Wolfe(C1 = 0.0, C2 = 1e-10, MaximumEvaluations = 1000)

    /// Where the bracket of wolfe is shorter than 1e-9 in every coordinate it takes what it has; there the slope is at most
    /// C1 of what it was, and what L‖w‖ makes of such a bracket: here a times that.
    let bracket (run: Trajectory) (step: Accepted) =
        1e-9
        * run.Problem.Smoothness
        * sqrt (float run.Problem.Dimension)
        * Vec.norm step.Move

/// <summary>Line searches: what every accepted step of <c>backtracking</c> and <c>wolfe</c> keeps, and the rates that follow.</summary>
[<RequireQualifiedAccess>]
module LineSearchLaws =

    open SearchParts

    /// What a law of searches draws.
    type private Setting = {
        // The direction, in units of 1/L.
        Head: float -> Optimizer
        Unit: float
        C1: float
        C2: float
        Decrease: float
        Weak: bool
    }

    let private settings (heads: (float -> Optimizer) list) = gen {
        let! head = Gen.elements heads
        let! unit = Draw.logUniform 0.01 100.0
        let! c1 = Gen.oneof [ Gen.constant 1e-4; Draw.uniform 0.0 0.8 ]
        let! share = Draw.inside 0.0 1.0
        let! decrease = Draw.uniform 0.2 0.9
        let! weak = Gen.elements [ false; true ]

        return {
            Head = head
            Unit = unit
            C1 = c1
            C2 = c1 + share * (1.0 - c1)
            Decrease = decrease
            Weak = weak
        }
    }

    let private backtracked setting =
        backtrackingWith (Backtracking(C1 = setting.C1, Decrease = setting.Decrease, MaximumEvaluations = 2000))

    let private wolfed setting =
        wolfeWith (Wolfe(C1 = setting.C1, C2 = setting.C2, MaximumEvaluations = 1000, Weak = setting.Weak))

    let private build words (problem: Problem) setting (_: int) =
        setting.Head(setting.Unit / problem.Smoothness) |> words setting

    /// Directions that need not lead downhill.
    let private any: (float -> Optimizer) list = [
        sgd
        sgd >> momentum 0.9
        sgd >> velocity 0.5
        adam
        signSgd
        (fun _ -> lbfgs 4 1.0)
        conjugateGradient
    ]

    /// Those whose slope is in proportion to the gradient, so that rounding of f does not decide.
    let private steep: (float -> Optimizer) list = [ sgd; (fun _ -> lbfgs 4 1.0); conjugateGradient ]

    let private steepestBound =
        bound "(ρ² + C2²(1−ρ²)) (f(x)−f*)" (fun rho c2 gap -> (rho * rho + c2 * c2 * (1.0 - rho * rho)) * gap)

    /// LS-1.
    let steepest =
        let rho (problem: Problem) =
            (1.0 - problem.Ratio) / (1.0 + problem.Ratio)

        let build (problem: Problem) unit (_: int) =
            sgd (unit / problem.Smoothness) |> wolfeWith exact

        // What is left along the line is at most what rounding of f hides, and a bracket of 1e-9.
        let slack (run: Trajectory) k =
            4.0 * valueNoise run k
            + 1e-18 * run.Problem.Smoothness * float run.Problem.Dimension

        let judge compare (run: Trajectory) =
            Cases.everyUpdate run (fun k ->
                let allowed = steepestBound.At (rho run.Problem) exact.C2 (run.Gap k)
                compare "f(x⁺) − f*" k allowed (slack run k) (run.Gap(k + 1)))

        {
            Id = "LS-1"
            Name = "steepest descent with an exact search on quadratics"
            Statement = $"f(x⁺)−f* ≤ {steepestBound}, ρ = (κ−1)/(κ+1)"
            Assumptions = "f quadratic with spectrum in [m, L]; sgd |> wolfe with C1 = 0, |φ'(a)| ≤ C2|φ'(0)|"
            Tightness = Attained "½(m x₁² + L x₂²) from (1/m, 1/L), at C2 = 0"
            Source =
                source
                    "Kantorovich 1948; de Klerk, Glineur and Taylor"
                    2017
                    "Theorem 1.2; C2: f(x⁺) − min φ = φ'(a)²/(2φ'')"
            Cases =
                (Cases.withWorst
                    (Cases.runs 15 (centred (Quadratics.conditionedTo 100.0)) (Draw.logUniform 0.1 10.0) build (fun _ ->
                        judge Finding.atMost))
                    (Cases.worst
                        10
                        (Gen.zip3 (Draw.logUniform 0.1 1.0) (Draw.logUniform 1.0 10.0) (Draw.logUniform 0.1 10.0))
                        (fun (m, L, _) _ -> Quadratics.lineSearch m L)
                        (fun problem (_, _, unit) n -> build problem unit n)
                        (fun _ -> judge Finding.equal)))
        }

    let private gapBound = bound "R²/(2Σa_kη)" (fun R reach -> R * R / (2.0 * reach))

    /// LS-2.
    let backtracking =
        // The first trial, and the shortest step that the condition can refuse, shortened once.
        let shortest setting (run: Trajectory) k =
            let eta, L = setting.Unit / run.Problem.Smoothness, run.Problem.Smoothness

            let first = if k = 0 then eta else min (1.5 * run.Rates[k - 1]) eta

            let refused = 2.0 * (1.0 - setting.C1) / L
            let tried = run.Rates[k] / setting.Decrease

            // A trial that should have been taken may be refused by the rounding of two values.
            let hidden =
                2.0 * (valueNoise run k + L * Vec.eps * (tried * run.NormAt k) ** 2.0)
                / (tried * L * run.NormAt k ** 2.0)

            min first (setting.Decrease * refused), setting.Decrease * hidden + 8.0 * Vec.eps * run.Rates[k]

        let judge setting (run: Trajectory) =
            let problem, N = run.Problem, run.Steps
            let reach = Array.sum run.Rates
            let noise = Seq.sum (seq { for k in 0..N -> valueNoise run k })
            let c, m = setting.C1, problem.Convexity

            [
                for step in accepted run do
                    let least, slack = shortest setting run step.Step
                    Finding.atMost "shortest step" step.Step run.Rates[step.Step] slack least

                // Σ a_k η of a run that moves; where the gradient is 0 from the start nothing does.
                if reach > 0.0 then
                    if c >= 0.5 then
                        let allowed = gapBound.At problem.Distance reach
                        Finding.atMost "f(x_N) − f*" N allowed (1e-12 * allowed + noise) (run.Gap N)

                    let factor = run.Rates |> Array.fold (fun f a -> f * (1.0 - 2.0 * c * m * a)) 1.0
                    Finding.atMost "f(x_N) − f*" N (factor * run.Gap 0) (1e-12 * run.Gap 0 + noise) (run.Gap N)

                    let least = Seq.min (seq { for k in 0 .. N - 1 -> run.NormAt k ** 2.0 })

                    Finding.atMost "c Σ a_k η min ‖g‖²" N (run.Gap 0) (1e-12 * run.Gap 0 + noise) (c * reach * least)
            ]

        {
            Id = "LS-2"
            Name = "backtracking: length of the steps, and rates"
            Statement =
                "a_kη ≥ min(a_{k,0}η, 2(1−C1)·Decrease/L), a_{k,0} the first trial; C1 ≥ ½: "
                + $"f(x_N)−f* ≤ {gapBound}; f(x_N)−f* ≤ Π(1−2C1 m a_kη) (f_0−f*); min ‖g‖² ≤ (f_0−f*)/(C1 Σa_kη)"
            Assumptions = "f convex (m ≥ 0), L-smooth; sgd |> backtracking"
            Tightness = Valid
            Source = source "Armijo 1966; Boyd and Vandenberghe" 2004 "section 9.3.1"
            Cases =
                Cases.runs
                    30
                    (centred (Gen.oneof [ Piecewise.convex; Quadratics.rankDeficient; Quadratics.stronglyConvex ]))
                    (settings [ sgd ])
                    (build backtracked)
                    judge
        }

    // f(p_{k+1}) ≤ f(p_k) + C1 a φ'(0) as the library tests it, and its descent without any slack.
    let private armijo setting (run: Trajectory) = [
        for step in accepted run do
            let k = step.Step
            let value, next = run.Values[k], run.Values[k + 1]

            Finding.atMost
                "f(p_{k+1})"
                k
                (value + setting.C1 * step.Slope)
                (setting.C1 * step.Rounding + Vec.eps * abs value)
                next

            Finding.atMost "f(p_{k+1}), without slack," k value 0.0 next

        for k in 0 .. run.Steps - 1 do
            if run.Rates[k] = 0.0 then
                Finding.sameBits "p where the search found nothing" k run.Points[k] run.Points[k + 1]
    ]

    /// LS-4.
    let sufficientDecrease = {
        Id = "LS-4"
        Name = "searches: sufficient decrease at every accepted step"
        Statement = "f(p⁺) ≤ f(p) + C1⟨∇f, p⁺−p⟩ and f(p⁺) ≤ f(p); where nothing is found p stays, bit for bit"
        Assumptions = "any direction, f L-smooth, convex or not; backtracking, wolfe"
        Tightness = Valid
        Source = source "Armijo 1966; Nocedal and Wright" 2006 "equation 3.6a"
        Cases =
            Gen.oneof [
                Cases.runs 20 ProblemDraws.smooth (settings any) (build backtracked) armijo
                Cases.runs 20 ProblemDraws.smooth (settings any) (build wolfed) armijo
            ]
    }

    let private wolfeRuns (weak: bool list) judge =
        Cases.runs
            15
            (centred (Gen.oneof [ Piecewise.stronglyConvex 100.0; Quadratics.conditionedTo 100.0 ]))
            (settings steep |> Gen.filter (fun setting -> List.contains setting.Weak weak))
            (build wolfed)
            judge

    /// LS-5.
    let curvature = {
        Id = "LS-5"
        Name = "wolfe: the strong curvature condition at every accepted step"
        Statement = "|⟨∇f(p⁺), p⁺−p⟩| ≤ C2 |⟨∇f(p), p⁺−p⟩|"
        Assumptions = "f m-strongly convex, L-smooth; sgd, lbfgs, conjugateGradient; brackets below 1e-9 excepted"
        Tightness = Valid
        Source = source "Nocedal and Wright" 2006 "equation 3.7b, Theorem 3.1"
        Cases =
            wolfeRuns [ false ] (fun setting run -> [
                for step in accepted run ->
                    Finding.atMost
                        "|a φ'(a)|"
                        step.Step
                        (setting.C2 * abs step.Slope)
                        (step.Rounding + bracket run step)
                        (abs step.NextSlope)
            ])
    }

    /// LS-7.
    let weakCurvature =
        // Behind the minimum the slope rises: a step of h/L on ½L‖x‖² meets both for 1 − C2 ≤ h < 2(1 − C1).
        let whole = gen {
            let! L = Draw.logUniform 0.1 10.0
            let! c1 = Draw.uniform 1e-4 0.4
            let! c2 = Draw.uniform 0.5 0.95
            let! share = Draw.uniform 0.01 0.99
            return L, c1, c2, (1.0 - c2) + share * (2.0 * (1.0 - c1) - (1.0 - c2))
        }

        let build (problem: Problem) (_, c1, c2, h) (_: int) =
            sgd (h / problem.Smoothness) |> wolfeWith (Wolfe(C1 = c1, C2 = c2, Weak = true))

        let judge (_, _, _, h) (run: Trajectory) =
            Cases.everyUpdate run (fun k ->
                let before, after = run.Points[k][0], run.Points[k + 1][0]
                Finding.equal "p⁺" k ((1.0 - h) * before) (16.0 * Vec.eps * abs before) after)

        {
            Id = "LS-7"
            Name = "wolfe, weak: the condition on the slope at every accepted step"
            Statement =
                "⟨∇f(p⁺), p⁺−p⟩ ≥ C2⟨∇f(p), p⁺−p⟩; on ½L‖x‖² a step of h/L, 1−C2 ≤ h < 2(1−C1), is taken whole: p⁺ = (1−h)p"
            Assumptions = "f m-strongly convex, L-smooth; sgd, lbfgs, conjugateGradient; brackets below 1e-9 excepted"
            Tightness = Attained "½L‖x‖²: steps past the minimum, which the strong conditions refuse for h > 1 + C2"
            Source = source "Wolfe 1969; Nocedal and Wright" 2006 "equations 3.6a and 3.6b"
            Cases =
                Cases.withWorst
                    (wolfeRuns [ true ] (fun setting run -> [
                        for step in accepted run ->
                            Finding.atMost
                                "−a φ'(a)"
                                step.Step
                                (setting.C2 * abs step.Slope)
                                (step.Rounding + bracket run step)
                                (-step.NextSlope)
                    ]))
                    (Cases.worst 5 whole (fun (L, _, _, _) _ -> Quadratics.lineSearch L L) build judge)
        }

    let private zoutendijkBound =
        bound "C1(1−C2)/L ⟨∇f(p), p⁺−p⟩²/‖p⁺−p‖²" (fun c1 c2 L along -> c1 * (1.0 - c2) / L * along * along)

    /// LS-6.
    let zoutendijk = {
        Id = "LS-6"
        Name = "wolfe: Zoutendijk's condition, step by step"
        Statement = $"f(p) − f(p⁺) ≥ {zoutendijkBound}; so Σcos²θ_k‖g_k‖² ≤ L(f_0−f*)/(C1(1−C2))"
        Assumptions =
            "f m-strongly convex, L-smooth; sgd, lbfgs, conjugateGradient; strong or weak; brackets below 1e-9 excepted"
        Tightness = Valid
        Source = source "Zoutendijk 1970; Nocedal and Wright" 2006 "Theorem 3.2"
        Cases =
            wolfeRuns [ false; true ] (fun setting run -> [
                for step in accepted run do
                    let k, L = step.Step, run.Problem.Smoothness
                    let length = Vec.norm step.Move
                    let along = abs step.Slope / length
                    let owed = zoutendijkBound.At setting.C1 setting.C2 L along

                    // What the slope at the end may have too much shortens the step that it proves.
                    let slack =
                        setting.C1 * along / (L * length) * (step.Rounding + bracket run step)
                        + valueNoise run k
                        + valueNoise run (k + 1)

                    Finding.atMost "Zoutendijk's share" k (run.Values[k] - run.Values[k + 1]) slack owed
            ])
    }

    /// <summary>LS-1, LS-2, LS-4 … LS-7.</summary>
    let laws: Law list = [
        steepest
        backtracking
        sufficientDecrease
        curvature
        zoutendijk
        weakCurvature
    ]
