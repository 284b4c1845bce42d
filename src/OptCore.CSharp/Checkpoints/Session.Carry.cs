namespace OptCore;

/// <content>Changes in the middle of a run.</content>
public sealed partial class Session<T>
{
    /// <summary>
    /// The optimizer; setting another one goes on with it from the next step: what the session remembers goes by name, as with
    /// <see cref="Plan{T}.Carry{TFrom}(State{TFrom})"/>, and time goes on.
    /// </summary>
    /// <exception cref="ArgumentException">The optimizer does not fit the tensors, or something the session remembers would be
    /// dropped; the session is as it was.</exception>
    /// <example><code>session.Optimizer = session.Optimizer.WithRate(0.001);</code></example>
    public Optimizer Optimizer
    {
        get => Plan.Optimizer;
        set => Carry(Require.NotNull(value).Plan<T>(Plan.Layout, Plan.Execution));
    }

    /// <summary>Goes on with another plan of the same number type, from the next step.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Other names, parameters of new tensors, what may be dropped, whether time starts anew.</param>
    /// <returns>What is kept, begun anew and dropped.</returns>
    /// <exception cref="ArgumentException">As <see cref="Plan{T}.Carry{TFrom}(State{TFrom}, CarryOptions)"/>; the session is as it
    /// was.</exception>
    public CarryReport Carry(Plan<T> plan, CarryOptions? options = null)
    {
        CheckUse();
        Gather();
        if (_tensors is not null && !Require.NotNull(plan).Layout.Equals(Plan.Layout))
        {
            throw new ArgumentException(
                $"The tensors are the caller's: a plan of the layout {plan.Layout} would need others than {Plan.Layout}.", nameof(plan));
        }

        MoveBack();
        var (state, report) = Require.NotNull(plan).Carry(new State<T>(Plan, _store, StepCount), options ?? CarryOptions.Default);
        Plan = plan;
        StepCount = state.Step;
        _engine = EngineOf(plan);
        _flat = null;
        _store = state.GiveUp();
        _probes = plan.Probes;
        _pointed = false;
        _engine.Attach(_store);
        return report;
    }

    /// <summary>Writes the parameters of one tensor from outside: weights that are tied, quantized, averaged by others.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="values">The parameters, of the tensor's length, finite. Copied.</param>
    /// <exception cref="ArgumentException">There is no such tensor, the length is wrong, or a number is not finite.</exception>
    public void SetTensor(string name, ReadOnlySpan<T> values)
    {
        CheckUse();
        var tensor = Plan.CheckTensor(name, values);
        _pointed = false;
        values.CopyTo(_store.Buffer[0].Slice(tensor.Offset, tensor.Length));
    }
}
