using OptCore.Kernels;

namespace OptCore;

/// <summary>Sees the vector behind every stage of a traced step.</summary>
internal interface IStageWatcher<T>
    where T : unmanaged
{
    /// <summary>Called behind a stage.</summary>
    /// <param name="stage">The stage, or the gradient or the step under its name.</param>
    /// <param name="tensors">The tensors in its scope that have a gradient.</param>
    /// <param name="source">Which vector it is: the update or the parameters.</param>
    /// <param name="vector">The vector, of the layout's length; valid during the call only.</param>
    void See(ResolvedStage stage, TensorSet tensors, Source source, ReadOnlySpan<T> vector);
}
