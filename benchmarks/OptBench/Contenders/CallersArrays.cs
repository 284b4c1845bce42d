using System.Numerics;
using OptCore;

namespace OptBench.Contenders;

/// <summary>An array for every tensor, and behind it one for its gradient: what a caller has.</summary>
internal sealed class CallersArrays<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CallersArrays(Problem<T> problem, Layout layout)
    {
        (Parameters, Gradients) = (new T[layout.Tensors.Count][], new T[layout.Tensors.Count][]);
        for (var i = 0; i < Parameters.Length; i++)
        {
            var tensor = layout.Tensors[i];
            Parameters[i] = problem.Start[tensor.Offset..tensor.End];
            Gradients[i] = problem.Gradient[tensor.Offset..tensor.End].ToArray();
        }
    }

    public T[][] Parameters { get; }

    public T[][] Gradients { get; }

    public double[] Widened => Problem<T>.Widen([.. Parameters.SelectMany(tensor => tensor)]);
}
