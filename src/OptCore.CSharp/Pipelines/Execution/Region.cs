using OptCore.Kernels;

namespace OptCore;

/// <summary>Tensors that are treated alike: the same stages, the same rate.</summary>
/// <param name="tensors">The indices of the tensors.</param>
/// <param name="ranges">Their elements, neighbours merged.</param>
/// <param name="rate">The index of their rate.</param>
/// <param name="rateInside">Whether their direction contains the rate.</param>
internal sealed class Region(int[] tensors, Kernels.Range[] ranges, int rate, bool rateInside)
{
    public int[] Tensors { get; } = tensors;

    public Kernels.Range[] Ranges { get; } = ranges;

    /// <summary>The size of the region in words.</summary>
    public string Describe() => $"{Kernels.Range.Total(Ranges)} elements in {Tensors.Length} {(Tensors.Length == 1 ? "tensor" : "tensors")}";

    /// <summary>Sets the rates that kernels of this region see.</summary>
    public void SetRates(StepContext step, double[] rates)
    {
        step.Rate = rates[rate];
        step.StepRate = rateInside ? 1 : step.Rate;
        step.DecayRate = rateInside ? step.Rate : 1;
    }
}
