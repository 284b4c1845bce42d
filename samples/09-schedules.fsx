// All schedules, drawn, and what theory says of each. After `dotnet build -c Release`: dotnet fsi samples/09-schedules.fsx
#load "lib/experiment.fsx"

open OptCore
open OptDsl
open Experiment

shows
    "Every schedule over 100 updates; among them a textbook's one-cycle, which rises along a straight line. For each the bound on the last
iterate of subgradient descent (Orabona 2020, Defazio 2023) that holds for any rates, beside the gap that a run has on ‖x‖₁."

let t = 100

let all: (string * ISchedule) list = [
    "constant", Schedule.constant 1.0
    "stepDecay", Schedule.stepDecay 25 0.5
    "multiStep", Schedule.multiStep [ 30; 60; 80 ] 0.3
    "geometric", Schedule.geometric 0.97
    "exponential", Schedule.exponential 0.03
    "cosine", Schedule.cosine t
    "cosine with a floor", Schedule.cosineWith (Cosine(t, Floor = 0.1))
    "cosineRestarts", Schedule.cosineRestarts 15 2
    "linear", Schedule.linear t
    "polynomial", Schedule.polynomial 2.0 t
    "warmup", Schedule.warmup 20
    "warmupFrom", Schedule.warmupFrom 0.2 20
    "warmupCosine", Schedule.warmupCosine 10 t
    "oneCycle", Schedule.oneCycle t
    "one-cycle, linear warm-up", Schedule.oneCycleWith (OneCycle(t, LinearWarmup = true))
    "one-cycle of PyTorch", Schedule.oneCycleWith (OneCycle(t, Inclusive = true))
    "inverseSqrt", Schedule.inverseSqrt
    "inverseTime", Schedule.inverseTime 0.1
    "triangular", Schedule.triangular 10 0.1
    "warmupStableDecay", Schedule.warmupStableDecay 10 t 30
]

// ‖x‖₁ in 5 dimensions: not smooth, subgradients of norm ≤ √5.
let d = 5
let start = Array.init d (fun i -> 1.0 + 0.3 * float i)

let norm1 =
    Objective.ofFunction
        d
        (Array.sumBy abs)
        (Array.map (fun x ->
            if x > 0.0 then 1.0
            elif x < 0.0 then -1.0
            else 0.0))

let r2 = start |> Array.sumBy (fun x -> x * x)
let rate = sqrt r2 / sqrt (float d * float t)

/// f(x_T) − f* ≤ (R² + Ση²g²)/(2S₁) + ½ Σ_k η_k/(S_{k+1}S_k) Σ_{t≥k} η_t²g_t², S_k = Σ_{t≥k} η_t.
let bound (rates: float[]) (gradients: float[]) =
    let tails xs = Array.scanBack (+) xs 0.0

    let s, q =
        tails rates, tails (Array.map2 (fun rate g -> rate * rate * g * g) rates gradients)

    let last = rates.Length - 1

    let sum =
        Seq.sum (seq { for k in 0 .. last - 1 -> rates[k] / (s[k + 1] * s[k]) * q[k] })

    (r2 + q[0]) / (2.0 * s[0]) + sum / 2.0

let measure (s: ISchedule) =
    let run =
        sgd rate |> schedule s |> trace norm1 start |> Seq.truncate t |> Array.ofSeq
    // Where a schedule ends at 0 within the run, the iterates stay and the bound speaks of those before.
    let moving = run |> Array.filter (fun point -> point.Rate > 0.0)
    run[moving.Length - 1].Value, bound (moving |> Array.map _.Rate) (moving |> Array.map _.GradientNorm)

let rows = [ for name, s in all -> name, s, measure s ]

table [ "schedule"; "s(0)"; "s(50)"; "s(99)"; "Σ s"; "f − f* of the last"; "at most" ] [
    for name, s, (gap, most) in rows ->
        let values = Schedule.values t s

        [
            name
            number values[0]
            number values[50]
            number values[99]
            number (Array.sum values)
            number gap
            number most
        ]
]

claim "every run ends below its bound" (rows |> List.forall (fun (_, _, (gap, most)) -> gap <= most * (1.0 + 1e-12)))

claim
    "of all schedules here the straight line to 0 has the smallest bound"
    (let most name =
        rows
        |> List.pick (fun (n, _, (_, most)) -> if n = name then Some most else None)

     rows
     |> List.forall (fun (name, _, (_, bound)) -> name = "linear" || bound > most "linear"))

let at (step: int) (s: ISchedule) = Schedule.at (int64 step) s

claim
    "cosine: 1, ½ and 0 at the start, the middle and the end"
    (let cosine = Schedule.cosine t

     (at 0 cosine, at t cosine, at (2 * t) cosine) = (1.0, 0.0, 0.0)
     && near 1e-15 (at (t / 2) cosine) 0.5)

claim
    "the textbook's one-cycle rises by the same amount every update, up to 1 at 0.3 T"
    (let s = Schedule.oneCycleWith (OneCycle(t, LinearWarmup = true))
     let rises = [ for step in 0..29 -> at (step + 1) s - at step s ]

     near 1e-12 (List.min rises) (List.max rises)
     && at 30 s = 1.0
     && near 1e-12 (at 0 s) 0.04)

Chart.panels 4 [
    for name, s in all ->
        Chart.schedule (t + 10) s
        |> Chart.title name
        |> Chart.yRange (0.0, 1.05)
        |> Chart.labels "" ""
        |> Chart.size 290 200
]
|> picture "09-all"

let some = [
    "cosine"
    "linear"
    "warmupCosine"
    "oneCycle"
    "one-cycle, linear warm-up"
    "warmupStableDecay"
    "inverseSqrt"
]

Chart.schedules (t + 1) (all |> List.filter (fun (name, _) -> List.contains name some))
|> Chart.title "The schedules of practice"
|> picture "09-practice"

finish ()
