namespace OptVerify

open System.Text

/// <summary>The laws as a page: <c>docs/theory.md</c> is what this module says.</summary>
[<RequireQualifiedAccess>]
module Theory =

    let private sections = [
        "Every optimizer", "U-"
        "Gradient descent, convex", "GD-"
        "Gradient descent, strongly convex", "SC-"
        "Gradient descent, nonconvex", "NC-"
        "Polyak and Łojasiewicz", "PL-"
        "Heavy ball", "HB-"
        "Nesterov", "NAG-"
        "Optimal methods", "OGM-|TMM-"
        "Subgradients, schedules, last iterates", "SUB-|OGD"
        "Proximal and projected", "PROX-"
        "Line searches", "LS-"
        "Quasi-Newton, conjugate gradients", "QN-"
        "Stochastic gradients", "SGD-"
        "AdaGrad", "AG-"
        "Adam, RMSProp, AMSGrad", "AD-"
        "Sign and normalised", "SIGN-|NGD-|LARS"
        "Rules by coordinate", "MIX-|FTRL-|COIN-|FROM-"
        "Rules on matrices", "MUON-|SHAMPOO-|SOAP-|FACT-"
        "Clipping", "CLIP-"
        "Sharpness, averages, lookahead", "SAM-|EMA-|LA-"
        "Own step lengths, schedule-free", "PS-|SF-|DAD-|DOG-|OWN-|HD-"
        "Equivalences", "EQ-"
        "Invariances", "INV-"
        "Schedules", "SCH-"
    ]

    let private errata = [
        "Adam's published step bound, |Δ| ≤ lr·max(1, (1−β1)/√(1−β2)) (Kingma and Ba 2015, section 2.1), is false: at (0.9, 0.95) it claims lr, and 1.165 lr is attained. AD-1 is the true bound; it tends to 7.27 lr at the defaults."
        "AdaMax: |Δ| ≤ lr (the same paper, section 7.1) is slightly false; AD-5 has the factor, 1.009 at the defaults."
        "Reddi, Kale and Kumar 2018, Theorem 4: the printed proof has a gap for varying β1 (Tran and Phong 2019). AD-6 follows Alacaoglu et al. 2020."
        "Linear decay: the factor at x_T is 1 − t/T. The variant 1 − t/(T+1), evaluated at the same x_T, exceeds G R/√T (0.5989 against 0.5774 at T = 3): SUB-3."
        "NC-1 holds for ηL ≤ √3 only; at ηL = 1.9 the formula is violated (1.063 against 0.947)."
        "PEPit: triple_momentum's docstring has the exponent 2(n+1), its code 2n, which is right."
        "PEPit: nonconvex gradient_descent's 4L/(3n) holds at γ = 1/L alone; NC-2 is the formula for other steps."
        "PEPit: gradient_descent_quadratic_lojasiewicz misplaces parentheses for γ < 1/L (it gives factors above 1); PL-2 at γ = 1/L is unaffected."
        "PEPit: robust_momentum's docstring has typos in α, γ and κ; improved_interior says n² where the code has (n+1)²."
        "r^N R alone is no bound for the tuned heavy ball, not even on quadratics (N = 5, κ = 25: 1.229 against 0.132): HB-4 has the factor 1 + N(1+r)."
        "The constant-step subgradient method's last iterate is worse than its average: no law claims G R/√(N+1) for it."
    ]

    let private left = [
        "LS-1 beyond quadratics, LS-3: of searches that end at a slope of exactly 0, which no search does; on quadratics what a slope of C2 leaves is known."
        "HB-8, CE-*, CERT-*, RATE: the modules CounterExamples, Certify and Rate."
        "OGM-2 (OGM-G), ITEM, Chebyshev: no method of the library. CG is QN-2."
        "PROX-5, Frank–Wolfe, coordinate descent: no method of the library."
        "SC-8, SGD-8, SUB-6: stated in the literature, not re-checked."
        "SUB-7: a warning, not a claim."
        "AG-3, AG-4: AdaGrad with one norm for all coordinates is no stage of the library."
        "AG-6 (Défossez et al. 2020, Theorem 1): its bound is above d·R², the largest possible value, for fewer than about 10⁴ steps; nothing a test runs could break it."
        "AD-8 (non-convergence): a counter-example. AD-9: recalled only, for an Adam without normalisation that the library does not have."
        "Coin betting: the regret of Orabona and Tommasi 2017, Theorem 1, is that of their algorithm 1, which knows the largest gradient of every coordinate before and bets by a sigmoid. cocob is their algorithm 2, for which no bound is published: COIN-1 and COIN-2 are what holds."
        "DoG beyond DOG-1: its rates hold with a probability and up to logarithms, or for bounded domains; DOG-1 is the step that they share, and holds surely."
        "PS-4, PS-5: Polyak steps of other lengths. PA-1 is EQ-14."
        "EQ-10 is LA-1, EQ-15 is SGD-10; INV-5 is AD-11, INV-9 is the contract PREFIX; SCH-6 is the contract of every schedule."
    ]

    let private cell (text: string) = text.Replace("|", "\\|")

    /// The place of a law in the table of its section: by prefix, then by number; None where it belongs to another one.
    let private place (prefixes: string) (law: Law) =
        prefixes.Split '|'
        |> Array.tryFindIndex (fun prefix -> law.Id.StartsWith(prefix, System.StringComparison.Ordinal))
        |> Option.map (fun prefix ->
            let number = String.filter System.Char.IsDigit law.Id
            prefix, (if number = "" then 0 else int number))

    /// <summary>The page in Markdown.</summary>
    let page () : string =
        let text = StringBuilder()
        let line (s: string) = text.Append(s).Append('\n') |> ignore
        line "# Theory"
        line ""

        line
            "Generated from the values in `src/OptVerify.FSharp/Laws` (`Theory.page ()`); a test compares. Every row is executed by"

        line
            "`tests/OptVerify.Tests` on the optimizers of the library: at every step, on random problems of the class and on the function"

        line
            "that attains the bound, where there is one. `Laws.find \"GD-1\"` is the value; `(Laws.find \"GD-1\").Judge 1000` the verdict."

        line ""
        line "L smoothness, m strong convexity, q = m/L, κ = L/m, R = ‖x_0 − x*‖, η the rate, h = ηL, N steps."

        for title, prefixes in sections do
            line ""
            line $"## {title}"
            line ""
            line "| law | statement | assumptions | tight | source |"
            line "|---|---|---|---|---|"

            let rows =
                Laws.all
                |> List.filter (fun law -> (place prefixes law).IsSome)
                |> List.sortBy (place prefixes)

            for law in rows do
                line
                    $"| **{law.Id}** {cell law.Name} | {cell law.Statement} | {cell law.Assumptions} | {cell (string law.Tightness)} | {cell (string law.Source)} |"

        line ""
        line "## Errata: where the literature is wrong"
        line ""

        for erratum in errata do
            line $"- {erratum}"

        line ""
        line "## Not here, and why"
        line ""

        for reason in left do
            line $"- {reason}"

        text.ToString()
