/// What optimizers, states, slots and reports say of themselves, whole.
module OptCore.Tests.CornerCases.ToldTests

open System
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

/// Rows of four columns, of which three are padded, with two spaces between them and before.
let private table (indent: string) (rows: (string * string * string * string) list) =
    let width (column: string * string * string * string -> string) =
        rows |> List.map (fun row -> (column row).Length) |> List.max

    let phase = width (fun (a, _, _, _) -> a)
    let what = width (fun (_, b, _, _) -> b)
    let formula = width (fun (_, _, c, _) -> c)

    [
        for a, b, c, d in rows ->
            $"{indent}  {a.PadRight phase}  {b.PadRight what}  {c.PadRight formula}  {d}".TrimEnd()
    ]

let private equation (stage: IStage) = stage.Equation
let private factor (schedule: ISchedule) = schedule.Equation

let private explained (text: string) (lines: string list) =
    let optimizer = read text
    let told = optimizer.Explain()
    Expect.equal (List.ofArray (told.ReplaceLineEndings("\n").Split '\n')) (string optimizer :: lines) text

let private explain = [
    testCase "a pipeline: its phases, its rates, what is frozen" (fun () ->
        explained
            "sgd 0.5 |> clip 1.0 |> momentum 0.5 |> weightDecay 0.25 |> within 0.0 1.0 |> cosine 10 |> only \"w\" (stepDecay 3 0.5) |> rateFor \"b\" 2.0 |> freeze \"c\""
            (table "" [
                "gradient", "", "u = g", "g at p"
                "gradient", "ClipGlobalNorm(1.0)", equation (ClipGlobalNorm 1.0), ""
                "direction", "Momentum(0.5)", equation (Momentum 0.5), "state v"
                "update", "WeightDecay(0.25)", equation (WeightDecay 0.25), ""
                "step", "", "p = p − η_t u", ""
                "", "rate", $"η_t = 0.5 · {factor (Cosine 10)}", ""
                "", "rate", $"η_t · {factor (StepDecay(3, 0.5))}", "only \"w\""
                "", "rate", "η_t · 2", "only \"b\""
                "", "frozen", "p = p", "only \"c\""
                "constraint", "Box(0.0, 1.0)", equation (Box(0.0, 1.0)), ""
            ]))

    testCase "a probe, a scope, state of two vectors" (fun () ->
        explained
            "sgd 0.5 |> sam 0.25 |> only \"w\" (clip 1.0) |> scheduleFree 0.5"
            (table "" [
                "gradient", "", "u = g", "g at the point of Sam(0.25)"
                "probe", "Sam(0.25)", equation (Sam 0.25), ""
                "gradient", "ClipGlobalNorm(1.0)", equation (ClipGlobalNorm 1.0), "only \"w\""
                "step", "", "p = p − η_t u", ""
                "", "rate", "η_t = 0.5", ""
                "iterate", "ScheduleFree(0.5)", equation (ScheduleFree 0.5), "state z, x"
            ]))

    testCase "a stage that takes the step" (fun () ->
        explained
            "sgd 1.0 |> mechanic"
            (table "" [
                "gradient", "", "u = g", "g at p"
                "step", "Mechanic()", equation (Mechanic()), "state start, delta"
                "step", "", "taken by mechanic", ""
                "", "rate", "η_t = 1", ""
            ]))

    testCase "a flow whose direction has the rate inside" (fun () ->
        explained
            "flow [RProp(); ClipValue 1.0] 0.5"
            (table "" [
                "gradient", "", "u = g", "g at p"
                "flow", "RProp()", equation (RProp()), "state delta, previous"
                "flow", "ClipValue(1.0)", equation (ClipValue 1.0), ""
                "step", "", "p = p − u  (the rate is inside u)", ""
                "", "rate", "η_t = 0.5", ""
            ]))

    testCase "parts, each under its pattern, with what is behind all of them" (fun () ->
        explained
            "partition [\"a\", sgd 0.5; \"*\", sgd 0.25 |> momentum 0.5] |> clip 1.0"
            ([ "tensors \"a\":" ]
             @ table "  " [
                 "gradient", "", "u = g", "g at p"
                 "gradient", "ClipGlobalNorm(1.0)", equation (ClipGlobalNorm 1.0), "over all tensors"
                 "step", "", "p = p − η_t u", ""
                 "", "rate", "η_t = 0.5", ""
             ]
             @ [ "tensors \"*\":" ]
             @ table "  " [
                 "gradient", "", "u = g", "g at p"
                 "gradient", "ClipGlobalNorm(1.0)", equation (ClipGlobalNorm 1.0), "over all tensors"
                 "direction", "Momentum(0.5)", equation (Momentum 0.5), "state v"
                 "step", "", "p = p − η_t u", ""
                 "", "rate", "η_t = 0.25", ""
             ]))

    testCase "warnings at the end" (fun () ->
        explained
            "sgd 0.0"
            (table "" [
                "gradient", "", "u = g", "g at p"
                "step", "", "p = p − η_t u", ""
                "", "rate", "η_t = 0", ""
             ]
             @ [ "warning: rate-zero: the rate is 0: no step changes the parameters." ]))
]

let private reports =
    let report outcome loss gradient conditioned (worst: string | null) (broken: NonFiniteValue | null) =
        StepReport(
            Step = 3L,
            Outcome = outcome,
            Rate = 0.5,
            Loss = loss,
            GradientNorm = gradient,
            ConditionedNorm = conditioned,
            UpdateNorm = 1.0,
            ParameterNorm = 4.0,
            WorstTensor = worst,
            NonFinite = broken
        )

    testCase "a report on a step, in one line" (fun () ->
        for report, text in
            [
                report StepOutcome.Updated nan 2.0 2.0 null null, "step 3: rate 0.5, ‖g‖ 2, ‖Δp‖ 1 (0.25 of ‖p‖)"
                report StepOutcome.Updated 1.25 2.0 1.0 "w" null,
                "step 3: rate 0.5, loss 1.25, ‖g‖ 2 → 1, ‖Δp‖ 1 (0.25 of ‖p‖, most in \"w\")"
                report StepOutcome.Held nan 2.0 1.0 null null, "step 3, held: rate 0.5, ‖g‖ 2, ‖Δp‖ 1 (0.25 of ‖p‖)"
                report StepOutcome.Skipped nan infinity nan null (NonFiniteValue("gradient", "w", 7)),
                "step 3, skipped: rate 0.5, ‖g‖ Infinity, ‖Δp‖ 1 (0.25 of ‖p‖), gradient made \"w\"[7] non-finite"
            ] do
            Expect.equal (string report) text text)

let private states = [
    testCase "a state and its slots: four numbers, then points" (fun () ->
        for length, shown in [ 1, "1"; 4, "1; 2; 3; 4"; 5, "1; 2; 3; 4; …" ] do
            let values = vector [ for i in 1..length -> float i ]
            let state = (plain "sgd 0.5 |> momentum 0.5" length).Init values
            let name = Seq.exactlyOne state.SlotNames
            Expect.equal (string state) $"step 0, {length} parameters [{shown}], slots {name}" "state"

            Expect.equal
                (string ((plain "sgd 0.5" length).Init values))
                $"step 0, {length} parameters [{shown}]"
                "without slots"

            Expect.equal
                (string (SlotValues<float>.OfElements("a", values)))
                $"a: {length} numbers [{shown}]"
                "elements"

            Expect.equal (string (SlotValues<float>.OfNumbers("a", values))) $"a: {length} numbers [{shown}]" "doubles"

        Expect.equal (string (SlotValues<float>.OfCount("a", -7L))) "a: 1 numbers [-7]" "a count")

    testCase "slots that are not there, or of another kind" (fun () ->
        let state = (plain "novoGrad 0.5 |> noise 0.5 0.5 7" 2).Init(vector [ 1.0; 2.0 ])

        let names = String.Join(", ", state.SlotNames)

        let refused (message: string) (f: unit -> unit) =
            Expect.throwsC f (fun e ->
                Expect.isTrue (e :? ArgumentException) (string e)
                Expect.equal ((e.Message.Split " (Parameter")[0]) message "message")

        refused $"The state has no slot \"x\"; it has: {names}." (fun () -> state.Slot "x" |> ignore)

        refused "The state has no slot \"x\"; it has: none." (fun () ->
            ((plain "sgd 0.5" 2).Init(vector [ 1.0; 2.0 ])).Slot "x" |> ignore)

        refused "The slot \"novoGrad.nu\" is of kind PerTensor; expected Element or Shaped." (fun () ->
            state.Slot "novoGrad.nu" |> ignore))
]

[<Tests>]
let tests =
    testList "corner cases" [ testList "told" [ yield! explain; reports; yield! states ] ]
