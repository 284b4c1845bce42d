/// What people get wrong about momentum and signs.
module OptCore.Tests.Oracle.DirectionMutants

open OptCore
open OptCore.Tests.Oracle.Mutation

let momentum = [
    let slow beta share first =
        fun site ->
            let v = zeros site

            onEach
                (fun m i ->
                    v[i] <- beta * v[i] + (if m.Number = 1L then first else share) * m.Update[i]
                    v[i])
                site

    mutant
        "momentum: the first step is dampened too"
        [ Momentum(0.9, Dampening = 0.2) ]
        (twin (fun (s: Momentum) -> slow s.Beta (1.0 - s.Dampening) (1.0 - s.Dampening)))
    |> golden

    mutant
        "momentum: dampening is forgotten"
        [ Momentum(0.9, Dampening = 0.2) ]
        (twin (fun (s: Momentum) -> slow s.Beta 1.0 1.0))
    |> golden

    mutant
        "momentum: dampened by 1−β as a moving average"
        [ Momentum 0.9 ]
        (twin (fun (s: Momentum) -> Directions.ema (Ema s.Beta)))
    |> golden

    mutant
        "momentum: the rate is inside the buffer"
        [ Momentum 0.9 ]
        (twin (fun (s: Momentum) -> Directions.velocity s.Beta))
    |> with' (Cosine 12)
    |> golden

    mutant
        "velocity: the rate is outside the buffer"
        [ Velocity 0.9 ]
        (twin (fun (s: Velocity) -> Directions.momentum s.Beta 0.0))
    |> with' (Cosine 12)
    |> golden

    mutant
        "nesterov: the stored point is not the look-ahead point"
        [ Nesterov 0.8 ]
        (twin (fun (s: Nesterov) -> Directions.momentum s.Beta 0.0))
    |> golden

    mutant
        "nesterov: looks ahead along the old buffer"
        [ Nesterov 0.8 ]
        (twin (fun (s: Nesterov) site ->
            let v = zeros site

            onEach
                (fun m i ->
                    let old = v[i]
                    v[i] <- s.Beta * old + m.Update[i]
                    m.Update[i] + s.Beta * old)
                site))
    |> golden

    mutant
        "ema: corrected without being asked"
        [ Ema 0.9 ]
        (twin (fun (s: Ema) -> Directions.ema (Ema(s.Beta, BiasCorrection = true))))
    |> golden

    mutant
        "ema: does not look ahead"
        [ Ema(0.9, Nesterov = true) ]
        (twin (fun (s: Ema) -> Directions.ema (Ema(s.Beta, BiasCorrection = s.BiasCorrection))))

    mutant
        "ema: the step ahead is corrected as the step before it"
        [ Ema(0.9, BiasCorrection = true, Nesterov = true) ]
        (twin (fun (s: Ema) site ->
            match Directions.ema (Ema(s.Beta, Nesterov = true)) site with
            | Rule rule ->
                Rule(fun m ->
                    rule m
                    each site.Elements (fun i -> m.Update[i] <- m.Update[i] / (1.0 - power s.Beta m.Number)))
            | other -> other))

    mutant
        "optimizedGradient: the last step is as the others"
        [ OptimizedGradient 3 ]
        (twin (fun (_: OptimizedGradient) -> Directions.optimizedGradient 1000))

    mutant
        "optimizedGradient: goes on after its last step"
        [ OptimizedGradient 3 ]
        (twin (fun (s: OptimizedGradient) site ->
            match Directions.optimizedGradient s.Steps site with
            | Rule rule ->
                Rule(fun m ->
                    rule {
                        m with
                            Number = if m.Number > 3L then 2L else m.Number
                    })
            | other -> other))

    mutant
        "tripleMomentum: ρ = √q"
        [ TripleMomentum 0.01 ]
        (twin (fun (s: TripleMomentum) -> Directions.tripleMomentum ((1.0 - sqrt s.Ratio) ** 2.0)))

    mutant
        "tripleMomentum: does not look ahead"
        [ TripleMomentum 0.01 ]
        (twin (fun (s: TripleMomentum) ->
            let rho = 1.0 - sqrt s.Ratio
            Directions.momentum (rho * rho / (2.0 - rho)) 0.0))

    mutant
        "optimistic: the update before the first one is 0"
        [ Optimistic(1.0, 0.5) ]
        (twin (fun (s: Optimistic) site ->
            let before = zeros site

            onEach
                (fun m i ->
                    let u, old = m.Update[i], before[i]
                    before[i] <- u
                    s.Alpha * u + s.Beta * (u - old))
                site))

    mutant
        "ema: 1−β^(k−1) corrects"
        [ Ema(0.9, BiasCorrection = true) ]
        (twin (fun (s: Ema) site ->
            let m1 = zeros site

            onEach
                (fun m i ->
                    m1[i] <- s.Beta * m1[i] + (1.0 - s.Beta) * m.Update[i]
                    m1[i] / (1.0 - power s.Beta (max 1L (m.Number - 1L))))
                site))
    |> golden

    mutant
        "nag: looks behind"
        [ Nag 0.9 ]
        (twin (fun (s: Nag) site ->
            match Directions.nag s.Beta site with
            | Probe(point, rule) ->
                Probe((fun m g -> Array.map2 (fun p q -> 2.0 * p - q) m.Parameters (point m g)), rule)
            | other -> other))

    mutant "nag: is taken at p" [ Nag 0.9 ] (twin (fun (s: Nag) -> Directions.momentum s.Beta 0.0))

    mutant
        "sam: the ascent is not normalized"
        [ Sam 0.05 ]
        (twin (fun (s: Sam) _ -> Probe((fun m g -> Array.map2 (fun p g -> p + s.Rho * g) m.Parameters g), ignore)))
]

let signs = [
    mutant
        "signSgd: sign(0) = 1"
        [ Sign() ]
        (twin (fun (_: Sign) -> onEach (fun m i -> if m.Update[i] >= 0.0 then 1.0 else -1.0)))
    |> golden
    mutant
        "lion: β1 and β2 swapped"
        [ Lion() ]
        (twin (fun (s: Lion) -> Directions.lion (Lion(Beta1 = s.Beta2, Beta2 = s.Beta1))))
    |> golden
    mutant
        "lion: the buffer moves first"
        [ Lion() ]
        (twin (fun (s: Lion) site ->
            let m1 = zeros site

            onEach
                (fun m i ->
                    m1[i] <- s.Beta2 * m1[i] + (1.0 - s.Beta2) * m.Update[i]
                    signOf (s.Beta1 * m1[i] + (1.0 - s.Beta1) * m.Update[i]))
                site))
    mutant
        "rprop: moves at a turn"
        [ RProp() ]
        (twin (fun (s: RProp) site ->
            let delta, before = Array.copy site.StartRate, zeros site

            onEach
                (fun m i ->
                    m.Inside[i] <- true
                    let turn = signOf m.Update[i] * signOf before[i]

                    if turn > 0.0 then
                        delta[i] <- min (delta[i] * s.Up) s.Max
                    elif turn < 0.0 then
                        delta[i] <- max (delta[i] * s.Down) s.Min

                    before[i] <- m.Update[i]
                    signOf before[i] * delta[i])
                site))
    |> golden
    mutant
        "rprop: the rate multiplies the step"
        [ RProp() ]
        (twin (fun (s: RProp) site ->
            match Directions.rprop s site with
            | Rule rule ->
                Rule(fun moment ->
                    rule moment
                    each site.Elements (fun i -> moment.Inside[i] <- false))
            | other -> other))
    |> golden
]
