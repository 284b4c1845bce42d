/// Stages: every record with random hyper-parameters in range, defaults among them.
module OptDsl.Tests.Stages

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl.Tests.Numbers

/// One row per word of a stage: its simplest value and a generator over all its hyper-parameters.
type StageRow = {
    Word: string
    Simplest: IStage
    Any: Gen<IStage>
}

let private row word (simplest: IStage) (any: Gen<IStage>) = {
    Word = word
    Simplest = simplest
    Any = any
}

let private bool = Gen.elements [ true; false ]
let private lambda = Gen.frequency [ 1, Gen.constant 0.0; 4, logUniform 1e-6 1.0 ]

let private threshold =
    Gen.frequency [ 1, Gen.constant infinity; 6, logUniform 1e-3 1e3 ]

let private few = Gen.choose (1, 4)

let private epsilon =
    Gen.frequency [ 1, Gen.constant 0.0; 2, Gen.constant 1e-8; 3, logUniform 1e-16 1.0 ]

/// The defaults or, twice as often, all options at random.
let private options (defaults: IStage) (all: Gen<IStage>) =
    Gen.frequency [ 1, Gen.constant defaults; 2, all ]

let private stageOf1 make a : Gen<IStage> = Gen.map (fun x -> make x :> IStage) a

let private stageOf2 make a b : Gen<IStage> =
    Gen.map2 (fun x y -> make x y :> IStage) a b

let private stageOf3 make a b c : Gen<IStage> =
    Gen.map3 (fun x y z -> make x y z :> IStage) a b c

/// Conditioning of the gradient.
let gradientRows: StageRow list = [
    row "clip" (ClipGlobalNorm 1.0) (stageOf1 ClipGlobalNorm threshold)
    row "clipValue" (ClipValue 1.0) (stageOf1 ClipValue threshold)
    row "clipPerTensor" (ClipPerTensor 1.0) (stageOf1 ClipPerTensor threshold)
    row
        "clipAdaptive"
        (ClipAdaptive 1.0)
        (stageOf3
            (fun c e first -> ClipAdaptive(c, Epsilon = e, OutputFirst = first))
            threshold
            (Gen.oneof [ Gen.constant 1e-3; epsilon ])
            (Gen.elements [ false; true ]))
    row "centralize" (Centralize()) (Gen.constant (Centralize()))
    row "normalize" (Normalize()) (options (Normalize()) (stageOf1 (fun e -> Normalize(Epsilon = e)) epsilon))
    row
        "noise"
        (Noise(1.0, 0.0, 0))
        (stageOf3 (fun v d s -> Noise(v, d, s)) lambda (uniform 0.0 1.0) (Gen.choose (Int32.MinValue, Int32.MaxValue)))
]

/// Penalties.
let regularizationRows: StageRow list = [
    row "l2" (L2 0.5) (stageOf1 L2 lambda)
    row "l1" (L1 0.5) (stageOf1 L1 lambda)
]

let private adam = gen {
    let! b1 = decay
    let! b2 = decay
    let! e = epsilon
    let! root = epsilon
    let! corrects = bool
    return Adam(Beta1 = b1, Beta2 = b2, Epsilon = e, EpsilonRoot = root, BiasCorrection = corrects) :> IStage
}

let private rmsProp = gen {
    let! d = decay
    let! e = epsilon
    let! centered = bool
    let! inside = bool
    let! corrects = bool
    let! initial = Gen.elements [ 0.0; 0.1 ]

    return
        RmsProp(
            Decay = d,
            Epsilon = e,
            Centered = centered,
            EpsilonInside = inside,
            BiasCorrection = corrects,
            Initial = initial
        )
        :> IStage
}

let private adan = gen {
    let! b1 = decay
    let! b2 = decay
    let! b3 = decay
    let! e = epsilon
    return Adan(Beta1 = b1, Beta2 = b2, Beta3 = b3, Epsilon = e) :> IStage
}

/// Directions that may follow one another.
let directionRows: StageRow list = [
    row
        "momentum"
        (Momentum 0.5)
        (stageOf2 (fun b t -> Momentum(b, Dampening = t)) decay (Gen.elements [ 0.0; 0.1; 1.0 ]))
    row "nesterov" (Nesterov 0.5) (stageOf1 Nesterov decay)
    row "ema" (Ema 0.5) (stageOf2 (fun b c -> Ema(b, BiasCorrection = c)) decay bool)
    row "adam" (Adam()) (options (Adam()) adam)
    row
        "amsGrad"
        (AmsGrad())
        (options
            (AmsGrad())
            (stageOf3
                (fun (b1, b2) e c -> AmsGrad(Beta1 = b1, Beta2 = b2, Epsilon = e, CorrectedMax = c))
                (Gen.zip decay decay)
                epsilon
                bool))
    row
        "adaMax"
        (AdaMax())
        (options (AdaMax()) (stageOf3 (fun b1 b2 e -> AdaMax(Beta1 = b1, Beta2 = b2, Epsilon = e)) decay decay epsilon))
    row
        "nadam"
        (Nadam())
        (options
            (Nadam())
            (stageOf3
                (fun (b1, b2) e psi -> Nadam(Beta1 = b1, Beta2 = b2, Epsilon = e, MomentumDecay = psi))
                (Gen.zip decay decay)
                epsilon
                (Gen.elements [ 0.0; 0.004 ])))
    row
        "radam"
        (RAdam())
        (options (RAdam()) (stageOf3 (fun b1 b2 e -> RAdam(Beta1 = b1, Beta2 = b2, Epsilon = e)) decay decay epsilon))
    row
        "adaBelief"
        (AdaBelief())
        (options
            (AdaBelief())
            (stageOf3
                (fun (b1, b2) e root -> AdaBelief(Beta1 = b1, Beta2 = b2, Epsilon = e, EpsilonRoot = root))
                (Gen.zip decay decay)
                epsilon
                epsilon))
    row
        "yogi"
        (Yogi())
        (options
            (Yogi())
            (stageOf3
                (fun (b1, b2) e initial -> Yogi(Beta1 = b1, Beta2 = b2, Epsilon = e, Initial = initial))
                (Gen.zip decay decay)
                epsilon
                (Gen.elements [ 0.0; 1e-6; 0.1 ])))
    row
        "adagrad"
        (Adagrad())
        (options
            (Adagrad())
            (stageOf3
                (fun e initial inside -> Adagrad(Epsilon = e, Initial = initial, EpsilonInside = inside))
                epsilon
                (Gen.elements [ 0.0; 0.1 ])
                bool))
    row "rmsProp" (RmsProp()) (options (RmsProp()) rmsProp)
    row
        "adaDelta"
        (AdaDelta())
        (options (AdaDelta()) (stageOf2 (fun r e -> AdaDelta(Rho = r, Epsilon = e)) decay epsilon))
    row "signSgd" (Sign()) (Gen.constant (Sign()))
    row "lion" (Lion()) (options (Lion()) (stageOf2 (fun a b -> Lion(Beta1 = a, Beta2 = b)) decay decay))
    row "adan" (Adan()) (options (Adan()) adan)
    row
        "novoGrad"
        (NovoGrad())
        (options (NovoGrad()) (stageOf3 (fun a b e -> NovoGrad(Beta1 = a, Beta2 = b, Epsilon = e)) decay decay epsilon))
]

/// Directions that contain the rate: at most one, and the last of its tensors.
let rateInsideRows: StageRow list = [
    row "velocity" (Velocity 0.5) (stageOf1 Velocity decay)
    row
        "lars"
        (Lars 0.5)
        (gen {
            let! l = lambda
            let! m = decay
            let! c = logUniform 1e-4 1.0
            let! e = epsilon
            let! plain = bool

            return
                if plain then
                    Lars l
                else
                    Lars(l, Momentum = m, Coefficient = c, Epsilon = e)
        })
    row
        "rprop"
        (RProp())
        (options
            (RProp())
            (gen {
                let! down = uniform 0.1 0.9
                let! up = uniform 1.01 2.0
                let! least = Gen.elements [ 0.0; 1e-6; 1e-3 ]
                let! most = Gen.elements [ 0.1; 50.0; infinity ]
                return RProp(Down = down, Up = up, Min = least, Max = most) :> IStage
            }))
]

/// What acts on the finished direction.
let updateRows: StageRow list = [
    row "weightDecay" (WeightDecay 0.5) (stageOf1 WeightDecay lambda)
    row
        "trustRatio"
        (TrustRatio())
        (options
            (TrustRatio())
            (stageOf2 (fun c e -> TrustRatio(Coefficient = c, Epsilon = e)) (logUniform 1e-3 10.0) epsilon))
    row "clipUpdate" (ClipUpdate 1.0) (stageOf1 ClipUpdate threshold)
    row "scale" (Scale 2.0) (stageOf1 Scale (Gen.frequency [ 1, Gen.constant 0.0; 5, logUniform 1e-3 1e3 ]))
]

/// The projection that needs an element to act on.
let simplexRow =
    row "simplex" (Simplex 1.0) (stageOf1 Simplex (logUniform 1e-3 1e3))

/// Projections and proximal operators for any number of elements.
let constraintRows: StageRow list = [
    row
        "within"
        (Box(-1.0, 1.0))
        (stageOf2
            (fun (a: float) b -> Box(min a b, max a b))
            (Gen.oneof [ Gen.constant Double.NegativeInfinity; scalar ])
            (Gen.oneof [ Gen.constant infinity; scalar ]))
    row "nonNegative" (NonNegative()) (Gen.constant (NonNegative()))
    row "ball" (Ball 1.0) (stageOf1 Ball threshold)
    row "l1Ball" (L1Ball 1.0) (stageOf1 L1Ball threshold)
    row "proxL1" (ProxL1 0.5) (stageOf1 ProxL1 lambda)
]

/// Averages and slow copies.
let iterateRows: StageRow list = [
    row
        "lookahead"
        (Lookahead(2, 0.5))
        (stageOf2 (fun n a -> Lookahead(n, a)) few (Gen.oneof [ Gen.elements [ 0.0; 1.0 ]; uniform 0.0 1.0 ]))
    row "average" (ParameterEma 0.5) (stageOf1 ParameterEma decay)
    row "polyakAverage" (PolyakAverage()) (stageOf1 (fun n -> PolyakAverage(From = n)) (Gen.choose (0, 3)))
]

/// The direction that is a probe too, and must stand alone.
let nagRow = row "nag" (Nag 0.5) (stageOf1 Nag decay)

/// The probe.
let samRow = row "sam" (Sam 0.5) (stageOf1 Sam lambda)

/// Stages that stand once, outside of every scope.
let accumulateRow = row "accumulate" (Accumulate 2) (stageOf1 Accumulate few)

/// The guard.
let skipRow = row "skipNonFinite" (SkipNonFinite 1) (stageOf1 SkipNonFinite few)

/// The loss-aware one.
let plateauRow =
    row
        "plateau"
        (Plateau(1, 0.5))
        (stageOf3
            (fun n g (threshold, floor) -> Plateau(n, g, Threshold = threshold, Floor = floor))
            few
            (uniform 0.0 0.9)
            (Gen.zip (Gen.elements [ 0.0; 1e-4; 0.1 ]) (Gen.elements [ 0.0; 1e-3 ])))

/// All rows.
let rows =
    gradientRows
    @ regularizationRows
    @ directionRows
    @ rateInsideRows
    @ updateRows
    @ constraintRows
    @ [ simplexRow ]
    @ iterateRows
    @ [ nagRow; samRow; accumulateRow; skipRow; plateauRow ]

/// Any stage of some rows.
let oneOf (rows: StageRow list) = rows |> List.map _.Any |> Gen.oneof

/// The row of a stage, by the type of its record.
let rowOf (stage: IStage) =
    rows |> List.find (fun row -> row.Simplest.GetType() = stage.GetType())

/// The same word with its simplest hyper-parameters.
let shrinkStage (stage: IStage) =
    match (rowOf stage).Simplest with
    | simplest when simplest.Equals stage -> Seq.empty
    | simplest -> Seq.singleton simplest
