namespace OptVerify

open System
open FsCheck.FSharp
open OptCore

/// What the laws of these files share.
module internal ContractParts =

    let private sequences = GradientSequence.arbitrary 12 5

    let contract (optimizer: Optimizer) id name statement judge =
        law
            $"{id}"
            $"{name}: {optimizer}"
            statement
            "any gradients"
            Identity
            (own "contract of the library")
            (Cases.sequences sequences (Gen.constant optimizer) string (fun _ -> judge))

    // The gradient of a quadratic where a probe asks for one, else the given gradient; a loss where one is needed.
    let feed (machine: Machine) (optimizer: Optimizer) (sequence: GradientSequence) =
        let plan = machine.Plan(optimizer, sequence.Dimension)

        (plan.Init sequence.Start, Array.indexed sequence.Gradients)
        ||> Array.scan (fun state (k, gradient) -> machine.Step state gradient (1.0 / float (k + 1)))

    let sameState what step (expected: State<float>) (actual: State<float>) =
        if expected.Equals actual then
            Finding.holds what step true
        elif Vec.sameBits (expected.ToArray()) (actual.ToArray()) then
            Finding.holds $"{what}: slots and step are equal" step false
        else
            Finding.sameBits what step (expected.ToArray()) (actual.ToArray())

/// What every optimizer must keep: pure, in place, prefix, resume, text, execution, finite.
module internal OptimizerContracts =

    open ContractParts

    let pure' optimizer =
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

    let inPlace (optimizer: Optimizer) =
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

    let prefix optimizer =
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

    let resume optimizer =
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

    let text (optimizer: Optimizer) =
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

    let execution (optimizer: Optimizer) =
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

    let finite (optimizer: Optimizer) =
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
