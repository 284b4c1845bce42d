/// Stages and schedules whose arguments are of every kind that text knows.
module OptCore.Tests.Text.Spelt

open System
open OptCore

/// One argument of every kind, and an option; without documentation, as a script's types are.
type Everything
    (
        name: string,
        levels: float seq,
        counts: int seq,
        flag: bool,
        large: int64,
        whole: int,
        number: float,
        schedule: ISchedule,
        stage: IStage
    ) =
    member _.Name = name
    member _.Levels = levels
    member _.Counts = counts
    member _.Flag = flag
    member _.Large = large
    member _.Whole = whole
    member _.Number = number
    member _.Schedule = schedule
    member _.Stage = stage
    member val Extra = 2.0 with get, set

    member private this.All =
        this.Name,
        List.ofSeq this.Levels,
        List.ofSeq this.Counts,
        this.Flag,
        this.Large,
        this.Whole,
        this.Number,
        this.Schedule,
        this.Stage,
        this.Extra

    override this.Equals(other: obj | null) =
        match other with
        | :? Everything as that -> this.All.Equals that.All
        | _ -> false

    override this.GetHashCode() = this.Whole

    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "nothing happens"
        member _.Apply _ = ()

/// A schedule of one's own.
type Level(value: float) =
    member _.Value = value

    override this.Equals(other: obj | null) =
        match other with
        | :? Level as that -> this.Value = that.Value
        | _ -> false

    override this.GetHashCode() = this.Value.GetHashCode()

    interface ISchedule with
        member _.Equation = "s = value"
        member this.At _ = this.Value

/// Names that the library has already.
module Foreign =

    type Cosine(value: float) =
        member _.Value = value

        interface ISchedule with
            member _.Equation = "s = value"
            member this.At _ = this.Value

    type StepsFrom(value: float) =
        member _.Value = value

        interface ICondition with
            member _.Equation = "never"
            member _.Holds _ = false

/// Text cannot read its argument back.
type Unread(value: float) =
    interface ISchedule with
        member _.Equation = "s = value"
        member _.At _ = value

/// An argument of a type that text does not know.
type Dated(day: DateTime) =
    member _.Day = day

    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0

[<AbstractClass>]
type Unfinished() =
    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0

type Generic<'T>() =
    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0

type Hidden private () =
    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0

/// Takes falling numbers alone; the option shows the first.
type Falling(first: float, second: float) =
    do
        if first <= second then
            invalidArg "first" "rises"

    member _.First = first
    member _.Second = second
    member val Shown = first with get, set

    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0

/// Takes rising numbers alone.
type Rising(first: float, second: float) =
    do
        if first >= second then
            invalidArg "first" "falls"

    member _.First = first
    member _.Second = second
    member val Shown = first with get, set

    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0

/// Options of every kind.
type Optioned() =
    member val Flag = true with get, set
    member val Off = false with get, set
    member val Whole = 3 with get, set
    member val Name: string | null = null with get, set
    member val Levels: float seq = [| 1.0; 0.5 |] with get, set
    member val Schedule: ISchedule = Cosine 9 with get, set
    member val Stage: IStage = Momentum 0.5 with get, set

    interface ISchedule with
        member _.Equation = "s = 1"
        member _.At _ = 1.0
