using System.Numerics;

namespace OptCore;

/// <content>States that move to this plan.</content>
public sealed partial class Plan<T>
{
    /// <summary>
    /// Takes a state of another optimizer, layout or number type to this plan. Parameters and slots go by name (<c>adam.m</c> of
    /// the tensor <c>w</c> to <c>adam.m</c> of <c>w</c>); slots that the state has not begin as before a first step; time goes on.
    /// </summary>
    /// <typeparam name="TFrom">float or double; float is widened exactly, double rounded to nearest.</typeparam>
    /// <param name="state">The state; stays as it is.</param>
    /// <returns>The state of this plan; bit for bit the same where the plan is the state's own.</returns>
    /// <exception cref="ArgumentException">Something of the state would be dropped, a tensor is new or of another shape, a number
    /// is too large for T, or <c>accumulate</c> holds more gradients than an update of this plan takes.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    /// <example><code>var slower = Optimizer.Adam(0.001).Plan&lt;double>(layout).Carry(state);</code></example>
    public State<T> Carry<TFrom>(State<TFrom> state)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom> => Carry(state, CarryOptions.Default).State;

    /// <summary>Takes a state to this plan, with options, and says what became of its parts.</summary>
    /// <inheritdoc cref="Carry{TFrom}(State{TFrom})"/>
    /// <param name="options">Other names, parameters of new tensors, what may be dropped, whether time starts anew.</param>
    /// <returns>The state of this plan, and what is kept, begun anew and dropped.</returns>
    public Carried<T> Carry<TFrom>(State<TFrom> state, CarryOptions options)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom> =>
        new CarryRun<TFrom, T>(this, Require.NotNull(state), Require.NotNull(options)).ToEnd(state.Step);
}
