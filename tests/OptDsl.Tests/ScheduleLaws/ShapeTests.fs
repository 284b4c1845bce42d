/// The shapes of schedules (SCH-1 … SCH-5): ends, joints, peaks, jumps, waves: `law id → statement → property`.
module OptDsl.Tests.ScheduleLaws.ShapeTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running
open OptDsl.Tests.ScheduleLaws.Values

let private lengths = counts 1 200

let private parts = positives 1e-3 1.0

/// Few roundings of numbers of at most this size.
let private nearly size actual expected message =
    near (8.0 * epsilon * size) actual expected message

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
    ]
