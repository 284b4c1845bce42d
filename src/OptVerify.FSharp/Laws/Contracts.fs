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

    let private bounded (bound: float) (stage: IStage) =
        let optimizer = sgd 1.0 |> OptDsl.StageWords.stage stage

        contract optimizer "NORM" "the norm that the stage promises" "‖u‖ ≤ NormBound" (fun sequence machine ->
            let response = Trajectory.feedOn machine optimizer sequence.Start sequence.Gradients

            [
                for t in 0 .. sequence.Steps - 1 do
                    let slack = 16.0 * Vec.eps * (bound + Vec.norm response.Path[t])
                    Finding.atMost "‖u‖" t bound slack (Vec.norm (response.Update t))
            ])

    /// <summary>The laws of an optimizer with one stage, and of the symmetries that are claimed of it.</summary>
    let ofStage (claims: Claim list) (stage: IStage) : Law list =
        let optimizer = sgd 0.1 |> OptDsl.StageWords.stage stage

        List.concat [
            ofOptimizer optimizer
            claims |> List.map (claimed optimizer)
            (match stage with
             | :? IBounded as promise when Double.IsFinite promise.NormBound -> [ bounded promise.NormBound stage ]
             | _ -> [])
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
