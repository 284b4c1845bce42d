using System.Numerics;

namespace OptCore;

/// <content>From the data to something that runs.</content>
public sealed partial class Optimizer
{
    /// <summary>Compiles the optimizer for a layout.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="layout">The tensors.</param>
    /// <param name="execution">How the plan runs; the fastest way if null.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">A pattern matches no tensor, a part of a partition gets none or one is left
    /// over, two directions contain the rate, a stage does not fit its tensors, or T is another type.</exception>
    public Plan<T> Plan<T>(Layout layout, Execution? execution = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(this, layout, execution ?? Execution.Default);

    /// <summary>Compiles the optimizer for a plain array of doubles: one tensor named <c>parameters</c>.</summary>
    /// <param name="length">The number of parameters, ≥ 0.</param>
    /// <returns>The plan.</returns>
    public Plan<double> Plan(int length) => Plan<double>(Layout.Plain(length));
}
