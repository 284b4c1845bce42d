/// What people get wrong about norms, clips and layers.
module OptCore.Tests.Oracle.NormMutants

open System
open OptCore
open OptCore.Tests.Oracle.Mutation

let norms = [
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
        "clipNorm: the Euclidean norm"
        [ ClipNorm(1.0, 2.0) ]
        (twin (fun (s: ClipNorm) -> Conditioning.clipGlobalNorm s.MaxNorm))
    mutant
        "clipNorm: by coordinates"
        [ ClipNorm(infinity, 0.5) ]
        (twin (fun (s: ClipNorm) -> Conditioning.clipValue s.MaxNorm))
    mutant
        "clipBlockRms: the norm in place of the mean"
        [ ClipBlockRms 0.25 ]
        (twin (fun (s: ClipBlockRms) -> Conditioning.clipPerTensor s.MaxRms))
    mutant "clipUpdateRms: clips the gradient" [ Adam(); ClipUpdateRms 0.5 ] (moved<ClipUpdateRms> Phase.Gradient)
    mutant
        "scaleByParameterNorm: the mean"
        [ ScaleByParameterNorm(Minimum = 1.0) ]
        (twin (fun (s: ScaleByParameterNorm) -> Conditioning.scaleByRms s.Minimum))
    mutant
        "scaleByParameterRms: no least size"
        [ ScaleByParameterRms(Minimum = 1.0) ]
        (twin (fun (_: ScaleByParameterRms) -> Conditioning.scaleByRms 0.0))
    mutant
        "fromage: is not brought back"
        [ Fromage(Minimum = 0.5) ]
        (twin (fun (s: Fromage) site ->
            Rule(fun m ->
                for tensor in site.Tensors do
                    let elements = Site.Of tensor

                    let r =
                        max (norm m.Parameters elements) s.Minimum
                        / max (norm m.Update elements) s.Minimum

                    each elements (fun i -> m.Update[i] <- r * m.Update[i]))))
    mutant "zeroNans: infinities, too" [ ZeroNans() ] (twin (fun (_: ZeroNans) -> Conditioning.zeroNans true))
    mutant "skipLarge: takes everything" [ SkipLarge 5.0 ] (twin (fun (_: SkipLarge) _ -> Rule ignore))
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
        (twin (fun (s: ClipAdaptive) -> Conditioning.clipAdaptive s.MaxRatio 0.0 s.OutputFirst))
    mutant
        "clipAdaptive: output first, yet units are columns"
        [ ClipAdaptive(0.1, OutputFirst = true) ]
        (twin (fun (s: ClipAdaptive) -> Conditioning.clipAdaptive s.MaxRatio s.Epsilon false))
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
