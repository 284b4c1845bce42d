using System.Globalization;

namespace OptCore;

/// <summary>A part of a state that is carried, begun anew or dropped as a whole.</summary>
/// <param name="Slot">The slot's full name: <c>adam.m</c>; empty for the parameters.</param>
/// <param name="Tensor">The tensor it belongs to, in the new layout for what is kept or begun, in the old one for what is
/// dropped; empty for a number of the whole optimizer.</param>
/// <param name="Length">How many numbers it has.</param>
public sealed record StatePart(string Slot, string Tensor, int Length)
{
    /// <summary>As it stands in a file: <c>adam.m/hidden.w</c>, <c>adam.beta1Power</c>, <c>hidden.w</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Slot.Length == 0 ? Tensor : Tensor.Length == 0 ? Slot : $"{Slot}/{Tensor}";
}

/// <summary>What became of the parts of a state on its way to another plan. Compared by content.</summary>
/// <param name="Kept">What the new state has from the old one.</param>
/// <param name="Begun">What the new plan has and the old state had not: parameters given by the caller, slots as before a
/// first step.</param>
/// <param name="Dropped">What the old state had and the new plan has no place for.</param>
public sealed record CarryReport(IReadOnlyList<StatePart> Kept, IReadOnlyList<StatePart> Begun, IReadOnlyList<StatePart> Dropped)
{
    /// <inheritdoc/>
    public bool Equals(CarryReport? other) =>
        other is not null && Kept.SequenceEqual(other.Kept) && Begun.SequenceEqual(other.Begun) && Dropped.SequenceEqual(other.Dropped);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kept.Count, Begun.Count, Dropped.Count);

    /// <summary>Three lines: what is kept, begun anew and dropped.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"kept: {List(Kept)}\nbegun anew: {List(Begun)}\ndropped: {List(Dropped)}";

    internal static string List(IReadOnlyList<StatePart> parts) =>
        parts.Count == 0 ? "nothing" : string.Join("; ", parts.GroupBy(part => part.Slot).Select(Group));

    private static string Group(IGrouping<string, StatePart> parts)
    {
        var slot = parts.Key.Length == 0 ? "parameters" : parts.Key;
        var tensors = parts.Where(part => part.Tensor.Length > 0).Select(part => part.Tensor).ToArray();
        var shown = string.Join(", ", tensors.Take(4))
            + (tensors.Length > 4 ? string.Create(CultureInfo.InvariantCulture, $" and {tensors.Length - 4} more") : string.Empty);
        return tensors.Length == 0 ? slot : $"{slot} of {shown}";
    }
}
