namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>What every optimizer, stage and schedule must keep, also one written by a user.</summary>
[<RequireQualifiedAccess>]
module Contracts =

    open Claims
    open ContractParts
    open OptimizerContracts

    let private all (setup: Setup) : Law list = [
        pure' setup
        inPlace setup
        prefix setup
        resume setup
        text setup
        execution setup
        finite setup
    ]

    /// <summary>The laws of an optimizer: pure, in place, prefix, resume, text, execution, finite.</summary>
    let ofOptimizer (optimizer: Optimizer) : Law list = all (Setup.Anywhere optimizer)

    /// <summary>The same on the tensors of a layout.</summary>
    let ofOptimizerOn (layout: Layout) (optimizer: Optimizer) : Law list =
        all {
            Optimizer = optimizer
            Layout = Some layout
        }

    let private bounded (bound: float) (stage: IStage) =
        let optimizer = sgd 1.0 |> OptimizerWords.stage stage

        contract
            (Setup.Anywhere optimizer)
            "NORM"
            "the norm that the stage promises"
            "‖u‖ ≤ NormBound"
            (fun sequence subject ->
                let response = Trajectory.feedOn subject optimizer sequence.Start sequence.Gradients

                [
                    for t in 0 .. sequence.Steps - 1 do
                        let slack = 16.0 * Vec.eps * (bound + Vec.norm response.Path[t])
                        Finding.atMost "‖u‖" t bound slack (Vec.norm (response.Update t))
                ])

    /// <summary>The laws of an optimizer with one stage, and of the symmetries that are claimed of it.</summary>
    let ofStage (claims: Claim list) (stage: IStage) : Law list =
        let optimizer = sgd 0.1 |> OptimizerWords.stage stage

        // A stage that refuses vectors is shown on a matrix.
        let setup =
            match stage with
            | :? ITensorCheck -> {
                Optimizer = optimizer
                Layout = Some(Layout.Empty.Add("w", 3, 4))
              }
            | _ -> Setup.Anywhere optimizer

        List.concat [
            all setup
            claims |> List.map (claimed setup)
            (match stage with
             | :? IBounded as promise when Double.IsFinite promise.NormBound -> [ bounded promise.NormBound stage ]
             | _ -> [])
        ]

    /// <summary>The symmetries of the library's own stages; none for others, which claim theirs.</summary>
    let claims (stage: IStage) : Claim list = knownClaims stage

    let private scheduleLaw (schedule: ISchedule) id name statement judge =
        let tell (steps: int64 list) =
            let asked = steps |> List.map (sprintf "%dL") |> String.concat "; "
            ScheduleParts.code schedule $"[ {asked} ]", (fun subject -> judge subject steps)

        let shrink steps =
            if List.length steps > 2 then
                Seq.map List.ofArray (Seq.pairwise steps |> Seq.map (fun (a, b) -> [| a; b |]))
            else
                Seq.empty

        {
            Id = id
            Name = $"{name}: {schedule}"
            Statement = statement
            Assumptions = "t ≥ 0"
            Tightness = Identity
            Source = own "contract of the library; SCH-6"
            Cases = Gen.listOfLength 20 ScheduleDraws.steps |> Gen.map (Case.over shrink tell)
        }

    /// <summary>The laws of a schedule: finite and not negative, pure, constant from its end on, text.</summary>
    let ofSchedule (schedule: ISchedule) : Law list = [
        scheduleLaw schedule "RANGE" "finite and not negative" "0 ≤ s(t) < ∞" (fun subject steps -> [
            for t in steps do
                let value = subject.At schedule t
                Finding.atMost $"−s({t})" -1 0.0 0.0 -value
                Finding.holds $"s({t}) is finite" -1 (Double.IsFinite value)
        ])
        scheduleLaw
            schedule
            "MEMORY"
            "a function of t alone"
            "s(t) does not depend on what was asked before"
            (fun subject steps ->
                let first = steps |> List.map (subject.At schedule)
                let again = List.rev steps |> List.map (subject.At schedule) |> List.rev

                [
                    Finding.sameBits "s in another order" -1 (List.toArray first) (List.toArray again)
                ])
        scheduleLaw schedule "END" "stays at its last value" "s(t) = s(End) for t ≥ End" (fun subject steps -> [
            if schedule.End.HasValue then
                let last = schedule.End.Value

                for t in steps do
                    if t >= last then
                        Finding.equal $"s({t})" -1 (subject.At schedule last) 0.0 (subject.At schedule t)
        ])
        {
            Id = "TEXT"
            Name = $"text reads back: {schedule}"
            Statement = "Parse(Print s) = s"
            Assumptions = "schedules of one's own are registered"
            Tightness = Identity
            Source = own "contract of the library"
            Cases =
                Gen.constant (
                    let optimizer = sgd 0.1 |> OptimizerWords.schedule schedule

                    Case.fixedCase $"Optimizer.Parse(string ({optimizer}))" (fun subject -> [
                        Finding.holds
                            "the optimizer with the schedule reads back"
                            -1
                            (Optimizer.Parse(subject.Print optimizer, null).Equals optimizer)
                    ])
                )
        }
    ]
