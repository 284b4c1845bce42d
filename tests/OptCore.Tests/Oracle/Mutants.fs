/// Twins with one mistake each: what people get wrong, on an optimizer that shows it.
module OptCore.Tests.Oracle.Mutants

open System
open OptCore

/// One mistake.
type Mutant = {
    Name: string
    /// On what it shows.
    Optimizer: Optimizer
    /// The rules with the mistake in them.
    Rules: Rules
    /// Whether the reference trajectories of PyTorch and Optax kill it too.
    Golden: bool
}

let private sgd = Optimizer.Sgd 0.1

let private words (stages: IStage list) =
    stages |> List.fold (fun (o: Optimizer) stage -> o.With stage) sgd

let private true' = Twins.vocabulary

/// The vocabulary with another twin for one stage.
let private twin (make: 'Stage -> Site -> Twin) = {
    true' with
        Twin =
            fun stage site ->
                match stage :> obj with
                | :? 'Stage as stage -> make stage site
                | _ -> true'.Twin stage site
}

/// The vocabulary with another phase for one stage.
let private moved<'Stage> (phase: Phase) = {
    true' with
        Phase =
            fun stage ->
                match stage :> obj with
                | :? 'Stage -> int phase
                | _ -> true'.Phase stage
}

let private mutant name stages rules = {
    Name = name
    Optimizer = words stages
    Rules = rules
    Golden = false
}

let private golden (mutant: Mutant) = { mutant with Golden = true }

let private with' (schedule: ISchedule) (mutant: Mutant) = {
    mutant with
        Optimizer = mutant.Optimizer.With schedule
}

// A rule on every element of the update.
let private onEach (rule: Moment -> int -> float) (site: Site) =
    let elements = site.Elements
    Rule(fun moment -> each elements (fun i -> moment.Update[i] <- rule moment i))

let private momentum = [
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
        (twin (fun (s: Momentum) -> Directions.ema s.Beta false))
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

    mutant "ema: corrected without being asked" [ Ema 0.9 ] (twin (fun (s: Ema) -> Directions.ema s.Beta true))
    |> golden

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

let private adaptive = [
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

let private signs = [
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

let private norms = [
    mutant
        "clip: a norm for each tensor"
        [ ClipGlobalNorm 1.0 ]
        (twin (fun (s: ClipGlobalNorm) -> Conditioning.clipPerTensor s.MaxNorm))
    |> golden
    mutant
        "clip: divides by ‖u‖ + 1e-6, as PyTorch has it"
        [ ClipGlobalNorm 1.0 ]
        (twin (fun (s: ClipGlobalNorm) site ->
            let elements = site.Elements

            Rule(fun m ->
                let factor = min 1.0 (s.MaxNorm / (norm m.Update elements + 1e-6))
                each elements (fun i -> m.Update[i] <- factor * m.Update[i]))))
    |> golden
    mutant
        "clip: lengthens what is shorter"
        [ ClipGlobalNorm 1e9 ]
        (twin (fun (s: ClipGlobalNorm) site ->
            let elements = site.Elements

            Rule(fun m ->
                let length = norm m.Update elements
                each elements (fun i -> m.Update[i] <- quotient (s.MaxNorm * m.Update[i]) length))))
    mutant
        "clip: runs where it is declared, behind momentum"
        [ Momentum 0.9; ClipGlobalNorm 1.0 ]
        (moved<ClipGlobalNorm> Phase.Update)
    |> golden
    mutant "clipUpdate: clips the gradient" [ Adam(); ClipUpdate 0.5 ] (moved<ClipUpdate> Phase.Gradient)
    |> golden
    mutant
        "clipPerTensor: one norm for all"
        [ ClipPerTensor 0.5 ]
        (twin (fun (s: ClipPerTensor) -> Conditioning.clipGlobalNorm s.MaxNorm))
    mutant
        "clipValue: by the norm"
        [ ClipValue 0.25 ]
        (twin (fun (s: ClipValue) -> Conditioning.clipGlobalNorm s.MaxValue))
    |> golden
    mutant
        "clipAdaptive: units are rows"
        [ ClipAdaptive 0.1 ]
        (twin (fun (s: ClipAdaptive) site ->
            Rule(fun m ->
                for tensor in site.Tensors do
                    let rows = if tensor.Shape.Count > 1 then tensor.Shape[0] else 1

                    for unit in Site.Of tensor |> Array.splitInto rows do
                        let limit = s.MaxRatio * max (norm m.Parameters unit) s.Epsilon
                        let length = max (norm m.Update unit) 1e-6
                        each unit (fun i -> m.Update[i] <- m.Update[i] * min 1.0 (limit / length)))))
    |> golden
    mutant
        "clipAdaptive: no floor under ‖p‖"
        [ ClipAdaptive(0.3, Epsilon = 5.0) ]
        (twin (fun (s: ClipAdaptive) -> Conditioning.clipAdaptive s.MaxRatio 0.0))
    mutant
        "centralize: the mean of the whole tensor"
        [ Centralize() ]
        (twin (fun (_: Centralize) site ->
            Rule(fun m ->
                for tensor in site.Tensors do
                    if tensor.Shape.Count > 1 then
                        let elements = Site.Of tensor
                        let mean = elements |> Array.averageBy (fun i -> m.Update[i])
                        each elements (fun i -> m.Update[i] <- m.Update[i] - mean))))
    |> golden
    mutant
        "centralize: vectors too"
        [ Centralize() ]
        (twin (fun (s: Centralize) site ->
            Rule(fun m ->
                (match true'.Twin s site with
                 | Rule rule -> rule m
                 | _ -> ())

                for tensor in site.Tensors do
                    if tensor.Shape.Count = 1 && tensor.Length > 0 then
                        let elements = Site.Of tensor
                        let mean = elements |> Array.averageBy (fun i -> m.Update[i])
                        each elements (fun i -> m.Update[i] <- m.Update[i] - mean))))
    |> golden
    mutant "normalize: without ε" [ Normalize() ] (twin (fun (_: Normalize) -> Conditioning.normalize 0.0))
    |> golden
    mutant
        "trustRatio: one ratio for all tensors"
        [ Adam(); TrustRatio() ]
        (twin (fun (s: TrustRatio) site ->
            let elements = site.Elements

            Rule(fun m ->
                let factor = Conditioning.ratio s.Coefficient s.Epsilon m elements
                each elements (fun i -> m.Update[i] <- factor * m.Update[i]))))
    |> golden
    mutant "trustRatio: of the gradient" [ Adam(); TrustRatio() ] (moved<TrustRatio> Phase.Gradient)
    |> golden
    mutant
        "lars: decay after the ratio"
        [ Lars 0.01 ]
        (twin (fun (s: Lars) site ->
            let v = zeros site

            Rule(fun m ->
                for tensor in site.Tensors do
                    let elements = Site.Of tensor
                    let factor = Conditioning.ratio s.Coefficient s.Epsilon m elements

                    each elements (fun i ->
                        m.Inside[i] <- true

                        v[i] <-
                            s.Momentum * v[i]
                            + m.Rate[i] * (factor * m.Update[i] + s.Lambda * m.Parameters[i])

                        m.Update[i] <- v[i]))))
    |> golden
    mutant
        "lars: the rate is outside the buffer"
        [ Lars 0.01 ]
        (twin (fun (s: Lars) site ->
            match Directions.lars s site with
            | Rule rule ->
                Rule(fun m ->
                    rule {
                        m with
                            Rate = Array.create m.Rate.Length 1.0
                    }

                    each site.Elements (fun i -> m.Inside[i] <- false))
            | other -> other))
    |> with' (Cosine 12)
    {
        mutant "a scoped clip: the norm is over everything" [] true' with
            Optimizer = sgd.Only("w*", (fun optimizer -> optimizer.With(ClipGlobalNorm 1.0)))
            Rules =
                twin (fun (s: ClipGlobalNorm) site ->
                    Rule(fun m ->
                        let length = norm m.Update [| 0 .. m.Update.Length - 1 |]

                        if length > s.MaxNorm then
                            each site.Elements (fun i -> m.Update[i] <- m.Update[i] * (s.MaxNorm / length))))
    }
    {
        mutant "freeze: a frozen tensor is in the norm" [] true' with
            Optimizer = (words [ ClipGlobalNorm 1.0 ]).Freeze "w*"
            Rules =
                twin (fun (s: ClipGlobalNorm) site ->
                    Rule(fun m ->
                        let length = norm m.Update [| 0 .. m.Update.Length - 1 |]

                        if length > s.MaxNorm then
                            each site.Elements (fun i -> m.Update[i] <- m.Update[i] * (s.MaxNorm / length))))
    }
]

let private decays = [
    mutant "weightDecay: coupled, as l2" [ Adam(); WeightDecay 0.1 ] (moved<WeightDecay> Phase.Regularization)
    |> golden
    mutant "l2: decoupled, as weightDecay" [ Adam(); L2 0.125 ] (moved<L2> Phase.Update)
    |> golden
    mutant
        "weightDecay: not by η_t behind a direction that contains it"
        [ Velocity 0.5; WeightDecay 0.1 ]
        (twin (fun (s: WeightDecay) -> Conditioning.l2 s.Lambda))
    mutant
        "weightDecay: by η_t twice"
        [ Momentum 0.5; WeightDecay 0.1 ]
        (twin (fun (s: WeightDecay) -> onEach (fun m i -> m.Update[i] + m.Rate[i] * s.Lambda * m.Parameters[i])))
    mutant "l1: λp" [ L1 0.01 ] (twin (fun (s: L1) -> Conditioning.l2 s.Lambda))
    mutant
        "proxL1: without the rate"
        [ ProxL1 0.5 ]
        (twin (fun (s: ProxL1) site ->
            match Iterates.proxL1 s.Lambda site with
            | Rule rule ->
                Rule(fun m ->
                    rule {
                        m with
                            Rate = Array.create m.Rate.Length 1.0
                    })
            | other -> other))
]

let private clocks = [
    mutant "schedules: one step early" [] {
        true' with
            Schedule = fun s t -> Schedules.at s (t + 1L)
    }
    |> with' (Cosine 12)
    |> golden
    mutant "schedules: one step late" [] {
        true' with
            Schedule = fun s t -> Schedules.at s (max 0L (t - 1L))
    }
    |> with' (Geometric 0.9)
    |> golden
    mutant "t counts gradients, not updates: schedule" [ Accumulate 3 ] { true' with CountsGradients = true }
    |> with' (Geometric 0.9)
    mutant "t counts gradients, not updates: bias correction" [ Adam(); Accumulate 3 ] {
        true' with
            CountsGradients = true
    }
    |> golden
    mutant "accumulate: the sum, not the mean" [ Accumulate 3 ] {
        twin (fun (s: Accumulate) _ -> Gate s.Steps) with
            Descend = fun eta u p -> p - 3.0 * eta * u
    }
    mutant
        "accumulate, then clip: clips each"
        [ Accumulate 2; ClipGlobalNorm 0.5 ]
        (moved<Accumulate> Phase.Regularization)
    mutant
        "noise: η is the deviation"
        [ Noise(0.01, 0.55, 7) ]
        (twin (fun (s: Noise) -> true'.Twin(Noise(s.Variance * s.Variance, 2.0 * s.Decay, s.Seed))))
    mutant
        "noise: k counts from 0"
        [ Noise(0.01, 0.55, 7) ]
        (twin (fun (s: Noise) site ->
            match true'.Twin s site with
            | Rule rule -> Rule(fun m -> rule { m with Number = m.Number + 1L })
            | other -> other))
    mutant
        "plateau: one more update of patience"
        [ Plateau(1, 0.5) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience + 1, s.Factor))))
    mutant
        "plateau: without its floor"
        [ Plateau(1, 0.1, Floor = 0.05) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor))))
    mutant
        "plateau: any better loss counts"
        [ Plateau(1, 0.5, Threshold = 0.9) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor, Threshold = 0.0))))
]

let private iterates = [
    mutant
        "lookahead: after n−1 updates at first"
        [ Lookahead(3, 0.5) ]
        (twin (fun (s: Lookahead) site ->
            match Iterates.lookahead s.Period s.Alpha site with
            | Rule rule -> Rule(fun m -> rule { m with Number = m.Number + 1L })
            | other -> other))
    mutant
        "lookahead: α and 1−α swapped"
        [ Lookahead(3, 0.25) ]
        (twin (fun (s: Lookahead) -> Iterates.lookahead s.Period (1.0 - s.Alpha)))
    mutant
        "average: starts at p_0, not at p_1"
        [ Momentum 0.9; ParameterEma 0.9 ]
        (twin (fun (s: ParameterEma) site ->
            let average = Array.copy site.Start

            Average(
                average,
                fun m ->
                    for i in site.Elements do
                        average[i] <- s.Decay * average[i] + (1.0 - s.Decay) * m.Parameters[i]
            )))
    mutant
        "polyakAverage: counts p_0"
        [ Momentum 0.9; PolyakAverage() ]
        (twin (fun (_: PolyakAverage) site ->
            let average, sum = Array.copy site.Start, Array.copy site.Start

            Average(
                average,
                fun m ->
                    for i in site.Elements do
                        sum[i] <- sum[i] + m.Parameters[i]
                        average[i] <- sum[i] / float (m.Number + 1L)
            )))
    mutant
        "ball: always on the sphere"
        [ Ball 1e15 ]
        (twin (fun (s: Ball) site ->
            let elements = site.Elements

            Rule(fun m ->
                let length = norm m.Parameters elements
                each elements (fun i -> m.Parameters[i] <- quotient (s.Radius * m.Parameters[i]) length))))
    mutant "l1Ball: the Euclidean ball" [ L1Ball 1.0 ] (twin (fun (s: L1Ball) -> Iterates.ball s.Radius))
    mutant
        "simplex: clipped and divided by the sum"
        [ Simplex 1.0 ]
        (twin (fun (s: Simplex) site ->
            let elements = site.Elements

            Rule(fun m ->
                let positive = elements |> Array.map (fun i -> max 0.0 m.Parameters[i])
                let sum = Array.sum positive

                elements
                |> Array.iteri (fun j i -> m.Parameters[i] <- s.Radius * quotient positive[j] sum))))
    mutant
        "box: before the step"
        [ Box(-0.5, 0.75) ]
        (twin (fun (s: Box) site ->
            let elements = site.Elements

            Rule(fun m ->
                each elements (fun i ->
                    m.Update[i] <- m.Update[i] + (m.Parameters[i] - Math.Clamp(m.Parameters[i], s.Low, s.High))))))
    |> fun mutant -> {
        mutant with
            Rules = {
                mutant.Rules with
                    Phase = (moved<Box> Phase.Update).Phase
            }
    }
]

/// All of them.
let all = List.concat [ momentum; adaptive; signs; norms; decays; clocks; iterates ]
