/// What constructors of other libraries mean: the values of their arguments, formulas solved for what is unknown, what is refused, and
/// when two optimizers are alike.
module OptCore.Tests.ConstructorTests

open System
open Expecto
open OptCore

let private value (text: string) =
    PyValues.Of(PyParser.Expression text, (fun name -> if name = "t" then box 3.0 else PyName(0, 0, name)))

let private values = [
    testCase "what an expression is without a library" (fun () ->
        for text, expected in
            [
                "1 + 2 * 3 - 4 / 8", box 6.5
                "2 ** 3", 8.0
                "-t", -3.0
                "sqrt(t + 1)", 2.0
                "math.sqrt(4)", 2.0
                "float('inf')", infinity
                "np.inf", infinity
                "True", true
                "False", false
                "'a'", "a"
                "(1, t)[1]", 3.0
            ] do
            Expect.equal (value text) expected text

        Expect.isNull (value "None") "None"
        Expect.equal (value "(1, 't', None)") (box [| box 1.0; box "t"; null |]) "a list"

        for text in
            [
                "x"
                "x + 1"
                "1 + x"
                "-x"
                "(1, x)"
                "x[0]"
                "(1, 2)[2]"
                "sqrt(x)"
                "f(1)"
                "{}"
                "lambda: 1"
                "float('nan')"
            ] do
            Expect.isTrue (value text :? PyNode) $"{text} means nothing without its library")

    testCase "equal as Python says" (fun () ->
        let same a b =
            Expect.isTrue (PyValues.Same(a, b) && PyValues.Same(b, a)) $"{a} = {b}"

        let other a b =
            Expect.isFalse (PyValues.Same(a, b) || PyValues.Same(b, a)) $"{a} ≠ {b}"

        same 1.0 true
        same 0.0 false
        same null null
        same nan nan
        same "a" "a"
        same [| box 1.0; box true |] [| box true; box 1.0 |]
        other 2.0 true
        other 0.0 true
        other 1.0 false
        other null 0.0
        other null false
        other "1" 1.0
        other [| box 1.0 |] [| box 1.0; box 2.0 |]
        other [| box 1.0; box 3.0 |] [| box 1.0; box 2.0 |]
        other [| box 1.0 |] 1.0)

    testCase "taken by if" (fun () ->
        for yes in [ box true; 1.0; -0.5; nan; "a"; [| box 0.0 |]; PyName(0, 0, "x") ] do
            Expect.isTrue (PyValues.IsTrue yes) $"{yes}"

        for no in [ box false; 0.0; ""; Array.empty<objnull> ] do
            Expect.isFalse (PyValues.IsTrue no) $"{no}"

        Expect.isFalse (PyValues.IsTrue null) "None")

    testTheory
        "values as literals"
        [
            box 1.0, "1"
            -2.0, "-2"
            0.1, "0.1"
            1e-7, "1e-07"
            999999999999999.0, "999999999999999"
            1e22, "1e+22"
            -1e22, "-1e+22"
            infinity, "float(\"inf\")"
            true, "True"
            false, "False"
            "a", "\"a\""
            [| box 1.0; null; box 0.5 |], "(1, None, 0.5)"
            Array.empty<objnull>, "()"
            PyCode "f(1)", "f(1)"
        ]
        (fun (value, text) -> Expect.equal (PyText.Of value) text text)
]

/// The unknown x of a formula where the formula has a value; the others are a = 3, b = [5, ?].
let private solved (text: string) (value: objnull) =
    let bindings = Bindings()
    bindings["a"] <- 3.0
    let whole = Expressions.Solve(PyParser.Expression text, value, bindings)
    whole, (if bindings.Has "x" then bindings["x"] else "unknown")

let private formulas = [
    testCase "a formula is solved for the one that is unknown" (fun () ->
        for text, value, x in
            [
                "x", box 7.0, box 7.0
                "x", null, null
                "x", true, true
                "-x", 7.0, -7.0
                "x + a", 7.0, 4.0
                "a + x", 7.0, 4.0
                "x - a", 7.0, 10.0
                "a - x", 7.0, -4.0
                "x * a", 12.0, 4.0
                "a * x", 12.0, 4.0
                "x / a", 12.0, 36.0
                "a / x", 12.0, 0.25
                "sqrt(x)", 4.0, 16.0
                "-sqrt(x) - 1", -5.0, 16.0
                "1 - x * 2", -5.0, 3.0
                "(x + 1) / (a - 1)", 4.0, 7.0
                // What people write, not a double beside it.
                "1 - x", 0.99, 0.01
            ] do
            Expect.equal (solved text value) (true, x) text)

    testCase "what is known stays, and two unknown ones are not solved" (fun () ->
        Expect.equal (solved "a" 5.0) (true, "unknown") "a has its value"
        Expect.equal (solved "a + 1" 5.0) (true, "unknown") "nothing is unknown"
        Expect.equal (solved "True" 5.0) (true, "unknown") "a constant"
        Expect.equal (solved "3" 5.0) (true, "unknown") "a number"
        Expect.equal (solved "x + y" 5.0) (false, "unknown") "two"
        Expect.equal (solved "f(x)" 5.0) (false, "unknown") "a function"
        Expect.equal (solved "x + 1" null) (true, "unknown") "no number")

    testCase "places of a list, in any order" (fun () ->
        let bindings = Bindings()

        let solve (text: string) value =
            Expect.isTrue (Expressions.Solve(PyParser.Expression text, box value, bindings)) text

        solve "b[1]" 5.0
        Expect.equal bindings["b"] (box [| null; box 5.0 |]) "the second"
        solve "1 - b[0]" 0.75
        Expect.equal bindings["b"] (box [| box 0.25; box 5.0 |]) "the first"
        solve "b[2]" 7.0
        Expect.equal bindings["b"] (box [| box 0.25; box 5.0; box 7.0 |]) "one more")

    testCase "the parameters that a formula reads" (fun () ->
        let names (text: string) =
            List.ofSeq (Expressions.Names(PyParser.Expression text))

        Expect.equal
            (names "-a + sqrt(b[0]) * (c, 1)[0] / inf - True - None - False")
            [ "a"; "b"; "c" ]
            "in their order"

        Expect.equal (names "1 + 'a'") [] "none"
        Expect.equal (List.ofSeq (Expressions.Names null)) [] "no formula")
]

/// What a reading refuses, whole.
let private refused (peer: Peer) (text: string) =
    let mutable found = None

    Expect.throwsC (fun () -> Dialect.Read(peer, text) |> ignore) (fun e ->
        match e with
        | :? DialectException as e -> found <- Some e
        | e -> failtestf "expected a DialectException, was %O" e)

    Option.get found

let private refusals =
    testTheory
        "what has no counterpart: its place, its argument, the message"
        [
            Peer.Torch, "", "", "", "", "there is no optimizer in the text; expected one constructor."
            Peer.Torch, "StepLR(7)", "", "", "", "there is no optimizer in the text; expected one constructor."
            Peer.Torch,
            "SGD(lr=0.1), Adam(lr=0.1)",
            "Adam",
            "",
            "",
            "there are two optimizers; expected one constructor of PyTorch."
            Peer.Torch, "3", "3", "", "", "3 is no constructor of PyTorch."
            Peer.Optax, "sgd(0.1)(2)", "sgd", "", "", "sgd(0.1)(2) is no constructor of Optax."
            Peer.Torch, "Adem(lr=0.1)", "Adem", "", "", "PyTorch has no Adem that is known here; did you mean Adam?."
            Peer.Torch, "Qqqqqqqqqq(1)", "Qqqqqqqqqq", "", "", "PyTorch has no Qqqqqqqqqq that is known here."
            Peer.Torch, "SGD(lr=0.1, 0.2, 0.3, 0.4, 0.5, 0.6)", "0.2", "lr", "", "SGD: lr is given twice."
            Peer.Torch, "SGD(params, 0.1, lr=0.1)", "lr=0.1)", "lr", "", "SGD: lr is given twice."
            Peer.Optax, "sgd()", ")", "learning_rate", "", "sgd: learning_rate is missing."
            Peer.Optax, "sgd(linear_schedule())", "))", "init_value", "", "linear_schedule: init_value is missing."
            Peer.Optax, "MultiSteps()", ")", "opt", "", "MultiSteps: opt is missing."
            Peer.Optax, "chain(scale())", "))", "step_size", "", "scale: step_size is missing."
            Peer.Torch,
            "Adam(lr=0.1, beta=0.5)",
            "beta",
            "beta",
            "0.5",
            "Adam has no argument beta; did you mean betas?."
            Peer.Torch, "Adam(lr=0.1, qqqqqqq=0.5)", "qqqqqqq", "qqqqqqq", "0.5", "Adam has no argument qqqqqqq."
            Peer.Torch,
            "SGD([{'params': a, 'lr': 0.1}])",
            "[{",
            "params",
            "[{'params': a, 'lr': 0.1}]",
            "SGD: parameter groups cannot be expressed here; partition and rateFor go by the names of tensors."
            Peer.Torch,
            "Adam(lr=-0.1)",
            "-0.1",
            "lr",
            "-0.1",
            "Adam: lr = -0.1 is outside its range: 0 ≤ value, finite."
            Peer.Torch,
            "Adam(lr='a')",
            "'a'",
            "lr",
            "'a'",
            "Adam: lr = 'a' is no rate; expected a number or a schedule."
            Peer.Optax,
            "chain(scale_by_adam(), scale(0.1))",
            "chain",
            "",
            "",
            "the factors of the chain multiply to 0.1: it goes uphill; expected a negative product, such as with scale(-0.1) or scale_by_learning_rate(0.1)."
            Peer.Optax,
            "chain(adam(0.1), clip_by_global_norm(1))",
            "clip_by_global_norm",
            "",
            "",
            "clip_by_global_norm(1) stands behind the rate; here the rate multiplies the finished update."
            Peer.Optax,
            "chain(scale('a'))",
            "'a'",
            "step_size",
            "'a'",
            "scale: step_size = 'a' cannot be expressed here; expected a number or a schedule of Optax."
            Peer.Optax,
            "chain(scale_by_schedule(0.1), sgd(0.1))",
            "0.1",
            "step_size_fn",
            "0.1",
            "scale_by_schedule: step_size_fn = 0.1 cannot be expressed here; expected a number or a schedule of Optax."
            Peer.Optax, "sgd(adam(0.1))", "adam", "", "", "adam is no schedule."
            Peer.Optax, "MultiSteps(clip(1.0), every_k_schedule=2)", "clip", "", "", "clip is no optimizer."
        ]
        (fun (peer, text, fragment, name, value, message) ->
            let e = refused peer text

            let place =
                if fragment = "" then
                    text.Length
                else
                    text.IndexOf(fragment, StringComparison.Ordinal)

            let some (text: string) = if text = "" then None else Some text
            Expect.equal e.Position place e.Message
            Expect.stringStarts e.Message $"Line 1, column {place + 1}: {message}\n" text
            Expect.equal (Option.ofObj e.Name, Option.ofObj e.Value) (some name, some value) text)

let private blamed =
    testTheory
        "of the arguments that a refused value is made of, the last that was written"
        [
            Peer.Optax, "chain(add_noise(eta=-1.0, gamma=0.5, seed=3), sgd(0.1))", "seed", "3"
            Peer.Optax, "chain(add_noise(gamma=0.5, seed=3, eta=-1.0), sgd(0.1))", "eta", "-1.0"
        ]
        (fun (peer, text, name, value) ->
            let e = refused peer text
            Expect.equal (e.Name, e.Value) (name, value) e.Message
            Expect.equal e.Position (text.IndexOf(name + "=") + name.Length + 1) e.Message)

let private around =
    testCase "imports, names and comments around the constructor" (fun () ->
        let text =
            "import torch\nfrom torch import optim\n# ours\nopt = optim.SGD(net.parameters(), lr=0.5)  # plain\n"

        Expect.equal (Dialect.Read(Peer.Torch, text)).Optimizer (Optimizer.Sgd 0.5) "with imports"

        Expect.equal
            (Dialect.Read(Peer.Torch, "optimizer=SGD(optimizer, 0.5,)")).Optimizer
            (Optimizer.Sgd 0.5)
            "by place")

let private likeness =
    testCase "the same but for two roundings each way" (fun () ->
        let unit' = Math.ScaleB(1.0, -52)

        let numbers (a: float) (b: float) =
            Likeness.Same(a, b) && Likeness.Same(b, a)

        let stages (a: IStage) (b: IStage) =
            Likeness.Same(a, b) && Likeness.Same(b, a)

        let schedules (a: ISchedule) (b: ISchedule) =
            Likeness.Same(a, b) && Likeness.Same(b, a)

        let third = 0.1 * 3.0
        Expect.notEqual third 0.3 "a rounding apart"

        for a, b, same in
            [
                1.0, 1.0, true
                1.0, 1.0 + 4.0 * unit', true
                -1.0, -1.0 - 4.0 * unit', true
                0.0, 0.0, true
                nan, nan, true
                infinity, infinity, true
                1.0, 1.0 + 5.0 * unit', false
                -1.0, -1.0 - 5.0 * unit', false
                1.0, -1.0, false
                0.0, 5e-324, false
                nan, 1.0, false
            ] do
            Expect.equal (numbers a b) same $"{a}, {b}"

        Expect.isTrue (Likeness.Same(3, 3) && Likeness.Same(true, true) && Likeness.Same("a", "a")) "other values"
        Expect.isFalse (Likeness.Same(3, 4) || Likeness.Same(true, false) || Likeness.Same("a", "b")) "others"
        Expect.isFalse (Likeness.Same(1.0, 1)) "of another type"
        Expect.isTrue (stages (Momentum 0.9) (Momentum(Math.BitIncrement 0.9))) "a stage"
        Expect.isTrue (stages (Momentum(0.5, Dampening = 0.3)) (Momentum(0.5, Dampening = third))) "an option"
        Expect.isTrue (schedules (ScaleBy(Cosine 5, 0.3)) (ScaleBy(Cosine 5, third))) "a schedule"
        Expect.isTrue (schedules (MultiStep([| 3; 5 |], 0.3)) (MultiStep([| 3; 5 |], third))) "a list"
        Expect.isFalse (stages (Momentum 0.9) (Momentum 0.8)) "another number"
        Expect.isFalse (stages (Momentum 0.5) (Momentum(0.5, Dampening = 0.5))) "another option"
        Expect.isFalse (stages (Momentum 0.5) (Velocity 0.5)) "another stage"
        Expect.isFalse (stages (Adam()) (Adam(BiasCorrection = false))) "another flag"
        Expect.isFalse (schedules (Cosine 5) (Cosine 6)) "another count"
        Expect.isFalse (schedules (ScaleBy(Cosine 5, 0.3)) (ScaleBy(Cosine 6, 0.3))) "inside"
        Expect.isFalse (schedules (MultiStep([| 3; 5 |], 0.5)) (MultiStep([| 3; 6 |], 0.5))) "another list"

        let optimizers (a: string) (b: string) =
            Likeness.Same(Optimizer.Parse a, Optimizer.Parse b)

        Expect.isTrue (optimizers "sgd 0.3 |> momentum 0.5" "sgd 0.30000000000000004 |> momentum 0.5") "a rate"

        for a, b in
            [
                "sgd 0.3", "sgd 0.4"
                "sgd 0.3", "sgd 0.3 |> momentum 0.5"
                "sgd 0.3 |> momentum 0.5", "sgd 0.3 |> momentum 0.25"
                "sgd 0.3", "sgd 0.3 |> cosine 9"
                "sgd 0.3 |> cosine 8", "sgd 0.3 |> cosine 9"
                "flow [Momentum 0.5] 0.3", "sgd 0.3"
                "flow [Momentum 0.5] 0.3", "flow [Momentum 0.25] 0.3"
            ] do
            Expect.isFalse (optimizers a b || optimizers b a) $"{a}, {b}")

[<Tests>]
let tests =
    testList "dialects" [
        testList "Python" [ testList "values" values; testList "formulas" formulas ]
        testList "refused" [ refusals; blamed; around ]
        likeness
    ]
