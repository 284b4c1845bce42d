/// Every word that text knows is an F# function of the same name, the same arguments and the same meaning.
module OptDsl.Tests.WordTests

open System.Reflection
open System.Text.RegularExpressions
open Expecto
open OptCore
open OptDsl

/// The text of a word beside its F# call.
let private heads: (string * Optimizer) list = [
    "sgd 0.1", sgd 0.1
    "adam 0.1", adam 0.1
    "adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-06)) 0.1", adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-6)) 0.1
    "adamW 0.01 0.1", adamW 0.01 0.1
    "amsGrad 0.1", amsGrad 0.1
    "amsGradWith (AmsGrad(CorrectedMax = true)) 0.1", amsGradWith (AmsGrad(CorrectedMax = true)) 0.1
    "adaMax 0.1", adaMax 0.1
    "adaMaxWith (AdaMax(Beta2 = 0.99)) 0.1", adaMaxWith (AdaMax(Beta2 = 0.99)) 0.1
    "nadam 0.1", nadam 0.1
    "nadamWith (Nadam(MomentumDecay = 0.004)) 0.1", nadamWith (Nadam(MomentumDecay = 0.004)) 0.1
    "radam 0.1", radam 0.1
    "radamWith (RAdam(Beta2 = 0.99)) 0.1", radamWith (RAdam(Beta2 = 0.99)) 0.1
    "adaBelief 0.1", adaBelief 0.1
    "adaBeliefWith (AdaBelief(Epsilon = 1e-8)) 0.1", adaBeliefWith (AdaBelief(Epsilon = 1e-8)) 0.1
    "yogi 0.1", yogi 0.1
    "yogiWith (Yogi(Initial = 0.0)) 0.1", yogiWith (Yogi(Initial = 0.0)) 0.1
    "adagrad 0.1", adagrad 0.1
    "adagradWith (Adagrad(EpsilonInside = true)) 0.1", adagradWith (Adagrad(EpsilonInside = true)) 0.1
    "rmsProp 0.1", rmsProp 0.1
    "rmsPropWith (RmsProp(Decay = 0.99, Centered = true)) 0.1", rmsPropWith (RmsProp(Decay = 0.99, Centered = true)) 0.1
    "adaDelta 1", adaDelta 1.0
    "adaDeltaWith (AdaDelta(Rho = 0.95)) 1.0", adaDeltaWith (AdaDelta(Rho = 0.95)) 1.0
    "signSgd 0.1", signSgd 0.1
    "signum 0.9 0.1", signum 0.9 0.1
    "lion 0.1", lion 0.1
    "lionWith (Lion(Beta2 = 0.98)) 0.1", lionWith (Lion(Beta2 = 0.98)) 0.1
    "rprop 0.1", rprop 0.1
    "rpropWith (RProp(Max = 1.0)) 0.1", rpropWith (RProp(Max = 1.0)) 0.1
    "adan 0.1", adan 0.1
    "adanWith (Adan(Beta1 = 0.9)) 0.1", adanWith (Adan(Beta1 = 0.9)) 0.1
    "novoGrad 0.1", novoGrad 0.1
    "novoGradWith (NovoGrad(Beta2 = 0.5)) 0.1", novoGradWith (NovoGrad(Beta2 = 0.5)) 0.1
    "lamb 0.01 0.1", lamb 0.01 0.1
    "lars 0.01 0.1", lars 0.01 0.1
    "larsWith (Lars(0.01, Momentum = 0.5)) 0.1", larsWith (Lars(0.01, Momentum = 0.5)) 0.1
    "flow [Momentum 0.9; ClipGlobalNorm 1.0] 0.1", flow [ Momentum 0.9; ClipGlobalNorm 1.0 ] 0.1
    "partition [\"a\", sgd 0.1; \"*\", adam 0.2]", partition [ "a", sgd 0.1; "*", adam 0.2 ]
]

/// Words behind `sgd 0.1 |>`.
let private words: (string * (Optimizer -> Optimizer)) list = [
    "stage (Adam())", stage (Adam())
    "clip 1.0", clip 1.0
    "clipValue 1.0", clipValue 1.0
    "clipPerTensor 1.0", clipPerTensor 1.0
    "clipAdaptive 0.1", clipAdaptive 0.1
    "clipAdaptiveWith (ClipAdaptive(0.1, Epsilon = 0.01))", clipAdaptiveWith (ClipAdaptive(0.1, Epsilon = 0.01))
    "centralize", centralize
    "normalize", normalize
    "normalizeWith (Normalize(Epsilon = 0.0))", normalizeWith (Normalize(Epsilon = 0.0))
    "noise 0.1 0.55 7", noise 0.1 0.55 7
    "accumulate 4", accumulate 4
    "skipNonFinite 3", skipNonFinite 3
    "plateau 10 0.5", plateau 10 0.5
    "plateauWith (Plateau(10, 0.5, Floor = 0.001))", plateauWith (Plateau(10, 0.5, Floor = 0.001))
    "l2 0.1", l2 0.1
    "l1 0.1", l1 0.1
    "momentum 0.9", momentum 0.9
    "momentumWith (Momentum(0.9, Dampening = 0.1))", momentumWith (Momentum(0.9, Dampening = 0.1))
    "nesterov 0.9", nesterov 0.9
    "ema 0.9", ema 0.9
    "emaWith (Ema(0.9, BiasCorrection = true))", emaWith (Ema(0.9, BiasCorrection = true))
    "velocity 0.9", velocity 0.9
    "nag 0.9", nag 0.9
    "sam 0.05", sam 0.05
    "weightDecay 0.01", weightDecay 0.01
    "trustRatio", trustRatio
    "trustRatioWith (TrustRatio(Coefficient = 0.001))", trustRatioWith (TrustRatio(Coefficient = 0.001))
    "clipUpdate 1.0", clipUpdate 1.0
    "scale 0.5", scale 0.5
    "within -1.0 1.0", within -1.0 1.0
    "nonNegative", nonNegative
    "ball 1.0", ball 1.0
    "simplex 1.0", simplex 1.0
    "l1Ball 1.0", l1Ball 1.0
    "proxL1 0.1", proxL1 0.1
    "lookahead 5 0.5", lookahead 5 0.5
    "average 0.99", average 0.99
    "polyakAverage", polyakAverage
    "polyakAverageWith (PolyakAverage(From = 10))", polyakAverageWith (PolyakAverage(From = 10))
    "only \"w*\" (clip 1.0 >> momentum 0.9)", only "w*" (clip 1.0 >> momentum 0.9)
    "except \"*.b\" (weightDecay 0.1)", except "*.b" (weightDecay 0.1)
    "freeze \"b\"", freeze "b"
    "rateFor \"b\" 2.0", rateFor "b" 2.0
    "schedule (Schedule.cosine 90)", schedule (Schedule.cosine 90)
    "constant 0.5", constant 0.5
    "stepDecay 30 0.1", stepDecay 30 0.1
    "multiStep [10; 20] 0.1", multiStep [ 10; 20 ] 0.1
    "geometric 0.99", geometric 0.99
    "exponential 0.01", exponential 0.01
    "cosine 100", cosine 100
    "cosineWith (Cosine(100, Floor = 0.1))", cosineWith (Cosine(100, Floor = 0.1))
    "cosineRestarts 10 2", cosineRestarts 10 2
    "linear 100", linear 100
    "linearWith (LinearRamp(100, To = 0.1))", linearWith (LinearRamp(100, To = 0.1))
    "polynomial 2.0 100", polynomial 2.0 100
    "warmup 10", warmup 10
    "warmupFrom 0.1 10", warmupFrom 0.1 10
    "warmupCosine 10 100", warmupCosine 10 100
    "oneCycle 100", oneCycle 100
    "oneCycleWith (OneCycle(100, Inclusive = true))", oneCycleWith (OneCycle(100, Inclusive = true))
    "inverseSqrt", inverseSqrt
    "inverseTime 0.1", inverseTime 0.1
    "triangular 10 0.1", triangular 10 0.1
    "warmupStableDecay 10 100 20", warmupStableDecay 10 100 20
]

let private schedules: (string * ISchedule) list = [
    "Schedule.constant 0.5", Schedule.constant 0.5
    "Schedule.stepDecay 30 0.1", Schedule.stepDecay 30 0.1
    "Schedule.multiStep [10; 20] 0.1", Schedule.multiStep [ 10; 20 ] 0.1
    "Schedule.geometric 0.99", Schedule.geometric 0.99
    "Schedule.exponential 0.01", Schedule.exponential 0.01
    "Schedule.cosine 100", Schedule.cosine 100
    "Schedule.cosineWith (Cosine(100, Floor = 0.1))", Schedule.cosineWith (Cosine(100, Floor = 0.1))
    "Schedule.cosineRestarts 10 2", Schedule.cosineRestarts 10 2
    "Schedule.linear 100", Schedule.linear 100
    "Schedule.linearWith (LinearRamp(100, From = 0.5))", Schedule.linearWith (LinearRamp(100, From = 0.5))
    "Schedule.polynomial 2.0 100", Schedule.polynomial 2.0 100
    "Schedule.warmup 10", Schedule.warmup 10
    "Schedule.warmupFrom 0.1 10", Schedule.warmupFrom 0.1 10
    "Schedule.warmupCosine 10 100", Schedule.warmupCosine 10 100
    "Schedule.oneCycle 100", Schedule.oneCycle 100
    "Schedule.oneCycleWith (OneCycle(100, Inclusive = true))", Schedule.oneCycleWith (OneCycle(100, Inclusive = true))
    "Schedule.inverseSqrt", Schedule.inverseSqrt
    "Schedule.inverseTime 0.1", Schedule.inverseTime 0.1
    "Schedule.triangular 10 0.1", Schedule.triangular 10 0.1
    "Schedule.warmupStableDecay 10 100 20", Schedule.warmupStableDecay 10 100 20
    "Schedule.warmup 5 |> Schedule.andThen 5 (Schedule.cosine 90)",
    Schedule.warmup 5 |> Schedule.andThen 5 (Schedule.cosine 90)
    "Schedule.warmup 5 |> Schedule.times (Schedule.cosine 90)", Schedule.warmup 5 |> Schedule.times (Schedule.cosine 90)
    "Schedule.warmup 5 |> Schedule.plus (Schedule.cosine 90)", Schedule.warmup 5 |> Schedule.plus (Schedule.cosine 90)
    "Schedule.cosine 90 |> Schedule.atLeast 0.1", Schedule.cosine 90 |> Schedule.atLeast 0.1
    "Schedule.cosine 90 |> Schedule.atMost 0.9", Schedule.cosine 90 |> Schedule.atMost 0.9
    "Schedule.cosine 90 |> Schedule.delay 10", Schedule.cosine 90 |> Schedule.delay 10
    "Schedule.cosine 90 |> Schedule.repeat 10", Schedule.cosine 90 |> Schedule.repeat 10
    "Schedule.cosine 90 |> Schedule.scaleBy 2.0", Schedule.cosine 90 |> Schedule.scaleBy 2.0
]

let private records =
    typeof<IStage>.Assembly.GetTypes()
    |> Array.filter (fun t -> not (isNull (t.GetCustomAttribute<WordAttribute>())))

/// The library's own names among those that text knows: other tests may have registered theirs.
let private known =
    let own =
        set [
            for record in records do
                match record.GetCustomAttribute<WordAttribute>() with
                | null -> ()
                | word ->
                    record.Name
                    word.Name
                    word.Name + "With"
                    "Schedule." + word.Name
                    "Schedule." + word.Name + "With"
            yield! [ "sgd"; "flow"; "partition"; "adamW"; "signum"; "lamb" ]
            yield! [ "stage"; "schedule"; "only"; "except"; "freeze"; "rateFor" ]
        ]

    [
        for name in Words.Known do
            if own.Contains name then
                name
    ]

let private functions =
    set [
        for t in typeof<FunctionStage>.Assembly.GetTypes() do
            let modules = [ "HeadWords"; "StageWords"; "ScheduleWords"; "OptimizerWords" ]

            if List.contains t.Name modules then
                for m in t.GetMembers(BindingFlags.Static ||| BindingFlags.Public) do
                    m.Name
            elif t.Name = "Schedule" || t.Name = "ScheduleModule" then
                for m in t.GetMembers(BindingFlags.Static ||| BindingFlags.Public) do
                    "Schedule." + m.Name
    ]

[<Tests>]
let tests =
    testList "words" [
        for text, optimizer in heads do
            testCase text (fun () ->
                Expect.equal (Optimizer.Parse text) optimizer "text = F#"
                Expect.equal (Optimizer.Parse(string optimizer)) optimizer "print, parse")

        for text, word in words do
            testCase text (fun () ->
                let optimizer = sgd 0.1 |> word
                Expect.equal (Optimizer.Parse $"sgd 0.1 |> {text}") optimizer "|>"
                Expect.equal (Optimizer.Parse($"sgd >> {text}", 0.1)) ((sgd >> word) 0.1) ">>"
                Expect.equal (Optimizer.Parse(string optimizer)) optimizer "print, parse")

        for text, value in schedules do
            testCase text (fun () ->
                Expect.equal (Words.ParseSchedule text) value "text = F#"
                Expect.equal (Words.ParseSchedule(Words.Print value)) value "print, parse"

                for t in [ 0L; 1L; 7L; 50L; 1000L ] do
                    Expect.equal ((Words.ParseSchedule text).At t) (value.At t) $"s({t})")

        testCase "every name that text knows is an F# function or a record" (fun () ->
            Expect.isGreaterThan known.Length 150 "there are many"

            for name in known do
                let isRecord = records |> Array.exists (fun r -> r.Name = name)
                Expect.isTrue (isRecord || functions.Contains name) $"{name} has no F# function")

        testCase "every word that text knows is in these tables" (fun () ->
            let tokens =
                set [
                    for text in List.map fst heads @ List.map fst words @ List.map fst schedules do
                        for token in Regex.Matches(text, @"[A-Za-z_][A-Za-z0-9_.]*") do
                            token.Value
                ]

            let missing = [
                for name in known do
                    let isRecord = records |> Array.exists (fun r -> r.Name = name)

                    if not (isRecord || tokens.Contains name) then
                        name
            ]

            Expect.equal missing [] "words without a row")

        testCase "words of different phases commute, as F# functions" (fun () ->
            let one = sgd >> momentum 0.9 >> clip 1.0 >> cosine 100 >> weightDecay 0.1
            let other = sgd >> weightDecay 0.1 >> cosine 100 >> clip 1.0 >> momentum 0.9
            Expect.equal (one 0.1) (other 0.1) "equal")
    ]
