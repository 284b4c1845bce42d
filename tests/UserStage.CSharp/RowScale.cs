using OptCore;

namespace UserStage;

/// <summary>
/// A direction with one number of state per row: <c>s_i = s_i + Σ_j u_ij²; u_ij = u_ij/(√s_i + ε)</c>. Tensors of rank 0 and 1 are
/// one row.
/// </summary>
/// <param name="Epsilon">ε &gt; 0.</param>
public sealed record RowScale(double Epsilon) : IFusedStage
{
    /// <summary>Whether the sums are forgotten: a mutant, whose state does not last.</summary>
    public bool Forgets { get; init; }

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "s_i = s_i + Σ_j u_ij²; u_ij = u_ij/(√s_i + ε)";

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Shaped("rows", shape => shape.Count < 2 ? [] : [shape[0]], 0.5)];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Tensors(
        tensor =>
        {
            var rows = tensor.Slot(0);
            var width = rows.Length == 0 ? 0 : tensor.Update.Length / rows.Length;
            for (var i = 0; i < rows.Length; i++)
            {
                var row = tensor.Update.Slice(i * width, width);
                var sum = Forgets ? 0.5 : double.CreateChecked(rows[i]);
                foreach (var u in row)
                {
                    sum += double.CreateChecked(u) * double.CreateChecked(u);
                }

                rows[i] = T.CreateTruncating(sum);
                foreach (ref var u in row)
                {
                    u = T.CreateTruncating(double.CreateChecked(u) / (Math.Sqrt(sum) + Epsilon));
                }
            }
        },
        "rows");
}
