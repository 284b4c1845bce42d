/// A state is a value (PURE-6, PURE-8): equality is of its content, and a skipped gradient leaves it.
module OptDsl.Tests.Purity.StateTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

/// A state's whole content under the names of its slots: what equality of states is checked against.
let private content (state: State<float>) =
    let slot (name: string) =
        try
            bits (state.Slot name)
        with :? ArgumentException ->
            try
                bits (state.Numbers name)
            with :? ArgumentException -> [| state.Count name |]

    state.Step, bits (state.ToArray()), [ for name in state.SlotNames -> name, slot name ]

let private single = {
    Run.Start = [| 1.0; -2.0; 3.0 |]
    Gradients = [| [| 0.5; 0.0; -1.0 |]; [| 1.0; 2.0; 0.0 |] |]
}

[<Tests>]
let tests =
    testList "purity" [
        law
            "PURE-6"
            "equal states have equal content and equal hashes"
            (Prop.forAll problems (fun problem ->
                let all =
                    Array.append (problemStates (planOf problem) problem) (problemStates (planOf problem) problem)

                for a in all do
                    for b in all do
                        Expect.equal (a.Equals b) (content a = content b) "equality is equality of content"

                        if a.Equals b then
                            Expect.equal (a.GetHashCode()) (b.GetHashCode()) "hash"))
        fact "PURE-6" "one bit of a parameter, of a slot, a step more: another state" (fun () ->
            let states (o: Optimizer) = states o single
            let state = Array.last (states (adam 0.1))

            let nudged = {
                single with
                    Start = [| Math.BitIncrement 1.0; -2.0; 3.0 |]
            }

            Expect.isFalse (state.Equals(Array.last (Running.states (adam 0.1) nudged))) "parameter"
            Expect.isFalse (state.Equals((states (adam 0.1))[1])) "step"
            Expect.isFalse (state.Equals(Array.last (states (adam 0.2)))) "optimizer"
            // At rate 0 the parameters stay and only the slot differs.
            let resting = sgd 0.0 |> momentum 0.9

            let other = {
                single with
                    Gradients = [| [| 0.5; 0.0; -1.0 |]; [| 1.0; 2.0; 0.25 |] |]
            }

            let a, b = Array.last (states resting), Array.last (Running.states resting other)
            sameBits (a.ToArray()) (b.ToArray()) "parameters"
            Expect.isFalse (a.Equals b) "slot"
            Expect.isFalse (state.Equals null) "null")

        law
            "PURE-8"
            "a skipped gradient changes nothing but its counter"
            (Prop.forAll runs (fun run ->
                if run.Length > 0 then
                    let plan = planFor run.Length (adam 0.1 |> average 0.5 |> skipNonFinite 9)
                    let state = Array.last (statesOf plan run.Start run.Gradients)
                    let bad = Array.updateAt 0 nan run.Gradients[0]
                    let skipped = step plan state bad
                    let number, parameters, slots = content state
                    let number', parameters', slots' = content skipped
                    let without = List.filter (fun (name, _) -> name <> "skipNonFinite.count")
                    Expect.equal number' number "step"
                    Expect.isTrue (parameters' = parameters) "parameters"
                    Expect.isTrue (without slots' = without slots) "slots"
                    Expect.equal (skipped.Count "skipNonFinite.count") 1L "counter"))
    ]
