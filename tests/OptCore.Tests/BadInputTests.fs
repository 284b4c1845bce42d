/// A mistake of the caller is one clear exception that names what was given and what is allowed, and changes nothing.
module OptCore.Tests.BadInputTests

open System
open System.Globalization
open System.Reflection
open Expecto
open OptCore

let private caught (f: unit -> 'T) =
    let mutable found = ApplicationException "nothing was thrown" :> exn

    Expect.throwsC (fun () -> f () |> ignore) (fun e -> found <- e)
    found

/// Exactly this type, with all of the words in its message.
let private refused (kind: Type) (words: string list) (f: unit -> 'T) =
    let e = caught f

    if e.GetType() <> kind then
        failtestf "expected %s, was %O" kind.Name e

    for word in words do
        Expect.stringContains e.Message word "message"

let private argument words (f: unit -> 'T) =
    refused typeof<ArgumentException> words f

let private range words (f: unit -> 'T) =
    refused typeof<ArgumentOutOfRangeException> words f

let private nothing<'T when 'T: not struct> : 'T = Unchecked.defaultof<'T>

let private vector (values: float list) : float[] = Array.ofList values

let private text (value: obj) =
    match value with
    | :? IFormattable as number -> number.ToString(null, CultureInfo.InvariantCulture)
    | other -> string other

// Ranges: values outside, values at the ends.

let private decay: obj list * obj list =
    [ -1e-300; -0.5; 1.0; 1.5; nan; infinity; -infinity ], [ 0.0; 0.999999 ]

let private nonNegative: obj list * obj list =
    [ -1e-300; -1.0; nan; infinity; -infinity ], [ 0.0; 1e300 ]

let private threshold: obj list * obj list =
    [ 0.0; -0.0; -1.0; nan; -infinity ], [ 1e-300; infinity ]

let private positive: obj list * obj list =
    [ 0.0; -1.0; nan; infinity; -infinity ], [ 1e-300; 1e300 ]

let private share: obj list * obj list =
    [ -0.001; 1.001; nan; infinity; -infinity ], [ 0.0; 1.0 ]

let private count: obj list * obj list =
    [ 0; -1; Int32.MinValue ], [ 1; Int32.MaxValue ]

let private natural: obj list * obj list =
    [ -1; Int32.MinValue ], [ 0; Int32.MaxValue ]

/// Every number that a record of the library takes. Those that depend on another one stand below.
let private ranges =
    dict [
        for name in
            [
                "Momentum.Beta"
                "Nesterov.Beta"
                "Ema.Beta"
                "Velocity.Beta"
                "Nag.Beta"
                "Adam.Beta1"
                "Adam.Beta2"
                "AmsGrad.Beta1"
                "AmsGrad.Beta2"
                "AdaMax.Beta1"
                "AdaMax.Beta2"
                "Nadam.Beta1"
                "Nadam.Beta2"
                "RAdam.Beta1"
                "RAdam.Beta2"
                "AdaBelief.Beta1"
                "AdaBelief.Beta2"
                "Yogi.Beta1"
                "Yogi.Beta2"
                "RmsProp.Decay"
                "AdaDelta.Rho"
                "Lion.Beta1"
                "Lion.Beta2"
                "Adan.Beta1"
                "Adan.Beta2"
                "Adan.Beta3"
                "NovoGrad.Beta1"
                "NovoGrad.Beta2"
                "Lars.Momentum"
                "Plateau.Factor"
                "ParameterEma.Decay"
            ] do
            name, decay
        for name in
            [
                "Adam.Epsilon"
                "Adam.EpsilonRoot"
                "AmsGrad.Epsilon"
                "AdaMax.Epsilon"
                "Nadam.Epsilon"
                "Nadam.MomentumDecay"
                "RAdam.Epsilon"
                "AdaBelief.Epsilon"
                "AdaBelief.EpsilonRoot"
                "Yogi.Epsilon"
                "Yogi.Initial"
                "Adagrad.Epsilon"
                "Adagrad.Initial"
                "RmsProp.Epsilon"
                "RmsProp.Initial"
                "AdaDelta.Epsilon"
                "Adan.Epsilon"
                "NovoGrad.Epsilon"
                "Lars.Lambda"
                "Lars.Coefficient"
                "Lars.Epsilon"
                "RProp.Min"
                "ClipAdaptive.Epsilon"
                "Normalize.Epsilon"
                "Noise.Variance"
                "Noise.Decay"
                "L1.Lambda"
                "L2.Lambda"
                "WeightDecay.Lambda"
                "ProxL1.Lambda"
                "TrustRatio.Coefficient"
                "TrustRatio.Epsilon"
                "Scale.Factor"
                "Sam.Rho"
                "Plateau.Threshold"
                "Plateau.Floor"
                "Constant.Value"
                "StepDecay.Factor"
                "MultiStep.Factor"
                "Geometric.Factor"
                "Exponential.Rate"
                "InverseTime.Rate"
                "Linear.From"
                "Linear.To"
                "Polynomial.Power"
                "OneCycle.InitialFactor"
                "OneCycle.FinalFactor"
                "AtLeast.Value"
                "AtMost.Value"
                "ScaleBy.Factor"
            ] do
            name, nonNegative
        for name in
            [
                "ClipGlobalNorm.MaxNorm"
                "ClipPerTensor.MaxNorm"
                "ClipUpdate.MaxNorm"
                "ClipValue.MaxValue"
                "ClipAdaptive.MaxRatio"
                "Ball.Radius"
                "L1Ball.Radius"
                "RProp.Max"
            ] do
            name, threshold
        "Simplex.Radius", positive
        for name in
            [
                "Momentum.Dampening"
                "Lookahead.Alpha"
                "Cosine.Floor"
                "OneCycle.WarmupFraction"
                "WarmupFrom.From"
                "Triangular.Low"
            ] do
            name, share
        for name in
            [
                "Accumulate.Steps"
                "SkipNonFinite.MaxConsecutive"
                "Plateau.Patience"
                "Lookahead.Period"
                "StepDecay.Every"
                "Cosine.Steps"
                "CosineRestarts.Steps"
                "CosineRestarts.Multiplier"
                "Linear.Steps"
                "Polynomial.Steps"
                "Warmup.Steps"
                "WarmupFrom.Steps"
                "OneCycle.Steps"
                "Triangular.HalfPeriod"
                "Repeat.Period"
            ] do
            name, count
        for name in [ "PolyakAverage.From"; "AndThen.Steps"; "Delay.Steps" ] do
            name, natural
        "RProp.Down", ([ 0.0; 1.0; -0.5; nan; infinity ], [ 1e-300; 0.999 ])
        "RProp.Up", ([ 1.0; 0.5; nan; infinity; -infinity ], [ 1.0000001; 1e300 ])
        "Box.Low", ([ nan; infinity ], [ -infinity; 0.5 ])
        "Box.High", ([ nan; -infinity ], [ infinity; 0.5 ])
        "Noise.Seed", ([], [ Int32.MinValue; 0; Int32.MaxValue ])
        "WarmupCosine.WarmupSteps", ([ 0; -1 ], [ 1; 9 ])
        "WarmupCosine.Steps", ([ 0; -1; 3 ], [ 4; Int32.MaxValue ])
        "WarmupStableDecay.WarmupSteps", ([ 0; -1 ], [ 1; 3 ])
        "WarmupStableDecay.Steps", ([ 0; 2; 3; -1 ], [ 5; 10 ])
        "WarmupStableDecay.DecaySteps", ([ 0; -1; 8 ], [ 1; 7 ])
    ]

let private records =
    typeof<IStage>.Assembly.GetTypes()
    |> Array.filter (fun t -> not (isNull (t.GetCustomAttribute<WordAttribute>())))
    |> Array.sortBy _.Name

let private constructorOf (record: Type) =
    record.GetConstructors()
    |> Array.filter (fun c ->
        c.GetParameters()
        |> Array.forall (fun p -> p.ParameterType <> record && p.ParameterType <> typeof<int[]>))
    |> Array.sortByDescending _.GetParameters().Length
    |> Array.head

let private sample (record: Type) (parameter: ParameterInfo) : obj =
    match record.Name, parameter.Name with
    | "WarmupCosine", "Steps" -> 10
    | "WarmupStableDecay", "Steps" -> 10
    | "WarmupStableDecay", "DecaySteps" -> 2
    | _ when parameter.ParameterType = typeof<float> -> 0.5
    | _ when parameter.ParameterType = typeof<int> -> 3
    | _ when parameter.ParameterType = typeof<ISchedule> -> Constant 1.0
    | _ -> [| 1; 2 |]

let private build (record: Type) (changed: string) (value: obj) : obj =
    let constructor = constructorOf record

    let arguments =
        constructor.GetParameters()
        |> Array.map (fun p ->
            if String.Equals(p.Name, changed, StringComparison.OrdinalIgnoreCase) then
                value
            else
                sample record p)

    constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null)
    |> Unchecked.nonNull

let private isNumber (t: Type) = t = typeof<float> || t = typeof<int>

let private parametersOf (record: Type) = [
    for p in (constructorOf record).GetParameters() do
        if isNumber p.ParameterType then
            // The property's name: MultiStep's constructor is written out.
            let name = string p.Name
            string (Char.ToUpperInvariant name[0]) + name.Substring 1
]

let private optionsOf (record: Type) = [
    for p in record.GetProperties() do
        match p.SetMethod with
        | null -> ()
        | setter ->
            if setter.IsPublic && isNumber p.PropertyType then
                p
]

let private checkRange (name: string) (make: obj -> obj) =
    match ranges.TryGetValue name with
    | true, (outside, inside) ->
        let property = name.Substring(name.IndexOf '.' + 1)

        for value in outside do
            match caught (fun () -> make value) with
            | :? ArgumentOutOfRangeException as e ->
                Expect.equal (e.ParamName |> string) property $"parameter, {text value}"
                Expect.stringContains e.Message $"{property} = {text value}" "value"
                Expect.isMatch e.Message @"range: .+" "allowed range"
            | e -> failtestf "%s = %s: %O" name (text value) e

        for value in inside do
            make value |> ignore
    | _ -> failtestf "%s has no row in the table of ranges" name

let private constructors =
    testList "constructors" [
        for record in records do
            testCase record.Name (fun () ->
                for parameter in parametersOf record do
                    checkRange $"{record.Name}.{parameter}" (build record parameter)

                for option in optionsOf record do
                    let set (value: obj) =
                        let fresh = build record "" (0 :> obj)
                        option.SetValue(fresh, value, BindingFlags.DoNotWrapExceptions, null, null, null)
                        fresh

                    checkRange $"{record.Name}.{option.Name}" set)

        testCase "the table of ranges has no row too many" (fun () ->
            let there = [
                for record in records do
                    for parameter in parametersOf record do
                        $"{record.Name}.{parameter}"

                    for option in optionsOf record do
                        $"{record.Name}.{option.Name}"
            ]

            Expect.containsAll there ranges.Keys "rows")

        testCase "values that depend on one another" (fun () ->
            range [ "High = 0.5"; "Low = 1" ] (fun () -> Box(1.0, 0.5))

            range [ "Min = 2"; "Max = 1" ] (fun () -> Optimizer.Head(RProp(Min = 2.0, Max = 1.0), 0.1).Plan 1))

        testCase "no schedule, a negative milestone" (fun () ->
            refused typeof<ArgumentNullException> [ "First" ] (fun () -> Times(nothing<ISchedule>, Constant 1.0))
            range [ "Milestones = -1" ] (fun () -> MultiStep([ 3; -1 ], 0.5)))
    ]

let private optimizers =
    testList "optimizers" [
        testTheory "every head refuses a rate out of range" [ -1e-300; -1.0; nan; infinity; -infinity ] (fun rate ->
            let heads: (float -> Optimizer) list = [
                Optimizer.Sgd
                fun r -> Optimizer.Adam r
                fun r -> Optimizer.AmsGrad r
                fun r -> Optimizer.AdaMax r
                fun r -> Optimizer.Nadam r
                fun r -> Optimizer.RAdam r
                fun r -> Optimizer.AdaBelief r
                fun r -> Optimizer.Yogi r
                fun r -> Optimizer.Adagrad r
                fun r -> Optimizer.RmsProp r
                fun r -> Optimizer.AdaDelta r
                fun r -> Optimizer.Lion r
                fun r -> Optimizer.RProp r
                fun r -> Optimizer.Adan r
                fun r -> Optimizer.NovoGrad r
                fun r -> Optimizer.SignSgd r
                fun r -> Optimizer.Signum(0.9, r)
                fun r -> Optimizer.AdamW(0.1, r)
                fun r -> Optimizer.Lamb(0.1, r)
                fun r -> Optimizer.Lars(0.1, r)
                fun r -> Optimizer.Head(Adam(), r)
                fun r -> Optimizer.Flow([ Adam() ], r)
                fun r -> (Optimizer.Sgd 0.1).WithRate r
                fun r -> Optimizer.Parse("adam", r)
            ]

            for head in heads do
                range [ $"rate = {text rate}"; "0 ≤ value, finite" ] (fun () -> head rate))

        testCase "rate 0 and subnormal rates are legal" (fun () ->
            Optimizer.Sgd 0.0 |> ignore
            Optimizer.Adam 5e-324 |> ignore)

        testCase "a rate for tensors out of range" (fun () ->
            range [ "factor = -1" ] (fun () -> (Optimizer.Sgd 0.1).RateFor("w", -1.0))
            range [ "factor = NaN" ] (fun () -> (Optimizer.Sgd 0.1).RateFor("w", nan)))

        testTheory
            "an empty pattern"
            [
                "only", (fun (o: Optimizer) -> o.Only("", id))
                "except", (fun o -> o.Except("", id))
                "freeze", (fun o -> o.Freeze "")
                "rateFor", (fun o -> o.RateFor("", 1.0))
                "partition", (fun o -> Optimizer.Partition [ struct ("", o) ])
            ]
            (fun (_, word) -> argument [ "pattern is empty"; "*.bias" ] (fun () -> word (Optimizer.Sgd 0.1)))

        testCase "nothing where something is needed" (fun () ->
            let sgd = Optimizer.Sgd 0.1
            refused typeof<ArgumentNullException> [ "stage" ] (fun () -> sgd.With(nothing<IStage>))
            refused typeof<ArgumentNullException> [ "schedule" ] (fun () -> sgd.With(nothing<ISchedule>))
            refused typeof<ArgumentNullException> [ "words" ] (fun () -> sgd.Only("w", nothing))
            refused typeof<ArgumentNullException> [ "text" ] (fun () -> Optimizer.Parse nothing)
            refused typeof<ArgumentNullException> [ "layout" ] (fun () -> sgd.Plan<float>(nothing<Layout>))
            refused typeof<ArgumentNullException> [ "stages" ] (fun () -> Optimizer.Flow(nothing, 0.1))
            refused typeof<ArgumentNullException> [ "parts" ] (fun () -> Optimizer.Partition nothing)
            argument [ "null" ] (fun () -> sgd.Only("w", (fun _ -> nothing))))

        testCase "a head that is no direction" (fun () ->
            argument [ "ClipGlobalNorm"; "Gradient"; "Direction" ] (fun () -> Optimizer.Head(ClipGlobalNorm 1.0, 0.1)))

        testCase "a partition without parts, or with a part for the whole step" (fun () ->
            argument [ "no part" ] (fun () -> Optimizer.Partition [])

            argument [ "Accumulate"; "\"w\"" ] (fun () ->
                Optimizer.Partition [ struct ("w", (Optimizer.Sgd 0.1).Accumulate 2) ])

            argument [ "no rate of its own" ] (fun () ->
                (Optimizer.Partition [ struct ("*", Optimizer.Sgd 0.1) ]).WithRate 0.5))

        testTheory
            "stages that may stand once"
            [
                (Optimizer.Sgd 0.1).Accumulate(2), (fun (o: Optimizer) -> o.Accumulate 3), "Accumulate"
                (Optimizer.Sgd 0.1).Plateau(2, 0.5), (fun o -> o.Plateau(2, 0.5)), "Plateau"
                (Optimizer.Sgd 0.1).SkipNonFinite(2), (fun o -> o.SkipNonFinite 2), "SkipNonFinite"
            ]
            (fun (once, again, stage) ->
                let before = string once
                argument [ stage; "twice" ] (fun () -> again once)
                Expect.equal (string once) before "the optimizer is as it was")

        testCase "a refused word leaves the optimizer as it was" (fun () ->
            let optimizer = Optimizer.Parse "sgd 0.1 |> clip 1.0 |> momentum 0.9"
            let copy = Optimizer.Parse(string optimizer)
            range [] (fun () -> optimizer.Momentum 1.0)
            range [] (fun () -> optimizer.Clip 0.0)
            argument [] (fun () -> optimizer.Nag 0.9)
            Expect.equal optimizer copy "equal")
    ]

let private parsing =
    let wrong (source: string) (words: string list) (near: string | null) =
        match caught (fun () -> Optimizer.Parse source) with
        | :? OptimizerParseException as e ->
            for word in words do
                Expect.stringContains e.Message word source

            Expect.equal (e.Suggestion |> string) (near |> string) $"suggestion for {source}"
            Expect.isTrue (e.Line >= 1 && e.Column >= 1 && e.Position <= source.Length) "place"
            Expect.isFalse (Optimizer.TryParse(source, ref (Optimizer.Sgd 0.1))) "TryParse says no"
        | e -> failtestf "%s: %O" source e

    testList "text" [
        testTheory
            "unknown words suggest the nearest"
            [
                "sgd 0.1 |> momentun 0.9", "momentun", "momentum"
                "sgd 0.1 |> clp 1.0", "clp", "clip"
                "sgd 0.1 |> nestrov 0.9", "nestrov", "nesterov"
                "adm 0.1", "adm", "adam"
                "sgd 0.1 |> cosin 10", "cosin", "cosine"
                "sgd 0.1 |> wieghtDecay 0.1", "wieghtDecay", "weightDecay"
                "sgd 0.1 |> Momentum 0.9", "Momentum", "stage (Momentum(…))"
                "sgd 0.1 |> stage (Momentun(0.9))", "Momentun", "Momentum"
                "adamWith (Adam(Beta3 = 0.9)) 0.1", "Beta3", "Beta1"
            ]
            (fun (source, found, near) -> wrong source [ found; near ] near)

        testTheory
            "missing and surplus arguments"
            [
                "sgd", [ "without its learning rate" ]
                "sgd 0.1 |> momentum", [ "momentum beta"; "no argument" ]
                "sgd 0.1 |> within 0.0", [ "within low high"; "1 argument" ]
                "sgd 0.1 |> momentum 0.9 0.1", [ "momentum beta"; "2 arguments" ]
                "sgd 0.1 0.2", [ "2 arguments" ]
                "sgd 0.1 |> noise 0.1 0.5", [ "noise variance decay seed" ]
                "adamW 0.1", [ "rate" ]
                "sgd 0.1 |> stage Momentum", [ "Momentum" ]
                "sgd 0.1 |> stage (Momentum())", [ "Beta" ]
                "", []
                "sgd 0.1 |>", []
                "|> sgd 0.1", []
                "sgd 0.1 >> momentum 0.9", []
                "sgd 0.1) ", []
                "(sgd 0.1", []
                "sgd 0.1 |> freeze \"w", []
                "sgd 0.1 |> freeze w", [ "string" ]
                "sgd 0.1 |> cosine 10.5", [ "integer" ]
                "sgd 0.1 |> clip true", [ "number" ]
                "sgd 0.1 |> adam 0.1", [ "starts a pipeline" ]
                "momentum 0.9", []
                "partition [\"a\" sgd 0.1]", []
                "sgd 0.1 |> andThen 3", [ "schedule" ]
            ]
            (fun (source, words) ->
                match caught (fun () -> Optimizer.Parse source) with
                | :? OptimizerParseException as e ->
                    for word in words do
                        Expect.stringContains e.Message word source

                    Expect.isNotEmpty e.Expected "what was expected"
                | e -> failtestf "%s: %O" source e)

        testTheory
            "a value out of range is named at its place, with the record's own refusal inside"
            [
                "sgd -0.1", "rate = -0.1", 4
                "sgd 0.1 |> momentum 1.0", "Beta = 1", 20
                "sgd 0.1 |> clip 0.0", "MaxNorm = 0", 16
                "sgd 0.1 |> accumulate 0", "Steps = 0", 22
                "adamWith (Adam(Beta1 = 1.0)) 0.1", "Beta1 = 1", 23
                "sgd 0.1 |> warmupCosine 10 9", "Steps = 9", 27
                "sgd 0.1 |> within 1.0 0.5", "High = 0.5", 22
                "sgd nan", "rate = NaN", 4
                "sgd infinity", "rate = Infinity", 4
            ]
            (fun (source, words, place) ->
                match caught (fun () -> Optimizer.Parse source) with
                | :? OptimizerParseException as e ->
                    Expect.stringContains e.Message words "message"
                    Expect.equal e.Position place "position"
                    Expect.isTrue (e.InnerException :? ArgumentException) "the record's refusal"
                | e -> failtestf "%s: %O" source e)

        testCase "a text with a rate beside another one" (fun () ->
            refused typeof<OptimizerParseException> [ "rate in the text" ] (fun () -> Optimizer.Parse("sgd 0.1", 0.2))

            refused typeof<OptimizerParseException> [ "partition" ] (fun () ->
                Optimizer.Parse("partition [\"*\", sgd 0.1]", 0.2)))

        testCase "deep nesting is refused, not the end of the process" (fun () ->
            let deep = String('(', 100000) + "sgd 0.1" + String(')', 100000)
            refused typeof<OptimizerParseException> [ "bracket" ] (fun () -> Optimizer.Parse deep))

        testCase "stages and schedules alone" (fun () ->
            refused typeof<OptimizerParseException> [ "Momentum" ] (fun () -> Words.ParseStage "Momentun(0.9)")
            refused typeof<OptimizerParseException> [ "Schedule.cosine" ] (fun () -> Words.ParseSchedule "cosine 10")
            refused typeof<OptimizerParseException> [ "Momentum" ] (fun () -> Words.ParseSchedule "Momentum(0.9)"))
    ]

let private tensors = Layout.Empty.Add("layer.w", 2, 2).Add("layer.b", 2)

let private plans =
    testList "plans" [
        testTheory
            "a pattern that matches no tensor names those there are"
            [
                "sgd 0.1 |> freeze \"bias\""
                "sgd 0.1 |> rateFor \"bias\" 2.0"
                "sgd 0.1 |> only \"bias\" (momentum 0.9)"
                "sgd 0.1 |> except \"bias\" (momentum 0.9)"
                "sgd 0.1 |> only \"bias\" (cosine 10)"
                "partition [\"bias\", sgd 0.1; \"*\", sgd 0.2]"
            ]
            (fun source ->
                argument [ "\"bias\""; "\"layer.w\""; "\"layer.b\"" ] (fun () ->
                    (Optimizer.Parse source).Plan<float> tensors))

        testCase "a scope inside a scope that matches nothing" (fun () ->
            argument [ "\"bias\"" ] (fun () ->
                (Optimizer.Parse "sgd 0.1 |> only \"layer.*\" (only \"bias\" (momentum 0.9))").Plan<float> tensors))

        testCase "a part that is shadowed, a tensor that is left over" (fun () ->
            argument [ "\"layer.b\""; "earlier" ] (fun () ->
                (Optimizer.Parse "partition [\"layer.*\", sgd 0.1; \"layer.b\", sgd 0.2]").Plan<float> tensors)

            argument [ "\"layer.b\""; "\"layer.w\"" ] (fun () ->
                (Optimizer.Parse "partition [\"layer.w\", sgd 0.1]").Plan<float> tensors))

        testCase "two rates inside" (fun () ->
            argument [ "velocity"; "lars"; "\"layer.w\"" ] (fun () ->
                (Optimizer.Parse "lars 0.1 0.5 |> velocity 0.9").Plan<float> tensors))

        testCase "the same tensor twice" (fun () ->
            argument [ "\"layer.w\""; "already" ] (fun () -> tensors.Add("layer.w", 3)))

        testCase "another number type" (fun () ->
            argument [ "Half"; "Single"; "Double" ] (fun () -> (Optimizer.Sgd 0.1).Plan<Half> tensors))

        testCase "a negative length, a thread less than one, an unknown width" (fun () ->
            range [ "-1" ] (fun () -> (Optimizer.Sgd 0.1).Plan -1)
            range [ "Threads = 0" ] (fun () -> Execution(Threads = 0))
            range [ "Bits = 100"; "128" ] (fun () -> Execution(Bits = 100)))

        testCase "no such tensor, no such slot, another kind of slot" (fun () ->
            let plan = (Optimizer.Parse "adam 0.1").Plan<float> tensors
            let state = plan.Init(vector [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ])
            argument [ "\"w\""; "\"layer.w\"" ] (fun () -> plan.RateAt(0L, "w"))
            range [ "-1" ] (fun () -> plan.RateAt -1L)
            argument [ "\"b\""; "\"layer.b\"" ] (fun () -> state.Tensor "b")
            argument [ "\"adam.x\""; "adam.m, adam.v" ] (fun () -> state.Slot "adam.x")
            argument [ "\"adam.m\""; "Element" ] (fun () -> state.Numbers "adam.m"))
    ]

let private six = vector [ 1.0; -2.0; 3.0; -4.0; 5.0; -6.0 ]

let private stepping =
    let text =
        "adam 0.1 |> clip 1.0 |> accumulate 2 |> skipNonFinite 2 |> plateau 1 0.5 |> noise 0.1 0.5 3 |> average 0.9"

    let plan = (Optimizer.Parse text).Plan<float> tensors

    let wrong: (string * (float[] * float) * string list) list = [
        "too short", (vector [ 1.0; 2.0 ], 1.0), [ "gradient"; "2"; "6" ]
        "too long", (vector [ 1.0 .. 7.0 ], 1.0), [ "gradient"; "7"; "6" ]
        "none", (vector [], 1.0), [ "gradient"; "0"; "6" ]
        "no loss", (six, nan), [ "loss"; "plateau" ]
    ]

    let start () =
        let session = plan.Start(vector [ 1.0 .. 6.0 ])

        for loss in [ 3.0; 2.0; 2.0; 2.0; 1.0 ] do
            session.Step(six, loss) |> ignore

        session

    testList "steps" [
        testTheory "Step refuses and the state stays" wrong (fun (_, (gradient, loss), words) ->
            let state = start().Snapshot()
            let copy = start().Snapshot()
            argument words (fun () -> plan.Step(state, gradient, loss))
            argument words (fun () -> plan.StepReported(state, gradient, loss))
            argument words (fun () -> plan.Step(state, gradient, copy, loss))
            argument words (fun () -> plan.Step(state, gradient, state, loss))
            Expect.equal state copy "both states are as they were, and not given up")

        testTheory "Session.Step refuses and the session stays" wrong (fun (_, (gradient, loss), words) ->
            let session = start ()
            let before = session.Snapshot()
            argument words (fun () -> session.Step(gradient, loss))
            argument words (fun () -> session.StepReported(gradient, loss))
            Expect.equal (session.Snapshot()) before "state"
            Expect.equal session.StepCount 2L "t"
            session.Step(six, 1.0) |> ignore
            let other = start ()
            other.Step(six, 1.0) |> ignore
            Expect.equal (session.Snapshot()) (other.Snapshot()) "and goes on")

        testCase "a gradient that overlaps the parameters" (fun () ->
            let session = start ()
            let before = session.Snapshot()
            argument [ "overlaps"; "copy" ] (fun () -> session.Step(session.AsSpan(), 1.0))
            argument [ "overlaps"; "copy" ] (fun () -> session.StepReported(session.AsSpan(), 1.0))
            Expect.equal (session.Snapshot()) before "state"
            let state = start().Snapshot()
            let copy = start().Snapshot()
            argument [ "given up"; "copy" ] (fun () -> plan.Step(state, state.AsSpan(), state, 1.0))
            argument [ "given up"; "copy" ] (fun () -> plan.Step(state, copy.AsSpan(), copy, 1.0))
            Expect.equal state copy "neither was given up"
            // Pure: the state is not written.
            plan.Step(state, state.AsSpan(), 1.0) |> ignore
            Expect.equal state copy "unchanged")

        testCase "a state of another plan" (fun () ->
            let other = (Optimizer.Parse "sgd 0.1").Plan<float> tensors
            let foreign = other.Init six
            let state = start().Snapshot()

            for use' in
                [
                    fun () -> plan.Step(foreign, six, 1.0) |> ignore
                    fun () -> plan.Step(state, six, foreign, 1.0) |> ignore
                    fun () -> plan.StepReported(foreign, six, 1.0) |> ignore
                    fun () -> plan.Resume foreign |> ignore
                    fun () -> plan.Point foreign |> ignore
                ] do
                argument [ "another plan"; "sgd 0.1"; "adam 0.1" ] use'

            Expect.equal (foreign.ToArray()) six "not given up")

        testCase "a state of an equal plan is welcome" (fun () ->
            let twin = (Optimizer.Parse text).Plan<float> tensors
            Expect.equal (twin.Step(start().Snapshot(), six, 1.0)) (plan.Step(start().Snapshot(), six, 1.0)) "state")

        testCase "a given-up state: every use says so" (fun () ->
            let old = start().Snapshot()
            let state = plan.Step(old, six, 1.0)
            plan.Step(state, six, old, 1.0) |> ignore

            for use' in
                [
                    fun () -> old.ToArray() |> ignore
                    fun () -> old.AsSpan().Length |> ignore
                    fun () -> old.Slot "adam.m" |> ignore
                    fun () -> old.Numbers "plateau.best" |> ignore
                    fun () -> old.Count "accumulate.count" |> ignore
                    fun () -> old.Tensor "layer.b" |> ignore
                    fun () -> old.GetHashCode() |> ignore
                    fun () -> plan.Step(old, six, 1.0) |> ignore
                    fun () -> plan.Step(state, six, old, 1.0) |> ignore
                    fun () -> plan.StepReported(old, six, 1.0) |> ignore
                    fun () -> plan.Resume old |> ignore
                    fun () -> plan.Point old |> ignore
                ] do
                refused typeof<ObjectDisposedException> [ "given up"; "step 2" ] use'

            Expect.equal (state.ToArray().Length) 6 "the other state is untouched"
            Expect.stringContains (string old) "given up" "it still prints")

        testCase "skipNonFinite gives up: the exception names the place, nothing else changes" (fun () ->
            let session = start ()
            let bad = Array.copy six
            bad[5] <- nan
            Expect.equal (session.Step(bad, 1.0)) StepOutcome.Skipped "the first is skipped"
            let before = session.Snapshot()

            match caught (fun () -> session.Step(bad, 1.0)) with
            | :? NonFiniteGradientException as e ->
                Expect.equal (e.Tensor, e.Index, e.Step) ("layer.b", 1, 2L) "place"
                Expect.stringContains e.Message "\"layer.b\"" "tensor"
                Expect.stringContains e.Message "2. non-finite" "how many"
            | e -> failtestf "%O" e

            let after = session.Snapshot()
            Expect.equal (after.ToArray()) (before.ToArray()) "parameters"
            Expect.equal (after.Slot "adam.m") (before.Slot "adam.m") "slots"
            Expect.equal after.Step before.Step "t"
            // Pure: the state itself is the way back.
            refused typeof<NonFiniteGradientException> [] (fun () -> plan.Step(before, bad, 1.0))
            refused typeof<NonFiniteGradientException> [] (fun () -> plan.StepReported(before, bad, 1.0))
            Expect.equal before (before.Plan.Resume(before).Snapshot()) "still usable"
            plan.Step(before, six, 1.0) |> ignore)

        testCase "Init, Start and Point: wrong lengths" (fun () ->
            argument [ "parameters"; "5"; "6" ] (fun () -> plan.Init(vector [ 1.0 .. 5.0 ]))
            argument [ "parameters"; "7"; "6" ] (fun () -> plan.Start(vector [ 1.0 .. 7.0 ]))
            let sam = (Optimizer.Parse "sgd 0.1 |> sam 0.1").Plan<float> tensors
            let session = sam.Start six
            argument [ "point"; "2"; "6" ] (fun () -> session.Point(six, Span<float>(Array.zeroCreate 2)))

            argument [ "gradient"; "2"; "6" ] (fun () ->
                session.Point(vector [ 1.0; 2.0 ], Span<float>(Array.zeroCreate 6)))

            argument [ "sam"; "gradient" ] (fun () -> session.Point(Span<float>(Array.zeroCreate 6)))
            Expect.equal (session.Snapshot()) (sam.Init six) "as it was")
    ]

let private minimizing =
    let bowl = Quadratic [| 1.0; 2.0 |]
    let sgd = Optimizer.Sgd 0.1

    testList "minimize" [
        testCase "a start of a wrong length, or not finite" (fun () ->
            argument [ "start has 3"; "2" ] (fun () -> Minimizer.Minimize(sgd, bowl, vector [ 1.0; 2.0; 3.0 ]))
            argument [ "start[1] = NaN" ] (fun () -> Minimizer.Minimize(sgd, bowl, vector [ 1.0; nan ]))
            argument [ "start[0] = Infinity" ] (fun () -> Minimizer.Trace(sgd, bowl, vector [ infinity; 1.0 ])))

        testCase "a plan or a state of another dimension" (fun () ->
            argument [ "quadratic has 2"; "3" ] (fun () ->
                Minimizer.Minimize(sgd.Plan 3, bowl, vector [ 1.0; 2.0; 3.0 ]))

            argument [ "quadratic has 2"; "1" ] (fun () -> Minimizer.Minimize((sgd.Plan 1).Init(vector [ 1.0 ]), bowl)))

        testCase "options out of range" (fun () ->
            range [ "Steps = -1" ] (fun () -> MinimizeOptions(Steps = -1L))
            range [ "GradientTolerance = -1" ] (fun () -> MinimizeOptions(GradientTolerance = -1.0))
            range [ "GradientTolerance = NaN" ] (fun () -> MinimizeOptions(GradientTolerance = nan))
            range [ "Target = Infinity" ] (fun () -> MinimizeOptions(Target = infinity))
            range [ "Patience = 0" ] (fun () -> MinimizeOptions(Patience = 0L))
            range [ "ValueTolerance = -1" ] (fun () -> MinimizeOptions(ValueTolerance = -1.0))
            range [ "TimeLimit" ] (fun () -> MinimizeOptions(TimeLimit = TimeSpan.Zero))
            range [ "DivergenceThreshold = 0" ] (fun () -> MinimizeOptions(DivergenceThreshold = 0.0))
            range [ "HistoryEvery = -1" ] (fun () -> MinimizeOptions(HistoryEvery = -1))
            range [ "ProgressEvery" ] (fun () -> MinimizeOptions(ProgressEvery = TimeSpan.FromSeconds -1.0)))

        testCase "objectives: lengths, overlaps, shapes" (fun () ->
            let gradient = Array.zeroCreate<float> 2
            argument [ "parameters"; "1"; "2" ] (fun () -> bowl.Evaluate(vector [ 1.0 ], gradient))
            argument [ "gradient"; "1"; "2" ] (fun () -> bowl.Evaluate(vector [ 1.0; 2.0 ], Array.zeroCreate<float> 1))
            argument [ "overlaps" ] (fun () -> bowl.Evaluate(gradient, gradient))
            argument [ "spectrum"; "0" ] (fun () -> Quadratic [||])
            range [ "spectrum = NaN" ] (fun () -> Quadratic [| nan |])
            argument [ "minimizer"; "1"; "2" ] (fun () -> Quadratic([| 1.0; 2.0 |], [| 1.0 |]))
            range [ "dimension = 1" ] (fun () -> Rosenbrock 1)
            range [ "dimension = -1" ] (fun () -> FunctionObjective.OfArrays(-1, (fun _ -> 0.0), id))

            argument [ "gradient function"; "length 1"; "length 2" ] (fun () ->
                FunctionObjective
                    .OfArrays(2, (fun _ -> 0.0), (fun _ -> [| 1.0 |]))
                    .Evaluate(vector [ 1.0; 2.0 ], gradient)))

        testCase "mini-batches" (fun () ->
            let sum = LeastSquares(array2D [ [ 1.0 ]; [ 2.0 ] ], [| 1.0; 2.0 |])
            range [ "batchSize = 0"; "2" ] (fun () -> MiniBatches(sum, 0))
            range [ "batchSize = 3"; "2" ] (fun () -> MiniBatches(sum, 3))
            range [ "step = -1" ] (fun () -> MiniBatches(sum, 1).Epoch -1L)
            range [ "step = -1" ] (fun () -> MiniBatches(sum, 1).Batch(-1L).Length)
            let gradient = Array.zeroCreate<float> 1
            let none, outside: int[] * int[] = [||], [| 0; 2 |]
            argument [ "samples is empty" ] (fun () -> sum.Evaluate(none, vector [ 1.0 ], gradient))
            range [ "samples[1] = 2" ] (fun () -> sum.Evaluate(outside, vector [ 1.0 ], gradient)))
    ]

[<Tests>]
let tests =
    testList "bad input" [ constructors; optimizers; parsing; plans; stepping; minimizing ]
