using System.Numerics;

namespace OptBench.Contenders.Elementwise;

/// <summary>
/// One elementwise rule as a careful hand writes it for 512 bits: the operations of its equation with the options of
/// <see cref="Text"/> alone, in place, in one loop. No guards that these options do not need; NaN goes where the rule lets it go.
/// </summary>
internal interface IHandRule
{
    /// <summary>What the library steps with.</summary>
    static abstract string Text { get; }

    /// <summary>What each vector behind the parameters starts from; NaN: a copy of the parameters.</summary>
    static abstract double[] Slots { get; }

    /// <summary>Whether the library's step takes a diagonal of the Hessian; the gradient stands for it.</summary>
    static virtual bool TakesDiagonal => false;

    /// <summary>The scalars of a step, then the loop.</summary>
    /// <param name="s">The vectors, the scalars that live on, the number of the step. All vectors are padded, so there is no rest.</param>
    static abstract void Step<T>(HandState<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
