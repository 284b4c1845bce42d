namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore

/// Cases of the usual kinds.
module internal Cases =

    /// A run of an optimizer that is built from problem, setting and number of steps.
    let run
        (build: Problem -> 's -> int -> Optimizer)
        (judge: 's -> Trajectory -> Finding list)
        (problem: Problem, setting: 's, steps: int)
        : Case =
        let shrink (problem: Problem, setting, steps) =
            Seq.append
                (Draw.shrinkCount 1 steps |> Seq.map (fun fewer -> problem, setting, fewer))
                (problem.Simpler() |> Seq.map (fun simpler -> simpler, setting, steps))

        let tell (problem, setting, steps) =
            let optimizer = build problem setting steps
            let code = $"Trajectory.run ({optimizer}) ({problem}) {steps}"
            code, (fun subject -> judge setting (Trajectory.runOn subject optimizer problem steps))

        Case.over shrink tell (problem, setting, steps)

    /// Random problems, settings and 1 … N steps.
    let runs most (problems: Gen<Problem>) (settings: Gen<'s>) build judge : Gen<Case> = gen {
        let! problem = problems
        let! setting = settings
        let! steps = Gen.choose (1, most)
        return run build judge (problem, setting, steps)
    }

    /// Runs on problems made for a setting and a number of steps: worst cases.
    let worst most (settings: Gen<'s>) (problem: 's -> int -> Problem) build judge : Gen<Case> =
        let shrink (setting, steps) =
            Draw.shrinkCount 1 steps |> Seq.map (fun fewer -> setting, fewer)

        let tell (setting, steps) =
            let problem = problem setting steps
            let optimizer = build problem setting steps
            let code = $"Trajectory.run ({optimizer}) ({problem}) {steps}"
            code, (fun subject -> judge setting (Trajectory.runOn subject optimizer problem steps))

        gen {
            let! setting = settings
            let! steps = Gen.choose (1, most)
            return Case.over shrink tell (setting, steps)
        }

    /// Random cases, and one in four a worst case.
    let withWorst (random: Gen<Case>) (worst: Gen<Case>) = Gen.frequency [ 3, random; 1, worst ]

    /// Steps on gradient sequences of an optimizer that is built from a setting.
    let feeds
        (sequences: Gen<GradientSequence>)
        (settings: Gen<'s>)
        (build: 's -> Optimizer)
        (judge: 's -> GradientSequence -> Response -> Finding list)
        : Gen<Case> =
        let shrink (sequence, setting) =
            GradientSequence.simpler sequence |> Seq.map (fun simpler -> simpler, setting)

        let tell (sequence: GradientSequence, setting) =
            let optimizer = build setting

            $"Trajectory.feed ({optimizer}) {sequence}",
            (fun subject ->
                judge setting sequence (Trajectory.feedOn subject optimizer sequence.Start sequence.Gradients))

        gen {
            let! sequence = sequences
            let! setting = settings
            return Case.over shrink tell (sequence, setting)
        }

    /// Gradient sequences that a judgement runs as it likes.
    let sequences
        (sequences: Gen<GradientSequence>)
        (settings: Gen<'s>)
        (show: 's -> string)
        (judge: 's -> GradientSequence -> Subject -> Finding list)
        : Gen<Case> =
        let shrink (sequence, setting) =
            GradientSequence.simpler sequence |> Seq.map (fun simpler -> simpler, setting)

        let tell (sequence: GradientSequence, setting) =
            $"Trajectory.feed ({show setting}) {sequence}", judge setting sequence

        Gen.map2 (fun sequence setting -> Case.over shrink tell (sequence, setting)) sequences settings

    /// Two runs: an optimizer on a gradient sequence, and another one on what is made of the sequence.
    let twins
        (sequences: Gen<GradientSequence>)
        (settings: Gen<'s>)
        (build: 's -> GradientSequence -> Optimizer * (Optimizer * GradientSequence))
        (judge: 's -> GradientSequence -> Response -> Response -> Finding list)
        : Gen<Case> =
        let shrink (sequence, setting) =
            GradientSequence.simpler sequence |> Seq.map (fun simpler -> simpler, setting)

        let tell (sequence: GradientSequence, setting) =
            let first, (second, changed) = build setting sequence

            $"Trajectory.feed ({first}) {sequence}, Trajectory.feed ({second}) {changed}",
            fun subject ->
                let run (optimizer: Optimizer) (seen: GradientSequence) =
                    Trajectory.feedOn subject optimizer seen.Start seen.Gradients

                judge setting sequence (run first sequence) (run second changed)

        Gen.map2 (fun sequence setting -> Case.over shrink tell (sequence, setting)) sequences settings

    /// One finding for each of the steps 1 … N.
    let everyStep (run: Trajectory) finding = [ for k in 1 .. run.Steps -> finding k ]

    /// One finding for each of the steps 0 … N−1.
    let everyUpdate (run: Trajectory) finding = [ for k in 0 .. run.Steps - 1 -> finding k ]
