namespace OptCore;

/// <summary>A slot of a stage given by a function, in doubles.</summary>
internal sealed class SpanSlot
{
    private readonly (int Start, int Length)[] _parts;

    public SpanSlot(SlotSpec spec, SitedSlot sited, int length, TensorSet scope, IReadOnlyList<SpanTensor> tensors)
    {
        Name = spec.Name;
        Sited = sited;
        _parts = spec.Kind switch
        {
            SlotKind.Element => [.. tensors.Select(tensor => (tensor.Start, tensor.Length))],
            SlotKind.Shaped => [.. scope.Indices.Select(index => (sited.Pieces[index].Start - sited.Index, sited.Pieces[index].Length))],
            SlotKind.PerTensor => [.. scope.Indices.Select(index => (index, 1))],
            _ => [.. tensors.Select(_ => (0, 1))],
        };
        Values = new double[spec.Kind switch
        {
            SlotKind.Element => length,
            SlotKind.Shaped => sited.Length,
            SlotKind.PerTensor => scope.Size,
            _ => 1,
        }];
    }

    public string Name { get; }

    public SitedSlot Sited { get; }

    public double[] Values { get; }

    public Span<double> Part(int tensor) => Values.AsSpan(_parts[tensor].Start, _parts[tensor].Length);
}
