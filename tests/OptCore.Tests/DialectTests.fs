/// Constructors of peers, read and written: their trajectories, round trips of every option, errors that name what has no counterpart.
module OptCore.Tests.DialectTests

open System
open System.Text.RegularExpressions
open Expecto
open OptCore
open OptCore.Tests.Oracle
open OptDsl

let private peers = [ Peer.Torch, "PyTorch"; Peer.Optax, "Optax"; Peer.Keras, "Keras" ]

// ------------------------------------------------------------------------------------------------- trajectories of peers

// "PyTorch 1.13.1: SGD(lr=0.1), several tensors": the peer and its code. Sources leave out the brackets of what has no arguments.
let private code (source: string) =
    let text =
        Regex.Replace(source, ", (several tensors|one iteration per step|average ax)$|; averaged.*$", "")

    let text =
        Regex.Replace(text, @"\b(scale_by_\w+|centralize|normalize_by_update_norm|zero_nans)\b(?=\s*[,)])", "$1()")

    let text =
        if text.Contains "LBFGS(" then
            text.Replace("LBFGS(", "LBFGS(max_iter=1, ")
        else
            text

    peers
    |> List.tryPick (fun (peer, title) ->
        match Regex.Match(text, $@"^{title}(?: [\d.]+)?(?: source)?:? (.*)$") with
        | found when found.Success -> Some(peer, found.Groups[1].Value)
        | _ -> None)

let private readable (peer, text) =
    try
        Some(Dialect.Read(peer, text))
    with :? FormatException ->
        None

/// The golden cases whose sources are code that the dialects read. Optax' muon is a partition by rank, which is none of one constructor.
let private golden =
    lazy
        [
            for folder in Golden.repository do
                for case in Golden.cases folder do
                    match
                        code case.Source
                        |> Option.filter (fun (_, text) -> not (text.Contains "muon"))
                        |> Option.bind readable
                    with
                    | Some reading -> case, reading
                    | None -> ()
        ]

let private deviation (theirs: float[][]) (ours: float[][]) =
    Seq.max [
        for t in 0 .. theirs.Length - 1 do
            for i in 0 .. theirs[t].Length - 1 do
                match theirs[t][i], ours[t][i] with
                | x, y when Double.IsNaN x && Double.IsNaN y -> 0.0
                | x, y -> abs (x - y) / (1.0 + abs x)
    ]

let private after (optimizer: Optimizer) (sequence: Golden.Sequence) count =
    let problem = {
        Optimizer = optimizer
        Layout = Layout.Of sequence.Tensors
        Start = sequence.Initial
        Gradients = Array.truncate count sequence.Gradients
        Losses =
            sequence.Losses
            |> Option.defaultValue (Array.create sequence.Gradients.Length nan)
            |> Array.truncate count
        Curvature = 0.0
    }

    (Runs.run<float> Execution.Default Pure problem).After

let private follows (case: Golden.Case) (reading: DialectReading) =
    match case.Expected with
    | Golden.Parameters(sequence, theirs, _) ->
        Expect.isLessThanOrEqual (deviation theirs (after reading.Optimizer sequence theirs.Length)) 1e-10 case.Source
    | Golden.Points(objective, initial, theirs, _) ->
        let ours =
            Minimizer.Trace(
                reading.Optimizer.Plan<float>(Layout.Plain initial.Length),
                Functions.objective initial.Length objective,
                initial
            )
            |> Seq.skip 1
            |> Seq.truncate theirs.Length
            |> Seq.map _.State.ToArray()
            |> Array.ofSeq

        Expect.isLessThanOrEqual (deviation theirs ours) 1e-10 case.Source
    | Golden.Rates theirs ->
        let plan = reading.Optimizer.Plan 1
        let ours = theirs |> Array.mapi (fun t _ -> [| plan.RateAt(int64 t) |])
        Expect.isLessThanOrEqual (deviation (Array.map Array.singleton theirs) ours) 1e-12 case.Source

// ------------------------------------------------------------------------------------------------- every constructor and option

// A value of a parameter that is not its default, by its name; else by its default.
let private sample (parameter: FormParameter) =
    match parameter.Name, parameter.Default with
    | "milestones", _ -> "[3, 7]"
    | ("betas" | "etas"), _ when parameter.Name = "etas" -> "(0.6, 1.5)"
    | "betas", _ -> "(0.8, 0.95)"
    | "step_sizes", _ -> "(1e-4, 2)"
    | "eps", (:? (objnull[])) -> "(0.25, 0.5)"
    | ("ns_coefficients" | "ns_coeffs"), _ -> "(1.5, -0.5, 0.25)"
    | "init_step", _ -> "(\"learning_rate\", 0.5)"
    | "line_search_fn", _ -> "\"strong_wolfe\""
    | "adjust_lr_fn", _ -> "\"match_rms_adamw\""
    | "anneal_strategy", _ -> "\"linear\""
    | "mode", (:? string) -> "\"triangular2\""
    | "variant", _ -> "\"sps+\""
    | "linesearch", _ -> "None"
    | ("beta2_decay" | "beta_2_decay" | "learning_rate_power"), _ -> "-0.6"
    | "eta_minus", _ -> "0.6"
    | "eta_plus", _ -> "1.5"
    | "power", _ -> "2.0"
    | ("init_value" | "peak_value" | "value" | "initial_learning_rate" | "max_lr"), _ -> "0.2"
    | ("base_lr" | "end_value" | "eta_min" | "end_learning_rate"), _ -> "0.05"
    | "warmup_target", _ -> "0.4"
    | "warmup_steps", _ -> "3"
    | ("decay_steps" | "transition_steps" | "total_steps"), _ -> "12"
    | ("T_max" | "T_0" | "step_size" | "transition_begin" | "step_size_down" | "first_decay_steps"), _ -> "4"
    | ("decay_rate" | "gamma" | "momentum" | "decay" | "rho" | "momentum_decay"), _ -> "0.75"
    | ("seed" | "every_k_schedule" | "max_consecutive_errors" | "sync_period"), _ -> "3"
    | ("min_norm" | "eps_root" | "min_scale" | "atol"), _ -> "0.125"
    | "slow_step_size", _ -> "0.5"
    | ("consistent_rms" | "rms_rate"), _ -> "0.3"
    | _, (:? bool as flag) -> if flag then "False" else "True"
    | _, (:? float as x) when x = 0.0 -> "0.5"
    | _, (:? float as x) when x = Math.Truncate x -> Words.Print(x + 1.0).Replace(".0", "")
    | _, (:? float as x) -> Words.Print(x / 2.0)
    | _, null when parameter.Required -> "2"
    | _ -> "0.5"

// What a form needs to be a whole text: a chain around a transformation, an optimizer beside a scheduler.
let private whole peer (form: Form) (call: string) =
    match peer, form.Kind with
    | Peer.Optax, FormKind.Transformation when form.Name.Contains "linesearch" -> $"chain(sgd(0.1), {call})"
    | Peer.Optax, FormKind.Transformation -> $"chain({call}, scale(-0.1))"
    | Peer.Optax, FormKind.Schedule -> $"sgd({call})"
    | Peer.Keras, FormKind.Schedule -> $"SGD(learning_rate={call})"
    | Peer.Torch, (FormKind.Transformation | FormKind.Schedule) -> $"SGD(lr=0.1), {call}"
    | _ -> call

let private calls peer (form: Form) =
    let required = form.Parameters |> Seq.filter _.Required |> List.ofSeq

    let value (parameter: FormParameter) =
        if form.Kind = FormKind.Wrapper && parameter = form.Parameters[0] then
            "sgd(0.1)"
        elif Object.Equals(parameter.Name, form.Rate) || parameter.Name = "learning_rate" then
            "0.1"
        else
            sample parameter

    let call (more: FormParameter list) =
        [
            yield! required |> List.map value
            for parameter in more do
                $"{parameter.Name}={value parameter}"
        ]
        |> String.concat ", "
        |> sprintf "%s(%s)" form.Name
        |> whole peer form

    [
        None, call []
        for parameter in form.Parameters do
            if not parameter.Required && parameter.Matters then
                Some parameter, call [ parameter ]
    ]

let private forms = [
    for peer, _ in peers do
        for form in PeerTable.Of(peer).Forms do
            if isNull form.Refused then
                peer, form
]

let private seen (form: Form) =
    set [
        for case in form.Cases do
            yield! case.Names
        match form.Rate with
        | null -> ()
        | rate -> rate
    ]

let private roundTrip peer (form: Form) (parameter: FormParameter option) (text: string) =
    match parameter with
    | Some parameter when not ((seen form).Contains parameter.Name) ->
        // No counterpart: the error names it, its value and its place.
        let error =
            Expect.throwsT<DialectException> (fun () -> Dialect.Read(peer, text) |> ignore) text

        ignore error

        try
            Dialect.Read(peer, text) |> ignore
        with :? DialectException as e ->
            Expect.equal e.Name parameter.Name text
            Expect.equal e.Call form.Name text

            Expect.isTrue
                (text.Substring(e.Position).StartsWith(string e.Value))
                $"{text}: the place of {parameter.Name}"

            Expect.isTrue
                (text.Substring(0, e.Position).EndsWith $"{parameter.Name}=")
                $"{text}: the place of {parameter.Name}"

        0
    | _ ->
        match
            (try
                Ok(Dialect.Read(peer, text))
             with :? DialectException as e ->
                 Error e)
        with
        | Error e ->
            // A combination without counterpart is an error about an argument of this call, never a wrong optimizer.
            Expect.isNotNull e.Call $"{text}: {e.Message}"
            0
        | Ok reading ->
            let written = Dialect.Write(peer, reading.Optimizer)
            let back = Dialect.Read(peer, written.Text)

            Expect.equal
                (string back.Optimizer)
                (string reading.Optimizer)
                $"{text} → {reading.Optimizer} → {written.Text}"

            1

// ------------------------------------------------------------------------------------------------- by hand

let private meanings = [
    Peer.Torch, "Adam(lr=0.1, betas=(0.9, 0.99), weight_decay=0.01)", "adamWith (Adam(Beta2 = 0.99)) 0.1 |> l2 0.01"
    Peer.Torch, "torch.optim.AdamW(model.parameters(), lr=1e-3)", "adam 0.001 |> weightDecay 0.01"
    Peer.Torch, "SGD(params, 0.1, 0.9, nesterov=True)  # ours", "sgd 0.1 |> nesterov 0.9"
    Peer.Torch,
    "SGD(lr=0.1, momentum=0.9, dampening=0.2, maximize=True)",
    "sgd 0.1 |> ascend |> momentumWith (Momentum(0.9, Dampening = 0.2))"
    Peer.Torch,
    "opt = optim.Adam(net.parameters(), lr=0.1)\nsched = optim.lr_scheduler.StepLR(opt, step_size=7, gamma=0.5)",
    "adam 0.1 |> stepDecay 7 0.5"
    Peer.Torch, "clip_grad_norm_(net.parameters(), 1.0); SGD(lr=0.1)", "sgd 0.1 |> clip 1.0"
    Peer.Torch,
    "SGD(lr=0.3), OneCycleLR(max_lr=0.1, total_steps=60, cycle_momentum=False)",
    "sgd 0.1 |> oneCycleWith (OneCycle(60, Inclusive = true))"
    Peer.Torch,
    "Adam(lr=0.1), CosineAnnealingLR(40, eta_min=0.01)",
    "adam 0.1 |> cosineWith (Cosine(40, Floor = 0.09999999999999999))"
    Peer.Optax, "optax.adamw(1e-3, b1=0.9)", "adam 0.001 |> weightDecay 0.0001"
    Peer.Optax, "chain(clip_by_global_norm(1.0), adam(0.1))", "adam 0.1 |> clip 1.0"
    Peer.Optax, "chain(add_decayed_weights(0.01), adam(0.1))", "adam 0.1 |> l2 0.01"
    Peer.Optax, "chain(scale_by_adam(), add_decayed_weights(0.01), scale(-0.1))", "adam 0.1 |> weightDecay 0.01"
    Peer.Optax, "chain(scale_by_adam(), clip_by_global_norm(1.0), scale(-0.1))", "adam 0.1 |> clipUpdate 1.0"
    Peer.Optax, "chain(add_decayed_weights(0.01), clip(1.0), adam(0.1))", "flow [L2 0.01; ClipValue 1.0; Adam()] 0.1"
    Peer.Optax, "chain(scale_by_rms(eps_in_sqrt=False), scale(-0.01), trace(0.9))", "rmsProp 0.01 |> velocity 0.9"
    Peer.Optax,
    "adam(optax.cosine_decay_schedule(0.1, 25, alpha=0.1))",
    "adam 0.1 |> cosineWith (Cosine(25, Floor = 0.1))"
    Peer.Optax,
    "chain(adam(linear_schedule(0.0, 0.1, 10)), scale_by_schedule(cosine_decay_schedule(1.0, 50)))",
    "adam 0.1 |> linearWith (LinearRamp(10, From = 0.0, To = 1.0)) |> cosine 50"
    Peer.Optax, "MultiSteps(chain(clip(0.5), sgd(0.1)), every_k_schedule=4)", "sgd 0.1 |> clipValue 0.5 |> accumulate 4"
    Peer.Optax, "MultiSteps(every_k_schedule=4, opt=sgd(0.1))", "sgd 0.1 |> accumulate 4"
    Peer.Optax, "MultiSteps(opt=sgd(0.1), every_k_schedule=4)", "sgd 0.1 |> accumulate 4"
    Peer.Optax, "contrib.schedule_free(sgd(0.1), 0.1, b1=0.8)", "sgd 0.1 |> scheduleFree 0.8"
    Peer.Optax, "optax.lion(1e-4)", "lion 0.0001 |> weightDecay 0.001"
    Peer.Keras, "Adam(learning_rate=0.001)", "adamWith (Adam(Epsilon = 1e-07)) 0.001"
    Peer.Keras, "keras.optimizers.SGD(0.1, momentum=0.9, global_clipnorm=1.0)", "sgd 0.1 |> clip 1.0 |> velocity 0.9"
    Peer.Keras,
    "AdamW(clipnorm=2, gradient_accumulation_steps=4)",
    "adamWith (Adam(Epsilon = 1e-07)) 0.001 |> accumulate 4 |> clipPerTensor 2.0 |> weightDecay 0.004"
    Peer.Keras,
    "RMSprop(keras.optimizers.schedules.ExponentialDecay(0.01, 30, 0.5, staircase=True))",
    "rmsPropWith (RmsProp(Epsilon = 1e-07, EpsilonInside = true)) 0.01 |> stepDecay 30 0.5"
    Peer.Keras, "Lamb(0.01, weight_decay=0.1)", "adamWith (Adam(Epsilon = 1e-07)) 0.01 |> trustRatio |> weightDecay 0.1"
]

let private writings = [
    Peer.Optax, "adam 0.1", "optax.adam(0.1)"
    Peer.Optax, "signum 0.9 0.01", "optax.signum(0.01)"
    Peer.Optax, "sgd 0.1 |> velocity 0.9", "optax.chain(optax.scale_by_learning_rate(0.1), optax.trace(0.9))"
    Peer.Optax,
    "adamW 0.01 0.001 |> clip 1.0 |> cosine 100",
    "optax.chain(optax.clip_by_global_norm(1), optax.adamw(optax.cosine_decay_schedule(0.001, 100), weight_decay=0.01))"
    Peer.Torch, "adam 0.1", "torch.optim.Adam(params, lr=0.1)"
    Peer.Torch,
    "adamW 0.05 0.1 |> ascend",
    "torch.optim.Adam(params, lr=0.1, weight_decay=0.05, maximize=True, decoupled_weight_decay=True)"
    Peer.Torch,
    "sgd 0.1 |> clipValue 0.5 |> momentum 0.9 |> stepDecay 7 0.5",
    "torch.nn.utils.clip_grad_value_(params, clip_value=0.5)\noptimizer = torch.optim.SGD(params, lr=0.1, momentum=0.9)\nscheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.5)"
    Peer.Optax,
    "sgd 0.1 |> clip 1.0 |> momentum 0.9 |> cosine 100",
    "optax.chain(optax.clip_by_global_norm(1), optax.sgd(optax.cosine_decay_schedule(0.1, 100), momentum=0.9))"
    Peer.Optax,
    "adam 0.1 |> trustRatio |> clipUpdate 1.0",
    "optax.chain(optax.scale_by_adam(), optax.scale_by_trust_ratio(), optax.clip_by_global_norm(1), optax.sgd(0.1))"
    Peer.Optax,
    "flow [Momentum 0.9; ClipGlobalNorm 1.0] 0.1",
    "optax.chain(optax.trace(0.9), optax.clip_by_global_norm(1), optax.scale_by_learning_rate(0.1))"
    Peer.Optax,
    "rmsProp 0.01 |> momentum 0.9",
    "optax.chain(optax.scale_by_rms(eps_in_sqrt=False), optax.sgd(0.01, momentum=0.9))"
    Peer.Keras,
    "sgd 0.1 |> velocity 0.9 |> clipPerTensor 1.0 |> cosine 10",
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.1, decay_steps=10), momentum=0.9, clipnorm=1)"
    Peer.Keras,
    "nadamWith (Nadam(MomentumDecay = 1.0)) 0.001",
    "keras.optimizers.Nadam(learning_rate=0.001, epsilon=1e-08)"
]

/// Text, name and value of what cannot be expressed, and how the message goes on behind the place.
let private refusals = [
    Peer.Torch, "SGD(lr=0.1, momentum=0.9, dampening=0.1, nesterov=True)", "nesterov", "True"
    Peer.Torch, "Adam(lr=0.1, beta=(0.9, 0.99))", "beta", "(0.9, 0.99)"
    Peer.Torch, "Adam(lr=-0.1)", "lr", "-0.1"
    Peer.Torch, "Adam(lr=0.1, betas=(0.9, 1.5))", "betas", "(0.9, 1.5)"
    Peer.Torch, "SGD(lr=0.1), StepLR(2.5)", "step_size", "2.5"
    Peer.Optax, "adam(0.1, mu_dtype=jnp.bfloat16)", "mu_dtype", "jnp.bfloat16"
    Peer.Optax, "novograd(0.1, weight_decay=0.1)", "weight_decay", "0.1"
    Peer.Optax, "rmsprop(0.1, momentum=0.9, nesterov=True)", "nesterov", "True"
    Peer.Optax, "adam(lambda t: 0.1 / (t + 1))", "learning_rate", "lambda t: 0.1 / (t + 1)"
    Peer.Keras, "Adam(0.1, ema_overwrite_frequency=10)", "ema_overwrite_frequency", "10"
    Peer.Keras, "SGD(0.1, clipnorm=0.5, loss_scale_factor=2.0)", "loss_scale_factor", "2.0"
]

let private refusedHere = [
    Peer.Torch, "clipAdaptive", "sgd 0.1 |> clipAdaptive 0.1", "ClipAdaptive"
    Peer.Torch, "two of them: the first", "sgd 0.1 |> clipAdaptive 0.1 |> simplex 1.0", "ClipAdaptive"
    Peer.Torch, "scopes", "adam 0.1 |> except \"*.bias\" (weightDecay 0.1)", "only, except"
    Peer.Torch, "flow", "flow [Momentum 0.9; ClipGlobalNorm 1.0] 0.1", "flow"
    Peer.Optax, "partition", "partition [\"w*\", sgd 0.1; \"*\", adam 0.1]", "partition"
    Peer.Optax, "simplex", "sgd 0.1 |> simplex 1.0", "Simplex"
    Peer.Keras, "inverseSqrt", "sgd 0.1 |> inverseSqrt", "InverseSqrt"
    // The peer's floor is a rate: at a rate of 0 it says nothing of the factor.
    Peer.Torch, "floor of a rate of 0", "sgd 0.0 |> cosineWith (Cosine(10, Floor = 0.5))", "Cosine"
    Peer.Keras,
    "scheduled",
    "sgd 0.1 |> momentum 0.9 |> scheduled \"Momentum.Beta\" (Schedule.constant 0.5)",
    "scheduled"
]

[<Tests>]
let tests =
    testList "dialects" [
        testList "trajectories of peers" [
            for case, reading in golden.Value do
                testCase $"{case.File} {case.Index}: {case.Source}" (fun () -> follows case reading)

            testCase "so many of the golden cases are code that is read" (fun () ->
                let count peer =
                    golden.Value
                    |> List.filter (fun (case, _) -> (code case.Source |> Option.get |> fst) = peer)
                    |> List.length

                Expect.equal (peers |> List.map (fst >> count)) [ 41; 78; 4 ] "PyTorch, Optax, Keras")
        ]

        testList "every option" [
            for peer, form in forms do
                testCase $"{peer}: {form.Name}" (fun () ->
                    let there =
                        calls peer form
                        |> List.sumBy (fun (parameter, text) -> roundTrip peer form parameter text)

                    Expect.isGreaterThan there 0 $"{form.Name} is read in at least one way")
        ]

        testList "meanings" [
            for peer, text, expected in meanings do
                testCase $"{peer}: {text}" (fun () ->
                    Expect.equal (string (Dialect.Read(peer, text).Optimizer)) (string (Optimizer.Parse expected)) text)
        ]

        testList "written" [
            for peer, optimizer, expected in writings do
                testCase $"{peer}: {optimizer}" (fun () ->
                    Expect.equal (Dialect.Write(peer, Optimizer.Parse optimizer).Text) expected optimizer)
        ]

        testList "what cannot be expressed" [
            for peer, text, name, value in refusals do
                testCase $"{peer}: {text}" (fun () ->
                    try
                        let reading = Dialect.Read(peer, text)
                        failtestf "%s was read as %O" text reading.Optimizer
                    with :? DialectException as e ->
                        Expect.equal (e.Name, e.Value) (name, value) e.Message
                        Expect.stringContains e.Message name e.Message

                        Expect.isTrue
                            (text.Substring(e.Position).StartsWith value
                             || text.Substring(e.Position).StartsWith name)
                            e.Message)

            for peer, title, optimizer, name in refusedHere do
                testCase $"{peer} has no {title}" (fun () ->
                    try
                        let code = Dialect.Write(peer, Optimizer.Parse optimizer)
                        failtestf "%s was written as %s" optimizer code.Text
                    with :? DialectException as e ->
                        Expect.equal e.Name name e.Message
                        Expect.equal e.Position -1 e.Message
                        Expect.stringContains (e.Message.ToLowerInvariant()) (name.ToLowerInvariant()) e.Message)

            testCase "an optimizer that is not there names the nearest" (fun () ->
                let message text =
                    Expect.throwsC (fun () -> Dialect.Read(Peer.Torch, text) |> ignore) _.Message

                Expect.stringContains (message "Adem(lr=0.1)") "did you mean Adam?" "Adem"
                Expect.stringContains (message "SparseAdam(lr=0.1)") "gradients are dense here" "SparseAdam"
                Expect.stringContains (message "StepLR(7)") "there is no optimizer" "no constructor")

            testCase "a chain that goes uphill" (fun () ->
                Expect.throwsC
                    (fun () -> Dialect.Read(Peer.Optax, "chain(scale_by_adam(), scale(0.1))") |> ignore)
                    (fun e -> Expect.stringContains e.Message "multiply to 0.1: it goes uphill" "sign"))

            testCase "what is behind the rate" (fun () ->
                Expect.throwsC
                    (fun () -> Dialect.Read(Peer.Optax, "chain(adam(0.1), clip_by_global_norm(1))") |> ignore)
                    (fun e -> Expect.stringContains e.Message "clip_by_global_norm(1) stands behind the rate" "order"))
        ]

        testList "deviations" [
            testCase "are notes, and follow the paper" (fun () ->
                let reading = Dialect.Read(Peer.Optax, "adan(0.1)")
                Expect.equal (string reading.Optimizer) "adan 0.1" "the paper"
                Expect.equal (reading.Notes |> Seq.map _.Call |> List.ofSeq) [ "adan" ] "the note"
                Expect.stringContains (string reading.Notes[0]) "1 − b2" "what it does"
                Expect.isEmpty (Dialect.Read(Peer.Optax, "adam(0.1)").Notes) "nothing to say of adam"

                Expect.isEmpty
                    (Dialect.Read(Peer.Keras, "Adam(0.1, epsilon=0.0)").Notes)
                    "without epsilon Keras' Adam is the paper's"

                Expect.isNonEmpty (Dialect.Read(Peer.Keras, "Adam(0.1)").Notes) "with it, it is not")

            testCase "faithful takes the peer's way where it can be expressed" (fun () ->
                let faithful peer text =
                    string (Dialect.Read(peer, text, faithful = true).Optimizer)

                Expect.equal (faithful Peer.Optax "adadelta()") "adaDelta 1.0 |> ascend" "uphill"
                Expect.equal (string (Dialect.Read(Peer.Optax, "adadelta()").Optimizer)) "adaDelta 1.0" "downhill"

                let rises = faithful Peer.Torch "SGD(lr=0.1), CosineAnnealingLR(20)"
                let plan = (Optimizer.Parse rises).Plan 1
                // The periodic cosine: η at 20 + k is that at 20 − k.
                for k in 0..20 do
                    Expect.floatClose
                        Accuracy.veryHigh
                        (plan.RateAt(int64 (20 + k)))
                        (0.05 * (1.0 + cos (Math.PI * float (20 - k) / 20.0)))
                        $"t = {20 + k}")

            testCase "and refuses the text where it cannot" (fun () ->
                for peer, text in
                    [
                        Peer.Optax, "adan(0.1)"
                        Peer.Optax, "rprop(0.1)"
                        Peer.Keras, "Adam(0.1)"
                        Peer.Torch, "clip_grad_norm_(1.0), SGD(lr=0.1)"
                    ] do
                    Expect.throwsT<DialectException>
                        (fun () -> Dialect.Read(peer, text, faithful = true) |> ignore)
                        text)

            testCase "written code says them as comments" (fun () ->
                let code = Dialect.Write(Peer.Torch, Optimizer.Parse "sgd 0.1 |> clip 1.0")

                Expect.equal
                    code.Text
                    "torch.nn.utils.clip_grad_norm_(params, max_norm=1)\ntorch.optim.SGD(params, lr=0.1)"
                    "code"

                Expect.stringStarts (string code) "# clip_grad_norm_: divides by the norm plus 1e-6" "comment"

                Expect.equal
                    (string (Dialect.Read(Peer.Torch, string code).Optimizer))
                    "sgd 0.1 |> clip 1.0"
                    "with comments too"

                Expect.throwsT<DialectException>
                    (fun () ->
                        Dialect.Write(Peer.Torch, Optimizer.Parse "sgd 0.1 |> clip 1.0", faithful = true)
                        |> ignore)
                    "faithful refuses it")
        ]
    ]
