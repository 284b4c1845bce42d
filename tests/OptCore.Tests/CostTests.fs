/// What a plan says of its costs, against counts by hand.
module OptCore.Tests.CostTests

open Expecto
open OptCore

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

        testCase "as a table" (fun () ->
            let lines = (string (cost "sgd 0.1 |> momentum 0.9")).Split '\n'

            Expect.equal
                lines[0]
                "100 parameters: 300 operations, at least 4000 bytes moved, 1 passes, 1600 bytes of state"
                "totals"

            Expect.hasLength lines 4 "head, momentum, step")
    ]
