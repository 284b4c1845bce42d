namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Stages that act in some steps only.</summary>
[<RequireQualifiedAccess>]
module ConditionLaws =

    open EquivalenceParts

    // With a first step of their own, corrections of a bias, a memory, or nothing of all that; what changes the update alone.
    let private updating: (Optimizer -> Optimizer) list = [
        momentumWith (Momentum(0.9, Dampening = 0.5))
        emaWith (Ema(0.8, BiasCorrection = true))
        stage (Adam())
        stage (Adan())
        stage (NovoGrad())
        velocity 0.9
        noise 0.1 0.5 7
        clip 0.5
    ]

    let private directions = Gen.elements updating

    let private words =
        Gen.elements (
            updating
            @ [ weightDecay 0.1; l2 0.1 >> momentum 0.5 >> clipUpdate 1.0; ball 1.0 ]
        )

    /// EQ-23.
    let always = {
        Id = "EQ-23"
        Name = "conditions that always or never hold"
        Statement =
            "onlyWhen true w = zeroUnless true w = w; onlyWhen false w = nothing; onlyWhen a (onlyWhen b w) = onlyWhen b (onlyWhen a w)"
        Assumptions = "bit for bit; conditions on t also where several gradients make one update"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            let gates = Gen.elements [ id; accumulate 2 ]

            let forms: Gen<(Optimizer -> Optimizer) -> (Optimizer -> Optimizer) * (Optimizer -> Optimizer)> =
                Gen.elements [
                    fun w -> w, onlyWhen (StepsFrom 0L) w
                    fun w -> w, onlyWhen (StepsEvery 1L) w
                    fun w -> id, onlyWhen (StepsUntil 0L) w
                    fun w ->
                        onlyWhen (StepsUntil 3L) (onlyWhen (StepsEvery 2L) w),
                        onlyWhen (StepsEvery 2L) (onlyWhen (StepsUntil 3L) w)
                ]

            let asking: Gen<(Optimizer -> Optimizer) -> (Optimizer -> Optimizer) * (Optimizer -> Optimizer)> =
                Gen.elements [
                    fun w -> w, onlyWhen (GradientAtMost infinity) w
                    fun w -> id, onlyWhen (GradientAbove infinity) w
                ]

            Gen.oneof [
                sameBits (Gen.zip3 rates words forms |> Gen.zip gates) (fun (gate, (rate, words, form)) ->
                    let left, right = form words
                    sgd rate |> left |> gate, sgd rate |> right |> gate)
                sameBits (Gen.zip3 rates words asking) (fun (rate, words, form) ->
                    let left, right = form words
                    sgd rate |> left, sgd rate |> right)
                sameBits (Gen.zip3 rates directions gates) (fun (rate, words, gate) ->
                    sgd rate |> words |> gate, sgd rate |> zeroUnless (StepsFrom 0L) words |> gate)
            ]
    }

    /// EQ-24.
    let late = {
        Id = "EQ-24"
        Name = "what begins at step n begins there"
        Statement = "onlyWhen (t ≥ n) w: the run without w up to p_n, then a run with w from p_n"
        Assumptions = "constant rate; bit for bit"
        Tightness = Identity
        Source = own "the k of a conditional stage counts the steps in which it acts"
        Cases =
            Cases.feeds
                sequences
                (Gen.zip3 rates words (Gen.choose (0, 8)))
                (fun (rate, words, n) -> sgd rate |> onlyWhen (StepsFrom(int64 n)) words)
                (fun (rate, words, n) sequence response ->
                    let before, after = sequence.Gradients |> Array.splitAt (min n sequence.Steps)
                    let plain = Trajectory.feed (sgd rate) sequence.Start before
                    let late = Trajectory.feed (sgd rate |> words) plain.Last after
                    [ Finding.sameBits "p" sequence.Steps late.Last response.Last ])
    }

    /// EQ-25.
    let masked = {
        Id = "EQ-25"
        Name = "a masked direction skips its steps"
        Statement = "zeroUnless (t mod n = o) w on g_0, g_1, … is w on g_o, g_{o+n}, …"
        Assumptions = "constant rate, w the only stages; bit for bit"
        Tightness = Identity
        Source = own "an update of 0 moves nothing; the k of a conditional stage counts the steps in which it acts"
        Cases =
            Cases.feeds
                sequences
                (Gen.zip3 rates directions (Gen.choose (1, 3)) |> Gen.zip (Gen.choose (0, 4)))
                (fun (o, (rate, words, n)) -> sgd rate |> zeroUnless (StepsEvery(int64 n, Offset = int64 o)) words)
                (fun (o, (rate, words, n)) sequence response ->
                    let some =
                        sequence.Gradients
                        |> Array.indexed
                        |> Array.filter (fun (t, _) -> t % n = o % n)
                        |> Array.map snd

                    let alone = Trajectory.feed (sgd rate |> words) sequence.Start some
                    [ Finding.sameBits "p" sequence.Steps alone.Last response.Last ])
    }

    /// <summary>EQ-23 … EQ-25.</summary>
    let laws: Law list = [ always; late; masked ]
