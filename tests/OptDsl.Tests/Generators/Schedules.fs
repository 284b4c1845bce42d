/// Schedules: every word with random arguments in range, combined to a bounded depth.
module OptDsl.Tests.Schedules

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Numbers

/// One row per word of a schedule: its simplest value and a generator over all its arguments.
type ScheduleRow = {
    Word: string
    Simplest: ISchedule
    Any: Gen<ISchedule>
}

let private row word (simplest: ISchedule) any = {
    Word = word
    Simplest = simplest
    Any = any
}

let private few = Gen.choose (1, 40)

let private fraction =
    Gen.frequency [ 1, Gen.constant 0.0; 1, Gen.constant 1.0; 3, uniform 0.0 1.0 ]

let private shrinking =
    Gen.frequency [ 1, Gen.constant 1.0; 1, Gen.constant 0.0; 4, uniform 0.1 1.0 ]

let private bool = Gen.elements [ true; false ]

/// The words without combinators. Values stay between 0 and 1, but for a few options up to 2.
let leaves: ScheduleRow list = [
    row "constant" (Schedule.constant 1.0) (uniform 0.0 2.0 |> Gen.map Schedule.constant)
    row "stepDecay" (Schedule.stepDecay 1 0.5) (Gen.map2 Schedule.stepDecay few shrinking)
    row
        "multiStep"
        (Schedule.multiStep [ 1 ] 0.5)
        (Gen.map2 (fun (m: int list) g -> Schedule.multiStep m g) (Gen.listOf (Gen.choose (0, 40))) shrinking)
    row "geometric" (Schedule.geometric 0.5) (Gen.map Schedule.geometric shrinking)
    row "exponential" (Schedule.exponential 1.0) (Gen.map Schedule.exponential (logUniform 1e-6 10.0))
    row
        "cosine"
        (Schedule.cosine 1)
        (Gen.map2 (fun n floor -> Cosine(n, Floor = floor) :> ISchedule) few (Gen.oneof [ Gen.constant 0.0; fraction ]))
    row "cosineRestarts" (Schedule.cosineRestarts 1 1) (Gen.map2 Schedule.cosineRestarts few (Gen.choose (1, 3)))
    row
        "linear"
        (Schedule.linear 1)
        (Gen.oneof [
            Gen.map Schedule.linear few
            Gen.map3 (fun n a b -> LinearRamp(n, From = a, To = b) :> ISchedule) few (uniform 0.0 2.0) (uniform 0.0 2.0)
        ])
    row
        "polynomial"
        (Schedule.polynomial 1.0 1)
        (Gen.map2 Schedule.polynomial (Gen.oneof [ Gen.elements [ 0.0; 1.0; 2.0 ]; uniform 0.0 5.0 ]) few)
    row "warmup" (Schedule.warmup 1) (Gen.map Schedule.warmup few)
    row "warmupFrom" (Schedule.warmupFrom 0.0 1) (Gen.map2 Schedule.warmupFrom fraction few)
    row "warmupCosine" (Schedule.warmupCosine 1 2) (Gen.map2 (fun n more -> Schedule.warmupCosine n (n + more)) few few)
    row
        "oneCycle"
        (Schedule.oneCycle 1)
        (gen {
            let! n = few
            let! warm = fraction
            let! first = uniform 0.0 1.0
            let! last = logUniform 1e-6 1.0
            let! up = bool
            let! down = bool
            let! inclusive = bool
            let! plain = bool

            return
                if plain then
                    OneCycle n
                else
                    OneCycle(
                        n,
                        WarmupFraction = warm,
                        InitialFactor = first,
                        FinalFactor = last,
                        LinearWarmup = up,
                        LinearDecay = down,
                        Inclusive = inclusive
                    )
        })
    row "inverseSqrt" Schedule.inverseSqrt (Gen.constant Schedule.inverseSqrt)
    row "inverseTime" (Schedule.inverseTime 1.0) (Gen.map Schedule.inverseTime (logUniform 1e-6 10.0))
    row "triangular" (Schedule.triangular 1 0.0) (Gen.map2 Schedule.triangular few fraction)
    row
        "warmupStableDecay"
        (Schedule.warmupStableDecay 1 2 1)
        (gen {
            let! n = few
            let! down = few
            let! hold = Gen.choose (0, 20)
            return Schedule.warmupStableDecay n (n + hold + down) down
        })
]

/// A schedule of one word.
let leaf = leaves |> List.map _.Any |> Gen.oneof

let private combined (inner: Gen<ISchedule>) : ScheduleRow list =
    let any = Gen.constant
    let one = Schedule.constant 1.0
    let times = Gen.choose (0, 30)

    [
        row "andThen" (Schedule.andThen 1 one one) (Gen.map3 Schedule.andThen times inner inner)
        row "times" (Schedule.times one one) (Gen.map2 Schedule.times inner inner)
        row "plus" (Schedule.plus one one) (Gen.map2 Schedule.plus inner inner)
        row "atLeast" (Schedule.atLeast 0.0 one) (Gen.map2 Schedule.atLeast fraction inner)
        row "atMost" (Schedule.atMost 1.0 one) (Gen.map2 Schedule.atMost (Gen.oneof [ any 1.0; uniform 0.0 2.0 ]) inner)
        row "delay" (Schedule.delay 0 one) (Gen.map2 Schedule.delay times inner)
        row "repeat" (Schedule.repeat 1 one) (Gen.map2 Schedule.repeat few inner)
        row "scaleBy" (Schedule.scaleBy 1.0 one) (Gen.map2 Schedule.scaleBy (uniform 0.0 2.0) inner)
    ]

/// The combinators over schedules of one word.
let combinators = combined leaf

/// All rows.
let rows = leaves @ combinators

/// The row of a schedule, by the type of its record.
let rowOf (schedule: ISchedule) =
    rows |> List.find (fun row -> row.Simplest.GetType() = schedule.GetType())

let rec private ofDepth depth =
    if depth = 0 then
        leaf
    else
        let inner = Gen.frequency [ 2, leaf; 1, Gen.delay (fun () -> ofDepth (depth - 1)) ]
        combined inner |> List.map _.Any |> Gen.oneof

/// Any schedule: one word, or combinators up to three deep.
let schedule = Gen.frequency [ 5, leaf; 3, ofDepth 1; 2, ofDepth 2; 1, ofDepth 3 ]

let private parts (schedule: ISchedule) =
    match schedule with
    | :? AndThen as s -> [ s.First; s.Next ]
    | :? Times as s -> [ s.First; s.Second ]
    | :? Plus as s -> [ s.First; s.Second ]
    | :? AtLeast as s -> [ s.Schedule ]
    | :? AtMost as s -> [ s.Schedule ]
    | :? Delay as s -> [ s.Schedule ]
    | :? Repeat as s -> [ s.Schedule ]
    | :? ScaleBy as s -> [ s.Schedule ]
    | _ -> []

/// The parts of a combinator, then the word with its simplest arguments, then the constant 1.
let shrinkSchedule (schedule: ISchedule) =
    let one = Schedule.constant 1.0
    let simplest = (rowOf schedule).Simplest

    parts schedule @ [ simplest; one ]
    |> Seq.distinct
    |> Seq.filter (fun simpler -> schedule <> one && simpler <> schedule)

/// Schedules with their shrinker.
let schedules = Arb.fromGenShrink (schedule, shrinkSchedule)
