using System.Text;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Tensors that are treated alike: the same stages, the same rate.</summary>
/// <param name="tensors">The indices of the tensors.</param>
/// <param name="ranges">Their elements, neighbours merged.</param>
/// <param name="rate">The index of their rate.</param>
/// <param name="rateInside">Whether their direction contains the rate.</param>
internal sealed class Region(int[] tensors, ElementRange[] ranges, int rate, bool rateInside)
{
    public int[] Tensors { get; } = tensors;

    public ElementRange[] Ranges { get; } = ranges;

    /// <summary>The region with some of its tensors only, for what works tensor by tensor.</summary>
    public Region Where(Func<int, bool> has) => new(Array.FindAll(Tensors, tensor => has(tensor)), Ranges, rate, rateInside);

    /// <summary>The size of the region in words.</summary>
    public string Describe() => $"{ElementRange.Total(Ranges)} elements in {Tensors.Length} {(Tensors.Length == 1 ? "tensor" : "tensors")}";

    /// <summary>Sets the rates that kernels of this region see.</summary>
    public void SetRates(StepContext step, double[] rates)
    {
        step.Rate = rates[rate];
        step.StepRate = rateInside ? step.StepFactor : step.Rate;
        step.DecayRate = rateInside ? step.Rate : 1;
    }

    /// <summary>What the step multiplies the update of this region with, before a line search.</summary>
    public double StepFactor(double[] rates) => rateInside ? 1 : rates[rate];

    /// <summary>The regions of a model, in the order of their first tensors; frozen tensors are in none.</summary>
    public static List<Region> Of(ResolvedOptimizer model)
    {
        var regions = new List<Region>();
        foreach (var members in Alike(model))
        {
            var first = members[0];
            var tensors = TensorSet.Of([.. members], model.Layout.Tensors.Count);
            regions.Add(new Region(tensors.Indices, model.Ranges(tensors), model.RateOfTensor[first], HasRateInside(model, first)));
        }

        return regions;
    }

    private static List<List<int>> Alike(ResolvedOptimizer model)
    {
        var all = new List<List<int>>();
        var known = new Dictionary<string, List<int>>();
        foreach (var tensor in model.Moving.Indices)
        {
            var treatment = Treatment(model, tensor);
            if (!known.TryGetValue(treatment, out var members))
            {
                known.Add(treatment, members = []);
                all.Add(members);
            }

            members.Add(tensor);
        }

        return all;
    }

    // The same text for tensors with the same rate and the same stages.
    private static string Treatment(ResolvedOptimizer model, int tensor)
    {
        var text = new StringBuilder().Append(model.RateOfTensor[tensor]).Append(' ');
        foreach (var site in model.Stages)
        {
            text.Append(site.Tensors.Contains(tensor) ? '1' : '0');
        }

        return text.ToString();
    }

    private static bool HasRateInside(ResolvedOptimizer model, int tensor)
    {
        foreach (var site in model.Stages)
        {
            if (site.Stage.Has(StageTraits.RateInside) && site.Tensors.Contains(tensor))
            {
                return true;
            }
        }

        return false;
    }
}
