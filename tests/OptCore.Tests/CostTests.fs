/// What a plan says of its costs, against counts by hand.
module OptCore.Tests.CostTests

open Expecto
open OptCore
open OptCore.Kernels
open UserStage

/// Measures something of every parameter, and does nothing else.
type private Measuring(measure: StageBuilder -> unit) =
    interface IOpenStage with
        member _.Phase = Phase.Direction
        member _.Equation = ""
        member _.Build builder = measure builder

let private cost (text: string) =
    ((Optimizer.Parse text).Plan 100).Cost()

let private stage name (cost: PlanCost) =
    cost.Stages |> Seq.find (fun stage -> stage.Stage = name)

[<Tests>]
let tests =
    testList "costs" [
        testCase "gradient descent: one multiply-add, one pass" (fun () ->
            let cost = cost "sgd 0.1"
            let step = StageCost("step", 100L, 1, 0, 0, 0L, 1, false)
            Expect.equal (List.ofSeq cost.Stages) [ step ] "p − ηu"
            Expect.equal (cost.Elements, cost.ElementBytes, cost.Passes) (100L, 8, 1) "the plan"
            Expect.equal (cost.Operations, cost.StateBytes) (100L, 800L) "operations; the parameters"
            Expect.equal cost.Bytes 2400L "g and p read, p written")

        testCase "momentum: v read and written, in the pass of the step" (fun () ->
            let cost = cost "sgd 0.1 |> momentum 0.9"
            let momentum = stage "momentum" cost
            Expect.equal (momentum.SlotReads, momentum.SlotWrites, momentum.StateBytes) (1, 1, 800L) "v"
            Expect.equal (momentum.Passes, cost.Passes) (1, 1) "one loop"
            Expect.equal cost.Bytes (2400L + 1600L) "and v twice")

        testCase "a clip by norm measures: two operations, a pass more" (fun () ->
            let cost = cost "sgd 0.1 |> clip 1.0"
            let clip = stage "clip" cost
            // x² + the sum, then two factors.
            Expect.equal (clip.Operations, clip.SlotReads, clip.Passes) (4, 0, 1) "norm and product"
            Expect.equal cost.Passes 2 "norm, step")

        testCase "adam: two averages, its corrections are scalars" (fun () ->
            let adam = cost "adam 0.001" |> stage "adam"
            Expect.equal (adam.SlotReads, adam.SlotWrites) (2, 2) "m, v"
            Expect.equal adam.StateBytes (2L * 800L + 16L) "two vectors, two powers"
            Expect.isFalse adam.WholeTensors "elementwise")

        testCase "scopes and frozen tensors count their own elements" (fun () ->
            let plan =
                (Optimizer.Parse "sgd 0.1 |> only \"a\" (momentum 0.9) |> freeze \"c\"")
                    .Plan<float32>(Layout.Empty.Add("a", 10).Add("b", 20).Add("c", 30))

            let cost = plan.Cost()
            Expect.equal ((stage "momentum" cost).Elements, (stage "step" cost).Elements) (10L, 30L) "a; a and b"
            Expect.equal cost.ElementBytes 4 "float"
            Expect.equal (stage "momentum" cost).StateBytes 40L "a alone")

        testCase "matrices are work that is not counted" (fun () ->
            let plan =
                (Optimizer.Parse "muon 0.95 0.02").Plan<float>(Layout.Empty.Add("w", 8, 4))

            Expect.isTrue (stage "orthogonalize" (plan.Cost())).WholeTensors "orthogonalize"
            Expect.isFalse (stage "ema" (plan.Cost())).WholeTensors "ema")

        testCase "every stage of the catalogue has a cost, and the same one again" (fun () ->
            for row in Catalogue.Stages.all do
                for specimen in row.Values do
                    let optimizer =
                        specimen.Before @ [ specimen.Stage ]
                        |> List.fold (fun (optimizer: Optimizer) stage -> optimizer.With stage) (Optimizer.Sgd 0.1)

                    let plan = optimizer.Plan<float>(Layout.Empty.Add("w", 3, 4).Add("v", 4, 2))
                    let cost = plan.Cost()
                    Expect.equal (plan.Cost()) cost $"{optimizer}"
                    Expect.isGreaterThan cost.Stages.Count 1 $"{optimizer}"

                    for stage in cost.Stages do
                        Expect.isTrue (stage.Operations >= 0 && stage.Elements <= 20L) $"{optimizer}: {stage}")

        testCase "what is measured: two operations for each element of each vector" (fun () ->
            let u, p = Measured.Update, Measured.Parameters

            let operations (measure: StageBuilder -> unit) =
                let plan = (Optimizer.Sgd 0.1).With(Measuring measure).Plan 100
                (stage "measuring" (plan.Cost())).Operations

            for measure, vectors in
                [
                    (fun (b: StageBuilder) -> b.Norm u |> ignore), 1
                    (fun b -> b.Norm p |> ignore), 1
                    (fun b -> b.TensorNorms u |> ignore), 1
                    (fun b -> b.TensorNorms p |> ignore), 1
                    // Of both in one pass, or in two.
                    (fun b ->
                        b.TensorNorms p |> ignore
                        b.TensorNorms u |> ignore),
                    2
                    (fun b ->
                        b.TensorNorms u |> ignore
                        b.TensorNorms p |> ignore),
                    2
                    (fun b -> b.Measure(Quantity.RootMeanSquare u) |> ignore), 1
                    (fun b -> b.Measure(Quantity.Norm(u, 3.0)) |> ignore), 1
                    (fun b -> b.Measure(Quantity.InnerProduct(u, p)) |> ignore), 1
                    (fun b ->
                        b.Measure(Quantity.Norm(u, 1.0)) |> ignore
                        b.Norm p |> ignore
                        b.Measure(Quantity.Distance(u, p)) |> ignore),
                    3
                    (fun b -> b.Then(fun _ -> ())), 0
                ] do
                Expect.equal (operations measure) (2 * vectors) $"{vectors}"

            // Two measurements and one product.
            for perTensor in [ false; true ] do
                let plan =
                    (Optimizer.Sgd 0.1).With(Distance(0.5, 0.5, PerTensor = perTensor)).Plan 100

                Expect.equal (stage "distance" (plan.Cost())).Operations 5 "distance")

        testCase "bytes of slots of every kind" (fun () ->
            let layout = Layout.Empty.Add("w", 3, 4).Add("b", 2)

            let optimizer =
                (Optimizer.Adam 0.1).Accumulate(2).With(RowScale 0.5).With(Distance(0.5, 0.5, PerTensor = true))

            for size, cost in
                [
                    8L, optimizer.Plan<float>(layout).Cost()
                    4L, optimizer.Plan<float32>(layout).Cost()
                ] do
                let bytes = [
                    "accumulate", 14L * size + 8L + 8L
                    "adam", 2L * 14L * size + 2L * 8L
                    // Three rows of w, and one number of b.
                    "rowScale", 4L * size
                    // p0; two numbers for each tensor.
                    "distance", 14L * size + 4L * 8L
                    "step", 0L
                ]

                for name, expected in bytes do
                    Expect.equal (stage name cost).StateBytes expected $"{name}, {size}"

                Expect.equal cost.StateBytes (14L * size + List.sumBy snd bytes) $"all, {size}")

        testCase "stages in the order in which they run, the step among them" (fun () ->
            for text, names in
                [
                    "sgd 0.1", [ "step" ]
                    "sgd 0.1 |> momentum 0.9", [ "momentum"; "step" ]
                    "sgd 0.1 |> plateau 2 0.5", [ "plateau"; "step" ]
                    "sgd 0.1 |> average 0.9", [ "step"; "average" ]
                    "sgd 0.1 |> average 0.9 |> average 0.5", [ "step"; "average"; "average#2" ]
                    "sgd 0.1 |> within 0.0 1.0 |> average 0.9 |> plateau 2 0.5 |> momentum 0.9 |> clip 1.0",
                    [ "clip"; "momentum"; "plateau"; "step"; "within"; "average" ]
                ] do
                Expect.equal [ for stage in (cost text).Stages -> stage.Stage ] names text
                Expect.equal (stage "step" (cost text)).Operations 1 $"{text}: p − ηu"

            // Mechanic takes the step itself.
            let mechanic = cost "sgd 1.0 |> mechanic"
            Expect.equal [ for stage in mechanic.Stages -> stage.Stage ] [ "mechanic"; "step" ] "mechanic"
            Expect.equal (stage "step" mechanic).Operations 0 "nothing is left to do")

        testCase "which stages work on whole tensors" (fun () ->
            let layout = Layout.Empty.Add("w", 4, 4).Add("v", 4, 2)

            let whole (text: string) name =
                (stage name ((Optimizer.Parse text).Plan<float>(layout).Cost())).WholeTensors

            for name, words in
                [
                    "centralize", "centralize"
                    "clipAdaptive", "clipAdaptive 0.1"
                    "maxNorm", "maxNorm 1.0"
                    "unitNorm", "unitNorm"
                    "l1Ball", "l1Ball 1.0"
                    "simplex", "simplex 1.0"
                ] do
                Expect.isTrue (whole $"sgd 0.1 |> {words}" name) name

            for name, words in
                [
                    "lbfgs", "lbfgs 3 0.1"
                    "galore", "galore 2 3 0.1"
                    "shampoo", "shampoo 0.1"
                    "soap", "soap 0.1"
                    "sm3", "sm3 0.1"
                    "adafactor", "adafactor 0.1"
                ] do
                Expect.isTrue (whole words name) name

            for name, words in
                [
                    "skipNonFinite", "skipNonFinite 2"
                    "plateau", "plateau 2 0.5"
                    "clip", "clip 1.0"
                    "within", "within 0.0 1.0"
                    "clipPerTensor", "clipPerTensor 1.0"
                    "step", "momentum 0.5"
                ] do
                Expect.isFalse (whole $"sgd 0.1 |> {words}" name) name)

        testCase "as a table" (fun () ->
            let lines = (string (cost "sgd 0.1 |> momentum 0.9")).Split '\n'

            Expect.equal
                lines[0]
                "100 parameters: 300 operations, at least 4000 bytes moved, 1 passes, 1600 bytes of state"
                "totals"

            Expect.hasLength lines 4 "head, momentum, step")
    ]
