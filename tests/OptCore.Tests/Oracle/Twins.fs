/// The oracle's tables: a stage's record and its twin. A stage without a row fails the tests.
module OptCore.Tests.Oracle.Twins

open System
open System.Collections.Generic
open OptCore

/// The normal numbers of one update, by a run of the stage itself: with η = 1, γ = 0 and no gradient it adds them alone.
/// (Their distribution has a test of its own.)
let private draws seed length =
    let plan = (Optimizer.Sgd 1.0).With(Noise(1.0, 0.0, seed)).Plan(length)
    let mutable state = plan.Init(ReadOnlySpan(Array.zeroCreate<float> length))

    fun () ->
        let before = state.ToArray()
        state <- plan.Step(state, ReadOnlySpan(Array.zeroCreate<float> length))
        Array.map2 (-) before (state.ToArray())

let private noise variance decay seed (site: Site) =
    let elements = site.Elements
    let draw = draws seed elements.Length

    Rule(fun moment ->
        let z = draw ()
        let deviation = sqrt (variance / float moment.Number ** decay)

        elements
        |> Array.iteri (fun j i -> moment.Update[i] <- moment.Update[i] + deviation * z[j]))

let private lossScale (s: LossScale) (_: Site) =
    let mutable scale = s.Initial
    let mutable good = 0

    let refused () =
        scale <- max s.Minimum (scale * s.Backoff)
        good <- 0

    let taken () =
        good <- good + 1

        if good = s.Every then
            scale <- scale * s.Growth
            good <- 0

    Scaler((fun () -> scale), refused, taken)

// The same numbers: those of a coordinate are the same in both stages.
let private langevin temperature seed (site: Site) =
    let draw = draws seed site.Start.Length
    let elements = site.Elements

    Rule(fun moment ->
        let z = draw ()

        each elements (fun i ->
            let eta = moment.Rate[i]

            let deviation =
                if eta = 0.0 then 0.0
                elif moment.Inside[i] then sqrt (2.0 * temperature * eta)
                else sqrt (2.0 * temperature / eta)

            moment.Update[i] <- moment.Update[i] + deviation * z[i]))

let private row (make: 'Stage -> Site -> Twin) =
    KeyValuePair(typeof<'Stage>, (fun (stage: IStage) -> make ((stage :> obj) :?> 'Stage)))

open Conditioning
open ConjugateDirections
open Directions
open Distances
open Iterates
open SettingDirections

/// When a stage runs and what it does, by its record.
let rows: Map<string, Phase * (IStage -> Site -> Twin)> =
    let phase (phase: Phase) rows = [ for KeyValue(stage: Type, make) in rows -> stage.Name, (phase, make) ]

    [
        phase Phase.Probe [ row (fun (s: Sam) -> sam s.Rho) ]
        phase Phase.Gradient [
            row (fun (s: ClipGlobalNorm) -> clipGlobalNorm s.MaxNorm)
            row (fun (s: ClipPerTensor) -> clipPerTensor s.MaxNorm)
            row (fun (s: ClipValue) -> clipValue s.MaxValue)
            row (fun (s: ClipAdaptive) -> clipAdaptive s.MaxRatio s.Epsilon s.OutputFirst)
            row (fun (_: Centralize) -> centralize)
            row (fun (s: Normalize) -> normalize s.Epsilon)
            row (fun (s: Noise) -> noise s.Variance s.Decay s.Seed)
            row (fun (s: Accumulate) _ -> Gate s.Steps)
            row (fun (s: SkipNonFinite) _ -> Guard s.MaxConsecutive)
            row (fun (s: SkipLarge) _ -> Limit s.MaxNorm)
            row (fun (_: Ascend) _ -> Ascent)
            row lossScale
            row (fun (s: ZeroNans) -> zeroNans s.Infinities)
            row (fun (s: ClipNorm) -> clipNorm s.Order s.MaxNorm)
            row (fun (s: ClipBlockRms) -> clipRms s.MaxRms)
        ]
        phase Phase.Regularization [ row (fun (s: L2) -> l2 s.Lambda); row (fun (s: L1) -> l1 s.Lambda) ]
        phase Phase.Direction [
            row (fun (s: Momentum) -> momentum s.Beta s.Dampening)
            row (fun (s: Nesterov) -> nesterov s.Beta)
            row ema
            row (fun (s: OptimizedGradient) -> optimizedGradient s.Steps)
            row (fun (s: TripleMomentum) -> tripleMomentum s.Ratio)
            row (fun (s: Optimistic) -> optimistic s.Alpha s.Beta)
            row adam
            row adEmaMix
            row simplifiedAdEmaMix
            row acProp
            row madgrad
            row ftrl
            row cocob
            row fromage
            row adopt
            row amsGrad
            row adaMax
            row nadam
            row radam
            row adaBelief
            row yogi
            row adagrad
            row rmsProp
            row adaDelta
            row (fun (_: Sign) -> sign)
            row lion
            row rprop
            row adan
            row novoGrad
            row (fun (s: Velocity) -> velocity s.Beta)
            row lars
            row lbfgs
            row lbfgsb
            row (fun (_: ConjugateGradient) -> conjugateGradient)
            row TensorDirections.adafactor
            row TensorDirections.sm3
            row MatrixDirections.orthogonalize
            row MatrixDirections.shampoo
            row MatrixDirections.soap
            row MatrixDirections.galore
            row (fun (s: Nag) -> nag s.Beta)
            row dog
            row dowg
            row prodigy
            row dAdapt
            row polyak
            row momo
            row momoAdam
        ]
        phase Phase.Update [
            row (fun (s: WeightDecay) -> weightDecay s.Lambda)
            row (fun (s: TrustRatio) -> trustRatio s.Coefficient s.Epsilon)
            row (fun (s: ClipUpdate) -> clipGlobalNorm s.MaxNorm)
            row (fun (s: ClipUpdateRms) -> clipRms s.MaxRms)
            row (fun (s: ScaleByParameterNorm) -> scaleByNorm s.Minimum)
            row (fun (s: ScaleByParameterRms) -> scaleByRms s.Minimum)
            row (fun (s: Langevin) -> langevin s.Temperature s.Seed)
            row (fun (s: Scale) -> scale s.Factor)
        ]
        phase Phase.Step [ row (fun (s: Plateau) _ -> plateau s); row mechanic; row hypergradient ]
        phase Phase.Constraint [
            row (fun (s: Box) -> box s.Low s.High)
            row (fun (_: NonNegative) -> nonNegative)
            row (fun (s: Ball) -> ball s.Radius)
            row (fun (s: Sphere) -> sphere s.Radius)
            row maxNorm
            row unitNorm
            row minMaxNorm
            row (fun (s: Bounds) -> boxEach (Seq.toArray s.Low) (Seq.toArray s.High))
            row (fun (s: Halfspace) -> linearForm (Seq.toArray s.Normal) (fun form -> form > s.Offset) s.Offset)
            row (fun (s: Hyperplane) -> linearForm (Seq.toArray s.Normal) (fun _ -> true) s.Offset)
            row (fun (s: Simplex) -> simplex s.Radius)
            row (fun (s: L1Ball) -> l1Ball s.Radius)
            row (fun (s: ProxL1) -> proxL1 s.Lambda)
        ]
        phase Phase.Iterate [
            row (fun (s: Lookahead) -> lookahead s.Period s.Alpha)
            row parameterEma
            row polyakAverage
            row (fun (s: PolynomialAverage) -> polynomialAverage s.Gamma)
            row targetUpdate
            row scheduleFree
            row (fun (_: Fista) -> fista)
        ]
    ]
    |> List.concat
    |> Map.ofList

let private find (stage: IStage) =
    match rows.TryFind(stage.GetType().Name) with
    | Some row -> row
    | None -> failwith $"the oracle has no twin of {stage}"

let private holds (condition: ICondition) t length loss =
    match condition with
    | :? StepsFrom as c -> t >= c.Step
    | :? StepsUntil as c -> t < c.Step
    | :? StepsEvery as c -> (t - c.Offset) % c.Period = 0L
    | :? GradientAtMost as c -> length <= c.Norm
    | :? GradientAbove as c -> length > c.Norm
    | :? LossAtMost as c -> loss <= c.Value
    | :? LossAbove as c -> loss > c.Value
    | other -> failwith $"the oracle does not know the condition {other}"

/// The vocabulary's rules in float64, by its equations, each operation as it stands there.
let vocabulary = {
    Twin = fun stage site -> snd (find stage) stage site
    Phase = fun stage -> int (fst (find stage))
    Schedule = Schedules.at
    Descend = fun eta u p -> p - eta * u
    CountsGradients = false
    Holds = holds
    CountsIdle = false
}

let private rounded: Map<string, IStage -> Roundings.Precision -> Site -> Twin> =
    let row (make: 'Stage -> Roundings.Precision -> Site -> Twin) =
        typeof<'Stage>.Name, (fun (stage: IStage) -> make ((stage :> obj) :?> 'Stage))

    Map.ofList [
        row (fun (s: ClipValue) -> Roundings.clipValue s.MaxValue)
        row (fun (s: L2) -> Roundings.l2 s.Lambda)
        row (fun (s: L1) -> Roundings.l1 s.Lambda)
        row (fun (s: Momentum) -> Roundings.momentum s.Beta s.Dampening)
        row (fun (s: Nesterov) -> Roundings.nesterov s.Beta)
        row Roundings.ema
        row (fun (s: Velocity) -> Roundings.velocity s.Beta)
        row Roundings.adam
        row Roundings.amsGrad
        row Roundings.adaMax
        row Roundings.rmsProp
        row Roundings.adagrad
        row (fun (_: Sign) -> Roundings.sign)
        row Roundings.lion
        row (fun (s: WeightDecay) -> Roundings.weightDecay s.Lambda)
        row (fun (s: Scale) -> Roundings.scale s.Factor)
        row (fun (s: Box) -> Roundings.box s.Low s.High)
        row (fun (_: NonNegative) -> Roundings.box 0.0 infinity)
        row (fun (s: ProxL1) -> Roundings.proxL1 s.Lambda)
    ]

/// Whether a stage has a twin that is equal bit for bit.
let isRounded (stage: IStage) =
    rounded.ContainsKey(stage.GetType().Name)

/// The kernels' own roundings in one precision.
let exactly (precision: Roundings.Precision) = {
    vocabulary with
        Twin = fun stage site -> rounded[stage.GetType().Name] stage precision site
        Descend = fun eta u p -> precision.Fma (precision.Round -eta) u p
}
