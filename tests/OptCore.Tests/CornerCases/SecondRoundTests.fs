/// The corner cases of the second round's elementwise rules.
module OptCore.Tests.CornerCases.SecondRoundTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.CornerCases.Steps

let private square (x: float) = x * x

let private numbers (state: State<float>) = List.ofArray (state.ToArray())

let private ascent = [
    testCase "ascend acts before what is declared before it" (fun () ->
        // clipValue keeps [−∞, 1]: its place would show were clipping not symmetric; decay shows it
        Expect.equal (after (plain "sgd 0.5 |> l2 1.0 |> ascend" 1) [ 4.0 ] [ [ 2.0 ] ]) [ 3.0 ] "4 − ½(−2 + 4)"
        Expect.equal (after (plain "flow [L2 1.0; Ascend()] 0.5" 1) [ 4.0 ] [ [ 2.0 ] ]) [ 3.0 ] "in a flow")

    testCase "ascend on −g is descent on g, bit for bit, whatever is built around it" (fun () ->
        for words in
            [
                "adam 0.1 |> weightDecay 0.1"
                "sgd 0.1 |> accumulate 2 |> momentum 0.9 |> clip 1.0"
                "sgd 0.1 |> plateau 1 0.5"
                "madgrad 0.1"
                "cocob 1.0"
                "sgd 0.1 |> nag 0.5"
            ] do
            let down, up = plain words 3, plain $"{words} |> ascend" 3
            let mutable a, b = init down [ 1.0; -2.0; 0.0 ], init up [ 1.0; -2.0; 0.0 ]

            for t in 0..5 do
                let g = [ float t - 2.5; 0.0; 1.0 / float (t + 1) ]
                let loss = float (t % 3)
                a <- down.Step(a, vector g, loss, atPoint = true)
                b <- up.Step(b, vector (List.map (~-) g), -loss, atPoint = true)
                Expect.equal (numbers b) (numbers a) $"{words}, step {t}")

    testCase "under sam the point is that of −f" (fun () ->
        let plan = plain "sgd 1.0 |> sam 0.5 |> ascend" 2
        let point = plan.Point(init plan [ 0.0; 0.0 ], vector [ 0.0; 4.0 ])
        Expect.equal (List.ofArray point) [ 0.0; -0.5 ] "p − ρ g/‖g‖")

    testCase "ascend stands once, and in no scope" (fun () ->
        says [ "Ascend"; "twice" ] (fun () -> read "sgd 0.1 |> ascend |> ascend")
        says [ "Ascend" ] (fun () -> read "sgd 0.1 |> only \"a\" ascend"))

    testCase "the report has the loss that was handed in" (fun () ->
        let plan = plain "sgd 0.1 |> ascend |> plateau 1 0.5" 1
        let struct (_, report) = plan.StepReported(init plan [ 0.0 ], vector [ 1.0 ], 3.0)
        Expect.equal report.Loss 3.0 "loss")
]

let private replacing = [
    testCase "zeroNans counts what it replaces, micro-gradients too" (fun () ->
        let plan = plain "sgd 1.0 |> zeroNans |> accumulate 2" 3

        let states =
            List.scan (step plan) (init plan [ 0.0; 0.0; 0.0 ]) [
                [ nan; 2.0; nan ]
                [ 4.0; nan; 0.0 ]
                [ 1.0; 1.0; 1.0 ]
            ]

        Expect.equal [ for s in states -> s.Count "zeroNans.count" ] [ 0L; 2L; 3L; 3L ] "count"
        Expect.equal (numbers states[2]) [ -2.0; -1.0; 0.0 ] "p")

    testCase "infinities stay, unless they are asked for" (fun () ->
        let run text =
            let plan = plain text 3
            let state = step plan (init plan [ 0.0; 0.0; 0.0 ]) [ infinity; -infinity; nan ]
            numbers state, state.Count "zeroNans.count"

        Expect.equal (run "sgd 1.0 |> zeroNans") ([ -infinity; infinity; 0.0 ], 1L) "NaN alone"

        Expect.equal
            (run "sgd 1.0 |> zeroNansWith (ZeroNans(Infinities = true))")
            ([ 0.0; 0.0; 0.0 ], 3L)
            "all that is not finite")

    testCase "counting is exact at every length, in float too" (fun () ->
        for length in [ 1; 31; 32; 33; 1000; 40000 ] do
            let g = Array.init length (fun i -> if i % 7 = 3 then Single.NaN else 1f)
            let plan = (read "sgd 1.0 |> zeroNans").Plan<float32>(Layout.Plain length)

            let state =
                plan.Step(plan.Init(ReadOnlySpan(Array.zeroCreate<float32> length)), ReadOnlySpan g)

            let expected = g |> Array.filter Single.IsNaN |> Array.length
            Expect.equal (state.Count "zeroNans.count") (int64 expected) $"{length}"

            Expect.equal
                (state.ToArray())
                (g |> Array.map (fun x -> if Single.IsNaN x then 0f else -1f))
                $"p, {length}")
]

let private refusing = [
    testCase "skipLarge takes ‖g‖ = c and refuses what is longer, and NaN" (fun () ->
        let plan = plain "sgd 1.0 |> momentum 0.5 |> average 0.5 |> skipLarge 5.0" 2

        let states =
            List.scan (step plan) (init plan [ 0.0; 0.0 ]) [
                [ 3.0; 4.0 ]
                [ 3.0; 4.000001 ]
                [ nan; 0.0 ]
                [ infinity; 0.0 ]
                [ 0.0; 0.0 ]
            ]

        Expect.equal [ for s in states -> s.Step ] [ 0L; 1L; 1L; 1L; 1L; 2L ] "t"
        Expect.equal [ for s in states -> s.Count "skipLarge.skipped" ] [ 0L; 0L; 1L; 2L; 3L; 3L ] "skipped"
        Expect.equal (numbers states[4]) (numbers states[1]) "p rests"
        Expect.equal (states[4].Slot "momentum.v") (states[1].Slot "momentum.v") "v rests"
        Expect.equal (numbers states[5]) [ -4.5; -6.0 ] "and goes on")

    testCase "not finite comes first, and neither counts the other's" (fun () ->
        let plan = plain "sgd 1.0 |> skipLarge 5.0 |> skipNonFinite 9" 1

        let states =
            List.scan (step plan) (init plan [ 0.0 ]) [ [ nan ]; [ 6.0 ]; [ nan ]; [ 1.0 ] ]

        let counts name = [ for s in states -> s.Count name ]

        Expect.equal (counts "skipNonFinite.count") [ 0L; 1L; 1L; 2L; 0L ] "not finite, in a row"
        Expect.equal (counts "skipLarge.skipped") [ 0L; 0L; 1L; 1L; 1L ] "too large, in all")

    testCase "a micro-gradient that is too large does not count" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> skipLarge 5.0" 1
        let states = List.scan (step plan) (init plan [ 0.0 ]) [ [ 2.0 ]; [ 9.0 ]; [ 4.0 ] ]
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; 0.0; 0.0; -3.0 ] "p"
        Expect.equal [ for s in states -> s.Count "accumulate.count" ] [ 0L; 1L; 1L; 0L ] "count")

    testCase "a session says Skipped, and frozen tensors do not count" (fun () ->
        let plan =
            named "sgd 1.0 |> skipLarge 5.0 |> freeze \"a\"" (layout [ "a", 1; "b", 1 ])

        let session = plan.Start(ReadOnlySpan [| 0.0; 0.0 |])
        Expect.equal (session.Step(ReadOnlySpan [| 9.0; 1.0 |])) StepOutcome.Updated "a is frozen"
        Expect.equal (session.Step(ReadOnlySpan [| 0.0; 9.0 |])) StepOutcome.Skipped "b is not")

    testCase "minimize ends where every gradient is too large" (fun () ->
        let options = MinimizeOptions(Steps = 5L)

        let result =
            Minimizer.Minimize(read "sgd 0.1 |> skipLarge 0.5", Quadratic [| 1.0 |], vector [ 1.0 ], options)

        Expect.equal (result.Reason, result.Steps) (Reason.LimitReached, 0L) "ends without a step")
]

let private norms = [
    testCase "clipNorm is the exact identity up to c, and neither over- nor underflows" (fun () ->
        Expect.equal
            (after (plain "sgd 1.0 |> clipNorm 1.0 4.0" 2) [ 0.0; 0.0 ] [ [ 3.0; -1.0 ] ])
            [ -3.0; 1.0 ]
            "3 + 1 = 4"

        Expect.equal
            (after (plain "sgd 1.0 |> clipNorm 1.0 2.0" 2) [ 0.0; 0.0 ] [ [ 3.0; -1.0 ] ])
            [ -1.5; 0.5 ]
            "halved"

        Expect.equal
            (after (plain "sgd 1.0 |> clipNorm infinity 1.0" 2) [ 0.0; 0.0 ] [ [ 4.0; -2.0 ] ])
            [ -1.0; 0.5 ]
            "the largest is 1, the direction stays"

        for order in [ "1.0"; "1.5"; "3.0"; "infinity" ] do
            let p = after (plain $"sgd 1.0 |> clipNorm {order} 1.0" 1) [ 0.0 ] [ [ 1e308 ] ]
            Expect.floatClose Accuracy.high p[0] -1.0 $"{order}: no overflow"

            Expect.equal
                (after (plain $"sgd 1.0 |> clipNorm {order} 1.0" 1) [ 0.0 ] [ [ 1e-320 ] ])
                [ -1e-320 ]
                "small"

            Expect.equal (after (plain $"sgd 1.0 |> clipNorm {order} infinity" 1) [ 0.0 ] [ [ 1e300 ] ]) [ -1e300 ] "∞")

    testCase "what is not finite passes, NaN and ∞, empty tensors are at rest" (fun () ->
        for words in [ "clipNorm 3.0 1.0"; "clipBlockRms 1.0" ] do
            let p = after (plain $"sgd 1.0 |> {words}" 2) [ 0.0; 0.0 ] [ [ infinity; 3.0 ] ]
            Expect.equal p [ -infinity; -3.0 ] words

        let plan = named "sgd 1.0 |> clipBlockRms 2.0" (layout [ "a", 0; "b", 4 ])
        Expect.equal (after plan [ 0.0; 0.0; 0.0; 0.0 ] [ [ 4.0; 4.0; 4.0; 4.0 ] ]) [ -2.0; -2.0; -2.0; -2.0 ] "RMS 4")

    testCase "tensors at 0 move by the least size" (fun () ->
        Expect.equal
            (after (plain "sgd 1.0 |> scaleByParameterNormWith (ScaleByParameterNorm(Minimum = 0.5))" 2) [ 0.0; 0.0 ] [
                [ 2.0; -4.0 ]
            ])
            [ -1.0; 2.0 ]
            "norm"

        Expect.equal
            (after (plain "sgd 1.0 |> scaleByParameterRms" 4) [ 2.0; 2.0; 2.0; -2.0 ] [ [ 1.0; 0.0; 0.0; 0.0 ] ])
            [ 0.0; 2.0; 2.0; -2.0 ]
            "RMS 2")
]

let private directions = [
    testCase "0/0 is 0: nothing moves without a gradient" (fun () ->
        for words in
            [
                "cocobWith (Cocob(Epsilon = 0.0)) 1.0"
                "madgradWith (Madgrad(Epsilon = 0.0)) 0.1"
                "adEmaMixWith (AdEmaMix(Epsilon = 0.0)) 0.1"
                "simplifiedAdEmaMixWith (SimplifiedAdEmaMix(Epsilon = 0.0)) 0.1"
                "acPropWith (AcProp(Epsilon = 0.0, EpsilonRoot = 0.0)) 0.1"
                "ftrlWith (Ftrl(Initial = 0.0)) 0.1"
            ] do
            Expect.equal (after (plain words 2) [ 3.0; -1.0 ] [ [ 0.0; 0.0 ]; [ 0.0; 0.0 ] ]) [ 3.0; -1.0 ] words)

    testCase "cocob first moves every coordinate by 1/α" (fun () ->
        let p =
            after (plain "cocobWith (Cocob(Alpha = 4.0, Epsilon = 0.0)) 1.0" 3) [ 0.0; 1.0; 0.0 ] [
                [ 1e-30; -1e30; 0.0 ]
            ]

        Expect.equal p [ -0.25; 1.25; 0.0 ] "p")

    testCase "ftrl: a rate of 0 changes nothing, and the rate before it counts behind it" (fun () ->
        let table = "ftrlWith (Ftrl(Initial = 0.0)) 1.0 |> table [1.0; 0.0; 0.5]"
        let plan = plain table 1
        let states = List.scan (step plan) (init plan [ 1.0 ]) [ [ 3.0 ]; [ 7.0 ]; [ 4.0 ] ]
        Expect.equal (states[2].Slot "ftrl.n") (states[1].Slot "ftrl.n") "n"
        Expect.equal (states[2].Slot "ftrl.z") (states[1].Slot "ftrl.z") "z"
        Expect.equal (numbers states[2]) (numbers states[1]) "p"
        // as adagrad: 1 − 3/3, then −½·4/5
        Expect.floatClose Accuracy.veryHigh (states[3].ToArray()[0]) -0.4 "p")

    testCase "madgrad: a rate of 0 from the start leaves p alone" (fun () ->
        Expect.equal (after (plain "madgrad 0.0" 2) [ 3.0; -1.0 ] [ [ 1.0; 2.0 ]; [ 5.0; 0.0 ] ]) [ 3.0; -1.0 ] "p")

    testCase "the rate is inside: nothing may follow, decay is by η_t" (fun () ->
        for head in [ "madgrad 0.1"; "ftrl 0.1"; "fromage 0.1" ] do
            says [ "contains the rate" ] (fun () -> plain $"{head} |> momentum 0.9" 1)
            let p = after (plain $"{head} |> weightDecay 0.5" 1) [ 4.0 ] [ [ 0.0 ] ]
            let bare = after (plain head 1) [ 4.0 ] [ [ 0.0 ] ]
            Expect.floatClose Accuracy.veryHigh (p[0] - bare[0]) (-0.1 * 0.5 * 4.0) head)

    testCase "rateFor multiplies the rate inside" (fun () ->
        let tensors = layout [ "a", 1; "b", 1 ]
        let whole = named "fromage 0.2" tensors
        let parts = named "fromage 0.1 |> rateFor \"b\" 2.0" tensors

        let p, q =
            after whole [ 1.0; 1.0 ] [ [ 1.0; 1.0 ] ], after parts [ 1.0; 1.0 ] [ [ 1.0; 1.0 ] ]

        Expect.equal q[1] p[1] "b")

    testCase
        "langevin: the step adds the same noise with the rate inside; nothing at rate 0 or temperature 0"
        (fun () ->
            let outside =
                after (plain "sgd 0.25 |> langevin 2.0 7" 3) [ 0.0; 0.0; 0.0 ] [ [ 0.0; 0.0; 0.0 ] ]

            let inside =
                after (plain "sgd 0.25 |> velocity 0.0 |> langevin 2.0 7" 3) [ 0.0; 0.0; 0.0 ] [ [ 0.0; 0.0; 0.0 ] ]

            List.iter2 (fun a b -> Expect.floatClose Accuracy.veryHigh a b "noise") outside inside
            Expect.isTrue (outside |> List.forall (fun x -> x <> 0.0)) "there is noise"
            Expect.equal (after (plain "sgd 0.0 |> langevin 2.0 7" 1) [ 1.0 ] [ [ 3.0 ] ]) [ 1.0 ] "rate 0"
            Expect.equal (after (plain "sgd 0.5 |> langevin 0.0 7" 1) [ 1.0 ] [ [ 4.0 ] ]) [ -1.0 ] "temperature 0")
]

let private following = [
    testCase "numbers of the new stages follow schedules" (fun () ->
        let run text =
            let plan = plain text 2
            let take state g = step plan state g
            numbers (List.fold take (init plan [ 1.0; -1.0 ]) [ [ 3.0; 4.0 ]; [ 1.0; 0.0 ]; [ 0.5; 6.0 ] ])

        for stage, property in
            [
                "clipNorm 3.0 2.0", "ClipNorm.Order"
                "clipNorm 2.0 2.0", "ClipNorm.MaxNorm"
                "skipLarge 2.0", "SkipLarge.MaxNorm"
                "clipBlockRms 2.0", "ClipBlockRms.MaxRms"
                "optimistic 2.0 2.0", "Optimistic.Beta"
                "langevin 2.0 5", "Langevin.Temperature"
            ] do
            let with' =
                run $"sgd 0.1 |> {stage} |> scheduled \"{property}\" (Table [9.0; 1.0; 2.0])"

            Expect.isFalse (with' = run $"sgd 0.1 |> {stage}") $"{property} acts"

            let number = stage.Split(' ')[1]
            let constant = if property = "ClipNorm.Order" then number else "2.0"

            Expect.equal
                (run $"sgd 0.1 |> {stage} |> scheduled \"{property}\" (Schedule.constant {constant})")
                (run $"sgd 0.1 |> {stage}")
                $"{property}, constant"

        for head, property, first in
            [
                "ftrlWith (Ftrl(Power = 0.5)) 0.1", "Ftrl.Power", "0.9"
                "ftrl 0.1", "Ftrl.L1", "0.9"
                "madgrad 0.1", "Madgrad.Momentum", "0.9"
                "adEmaMix 0.1", "AdEmaMix.Beta1", "0.9"
                "acProp 0.1", "AcProp.Beta2", "0.9"
                "fromage 0.1", "Fromage.Minimum", "9.0"
            ] do
            let with' = run $"{head} |> scheduled \"{property}\" (Table [{first}; 0.3; 0.6])"
            Expect.isTrue (with' |> List.forall Double.IsFinite) property
            Expect.isFalse (with' = run head) $"{property} acts")
]

let private laws = [
    testCase "langevin on ½λp²: the variance is T/(λ(1−ηλ/2)) in the end, and grows to it as it must" (fun () ->
        let n, rate, lambda, temperature = 200_000, 0.25, 2.0, 0.5
        let plan = plain $"sgd {rate} |> langevin {temperature} 11" n
        let session = plan.Start(ReadOnlySpan(Array.zeroCreate<float> n))
        let shrinks = square (1.0 - rate * lambda)

        for k in 1..12 do
            session.Step(ReadOnlySpan(session.AsSpan().ToArray() |> Array.map ((*) lambda)))
            |> ignore

            let mean = session.AsSpan().ToArray() |> Array.average
            let variance = session.AsSpan().ToArray() |> Array.averageBy square

            let expected =
                temperature / (lambda * (1.0 - rate * lambda / 2.0)) * (1.0 - pown shrinks k)

            // Five standard deviations of n independent numbers.
            let allowed = 5.0 / sqrt (float n)
            Expect.isLessThan (abs mean) (allowed * sqrt expected) $"mean, {k}"
            Expect.isLessThan (abs (variance - expected)) (allowed * sqrt 2.0 * expected) $"variance, {k}")

    testCase "an average one step ahead is Nesterov's momentum to what ignores its length" (fun () ->
        let layout = Layout.Empty.Add("w", 3, 4).Add("k", 2, 3, 2)
        let beta, epsilon = 0.9, 1e-3

        let run text =
            let plan = named text layout
            let random = Random 6

            let gradient _ =
                List.init 24 (fun _ -> random.NextDouble() - 0.5)

            after plan (List.init 24 float) (List.init 8 gradient)

        let ours =
            run
                $"sgd 0.1 |> emaWith (Ema({beta}, Nesterov = true)) |> orthogonalizeWith (Orthogonalize(Epsilon = {epsilon}))"

        let theirs =
            run $"sgd 0.1 |> nesterov {beta} |> orthogonalizeWith (Orthogonalize(Epsilon = {epsilon / (1.0 - beta)}))"

        List.iter2 (fun a b -> Expect.floatClose Accuracy.high a b "p") ours theirs)

    testCase "∛x is within one unit in the last place, at every magnitude" (fun () ->
        // madgrad at μ = 0, ε = 0 and rate 1: λ = 1, s = u, G = u²: p = −u/∛(u²) = −∛u. The square's rounding counts a third; root,
        // quotient, the root it is compared with and that quotient make 1/6 + 1 + ½ + 1 + ½ units.
        let random = Random 7

        let numbers = [
            for _ in 1..4000 -> (random.NextDouble() + 0.5) * Math.Pow(10.0, float (random.Next(-150, 150)))
        ]

        let plan =
            plain "madgradWith (Madgrad(Momentum = 0.0, Epsilon = 0.0)) 1.0" numbers.Length

        let roots = after plan (numbers |> List.map (fun _ -> 0.0)) [ numbers ]

        List.iter2 (fun x p -> Expect.isLessThan (abs (-p / Math.Cbrt x - 1.0)) 7e-16 $"∛{x}") numbers roots

        let single = numbers |> List.map (fun x -> float32 (x ** 0.05)) |> Array.ofList

        let plan =
            (read "madgradWith (Madgrad(Momentum = 0.0, Epsilon = 0.0)) 1.0").Plan<float32>(Layout.Plain single.Length)

        let state =
            plan.Step(plan.Init(ReadOnlySpan(Array.zeroCreate<float32> single.Length)), ReadOnlySpan single)

        Array.iter2
            (fun (x: float32) (p: float32) ->
                Expect.isLessThan (abs (-float p / Math.Cbrt(float x) - 1.0)) 2.5e-7 $"∛{x}")
            single
            (state.ToArray()))
]

let private learning = [
    testCase "hypergradient: a product beyond the numbers teaches nothing" (fun () ->
        let plan =
            (Optimizer.Sgd(Math.ScaleB(1.0, -600)).Hypergradient 1.0).Plan<float>(Layout.Plain 1)

        let huge = Math.ScaleB(1.0, 600)

        let states =
            List.scan (step plan) (init plan [ 0.0 ]) [ [ huge ]; [ huge ]; [ -huge ] ]

        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; -1.0; -2.0; -1.0 ] "p"
        Expect.equal [ for s in states -> (s.Numbers "hypergradient.factor")[0] ] [ 1.0; 1.0; 1.0; 1.0 ] "c")

    testCase "hypergradient: the cosine of numbers whose norms multiply to more than there is" (fun () ->
        let plan =
            Optimizer
                .Sgd(Math.ScaleB(1.0, -500))
                .With(Hypergradient(0.5, Multiplicative = true))
                .Plan<float>(Layout.Plain 1)

        let g = Math.ScaleB(1.0, 500)
        let states = List.scan (step plan) (init plan [ 0.0 ]) [ [ g ]; [ g ]; [ -g ] ]
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; -1.0; -2.5; -1.75 ] "p")

    testCase "hypergradient: stays where nothing moves, and where nothing has moved" (fun () ->
        let plan =
            plain "sgd 0.5 |> hypergradientWith (Hypergradient(0.5, Multiplicative = true))" 1

        let states =
            List.scan (step plan) (init plan [ 1.0 ]) [ [ 0.0 ]; [ 0.0 ]; [ 2.0 ]; [ 0.0 ] ]

        Expect.equal
            [ for s in states -> (s.Numbers "hypergradient.factor")[0] ]
            [ 1.0; 1.0; 1.0; 1.0; 1.0 ]
            "0/0 is 0"

        Expect.equal (List.last states |> _.Slot("hypergradient.last") |> List.ofArray) [ 0.0 ] "d")

    testCase "hypergradient: of the mean of micro-gradients, and of clipped ones" (fun () ->
        let run text =
            after (plain text 1) [ 0.0 ] [ [ 1.0 ]; [ 3.0 ]; [ 1.0 ]; [ 3.0 ] ]
        // means 2 and 2: c = 1 + ¼·4; clipped to 1 all of them: c = 1, 2, 3, 4
        Expect.equal (run "sgd 0.5 |> accumulate 2 |> hypergradient 0.25") [ -3.0 ] "means"
        Expect.equal (run "sgd 0.5 |> clip 1.0 |> hypergradient 1.0") [ -5.0 ] "clipped")

    testCase "hypergradient: what it refuses" (fun () ->
        says [ "Hypergradient"; "onlyWhen" ] (fun () -> read "sgd 0.1 |> onlyWhen (StepsFrom 2) (hypergradient 0.1)")

        says [ "Beta"; "-1" ] (fun () -> read "sgd 0.1 |> hypergradient -1.0")
        says [ "Minimum"; "1.5" ] (fun () -> read "sgd 0.1 |> hypergradientWith (Hypergradient(0.1, Minimum = 1.5))")
        says [ "Maximum"; "0.5" ] (fun () -> read "sgd 0.1 |> hypergradientWith (Hypergradient(0.1, Maximum = 0.5))"))
]

let private words = [
    testCase "a decay behind a rate of its own is warned of" (fun () ->
        let codes (text: string) = [ for w in (read text).Warnings() -> w.Code ]

        Expect.contains (codes "cocob 1.0 |> weightDecay 0.1") "decay-own-rate" "cocob"
        Expect.isFalse (codes "cocob 1.0 |> l2 0.1" |> List.contains "decay-own-rate") "l2"
        Expect.isFalse (codes "madgrad 0.01 |> weightDecay 0.1" |> List.contains "decay-own-rate") "madgrad")

    testCase "tables read and print lists" (fun () ->
        let text = "sgd 0.1 |> table [0.5; 1.0; 1e-300; 0.0]"
        Expect.equal (string (read text)) text "the same text"
        Expect.equal (read "sgd 0.1 |> schedule (Table [1; 2])") (read "sgd 0.1 |> table [1.0; 2.0]") "integers"
        says [ "one value" ] (fun () -> read "sgd 0.1 |> table []")
        says [ "-1" ] (fun () -> read "sgd 0.1 |> table [1.0; -1.0]")
        Expect.equal (Optimizer.Sgd(0.1).Table [ 0.5; 1.0 ]) (read "sgd 0.1 |> table [0.5; 1.0]") "fluent")

    testCase "asgd and optimisticAdam print expanded" (fun () ->
        Expect.equal
            (string (read "asgd 0.5 0.75 7 0.1"))
            "sgd 0.1 |> weightDecay 0.5 |> polyakAverageWith (PolyakAverage(From = 8)) |> inverseTimeWith (InverseTime(0.05, Power = 0.75))"
            "asgd"

        Expect.equal (string (read "optimisticAdam 0.1")) "adam 0.1 |> optimistic 1.0 1.0" "optimisticAdam"
        says [ "start" ] (fun () -> read "asgd 0.5 0.75 -1 0.1"))
]

[<Tests>]
let tests =
    testList "corner cases of the second round" [
        testList "ascend" ascent
        testList "zeroNans" replacing
        testList "skipLarge" refusing
        testList "norms" norms
        testList "directions" directions
        testList "scheduled" following
        testList "laws" laws
        testList "learning" learning
        testList "words" words
    ]
