/// What people get wrong about rules that find their own step length, and about who owns the parameters.
module OptCore.Tests.Oracle.DistanceMutants

open OptCore
open OptCore.Tests.Oracle.Mutation

// A rule that sees another gradient, rate or loss than it is given.
let private seeing (change: Moment -> Moment) (make: Site -> Twin) (site: Site) =
    match make site with
    | Rule rule -> Rule(change >> rule)
    | other -> other

let private unrated (m: Moment) = {
    m with
        Rate = Array.create m.Rate.Length 1.0
}

let distances = [
    mutant
        "dog: the first distance is not relative"
        [ Dog(Initial = 0.1) ]
        (twin (fun (s: Dog) site ->
            let relative = 1.0 + norm site.Start site.Elements
            Distances.dog (Dog(Initial = s.Initial / relative, Epsilon = s.Epsilon)) site))
    mutant
        "dog: ε outside the root"
        [ Dog(Initial = 0.1, Epsilon = 0.3) ]
        (twin (fun (s: Dog) -> Distances.dog (Dog(Initial = s.Initial, Epsilon = s.Epsilon * s.Epsilon))))
    mutant
        "dog: one distance for all tensors"
        [ Dog(Initial = 0.1, PerTensor = true) ]
        (twin (fun (s: Dog) -> Distances.dog (Dog(Initial = s.Initial))))
    mutant
        "dog: the first factor counts as a distance"
        [ Dog(InitialRate = 0.02) ]
        (twin (fun (s: Dog) -> Distances.dog (Dog(Initial = s.InitialRate))))
    mutant
        "dowg: not weighted"
        [ Dowg(Initial = 0.5) ]
        (twin (fun (s: Dowg) site ->
            let relative = 1.0 + norm site.Start site.Elements
            Distances.dog (Dog(Initial = s.Initial / relative)) site))
    mutant
        "prodigy: β3 = β2"
        [ Prodigy(Initial = 1e-3, Coefficient = 1e3) ]
        (twin (fun (s: Prodigy) ->
            Distances.prodigy (Prodigy(Initial = s.Initial, Coefficient = s.Coefficient, Beta3 = s.Beta2))))
    mutant
        "prodigy: the rate does not count in the estimate"
        [ Prodigy(Initial = 1e-3, Coefficient = 1e3, SafeguardWarmup = true) ]
        (twin (fun (s: Prodigy) -> seeing unrated (Distances.prodigy s)))
    mutant
        "prodigy: the safeguard is forgotten"
        [ Prodigy(Initial = 1e-3, Coefficient = 1e3, SafeguardWarmup = true) ]
        (twin (fun (s: Prodigy) -> Distances.prodigy (Prodigy(Initial = s.Initial, Coefficient = s.Coefficient))))
    mutant
        "prodigy: grows as it likes"
        [ Prodigy(Initial = 1e-3, Coefficient = 1e3, Growth = 1.1) ]
        (twin (fun (s: Prodigy) -> Distances.prodigy (Prodigy(Initial = s.Initial, Coefficient = s.Coefficient))))
    mutant
        "dAdapt: the decay of the sums is β2"
        [ DAdapt(Initial = 0.1, Beta2 = 0.9) ]
        (twin (fun (s: DAdapt) site ->
            // With β2² for β2 the root is β2; v forgets faster too, which shows as well.
            Distances.dAdapt (DAdapt(Initial = s.Initial, Beta2 = s.Beta2 * s.Beta2)) site))
    mutant
        "dAdapt: the rate is outside"
        [ DAdapt(Initial = 0.1) ]
        (twin (fun (s: DAdapt) site ->
            match Distances.dAdapt s site with
            | Rule rule ->
                Rule(fun m ->
                    rule (unrated m)
                    each site.Elements (fun i -> m.Inside[i] <- false))
            | other -> other))
    |> with' (Cosine 12)
    mutant
        "polyak: steps uphill below the minimum"
        [ Polyak(Minimum = 3.0, Maximum = 2.0) ]
        (twin (fun (s: Polyak) site ->
            let elements = site.Elements

            Rule(fun m ->
                let square = square (norm m.Update elements)
                let factor = min s.Maximum (quotient (m.Loss - s.Minimum) square)
                each elements (fun i -> m.Update[i] <- factor * m.Update[i]))))
    mutant
        "polyak: half the step, as for quadratics"
        [ Polyak() ]
        (twin (fun (s: Polyak) -> seeing (fun m -> { m with Loss = 0.5 * m.Loss }) (Distances.polyak s)))
    mutant
        "momo: the averages start from 0"
        [ Momo() ]
        (twin (fun (s: Momo) -> Distances.momo (Momo(Beta = s.Beta, BiasCorrection = true))))
    mutant
        "momo: the bound stays"
        [ Momo(LowerBound = 0.05, AdaptLowerBound = true) ]
        (twin (fun (s: Momo) -> Distances.momo (Momo(LowerBound = s.LowerBound))))
    mutant
        "momo: τ m is not divided by Λ"
        [ Momo(Decay = 2.0) ]
        (twin (fun (s: Momo) site ->
            match Distances.momo s site with
            | Rule rule ->
                Rule(fun m ->
                    rule m

                    each site.Elements (fun i ->
                        let p, lambda = m.Parameters[i], 1.0 + m.Rate[i] * s.Decay
                        m.Update[i] <- p - (p / lambda - (p / lambda - (p - m.Update[i])) * lambda)))
            | other -> other))
    mutant
        "momoAdam: the first update copies"
        [ MomoAdam() ]
        (twin (fun (s: MomoAdam) -> Distances.momo (Momo(Beta = s.Beta1))))
    mutant
        "momoAdam: the bound stays"
        [ MomoAdam(LowerBound = 0.05, AdaptLowerBound = true) ]
        (twin (fun (s: MomoAdam) -> Distances.momoAdam (MomoAdam(LowerBound = s.LowerBound))))
]

// What a stage that owns the parameters does with one of its points left out.
let private without (change: Owning -> Owning) (make: Site -> Twin) (site: Site) =
    match make site with
    | Owner owning -> Owner(change owning)
    | other -> other

let owners = [
    mutant
        "scheduleFree: the step starts from y"
        [ ScheduleFree 0.9 ]
        (twin (fun (s: ScheduleFree) ->
            Iterates.scheduleFree s
            |> without (fun owning -> { owning with BeforeStep = ignore })))
    mutant
        "scheduleFree: x is the parameter"
        [ ScheduleFree 0.9 ]
        (twin (fun (s: ScheduleFree) ->
            Iterates.scheduleFree s
            |> without (fun owning -> { owning with AtEnd = ignore })))
    mutant
        "scheduleFree: the rate of the step, not the largest"
        [ ScheduleFree 0.9 ]
        (twin (fun (s: ScheduleFree) site -> Iterates.scheduleFree (ScheduleFree(s.Beta, RatePower = 0.0)) site))
    |> with' (GeometricDecay 0.8)
    |> fun mutant -> {
        mutant with
            Optimizer = Optimizer.Parse "sgd 0.1 |> scheduleFree 0.9 |> warmup 8"
    }
    mutant
        "scheduleFree: β and 1−β swapped"
        [ ScheduleFree 0.9 ]
        (twin (fun (s: ScheduleFree) -> Iterates.scheduleFree (ScheduleFree(1.0 - s.Beta))))
    {
        mutant "scheduleFree: constraints act on y" [] {
            true' with
                Twin =
                    fun stage site ->
                        match stage :> obj, true'.Twin stage site with
                        | :? Box, _ -> Rule ignore
                        | _, Owner owning ->
                            let confine (m: Moment) =
                                each site.Elements (fun i -> m.Parameters[i] <- m.Parameters[i] |> max -0.5 |> min 0.75)

                            Owner {
                                owning with
                                    AtEnd =
                                        (fun m ->
                                            owning.AtEnd m
                                            confine m)
                            }
                        | _, twin -> twin
        } with
            Optimizer = Optimizer.Parse "sgd 0.1 |> scheduleFree 0.5 |> within -0.5 0.75"
    }
    mutant
        "mechanic: one bettor"
        [ Mechanic(Initial = 0.5) ]
        (twin (fun (s: Mechanic) -> Iterates.mechanic (Mechanic(Initial = s.Initial, Count = 1))))
    mutant
        "hypergradient: looks at the update"
        [ Momentum 0.9; Hypergradient 0.01 ]
        (twin (fun (s: Hypergradient) site ->
            match Distances.hypergradient s site with
            | Learner(sees, rule) ->
                Rule(fun moment ->
                    sees moment
                    rule moment)
            | twin -> twin))
    mutant
        "hypergradient: the last update has its factor"
        [ Hypergradient 0.01 ]
        (twin (fun (s: Hypergradient) site ->
            let inner = Distances.hypergradient s site
            let mutable before = zeros site

            match inner with
            | Learner(sees, rule) ->
                Learner(
                    (fun moment ->
                        let was = Array.copy moment.Update

                        // ⟨g, c d⟩ for ⟨g, d⟩.
                        each site.Elements (fun i -> moment.Update[i] <- before[i] * was[i])
                        sees moment
                        each site.Elements (fun i -> moment.Update[i] <- was[i])),
                    fun moment ->
                        let u = Array.copy moment.Update
                        rule moment
                        before <- Array.map2 quotient moment.Update u
                )
            | twin -> twin))
    mutant
        "hypergradient: added instead of multiplied"
        [ Hypergradient(0.5, Multiplicative = true) ]
        (twin (fun (s: Hypergradient) -> Distances.hypergradient (Hypergradient s.Beta)))
    mutant
        "hypergradient: without bounds"
        [ Hypergradient(0.1, Minimum = 0.5, Maximum = 2.0) ]
        (twin (fun (s: Hypergradient) -> Distances.hypergradient (Hypergradient s.Beta)))
    mutant
        "mechanic: without decay"
        [ Mechanic(Initial = 0.5, Decay = 0.5) ]
        (twin (fun (s: Mechanic) -> Iterates.mechanic (Mechanic(Initial = s.Initial, Decay = 0.0))))
]
