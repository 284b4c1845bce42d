/// What every optimizer has to keep, on random problems: steps are pure, in place gives the same bits, a run that is resumed ends where
/// an unbroken one does, text reads back. A failure prints its smallest counter-example as code.
module Tests

open Expecto
open OptVerify

let all =
    testList "the optimizer" [
        for law in Laws.forOptimizer Training.optimizer -> testProperty law.Title law.Check
    ]
