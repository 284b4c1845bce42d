namespace OptVerify

open OptCore

/// <summary>The word for people.</summary>
[<AutoOpen>]
module Verify =

    let private order (row: Row) =
        match row.Outcome with
        | Fails -> 0
        | Holds -> 1
        | Undecided -> 2

    let private own optimizer problemClass =
        match problemClass with
        | Quadratic(m, l) ->
            [ Checks.stability (m, l) optimizer ]
            @ Checks.asymptotic (m, l) optimizer
            @ Checks.notTooGood (m, l) optimizer
            @ Checks.extremes (m, l) optimizer
        | StronglyConvex(m, l) ->
            [ Checks.stability (m, l) optimizer; Checks.convergence (m, l) optimizer ]
            @ Checks.asymptotic (m, l) optimizer
            @ Checks.extremes (m, l) optimizer
        | Convex l
        | Smooth l -> [ Checks.stability (1e-3 * l, l) optimizer ] @ Checks.extremes (l, l) optimizer
        | NonSmooth g -> [ Checks.absolute g optimizer ]

    let private rows optimizer problemClass =
        match LawChecks.unrunnable optimizer with
        | Some reason -> [ Checks.unrunnable reason ]
        | None ->
            own optimizer problemClass
            @ LawChecks.theorems problemClass optimizer
            @ LawChecks.contracts optimizer

    /// <summary>
    /// Checks an optimizer on a class of problems: the limit of stability, certificates, counter-examples, the theorems whose
    /// assumptions it meets (<see cref="T:OptVerify.TheoremsModule"/>) and the contracts of every optimizer. The result prints as a
    /// table with a finding and, for failures, F# code for each line.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="problemClass">The class.</param>
    /// <exception cref="T:System.ArgumentException">A constant of the class is outside its range.</exception>
    /// <example><code>verify (sgd 0.4 |> momentum 0.9) (StronglyConvex(1.0, 10.0))</code></example>
    let verify (optimizer: Optimizer) (problemClass: ProblemClass) : Verification =
        ProblemClass.check problemClass

        {
            Optimizer = optimizer
            Class = problemClass
            Rows =
                rows optimizer problemClass
                @ Checks.warnings (ProblemClass.smoothness problemClass) optimizer
                |> List.sortBy order
        }
