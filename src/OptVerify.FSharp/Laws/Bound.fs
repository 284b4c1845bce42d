namespace OptVerify

/// The right-hand side of a law, told once: the formula that its statement shows, and beside it the same as code.
[<NoEquality; NoComparison>]
type internal Bound<'code> = {
    /// The formula.
    Formula: string
    /// The code: a function of what the formula speaks of.
    At: 'code
} with

    /// The formula, so that a statement can hold the bound: <c>$"f(x_N) − f* ≤ {gapBound}"</c>.
    override bound.ToString() = bound.Formula

[<AutoOpen>]
module internal Bounds =

    /// A bound: its formula, then its code.
    let bound formula at = { Formula = formula; At = at }
