namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore

/// <summary>What a theorem of the table says about one pipeline on one class.</summary>
[<NoEquality; NoComparison>]
type Theorem =
    /// <summary>Its assumptions hold: the law about this very pipeline, on functions of the class.</summary>
    | Applies of Law
    /// <summary>It is about such pipelines, and this assumption of it does not hold.</summary>
    | Breaks of id: string * assumption: string

/// What the files of theorems share.
module internal TheoremParts =

    let steps = 40
    let text = Certify.number

    // Runs of the pipeline on functions of the class; h is the step in units of 1/L.
    let runs optimizer problems judge : Gen<Case> = gen {
        let! n = Gen.choose (1, steps)
        let! problem = problems n
        return Cases.run (fun _ () _ -> optimizer) (fun () run -> judge run) (problem, (), n)
    }

    let judged cases (law: Law) = Applies { law with Cases = cases }

    let ofRun judge (run: Trajectory) =
        let sequence = {
            Start = run.Problem.Start
            Gradients = run.Seen
        }

        judge sequence {
            Trail = run.States
            Path = run.Points
        }

    // Gradients from anywhere, gradients of the class, and the sequences that are given.
    let responses (optimizer: Optimizer) problems (worst: Gen<GradientSequence> option) judge =
        let fed sequences =
            Cases.feeds sequences (Gen.constant ()) (fun () -> optimizer) (fun () -> judge)

        [
            2, fed (GradientSequence.arbitrary steps 4)
            2, runs optimizer problems (ofRun judge)
            match worst with
            | Some sequences -> 1, fed sequences
            | None -> ()
        ]
        |> Gen.frequency

    let longest problemClass (optimizer: Optimizer) =
        match ProblemClass.smoothness problemClass with
        | Some l -> optimizer.Rate * l
        | None -> 1.0
