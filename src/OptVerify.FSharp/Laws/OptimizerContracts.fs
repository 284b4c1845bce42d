namespace OptVerify

open System
open FsCheck.FSharp
open OptCore

/// An optimizer put to the test: on vectors of any length, or on the tensors of one layout.
[<NoEquality; NoComparison>]
type internal Setup = {
    /// The optimizer.
    Optimizer: Optimizer
    /// The tensors; None for a vector, of any length.
    Layout: Layout option
} with

    /// An optimizer on vectors of any length.
    static member Anywhere(optimizer: Optimizer) : Setup = { Optimizer = optimizer; Layout = None }

    /// The layout for so many parameters.
    member setup.LayoutOf(length: int) =
        setup.Layout |> Option.defaultWith (fun () -> Layout.Plain length)

/// What the laws of these files share.
module internal ContractParts =

    let losses (sequence: GradientSequence) =
        Array.init sequence.Steps (fun k -> 1.0 / float (k + 1))

    /// The cases of a contract.
    let cases (setup: Setup) (judge: GradientSequence -> Subject -> Finding list) =
        let sequences =
            match setup.Layout with
            | None -> GradientSequence.arbitrary 12 5
            | Some layout -> GradientSequence.ofDimension 6 layout.Length

        let fits (sequence: GradientSequence) =
            match setup.Layout with
            | None -> true
            | Some layout -> layout.Length = sequence.Dimension

        let tell (sequence: GradientSequence) =
            let plan =
                match setup.Layout with
                | None -> $"Plan {sequence.Dimension}"
                | Some layout -> $"Plan<float>({Code.layout layout})"

            $"Trajectory.steps (({setup.Optimizer}).{plan}) {sequence} {Code.array (losses sequence)}", judge sequence

        sequences
        |> Gen.map (Case.over (GradientSequence.simpler >> Seq.filter fits) tell)

    let contract (setup: Setup) id name statement judge = {
        Id = id
        Name = $"{name}: {setup.Optimizer}"
        Statement = statement
        Assumptions = "any gradients"
        Tightness = Identity
        Source = own "contract of the library"
        Cases = cases setup judge
    }

    /// All states of a run on a subject.
    let feed (subject: Subject) (setup: Setup) (sequence: GradientSequence) =
        let plan = subject.Plan(setup.Optimizer, setup.LayoutOf sequence.Dimension)
        (Trajectory.stepsOn subject plan sequence.Start sequence.Gradients (losses sequence)).Trail

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

    let pure' setup =
        contract
            setup
            "PURE"
            "a step is a function of state and gradient"
            "the same arguments give the same bits, and leave the old state as it was"
            (fun sequence subject ->
                let trail = feed subject setup sequence
                let again = feed subject setup sequence

                [
                    for k in 0 .. sequence.Steps do
                        sameState "the second run" k trail[k] again[k]
                    for k in 0 .. sequence.Steps - 1 do
                        let before = trail[k].ToArray()
                        let next = subject.Step trail[k] sequence.Gradients[k] (1.0 / float (k + 1))
                        Finding.sameBits "the old state" k before (trail[k].ToArray())
                        sameState "the step again" k trail[k + 1] next
                ])

    let inPlace (setup: Setup) =
        contract
            setup
            "PLACE"
            "in place is the same as pure"
            "a session gives the bits of the pure steps"
            (fun sequence subject ->
                let plan = subject.Plan(setup.Optimizer, setup.LayoutOf sequence.Dimension)

                if plan.NeedsLoss then
                    []
                else
                    // The session is told no losses.
                    let unknown = Array.map (fun _ -> nan) sequence.Gradients

                    let pure' =
                        Trajectory.stepsOn subject plan sequence.Start sequence.Gradients unknown

                    let inPlace = subject.Session plan sequence.Start sequence.Gradients
                    [ Finding.sameBits "p of the session" sequence.Steps pure'.Last inPlace ])

    // The gradients refused for their length, which do not count as updates.
    let private refused (state: State<float>) =
        let counters = [
            for stage in state.Plan.Optimizer.Stages do
                match stage.Stage with
                | :? ISizeGuard as guard -> guard.Counter
                | _ -> ()
        ]

        state.Slots
        |> Seq.filter (fun slot ->
            slot.Kind = SlotKind.Count
            && counters |> List.exists (fun c -> slot.Name.EndsWith $".{c}"))
        |> Seq.sumBy (fun slot -> int (state.Count slot.Name))

    let prefix setup =
        contract
            setup
            "PREFIX"
            "a shorter run is the start of a longer one"
            "N steps are the first N of more; t counts applied updates, not what skipLarge refuses"
            (fun sequence subject ->
                let half = sequence.Steps / 2
                let whole = feed subject setup sequence

                let part =
                    feed subject setup {
                        sequence with
                            Gradients = Array.truncate half sequence.Gradients
                    }

                let updates = whole[0].Plan.GradientsPerUpdate

                [
                    sameState "prefix" half whole[half] part[half]
                    for k in 0 .. sequence.Steps do
                        Finding.equal "t" k (float ((k - refused whole[k]) / updates)) 0.0 (float whole[k].Step)
                ])

    let resume setup =
        contract
            setup
            "RESUME"
            "a stored and loaded run goes on as if nothing had happened"
            "loaded from its checkpoint, then the rest = the whole run"
            (fun sequence subject ->
                let whole = feed subject setup sequence
                let half = sequence.Steps / 2
                let restored = subject.Restore whole[half]

                let rest =
                    (restored, Array.indexed sequence.Gradients |> Array.skip half)
                    ||> Array.fold (fun state (k, gradient) -> subject.Step state gradient (1.0 / float (k + 1)))

                [
                    sameState "restored" half whole[half] restored
                    sameState "the rest" sequence.Steps (Array.last whole) rest
                ])

    let text (setup: Setup) =
        let optimizer = setup.Optimizer

        {
            Id = "TEXT"
            Name = $"text reads back: {optimizer}"
            Statement = "Parse(Print o) = o"
            Assumptions = "stages of one's own are registered"
            Tightness = Identity
            Source = own "contract of the library"
            Cases =
                Gen.constant (
                    Case.fixedCase $"Optimizer.Parse(string ({optimizer}))" (fun subject ->
                        let printed = subject.Print optimizer
                        let parsed = Optimizer.Parse(printed, null)

                        [
                            Finding.holds $"Parse \"{printed}\" is the optimizer" -1 (parsed.Equals optimizer)
                            Finding.holds $"\"{parsed}\" is \"{printed}\"" -1 (string parsed = printed)
                        ])
                )
        }

    /// A gradient in the middle of a run with an element that is not a number of ordinary size.
    let private spoiled (sequence: GradientSequence) =
        let bad = [| nan; infinity; -infinity; 1e300; -1e-310; -0.0 |]
        let row = sequence.Steps / 2

        {
            sequence with
                Gradients =
                    sequence.Gradients
                    |> Array.updateAt
                        row
                        (sequence.Gradients[row]
                         |> Array.mapi (fun i x -> if i = 0 then bad[sequence.Steps % bad.Length] else x))
        }

    let execution (setup: Setup) =
        contract
            setup
            "EXECUTION"
            "every way to run gives the same bits"
            "fused or not, 128 bits or more, one thread or several, memory recycled or not, float32, NaN among the gradients"
            (fun sequence subject ->
                let optimizer = subject.Rewrite setup.Optimizer
                let layout = setup.LayoutOf sequence.Dimension

                let agree name expected (others: (string * Result<float[], string>) list) = [
                    for way, actual in others do
                        match expected, actual with
                        | Ok expected, Ok actual -> Finding.sameBits $"p by {way}{name}" sequence.Steps expected actual
                        | _ ->
                            Finding.holds $"the outcome by {way}{name} is the same" sequence.Steps (expected = actual)
                ]

                let stepped =
                    (Array.last (feed subject setup sequence)).ToArray()
                    |> Array.map (fun x -> if Double.IsNaN x then nan else x)

                let small =
                    Executions<float32>(optimizer, layout, float32, sequence, losses sequence)

                let spoilt =
                    Executions<float>(optimizer, layout, id, spoiled sequence, losses sequence)

                List.concat [
                    agree "" (Ok stepped) (Executions<float>(optimizer, layout, id, sequence, losses sequence)).Others
                    agree " in float32" small.Expected small.Others
                    agree " with NaN, ∞ or extremes" spoilt.Expected spoilt.Others
                ])

    // Where a rate grows with the parameters (scaleByParameterNorm, twice) a step may cube them: they leave the range of numbers within a few
    // steps, and none of these is wrong.
    let private large = 1e30

    let finite (setup: Setup) =
        contract
            setup
            "FINITE"
            "finite gradients make finite steps"
            "p_t is finite where |p_{t−1}| ≤ 10³⁰, also for zero gradients and one parameter"
            (fun sequence subject ->
                let zeros = {
                    sequence with
                        Gradients = sequence.Gradients |> Array.map (fun g -> Vec.zero g.Length)
                }

                [
                    for name, run in [ "given", sequence; "zero", zeros ] do
                        let trail = feed subject setup run |> Array.map _.ToArray()
                        let broken = trail |> Array.tryFindIndex (Array.exists (Double.IsFinite >> not))

                        let explained =
                            match broken with
                            | None -> true
                            | Some 0 -> false
                            | Some t -> trail[t - 1] |> Array.exists (fun x -> abs x > large)

                        Finding.holds
                            $"parameters after {name} gradients are finite"
                            (broken |> Option.defaultValue sequence.Steps)
                            explained
                ])
