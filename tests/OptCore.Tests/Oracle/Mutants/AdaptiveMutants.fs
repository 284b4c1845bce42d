/// What people get wrong about directions that divide by the size of past gradients.
module OptCore.Tests.Oracle.AdaptiveMutants

open OptCore
open OptCore.Tests.Oracle.Mutation

let adaptive = [
    mutant
        "adam: β1 and β2 swapped"
        [ Adam() ]
        (twin (fun (s: Adam) -> Directions.adam (Adam(Beta1 = s.Beta2, Beta2 = s.Beta1, Epsilon = s.Epsilon))))
    |> golden
    mutant
        "adam: no bias correction"
        [ Adam() ]
        (twin (fun (_: Adam) -> Directions.adam (Adam(BiasCorrection = false))))
    |> golden
    mutant
        "adam: bias correction that was switched off"
        [ Adam(BiasCorrection = false) ]
        (twin (fun (_: Adam) -> Directions.adam (Adam())))
    |> golden
    mutant
        "adam: ε inside the root"
        [ Adam() ]
        (twin (fun (s: Adam) -> Directions.adam (Adam(Epsilon = 0.0, EpsilonRoot = s.Epsilon))))
    |> golden
    mutant
        "adam: ε beside the uncorrected root, as Keras has it"
        [ Adam() ]
        (twin (fun (s: Adam) site ->
            let m1, v = zeros site, zeros site

            onEach
                (fun m i ->
                    let u = m.Update[i]
                    m1[i] <- s.Beta1 * m1[i] + (1.0 - s.Beta1) * u
                    v[i] <- s.Beta2 * v[i] + (1.0 - s.Beta2) * square u

                    let correction =
                        sqrt (1.0 - power s.Beta2 m.Number) / (1.0 - power s.Beta1 m.Number)

                    quotient (correction * m1[i]) (sqrt v[i] + s.Epsilon))
                site))
    |> golden
    mutant
        "adopt: divided by the moment that has the gradient in it, and the first update moves"
        [ Adopt(Beta2 = 0.9) ]
        (twin (fun (s: Adopt) -> Directions.rmsProp (RmsProp(Decay = s.Beta2, Epsilon = s.Epsilon))))
    mutant
        "adEmaMix: the slow average is corrected, too"
        [ AdEmaMix(Beta3 = 0.99) ]
        (twin (fun (s: AdEmaMix) site ->
            match Directions.adEmaMix s site with
            | Rule _ ->
                let m1, slow, v = zeros site, zeros site, zeros site

                onEach
                    (fun m i ->
                        let u, k = m.Update[i], m.Number
                        m1[i] <- s.Beta1 * m1[i] + (1.0 - s.Beta1) * u
                        slow[i] <- s.Beta3 * slow[i] + (1.0 - s.Beta3) * u
                        v[i] <- s.Beta2 * v[i] + (1.0 - s.Beta2) * square u

                        let both =
                            m1[i] / (1.0 - power s.Beta1 k) + s.Alpha * slow[i] / (1.0 - power s.Beta3 k)

                        quotient both (sqrt (v[i] / (1.0 - power s.Beta2 k)) + s.Epsilon))
                    site
            | other -> other))
    mutant
        "adEmaMix: warms up one update later"
        [ AdEmaMix(Beta3 = 0.99, AlphaWarmup = 6) ]
        (twin (fun (s: AdEmaMix) ->
            Directions.adEmaMix (AdEmaMix(Beta3 = s.Beta3, Alpha = s.Alpha, AlphaWarmup = s.AlphaWarmup + 1))))
    mutant
        "adEmaMix: β3 grows linearly, not its half-life"
        [ AdEmaMix(Beta3 = 0.99, Beta3Warmup = 6) ]
        (twin (fun (s: AdEmaMix) site ->
            let at =
                Array.init 100 (fun k ->
                    let q = min 1.0 (float k / float s.Beta3Warmup)
                    (1.0 - q) * s.Beta1 + q * s.Beta3)

            let m1, slow, v = zeros site, zeros site, zeros site

            onEach
                (fun m i ->
                    let u, k = m.Update[i], m.Number
                    let b = at[int k]
                    m1[i] <- s.Beta1 * m1[i] + (1.0 - s.Beta1) * u
                    slow[i] <- b * slow[i] + (1.0 - b) * u
                    v[i] <- s.Beta2 * v[i] + (1.0 - s.Beta2) * square u
                    let both = m1[i] / (1.0 - power s.Beta1 k) + s.Alpha * slow[i]
                    quotient both (sqrt (v[i] / (1.0 - power s.Beta2 k)) + s.Epsilon))
                site))
    mutant
        "simplifiedAdEmaMix: the buffer is an average"
        [ SimplifiedAdEmaMix() ]
        (twin (fun (s: SimplifiedAdEmaMix) ->
            Directions.adam (Adam(Beta1 = s.Beta1, Beta2 = s.Beta2, Epsilon = s.Epsilon))))
    mutant
        "acProp: divided by the spread that has the gradient in it"
        [ AcProp() ]
        (twin (fun (s: AcProp) site ->
            let m1, spread = zeros site, zeros site

            onEach
                (fun m i ->
                    let u = m.Update[i]
                    m1[i] <- s.Beta1 * m1[i] + (1.0 - s.Beta1) * u
                    spread[i] <- s.Beta2 * spread[i] + (1.0 - s.Beta2) * square (u - m1[i]) + s.EpsilonRoot
                    quotient u (sqrt (spread[i] / (1.0 - power s.Beta2 m.Number)) + s.Epsilon))
                site))
    mutant
        "madgrad: the square root"
        [ Madgrad() ]
        (twin (fun (s: Madgrad) site ->
            let sum, squares = zeros site, zeros site

            onEach
                (fun m i ->
                    m.Inside[i] <- true
                    let lambda = (m.Rate[i] + s.Epsilon) * sqrt (float m.Number)
                    sum[i] <- sum[i] + lambda * m.Update[i]
                    squares[i] <- squares[i] + lambda * square m.Update[i]
                    let z = site.Start[i] - sum[i] / (sqrt squares[i] + s.Epsilon)
                    (1.0 - s.Momentum) * (m.Parameters[i] - z))
                site))
    mutant
        "madgrad: the rate without ε"
        [ Madgrad(Momentum = 0.0, Epsilon = 1e-3) ]
        (twin (fun (s: Madgrad) site ->
            match SettingDirections.madgrad s site with
            | Rule rule ->
                Rule(fun m ->
                    rule {
                        m with
                            Rate = m.Rate |> Array.map (fun rate -> rate - s.Epsilon)
                    })
            | other -> other))
    mutant
        "ftrl: the rate before is left out, as Keras does"
        [ Ftrl() ]
        (twin (fun (s: Ftrl) site ->
            let n, z = site.Start |> Array.map (fun _ -> s.Initial), zeros site

            onEach
                (fun m i ->
                    m.Inside[i] <- true
                    let u, p, next = m.Update[i], m.Parameters[i], n[i] + square m.Update[i]
                    let q x = sqrt x / m.Rate[i]
                    z[i] <- z[i] + u - (q next - q n[i]) * p
                    n[i] <- next
                    p + z[i] / q next)
                site))
    |> with' (InverseSqrt())
    mutant
        "ftrl: L1 does not hold anything at 0"
        [
            Ftrl(Power = 0.6, Initial = 0.5, L1 = 0.3, L2 = 0.05, L2Shrinkage = 0.01, Beta = 0.2)
        ]
        (twin (fun (s: Ftrl) ->
            SettingDirections.ftrl (
                Ftrl(Power = s.Power, Initial = s.Initial, L2 = s.L2, L2Shrinkage = s.L2Shrinkage, Beta = s.Beta)
            )))
    mutant
        "cocob: what was won may be negative"
        [ Cocob() ]
        (twin (fun (s: Cocob) site ->
            let largest = site.Start |> Array.map (fun _ -> s.Epsilon)
            let sum, reward, coin = zeros site, zeros site, zeros site

            onEach
                (fun m i ->
                    let u, away = m.Update[i], m.Parameters[i] - site.Start[i]
                    largest[i] <- max largest[i] (abs u)
                    sum[i] <- sum[i] + abs u
                    reward[i] <- reward[i] - u * away
                    coin[i] <- coin[i] + u
                    let l = largest[i]
                    away + coin[i] * (l + reward[i]) / (l * max (sum[i] + l) (s.Alpha * l)))
                site))
    mutant
        "amsGrad: without the maximum"
        [ AmsGrad() ]
        (twin (fun (s: AmsGrad) -> Directions.adam (Adam(Beta1 = s.Beta1, Beta2 = s.Beta2, Epsilon = s.Epsilon))))
    |> golden
    mutant
        "amsGrad: the maximum of the corrected mean"
        [ AmsGrad() ]
        (twin (fun (_: AmsGrad) -> Directions.amsGrad (AmsGrad(CorrectedMax = true))))
    |> golden
    mutant
        "adaMax: ε beside the maximum"
        [ AdaMax() ]
        (twin (fun (s: AdaMax) site ->
            let m1, n = zeros site, zeros site

            onEach
                (fun m i ->
                    let u = m.Update[i]
                    m1[i] <- s.Beta1 * m1[i] + (1.0 - s.Beta1) * u
                    n[i] <- max (s.Beta2 * n[i]) (abs u)
                    quotient (m1[i] / (1.0 - power s.Beta1 m.Number)) (n[i] + s.Epsilon))
                site))
    |> golden
    mutant
        "nadam: no step ahead"
        [ Nadam() ]
        (twin (fun (s: Nadam) -> Directions.adam (Adam(Beta1 = s.Beta1, Beta2 = s.Beta2, Epsilon = s.Epsilon))))
    |> golden
    mutant
        "nadam: the momentum's decay is forgotten"
        [ Nadam(MomentumDecay = 0.004) ]
        (twin (fun (_: Nadam) -> Directions.nadam (Nadam())))
    |> golden
    mutant
        "radam: rectifies from ρ > 4, as the paper has it"
        [ RAdam() ]
        (twin (fun (s: RAdam) site ->
            let plain = Directions.radam s site
            let m1, v = zeros site, zeros site
            let limit = 2.0 / (1.0 - s.Beta2) - 1.0

            Rule(fun moment ->
                let u = Array.copy moment.Update
                let decayed = power s.Beta2 moment.Number
                let rho = limit - 2.0 * float moment.Number * decayed / (1.0 - decayed)

                match plain with
                | Rule rule -> rule moment
                | _ -> ()

                for i in site.Elements do
                    m1[i] <- s.Beta1 * m1[i] + (1.0 - s.Beta1) * u[i]
                    v[i] <- s.Beta2 * v[i] + (1.0 - s.Beta2) * square u[i]

                    if rho > 4.0 && rho <= 5.0 then
                        let r =
                            sqrt ((rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho))

                        let mean = m1[i] / (1.0 - power s.Beta1 moment.Number)
                        moment.Update[i] <- quotient (mean * r * sqrt (1.0 - decayed)) (sqrt v[i] + s.Epsilon))))
    |> golden
    mutant
        "adaBelief: the deviation from the old mean"
        [ AdaBelief() ]
        (twin (fun (s: AdaBelief) site ->
            let m1, v = zeros site, zeros site

            onEach
                (fun m i ->
                    let u, old = m.Update[i], m1[i]
                    m1[i] <- s.Beta1 * old + (1.0 - s.Beta1) * u
                    v[i] <- s.Beta2 * v[i] + (1.0 - s.Beta2) * square (u - old) + s.EpsilonRoot
                    let top = m1[i] / (1.0 - power s.Beta1 m.Number)
                    quotient top (sqrt (v[i] / (1.0 - power s.Beta2 m.Number)) + s.Epsilon))
                site))
    |> golden
    mutant
        "yogi: v moves as Adam's"
        [ Yogi() ]
        (twin (fun (s: Yogi) -> Directions.adam (Adam(Beta1 = s.Beta1, Beta2 = s.Beta2, Epsilon = s.Epsilon))))
    |> golden
    mutant "yogi: starts at 0" [ Yogi() ] (twin (fun (_: Yogi) -> Directions.yogi (Yogi(Initial = 0.0))))
    |> golden
    mutant
        "adagrad: ε inside the root"
        [ Adagrad(Epsilon = 1e-3, Initial = 0.5) ]
        (twin (fun (s: Adagrad) ->
            Directions.adagrad (Adagrad(Epsilon = s.Epsilon, Initial = s.Initial, EpsilonInside = true))))
    |> golden
    mutant
        "adagrad: the sum starts at 0"
        [ Adagrad(Epsilon = 1e-3, Initial = 0.5) ]
        (twin (fun (s: Adagrad) -> Directions.adagrad (Adagrad(Epsilon = s.Epsilon))))
    |> golden
    mutant
        "adagrad: forgets"
        [ Adagrad() ]
        (twin (fun (s: Adagrad) -> Directions.rmsProp (RmsProp(Epsilon = s.Epsilon))))
    |> golden
    mutant
        "rmsProp: ε inside the root"
        [ RmsProp() ]
        (twin (fun (s: RmsProp) ->
            Directions.rmsProp (RmsProp(Decay = s.Decay, Epsilon = s.Epsilon, EpsilonInside = true))))
    |> golden
    mutant
        "rmsProp: α and 1−α swapped"
        [ RmsProp() ]
        (twin (fun (s: RmsProp) -> Directions.rmsProp (RmsProp(Decay = 1.0 - s.Decay, Epsilon = s.Epsilon))))
    |> golden
    mutant
        "rmsProp: corrected without being asked"
        [ RmsProp() ]
        (twin (fun (_: RmsProp) -> Directions.rmsProp (RmsProp(BiasCorrection = true))))
    |> golden
    mutant
        "rmsProp: not centered"
        [ RmsProp(Centered = true, Epsilon = 1e-4) ]
        (twin (fun (s: RmsProp) -> Directions.rmsProp (RmsProp(Epsilon = s.Epsilon))))
    |> golden
    mutant
        "adaDelta: the mean of gradients, not of steps"
        [ AdaDelta() ]
        (twin (fun (s: AdaDelta) site ->
            let v, x = zeros site, zeros site

            onEach
                (fun m i ->
                    let u = m.Update[i]
                    v[i] <- s.Rho * v[i] + (1.0 - s.Rho) * square u
                    let d = quotient (sqrt (x[i] + s.Epsilon) * u) (sqrt (v[i] + s.Epsilon))
                    x[i] <- v[i]
                    d)
                site))
    |> golden
    mutant
        "adan: the first difference is the gradient"
        [ Adan() ]
        (twin (fun (s: Adan) site ->
            let make = Directions.adan s site

            match make with
            | Rule rule ->
                // As if a step with a gradient of 0 had been before, without having been counted.
                let first = ref true

                Rule(fun moment ->
                    if first.Value then
                        first.Value <- false
                        let u = Array.copy moment.Update
                        Array.fill moment.Update 0 u.Length 0.0
                        rule moment
                        Array.blit u 0 moment.Update 0 u.Length
                        rule { moment with Number = 2L }
                    else
                        rule moment)
            | other -> other))
    |> golden
    mutant
        "adan: β as the share of the new"
        [ Adan() ]
        (twin (fun (s: Adan) ->
            Directions.adan (
                Adan(Beta1 = 1.0 - s.Beta1, Beta2 = 1.0 - s.Beta2, Beta3 = 1.0 - s.Beta3, Epsilon = s.Epsilon)
            )))
    |> golden
    mutant
        "novoGrad: one norm for all tensors"
        [ NovoGrad() ]
        (twin (fun (s: NovoGrad) site ->
            let whole = Layout.Plain(site.Start.Length).Tensors |> List.ofSeq
            Directions.novoGrad s { site with Tensors = whole }))
    |> golden
    mutant
        "novoGrad: the first ν is a share of ‖u‖²"
        [ NovoGrad() ]
        (twin (fun (s: NovoGrad) site ->
            match Directions.novoGrad s site with
            | Rule rule ->
                Rule(fun moment ->
                    // A first step with no gradient leaves ν = 0; from there ν = (1−β2)‖u‖².
                    if moment.Number = 1L then
                        let u = Array.copy moment.Update
                        Array.fill moment.Update 0 u.Length 0.0
                        rule moment
                        Array.blit u 0 moment.Update 0 u.Length

                    rule {
                        moment with
                            Number = moment.Number + 1L
                    })
            | other -> other))
    |> golden
]
