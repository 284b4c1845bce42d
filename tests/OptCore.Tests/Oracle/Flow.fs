namespace OptCore.Tests.Oracle

open OptCore

/// The tensors that a twin acts on, and what it may know before the first step.
type Site = {
    /// The tensors in scope that are not frozen.
    Tensors: TensorInfo list
    /// p_0, all of it.
    Start: float[]
    /// η_0 of every parameter.
    StartRate: float[]
} with

    /// The indices in the flat vector of one tensor.
    static member Of(tensor: TensorInfo) = [| tensor.Offset .. tensor.End - 1 |]

    /// The indices in the flat vector of everything in scope.
    member site.Elements = site.Tensors |> List.map Site.Of |> Array.concat

/// One step as it runs: a twin changes Update (phases 2 to 5) or Parameters (phases 7 and 8).
type Moment = {
    /// k = t + 1.
    Number: int64
    /// u, all of it.
    Update: float[]
    /// p, all of it.
    Parameters: float[]
    /// η_t of every parameter.
    Rate: float[]
    /// Whether the update of a parameter contains the rate already.
    Inside: bool[]
    /// Whether a stage has said where a parameter goes: its update is the parameter less that.
    Sets: bool[]
    /// The loss handed to the step.
    Loss: float
}

/// What a stage that owns the parameters does, point by point; `Rule` in its own phase.
type Owning = {
    /// Behind the phase Gradient.
    BehindGradient: Moment -> unit
    /// Directly before the step.
    BeforeStep: Moment -> unit
    /// Whether there is no step but its own.
    TakesStep: bool
    Rule: Moment -> unit
    /// Behind everything.
    AtEnd: Moment -> unit
    /// The average that it keeps.
    Kept: float[] option
}

/// What a stage is to the interpreter.
type Twin =
    /// Changes the moment.
    | Rule of (Moment -> unit)
    /// Changes the moment, and says where the gradient is to be taken, from the gradient at the parameters.
    | Probe of point: (Moment -> float[] -> float[]) * rule: (Moment -> unit)
    /// Keeps an average of the parameters and leaves them alone.
    | Average of kept: float[] * rule: (Moment -> unit)
    /// Turns the sign of gradients and losses before everything else.
    | Ascent
    /// Refuses gradients that are longer.
    | Limit of float
    /// Takes gradients of a scaled loss: the scale as it stands, and what gradients that are refused and taken do to it.
    | Scaler of current: (unit -> float) * refused: (unit -> unit) * taken: (unit -> unit)
    /// Looks at the gradient as directions get it, and changes the moment in its own phase.
    | Learner of sees: (Moment -> unit) * rule: (Moment -> unit)
    /// Decides what the parameters are.
    | Owner of Owning
    /// Gives up at that many refused gradients in a row.
    | Guard of int
    /// So many gradients make one update: their mean.
    | Gate of int
    /// The factor of the rate and its floor, as they stand; and what a loss does to them.
    | Reducer of current: (unit -> float * float) * tell: (float -> unit)

/// The arithmetic of the twins: plain numbers, one after the other.
[<AutoOpen>]
module Numbers =

    /// 1, −1, and x itself where it is 0 or NaN.
    let signOf (x: float) =
        if x > 0.0 then 1.0
        elif x < 0.0 then -1.0
        else x

    /// a/b, where 0/0 is 0.
    let quotient a b =
        if a = 0.0 && b = 0.0 then 0.0 else a / b

    let square (x: float) = x * x

    /// β^k.
    let power (beta: float) (k: int64) = System.Math.Pow(beta, float k)

    /// The Euclidean norm of some elements, without over- or underflow.
    let norm (vector: float[]) (elements: int[]) =
        let largest = elements |> Array.fold (fun m i -> max m (abs vector[i])) 0.0

        if largest = 0.0 || not (System.Double.IsFinite largest) then
            largest
        else
            largest * sqrt (elements |> Array.sumBy (fun i -> square (vector[i] / largest)))

    /// Applies a rule to every element.
    let each (elements: int[]) rule =
        for i in elements do
            rule i

    /// A zero for every parameter.
    let zeros (site: Site) : float[] = Array.zeroCreate site.Start.Length
