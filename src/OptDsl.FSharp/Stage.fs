namespace OptDsl

open System
open OptCore

/// <summary>
/// A rule on the vectors of one step, changed in place; see <c>SpanStep</c>. F# writes it as
/// <c>SpanRule(fun step -> …)</c>; the step is valid during the call only.
/// </summary>
type SpanRule = delegate of step: SpanStep -> unit

/// <summary>
/// A stage made of a function. Equal to another one of the same name, phase and function object. A function cannot be written
/// as text: the stage prints as <c>stage (FunctionStage("name", phase, ?))</c>, which does not read back. A stage that does is a
/// record of one's own that implements <c>ISpanStage</c>.
/// </summary>
[<Sealed>]
type FunctionStage internal (name: string, phase: Phase, slots: SlotSpec list, rule: SpanRule) =
    do
        ArgumentException.ThrowIfNullOrEmpty(name, nameof name)
        ArgumentNullException.ThrowIfNull(rule, nameof rule)

        if phase = Phase.Probe || phase = Phase.Step || not (Enum.IsDefined phase) then
            let phases = "Gradient, Regularization, Direction, Update, Constraint and Iterate"

            raise (
                ArgumentException(
                    $"The function stage {name} is of phase {phase}; it can be of {phases}.",
                    nameof phase
                )
            )

    /// <summary>A stage without slots of state.</summary>
    /// <param name="name">The name, for messages and <c>explain</c>; not empty.</param>
    /// <param name="phase">Gradient, Regularization, Direction or Update: the rule changes the update; Constraint or Iterate: it
    /// changes the parameters.</param>
    /// <param name="rule">The rule.</param>
    new(name: string, phase: Phase, rule: SpanRule) = FunctionStage(name, phase, [], rule)

    /// <summary>The name.</summary>
    member _.Name = name

    /// <summary>When the rule runs within a step.</summary>
    member _.Phase = phase

    member private _.Rule = rule

    member private _.Slots = slots

    /// <summary>The same name, phase, slots and function object.</summary>
    override _.Equals(other: obj) =
        match other with
        | :? FunctionStage as that ->
            (name, phase, slots) = (that.Name, that.Phase, that.Slots)
            && rule.Equals that.Rule
        | _ -> false

    /// <summary>The hash of name and phase.</summary>
    override _.GetHashCode() = HashCode.Combine(name, phase)

    /// <summary>The name and the phase.</summary>
    override _.ToString() = $"{name} ({phase})"

    interface ISpanStage with
        member _.Phase = phase
        member _.Equation = $"{name}(k, rate, u, p)"
        member _.Slots = slots
        member _.Apply(step) = rule.Invoke step

/// <summary>Stages of one's own.</summary>
[<RequireQualifiedAccess>]
module Stage =

    let private changed
        (phase: Phase)
        (name: string)
        (rule: int64 -> float -> float[] -> float[] -> float[])
        (step: SpanStep)
        =
        let update, parameters = step.Update.ToArray(), step.Parameters.ToArray()
        let result = rule step.Number step.Rate update parameters

        if result.Length <> parameters.Length then
            raise (
                ArgumentException
                    $"The function of stage {name} returned {result.Length} elements; expected {parameters.Length}."
            )

        result.CopyTo(
            if phase <= Phase.Update then
                step.Update
            else
                step.Parameters
        )

    /// <summary>
    /// A stage from a function on arrays, called once per step with all elements in scope: k = t + 1, η_t, a copy of the update, a
    /// copy of the parameters. In the phases Gradient to Update it returns the new update, in Constraint and Iterate the new
    /// parameters. Must be pure.
    /// </summary>
    /// <param name="name">The name, for messages.</param>
    /// <param name="phase">When the stage runs; not Probe or Step.</param>
    /// <param name="rule">The function; another length than it got is an <c>ArgumentException</c> at the step.</param>
    /// <example><code>
    /// let halve = Stage.ofFunction "halve" Phase.Update (fun _ _ update _ -> Array.map ((*) 0.5) update)
    /// let optimizer = adam 0.001 |> stage halve
    /// </code></example>
    let ofFunction (name: string) (phase: Phase) (rule: int64 -> float -> float[] -> float[] -> float[]) : IStage =
        FunctionStage(name, phase, SpanRule(fun step -> changed phase name rule step))

    /// <summary>
    /// A stage from a rule that works in place and allocates nothing, with slots of state:
    /// <c>Stage.ofSpans "sum" Phase.Direction [SlotSpec.Element "s"] (SpanRule(fun step -> …))</c>.
    /// </summary>
    /// <param name="name">The name, for messages.</param>
    /// <param name="phase">When the stage runs; not Probe or Step.</param>
    /// <param name="slots">The state it keeps; the rule finds it by <c>step.Slot "s"</c>.</param>
    /// <param name="rule">The rule.</param>
    let ofSpans (name: string) (phase: Phase) (slots: SlotSpec list) (rule: SpanRule) : IStage =
        FunctionStage(name, phase, slots, rule)

    /// <summary>Lets text read stages of one's own type: <c>Stage.register&lt;Shrinkage>()</c>; see <c>Words.Register</c>.</summary>
    let register<'Stage when 'Stage :> IStage> () : unit = Words.Register typeof<'Stage>
