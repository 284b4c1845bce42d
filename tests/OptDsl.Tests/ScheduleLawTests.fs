/// Schedules as functions of t (SCH-1 … SCH-6) and the algebra of their combinators: `law id → statement → property`.
///
/// Left: SCH-7, the bounds of the subgradient method under a schedule, which comes with the theorems.
module OptDsl.Tests.ScheduleLawTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

let private at (s: ISchedule) (t: int64) = s.At t
let private atStep (s: ISchedule) (t: int) = s.At(int64 t)

/// Steps near 0, past every end, and at the end of time.
let private steps =
    let generator =
        Gen.frequency [
            6, Gen.choose (0, 120) |> Gen.map int64
            2, Gen.choose64 (0L, 1L <<< 40)
            1,
            Gen.elements [
                int64 Int32.MaxValue
                1L <<< 53
                (1L <<< 53) + 1L
                Int64.MaxValue - 1L
                Int64.MaxValue
            ]
        ]

    Arb.fromGenShrink (
        generator,
        fun t -> Seq.distinct [ 0L; t / 2L; t - 1L ] |> Seq.filter (fun s -> s >= 0L && s < t)
    )

let private lengths = counts 1 200
let private parts = positives 1e-3 1.0

/// Few roundings of numbers of at most this size.
let private nearly size actual expected message =
    near (8.0 * epsilon * size) actual expected message

let private equalAt (left: ISchedule) (right: ISchedule) t =
    if not ((at left t).Equals(at right t)) then
        failtestf "%O and %O differ at %d: %s, %s" left right t (show (at left t)) (show (at right t))

/// Two schedules with the same value at every step.
let private same build =
    forAll2 build steps (fun (left, right) t -> equalAt left right t)

let private one = Schedules.schedules

let private both (make: ISchedule -> ISchedule * ISchedule) =
    Arb.fromGen (Gen.map make Schedules.schedule)

let private pairOf (make: ISchedule -> ISchedule -> ISchedule * ISchedule) =
    Arb.fromGen (Gen.map2 make Schedules.schedule Schedules.schedule)

/// A combinator and what it means at t.
let private pointwise (make: ISchedule -> ISchedule) (meaning: ISchedule -> int64 -> float) =
    forAll2 one steps (fun s t ->
        let actual, expected = at (make s) t, meaning s t

        if not (actual.Equals expected) then
            failtestf "%O at %d: %s, expected %s" (make s) t (show actual) (show expected))

let private nonincreasing (s: ISchedule) last =
    for t in 0..last do
        // Neighbours may round the wrong way.
        atMost (4.0 * epsilon) (atStep s (t + 1)) (atStep s t) $"{s} falls at {t}"

let private nondecreasing (s: ISchedule) last =
    for t in 0 .. last - 1 do
        atMost (4.0 * epsilon) (atStep s t) (atStep s (t + 1)) $"{s} rises at {t}"

// SCH-1

let private cosineLaws (make: int -> float -> ISchedule) =
    forAll2 lengths parts (fun n lo ->
        let s = make n lo
        let middle = 0.5 * (1.0 + lo)
        nearly 1.0 (atStep s 0) 1.0 "start"
        nearly 1.0 (atStep s n) lo "end"
        nearly 1.0 (atStep s (n + 7)) lo "past the end"
        nonincreasing s (n + 2)

        for t in 0..n do
            nearly 1.0 (atStep s t) (lo + (1.0 - lo) * 0.5 * (1.0 + cos (Math.PI * float t / float n))) "half a cosine"
            atMost epsilon (atStep s t) 1.0 "at most the start"
            atMost epsilon lo (atStep s t) "at least the floor"
            nearly 1.0 (atStep s t + atStep s (n - t)) (1.0 + lo) "point symmetry"
            let largest = (1.0 - lo) * sin (Math.PI / (2.0 * float n))
            atMost (8.0 * epsilon) (atStep s t - atStep s (t + 1)) largest "largest step"

        if n % 2 = 0 then
            nearly 1.0 (atStep s (n / 2)) middle "half way"

        let sum = Seq.sumBy (atStep s) [ 0 .. n - 1 ]
        // n summands, each and each partial sum rounded.
        near (float n * 4.0 * epsilon) (sum / float n) (middle + (1.0 - lo) / (2.0 * float n)) "mean over 0 … T−1"
        near (float n * 4.0 * epsilon) ((sum + atStep s n) / float (n + 1)) middle "mean over 0 … T")

// SCH-2

let private warmupLaws (make: int -> ISchedule) (first: int -> float) =
    Prop.forAll lengths (fun n ->
        let s = make n
        nearly 1.0 (atStep s 0) (first n) "start"
        nearly 1.0 (atStep s n) 1.0 "end"
        nondecreasing s (n + 2)

        for t in 0 .. n + 2 do
            atMost epsilon (atStep s t) 1.0 "never above its peak"

        atMost (4.0 * epsilon) (abs (atStep s n - atStep s (n - 1))) (1.0 / float n) "no jump at the end")

let private joins (join: ISchedule -> int -> ISchedule -> ISchedule) =
    forAll3 one (counts 0 30) one (fun first n next ->
        let s = join first n next
        equalAt (Schedule.constant (at s (int64 n))) (Schedule.constant (at next 0L)) 0L

        for t in 0 .. n - 1 do
            Expect.isTrue ((atStep s t).Equals(atStep first t)) $"before the joint, at {t}"

        for t in 0..40 do
            Expect.isTrue ((atStep s (n + t)).Equals(atStep next t)) $"behind the joint, at {t}")

// SCH-3

let private oneCycleLaws (make: int -> ISchedule) =
    Prop.forAll (counts 10 200) (fun n ->
        let s = make n
        let peak = int (floor (0.3 * float n))
        nearly 1.0 (atStep s 0) (1.0 / 25.0) "start"
        nearly 1.0 (atStep s peak) 1.0 "peak"
        nearly 1.0 (atStep s n) (1.0 / 25e4) "end"
        nearly 1.0 (atStep s (n + 5)) (1.0 / 25e4) "past the end"

        for t in 0 .. peak - 1 do
            atMost (4.0 * epsilon) (atStep s t) (atStep s (t + 1)) "rises to the peak"

        for t in peak..n do
            atMost (4.0 * epsilon) (atStep s (t + 1)) (atStep s t) "falls from the peak")

// SCH-4

let private ratio (make: float -> ISchedule) (factor: float -> float) =
    forAll2 parts (counts 0 100) (fun g t ->
        let s = make g
        // pow is good to a few units in the last place, but e^−x takes the rounding of x as a relative error; the smallest
        // numbers lose their digits.
        if atStep s (t + 1) > 1e-290 then
            let slack = (16.0 + 2.0 * float (t + 1) * abs (log (factor g))) * epsilon
            near (slack * factor g) (atStep s (t + 1) / atStep s t) (factor g) $"ratio at {t}")

let private jumps (make: int -> float -> ISchedule) (milestone: int -> int -> bool) =
    forAll2 (counts 1 20) parts (fun n g ->
        let s = make n g

        for t in 1..100 do
            if milestone n t then
                near (16.0 * epsilon * atStep s (t - 1)) (atStep s t) (g * atStep s (t - 1)) $"jump at {t}"
            else
                Expect.isTrue ((atStep s t).Equals(atStep s (t - 1))) $"constant at {t}")

// SCH-5

let private restarts (make: int -> int -> ISchedule) =
    forAll2 (counts 1 20) (counts 1 3) (fun n m ->
        let s = make n m
        let mutable start, length = 0, n

        while start < 500 do
            Expect.equal (atStep s start) 1.0 $"restart at {start}"

            for t in 0 .. length - 2 do
                atMost (4.0 * epsilon) (atStep s (start + t + 1)) (atStep s (start + t)) "falls between restarts"
                nearly 1.0 (atStep s (start + t)) (atStep (Schedule.cosine length) t) "a cosine over its own length"

            start <- start + length
            length <- length * m)

let private stable (make: int -> int -> int -> ISchedule) =
    forAll3 (counts 1 20) (counts 0 20) (counts 1 20) (fun n hold d ->
        let total = n + hold + d
        let s = make n total d
        nondecreasing s (n - 1)

        for t in n - 1 .. total - d do
            Expect.equal (atStep s t) 1.0 $"plateau at {t}"

        for t in total - d .. total do
            nearly 1.0 (atStep s t) (float (total - t) / float d) $"cooldown at {t}"

        Expect.equal (atStep s (total + 3)) 0.0 "after it")

// SCH-6

let private finiteAndNonnegative (source: Arbitrary<ISchedule>) =
    forAll2 source steps (fun s t ->
        let value = at s t
        Expect.isTrue (Double.IsFinite value && value >= 0.0) $"{s} at {t} is {show value}")

/// A schedule that counts its queries: what purity forbids.
type private Counting() =
    let mutable queries = 0.0

    interface ISchedule with
        member _.Equation = "the number of queries"

        member _.At _ =
            queries <- queries + 1.0
            queries

let private pure' (source: Arbitrary<ISchedule>) =
    forAll2 source (Arb.fromGen (Gen.arrayOfLength 12 (Arb.toGen steps))) (fun s ts ->
        let forward = ts |> Array.map (at s)
        let backward = ts |> Array.rev |> Array.map (at s) |> Array.rev
        sameBits backward forward $"{s} asked in another order")

/// Combinators of factors above 1, where an overflow would not be finite.
let private growing =
    Arb.fromGen (
        gen {
            let! factor = logUniform 1.0 1e3
            let! huge = logUniform 1.0 1e308

            return!
                Gen.elements [
                    Schedule.geometric factor
                    Schedule.stepDecay 1 factor
                    Schedule.multiStep [ 0..200 ] huge
                    Schedule.constant huge |> Schedule.times (Schedule.constant huge)
                    Schedule.constant huge |> Schedule.plus (Schedule.constant Double.MaxValue)
                    Schedule.geometric factor |> Schedule.scaleBy huge
                    Linear(5, From = huge, To = Double.MaxValue) :> ISchedule
                ]
        }
    )

/// The plateau's factor never rises and never falls below its floor.
let private plateauLaws (make: int -> float -> float -> Optimizer -> Optimizer) =
    forAll3 (counts 1 4) (Arb.fromGen (uniform 0.0 0.9)) (Arb.fromGen (Gen.arrayOfLength 30 normal)) (fun n g losses ->
        let floor = 0.01
        let plan = planFor 1 (sgd 1.0 |> make n g floor)
        let start: float[] = [| 0.0 |]
        let gradient: float[] = [| 1.0 |]
        let next (state: State<float>) (loss: float) = plan.Step(state, gradient, loss)

        let p =
            losses
            |> Array.scan next (plan.Init start)
            |> Array.map (fun s -> s.ToArray()[0])
        // The rate is the length of the step, up to the rounding of positions of at most 30.
        let rates = Array.pairwise p |> Array.map (fun (a, b) -> a - b)

        for r in rates do
            atMost (64.0 * epsilon) floor r "not below the floor"

        for a, b in Array.pairwise rates do
            atMost (64.0 * epsilon) b a "never rises")

[<Tests>]
let tests =
    testList "schedules" [
        law
            "SCH-1"
            "cosine with a floor: ends, symmetry, means, largest step"
            (cosineLaws (fun n lo -> Cosine(n, Floor = lo)))
        control "SCH-1" "a cosine that ends one step early" (cosineLaws (fun n lo -> Cosine(max 1 (n - 1), Floor = lo)))
        control "SCH-1" "a straight line" (cosineLaws (fun n lo -> Linear(n, To = lo)))

        law "SCH-2" "warmup rises from 1/n to 1" (warmupLaws Schedule.warmup (fun n -> 1.0 / float n))
        law "SCH-2" "warmupFrom 0 rises from 0 to 1" (warmupLaws (Schedule.warmupFrom 0.0) (fun _ -> 0.0))
        control "SCH-2" "warmup does not start at 0" (warmupLaws Schedule.warmup (fun _ -> 0.0))
        law "SCH-2" "andThen joins at the first value of the next" (joins (fun a n b -> Schedule.andThen n b a))
        control "SCH-2" "one step late" (joins (fun a n b -> Schedule.andThen (n + 1) b a))
        law
            "SCH-2"
            "warmupCosine is warmup, then cosine"
            (same (
                Arb.fromGen (
                    Gen.map2
                        (fun n more ->
                            Schedule.warmupCosine n (n + more),
                            Schedule.andThen n (Schedule.cosine more) (Schedule.warmup n))
                        (Gen.choose (1, 40))
                        (Gen.choose (1, 40))
                )
            ))

        law "SCH-3" "oneCycle: ends, peak, one mode" (oneCycleLaws Schedule.oneCycle)
        control "SCH-3" "another length of the rise" (oneCycleLaws (fun n -> OneCycle(n, WarmupFraction = 0.5)))

        law "SCH-4" "geometric falls by γ in every step" (ratio Schedule.geometric id)
        law "SCH-4" "exponential falls by e^−λ in every step" (ratio Schedule.exponential (fun l -> exp -l))
        control "SCH-4" "inverseTime does not" (ratio Schedule.inverseTime (fun l -> 1.0 / (1.0 + l)))
        law "SCH-4" "stepDecay jumps at its multiples alone" (jumps Schedule.stepDecay (fun n t -> t % n = 0))
        law
            "SCH-4"
            "multiStep jumps at its milestones alone"
            (jumps (fun n g -> Schedule.multiStep [ n; n + 3; 2 * n + 7 ] g) (fun n t ->
                t = n || t = n + 3 || t = 2 * n + 7))
        control "SCH-4" "one step late" (jumps Schedule.stepDecay (fun n t -> (t - 1) % n = 0))
        law
            "SCH-4"
            "polynomial 1 is linear, bit for bit"
            (same (Arb.fromGen (Gen.map (fun n -> Schedule.polynomial 1.0 n, Schedule.linear n) (Gen.choose (1, 200)))))
        law
            "SCH-4"
            "inverseSqrt halves when t+1 is four times as large"
            (Prop.forAll (counts 0 100000) (fun t ->
                nearly 1.0 (2.0 * atStep Schedule.inverseSqrt (4 * t + 3)) (atStep Schedule.inverseSqrt t) "half"))
        law
            "SCH-4"
            "inverseTime is 1/(1+λt)"
            (forAll2 parts (counts 0 1000) (fun l t ->
                nearly 1.0 (atStep (Schedule.inverseTime l) t * (1.0 + l * float t)) 1.0 "reciprocal"))
        law
            "SCH-4"
            "triangular is a zigzag of period 2n between a and 1"
            (forAll2 (counts 1 40) parts (fun n a ->
                let s = Schedule.triangular n a

                for t in 0 .. 4 * n do
                    let phase = abs (t % (2 * n) - n)
                    nearly 1.0 (atStep s t) (1.0 - (1.0 - a) * float phase / float n) $"at {t}"))

        law "SCH-5" "cosineRestarts: waves of T, mT, m²T … from 1" (restarts Schedule.cosineRestarts)
        control "SCH-5" "a cosine without restarts" (restarts (fun n _ -> Schedule.cosine n))
        law "SCH-5" "warmupStableDecay: rise, plateau, straight fall to 0" (stable Schedule.warmupStableDecay)
        control
            "SCH-5"
            "a cooldown one step too long"
            (stable (fun n total d -> Schedule.warmupStableDecay n (total + 1) (d + 1)))
        law
            "SCH-5"
            "plateau never raises the rate, nor lowers it below its floor"
            (plateauLaws (fun n g floor -> plateauWith (Plateau(n, g, Floor = floor))))
        control "SCH-5" "without a floor it goes below" (plateauLaws (fun n g _ -> plateau n g))

        law "SCH-6" "every schedule is finite and ≥ 0 for every t" (finiteAndNonnegative one)
        law "SCH-6" "growing ones too: they saturate" (finiteAndNonnegative growing)
        law "SCH-6" "every schedule is a function of t alone" (pure' one)
        control
            "SCH-6"
            "one that counts its queries is not"
            (pure' (Arb.fromGen (Gen.fresh (fun () -> Counting() :> ISchedule))))
        law
            "SCH-6"
            "past its end a schedule keeps its value"
            (forAll2 one steps (fun s t ->
                match Option.ofNullable s.End with
                | Some last when t >= last -> equalAt s (Schedule.constant (at s last)) t
                | _ -> ()))

        law "algebra" "andThen 0 s' s = s'" (same (pairOf (fun s next -> Schedule.andThen 0 next s, next)))
        law
            "algebra"
            "andThen is associative"
            (same (
                Arb.fromGen (
                    gen {
                        let! a = Schedules.schedule
                        let! b = Schedules.schedule
                        let! c = Schedules.schedule
                        let! n = Gen.choose (0, 30)
                        let! m = Gen.choose (0, 30)

                        return
                            Schedule.andThen n (Schedule.andThen m c b) a,
                            Schedule.andThen (n + m) c (Schedule.andThen n b a)
                    }
                )
            ))
        control
            "algebra"
            "not with the lengths the other way round"
            (same (
                pairOf (fun a b ->
                    Schedule.andThen 3 (Schedule.andThen 5 a b) a, Schedule.andThen 5 a (Schedule.andThen 3 b a))
            ))
        law "algebra" "times commutes" (same (pairOf (fun a b -> Schedule.times a b, Schedule.times b a)))
        law
            "algebra"
            "times has the unit constant 1.0"
            (same (both (fun s -> Schedule.times (Schedule.constant 1.0) s, s)))
        law "algebra" "plus commutes" (same (pairOf (fun a b -> Schedule.plus a b, Schedule.plus b a)))
        control "algebra" "constant 2.0 is no unit" (same (both (fun s -> Schedule.times (Schedule.constant 2.0) s, s)))
        law
            "algebra"
            "andThen is s, then s' in its own time"
            (pointwise (Schedule.andThen 7 (Schedule.cosine 20)) (fun s t ->
                if t < 7L then at s t else at (Schedule.cosine 20) (t - 7L)))
        law
            "algebra"
            "times is pointwise"
            (pointwise (Schedule.times (Schedule.warmup 9)) (fun s t -> at s t * at (Schedule.warmup 9) t))
        law
            "algebra"
            "plus is pointwise"
            (pointwise (Schedule.plus (Schedule.warmup 9)) (fun s t -> at s t + at (Schedule.warmup 9) t))
        law "algebra" "delay n is s(max(0, t−n))" (pointwise (Schedule.delay 11) (fun s t -> at s (max 0L (t - 11L))))
        law "algebra" "repeat n is s(t mod n)" (pointwise (Schedule.repeat 11) (fun s t -> at s (t % 11L)))
        law "algebra" "scaleBy a is a·s" (pointwise (Schedule.scaleBy 0.7) (fun s t -> 0.7 * at s t))
        law "algebra" "atLeast a is max" (pointwise (Schedule.atLeast 0.3) (fun s t -> max 0.3 (at s t)))
        law "algebra" "atMost a is min" (pointwise (Schedule.atMost 0.3) (fun s t -> min 0.3 (at s t)))
        control
            "algebra"
            "delay is not a shift of one more"
            (pointwise (Schedule.delay 11) (fun s t -> at s (max 0L (t - 12L))))
        law
            "algebra"
            "several schedules of an optimizer multiply its rate"
            (forAll3 one one steps (fun a b t ->
                let rate (o: Optimizer) = (planFor 1 o).RateAt t
                // Three factors in two orders: two roundings each.
                let product = 0.1 * at a t * at b t
                near (4.0 * epsilon * product) (rate (sgd 0.1 |> schedule a |> schedule b)) product "product"))
    ]
