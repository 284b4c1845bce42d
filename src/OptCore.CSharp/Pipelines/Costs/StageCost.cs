namespace OptCore;

/// <summary>What a stage costs in one update.</summary>
/// <param name="Stage">Its name in the plan; <c>step</c> for the descent itself.</param>
/// <param name="Elements">The number of parameters it acts on.</param>
/// <param name="Operations">
/// Arithmetic operations, comparisons and selections per parameter, counted on its rules; a fused multiply-add, a root and a division are
/// one each. Norms and other measurements are 2 per element measured. Of a stage that works on whole tensors what its rules do besides.
/// </param>
/// <param name="SlotReads">Numbers of its slots read, per parameter.</param>
/// <param name="SlotWrites">Numbers of its slots written, per parameter.</param>
/// <param name="StateBytes">The bytes of its slots.</param>
/// <param name="Passes">The loops of the compiled update that it takes part in; stages that share a loop share a pass. Passes that only
/// measure count for the plan alone.</param>
/// <param name="WholeTensors">Whether it works on whole tensors (matrices, projections), which <paramref name="Operations"/> does not
/// count.</param>
public sealed record StageCost(
    string Stage, long Elements, int Operations, int SlotReads, int SlotWrites, long StateBytes, int Passes, bool WholeTensors);
