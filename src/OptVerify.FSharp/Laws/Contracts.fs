namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>A symmetry that a stage may claim, and that its laws then check.</summary>
type Claim =
    /// Every coordinate by itself: permutations and separate runs give the same bits.
    | Elementwise
    /// Rotations of gradients and parameters turn the trajectory.
    | Rotations
    /// The gradients 2^k g give the same bits as g.
    | ScaleFree
    /// No gradient, no step.
    | RestsAtZero
    /// |Δ_i| ≤ lr·bound, whatever the gradients.
    | StepBound of bound: float

/// <summary>What every optimizer, stage and schedule must keep, also one written by a user.</summary>
[<RequireQualifiedAccess>]
module Contracts =

    let private sequences = GradientSequence.arbitrary 12 5

    let private contract (optimizer: Optimizer) id name statement judge =
        law
            $"{id}"
            $"{name}: {optimizer}"
            statement
            "any gradients"
            Identity
            (own "contract of the library")
            (Cases.sequences sequences (Gen.constant optimizer) string (fun _ -> judge))

    // The gradient of a quadratic where a probe asks for one, else the given gradient; a loss where one is needed.
    let private feed (machine: Machine) (optimizer: Optimizer) (sequence: GradientSequence) =
        let plan = machine.Plan(optimizer, sequence.Dimension)

        (plan.Init sequence.Start, Array.indexed sequence.Gradients)
        ||> Array.scan (fun state (k, gradient) -> machine.Step state gradient (1.0 / float (k + 1)))

    let private sameState what step (expected: State<float>) (actual: State<float>) =
        if expected.Equals actual then
            Finding.holds what step true
        elif Vec.sameBits (expected.ToArray()) (actual.ToArray()) then
            Finding.holds $"{what}: slots and step are equal" step false
        else
            Finding.sameBits what step (expected.ToArray()) (actual.ToArray())

    let private pure' optimizer =
        contract
            optimizer
            "PURE"
            "a step is a function of state and gradient"
            "the same arguments give the same bits, and leave the old state as it was"
            (fun sequence machine ->
                let trail = feed machine optimizer sequence
                let again = feed machine optimizer sequence

                [
                    for k in 0 .. sequence.Steps do
                        sameState "the second run" k trail[k] again[k]
                    for k in 0 .. sequence.Steps - 1 do
                        let before = trail[k].ToArray()
                        let next = machine.Step trail[k] sequence.Gradients[k] (1.0 / float (k + 1))
                        Finding.sameBits "the old state" k before (trail[k].ToArray())
                        sameState "the step again" k trail[k + 1] next
                ])

    let private inPlace (optimizer: Optimizer) =
        contract
            optimizer
            "PLACE"
            "in place is the same as pure"
            "a session gives the bits of the pure steps"
            (fun sequence machine ->
                let plan = machine.Plan(optimizer, sequence.Dimension)

                if plan.NeedsLoss then
                    []
                else
                    let path =
                        (Trajectory.feedOn machine optimizer sequence.Start sequence.Gradients).Last

                    [
                        Finding.sameBits
                            "session"
                            sequence.Steps
                            path
                            (machine.Session plan sequence.Start sequence.Gradients)
                    ])

    let private prefix optimizer =
        contract
            optimizer
            "PREFIX"
            "a shorter run is the start of a longer one"
            "N steps are the first N of more; t counts applied updates"
            (fun sequence machine ->
                let half = sequence.Steps / 2
                let whole = feed machine optimizer sequence

                let part =
                    feed machine optimizer {
                        sequence with
                            Gradients = Array.truncate half sequence.Gradients
                    }

                let updates = whole[0].Plan.GradientsPerUpdate

                [
                    sameState "prefix" half whole[half] part[half]
                    for k in 0 .. sequence.Steps do
                        Finding.equal "t" k (float (k / updates)) 0.0 (float whole[k].Step)
                ])

    let private resume optimizer =
        contract
            optimizer
            "RESUME"
            "a stored and loaded run goes on as if nothing had happened"
            "Resume(state) then the rest = the whole run"
            (fun sequence machine ->
                let whole = feed machine optimizer sequence
                let half = sequence.Steps / 2
                let restored = machine.Restore whole[half]

                let rest =
                    (restored, Array.indexed sequence.Gradients |> Array.skip half)
                    ||> Array.fold (fun state (k, gradient) -> machine.Step state gradient (1.0 / float (k + 1)))

                [
                    sameState "restored" half whole[half] restored
                    sameState "the rest" sequence.Steps (Array.last whole) rest
                ])

    let private text (optimizer: Optimizer) =
        law
            "TEXT"
            $"text reads back: {optimizer}"
            "Parse(Print o) = o"
            "stages of one's own are registered"
            Identity
            (own "contract of the library")
            (Gen.constant (
                Trial.fixedCase $"Optimizer.Parse \"{optimizer}\"" (fun machine ->
                    let printed = machine.Print optimizer
                    let parsed = Optimizer.Parse(printed, null)

                    [
                        Finding.holds $"Parse \"{printed}\" is the optimizer" -1 (parsed.Equals optimizer)
                        Finding.holds $"\"{parsed}\" is \"{printed}\"" -1 (string parsed = printed)
                    ])
            ))

    let private execution (optimizer: Optimizer) =
        contract
            optimizer
            "EXECUTION"
            "every way to run gives the same bits"
            "fused or not, 128 bits or more, one thread or several, memory recycled or not"
            (fun sequence machine ->
                let rewritten = machine.Rewrite optimizer
                let layout = Layout.Plain sequence.Dimension

                let final (execution: Execution) recycle =
                    let plan = rewritten.Plan<float>(layout, execution)
                    let mutable state = plan.Init sequence.Start

                    for k in 0 .. sequence.Steps - 1 do
                        let loss = 1.0 / float (k + 1)
                        let gradient = sequence.Gradients[k]

                        state <-
                            if recycle then
                                plan.Step(state, ReadOnlySpan gradient, state, loss)
                            else
                                machine.Step state gradient loss

                    state.ToArray()

                let expected = final Execution.Default false

                [
                    Finding.sameBits "blocks" sequence.Steps expected (final (Execution(Fuse = false)) false)
                    Finding.sameBits "128 bits" sequence.Steps expected (final (Execution(Bits = 128)) false)
                    Finding.sameBits "one thread" sequence.Steps expected (final (Execution(Threads = 1)) false)
                    Finding.sameBits "recycled memory" sequence.Steps expected (final Execution.Default true)
                ])

    let private finite (optimizer: Optimizer) =
        contract
            optimizer
            "FINITE"
            "finite gradients make finite steps"
            "p_t is finite, also for zero gradients and one parameter"
            (fun sequence machine ->
                let zeros = {
                    sequence with
                        Gradients = sequence.Gradients |> Array.map (fun g -> Vec.zero g.Length)
                }

                [
                    for name, run in [ "given", sequence; "zero", zeros ] do
                        let last = (Array.last (feed machine optimizer run)).ToArray()

                        Finding.holds
                            $"parameters after {name} gradients are finite"
                            sequence.Steps
                            (last |> Array.forall Double.IsFinite)
                ])

    /// <summary>The laws of an optimizer: pure, in place, prefix, resume, text, execution, finite.</summary>
    let ofOptimizer (optimizer: Optimizer) : Law list = [
        pure' optimizer
        inPlace optimizer
        prefix optimizer
        resume optimizer
        text optimizer
        execution optimizer
        finite optimizer
    ]

    /// The law of a claim about an optimizer.
    let internal claimed (optimizer: Optimizer) claim =
        let run machine start gradients =
            (Trajectory.feedOn machine optimizer start gradients).Last

        match claim with
        | Elementwise ->
            contract
                optimizer
                "ELEMENTWISE"
                "coordinates do not see each other"
                "permutations and separate runs, bit for bit"
                (fun sequence machine ->
                    let whole = run machine sequence.Start sequence.Gradients

                    [
                        Finding.sameBits
                            "reversed coordinates"
                            sequence.Steps
                            (Array.rev whole)
                            (run machine (Array.rev sequence.Start) (Array.map Array.rev sequence.Gradients))
                        for i in 0 .. sequence.Dimension - 1 do
                            Finding.sameBits
                                "alone"
                                i
                                [| whole[i] |]
                                (run
                                    machine
                                    [| sequence.Start[i] |]
                                    (sequence.Gradients |> Array.map (fun g -> [| g[i] |])))
                    ])
        | Rotations ->
            contract optimizer "ROTATION" "axes do not matter" "Q p, Q g turn the trajectory" (fun sequence machine ->
                let q = Rotation.ofSeed 5 sequence.Dimension

                let size =
                    1.0 + Vec.norm sequence.Start + 10.0 * Seq.sumBy Vec.norm sequence.Gradients

                let turned =
                    run machine (Rotation.apply q sequence.Start) (sequence.Gradients |> Array.map (Rotation.apply q))

                [
                    Finding.close
                        "Q x"
                        sequence.Steps
                        size
                        (64.0 * float sequence.Steps * Vec.eps)
                        (Rotation.apply q (run machine sequence.Start sequence.Gradients))
                        turned
                ])
        | ScaleFree ->
            contract
                optimizer
                "SCALE"
                "the size of the gradients does not matter"
                "2^k g gives the bits of g"
                (fun sequence machine -> [
                    for k in [ -20; 12 ] do
                        let scaled = sequence.Gradients |> Array.map (Vec.scale (Math.ScaleB(1.0, k)))

                        Finding.sameBits
                            $"2^{k} g"
                            sequence.Steps
                            (run machine sequence.Start sequence.Gradients)
                            (run machine sequence.Start scaled)
                ])
        | RestsAtZero ->
            contract optimizer "REST" "no gradient, no step" "p stays, bit for bit" (fun sequence machine -> [
                Finding.sameBits
                    "p"
                    sequence.Steps
                    sequence.Start
                    (run machine sequence.Start (sequence.Gradients |> Array.map (fun g -> Vec.zero g.Length)))
            ])
        | StepBound bound ->
            contract optimizer "STEP" "steps are bounded" $"|Δ_i| ≤ {Code.number bound} lr" (fun sequence machine ->
                let response = Trajectory.feedOn machine optimizer sequence.Start sequence.Gradients

                [
                    for t in 0 .. sequence.Steps - 1 do
                        for i in 0 .. sequence.Dimension - 1 do
                            let largest = bound * optimizer.Rate

                            Finding.atMost
                                "|Δ|"
                                t
                                largest
                                (1e-12 * largest + 8.0 * Vec.eps * (abs (response.Path[t][i]) + largest))
                                (abs ((response.Update t)[i]))
                ])

    let private knownClaims (stage: IStage) =
        match stage with
        | :? Adam as adam when adam.BiasCorrection && adam.Beta1 * adam.Beta1 < adam.Beta2 ->
            let limit =
                (1.0 - adam.Beta1)
                / sqrt ((1.0 - adam.Beta2) * (1.0 - adam.Beta1 * adam.Beta1 / adam.Beta2))

            [ Elementwise; RestsAtZero; StepBound(max 1.0 limit) ]
            @ (if adam.Epsilon = 0.0 then [ ScaleFree ] else [])
        | :? Momentum
        | :? Nesterov
        | :? Ema
        | :? Velocity -> [ Elementwise; Rotations; RestsAtZero ]
        | :? ClipGlobalNorm
        | :? ClipUpdate
        | :? Normalize -> [ Rotations; RestsAtZero ]
        | :? Sign
        | :? Lion -> [ Elementwise; ScaleFree; RestsAtZero; StepBound 1.0 ]
        | :? Adagrad as adagrad ->
            [ Elementwise; RestsAtZero; StepBound 1.0 ]
            @ (if adagrad.Epsilon = 0.0 && adagrad.Initial = 0.0 then
                   [ ScaleFree ]
               else
                   [])
        | :? AmsGrad
        | :? AdaMax
        | :? AdaBelief
        | :? Nadam
        | :? RAdam
        | :? RmsProp
        | :? AdaDelta
        | :? ClipValue
        | :? Scale -> [ Elementwise; RestsAtZero ]
        | :? WeightDecay
        | :? L2
        | :? L1
        | :? Box
        | :? NonNegative
        | :? ProxL1 -> [ Elementwise ]
        | :? Ball -> [ Rotations ]
        | _ -> []

    let private bounded (stage: IStage) =
        let optimizer = sgd 1.0 |> OptDsl.StageWords.stage stage

        contract optimizer "NORM" "the norm that the stage promises" "‖u‖ ≤ NormBound" (fun sequence machine ->
            let response = Trajectory.feedOn machine optimizer sequence.Start sequence.Gradients

            [
                for t in 0 .. sequence.Steps - 1 do
                    let slack = 16.0 * Vec.eps * (stage.NormBound + Vec.norm response.Path[t])
                    Finding.atMost "‖u‖" t stage.NormBound slack (Vec.norm (response.Update t))
            ])

    /// <summary>The laws of an optimizer with one stage, and of the symmetries that are claimed of it.</summary>
    let ofStage (claims: Claim list) (stage: IStage) : Law list =
        let optimizer = sgd 0.1 |> OptDsl.StageWords.stage stage

        List.concat [
            ofOptimizer optimizer
            claims |> List.map (claimed optimizer)
            (if Double.IsFinite stage.NormBound then
                 [ bounded stage ]
             else
                 [])
        ]

    /// <summary>The symmetries of the library's own stages; none for others, which claim theirs.</summary>
    let claims (stage: IStage) : Claim list = knownClaims stage

    let private times =
        Gen.listOfLength 20 (Gen.oneof [ Gen.choose (0, 200); Gen.choose (0, 100000) ])

    let private scheduleLaw (schedule: ISchedule) id name statement judge =
        law
            id
            $"{name}: {schedule}"
            statement
            "t ≥ 0"
            Identity
            (own "contract of the library; SCH-6")
            (times
             |> Gen.map (
                 Trial.over (fun times -> Seq.map List.singleton times) (fun times ->
                     $"{schedule} at {times}", fun machine -> judge machine times)
             ))

    /// <summary>The laws of a schedule: finite and not negative, pure, constant from its end on, text.</summary>
    let ofSchedule (schedule: ISchedule) : Law list = [
        scheduleLaw schedule "RANGE" "finite and not negative" "0 ≤ s(t) < ∞" (fun machine times -> [
            for t in times do
                let value = machine.At schedule (int64 t)
                Finding.atMost "−s(t)" t 0.0 0.0 -value
                Finding.holds "s(t) is finite" t (Double.IsFinite value)
        ])
        scheduleLaw
            schedule
            "MEMORY"
            "a function of t alone"
            "s(t) does not depend on what was asked before"
            (fun machine times ->
                let first = times |> List.map (fun t -> machine.At schedule (int64 t))

                let again =
                    List.rev times |> List.map (fun t -> machine.At schedule (int64 t)) |> List.rev

                [
                    Finding.sameBits "s in another order" -1 (List.toArray first) (List.toArray again)
                ])
        scheduleLaw schedule "END" "stays at its last value" "s(t) = s(End) for t ≥ End" (fun machine times ->
            if schedule.End.HasValue then
                let last = schedule.End.Value

                [
                    for t in times ->
                        Finding.equal
                            "s(End + t)"
                            t
                            (machine.At schedule last)
                            0.0
                            (machine.At schedule (last + int64 t))
                ]
            else
                [])
        law
            "TEXT"
            $"text reads back: {schedule}"
            "Parse(Print s) = s"
            "schedules of one's own are registered"
            Identity
            (own "contract of the library")
            (Gen.constant (
                Trial.fixedCase $"Words.ParseSchedule \"{Words.Print schedule}\"" (fun machine ->
                    let optimizer = sgd 0.1 |> OptDsl.ScheduleWords.schedule schedule

                    [
                        Finding.holds
                            "the optimizer with the schedule reads back"
                            -1
                            (Optimizer.Parse(machine.Print optimizer, null).Equals optimizer)
                    ])
            ))
    ]
