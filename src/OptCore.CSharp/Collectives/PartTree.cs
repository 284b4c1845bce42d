namespace OptCore;

/// <summary>
/// The order in which k parts are summed: a part alone is itself; k parts are the first m of them plus the rest, m the largest
/// power of two below k. It depends on k alone, so that any number of ranks that share the parts gets the same bits.
/// </summary>
/// <remarks>
/// Ranks hold consecutive parts. What one rank holds is made of a few whole branches of the tree (one, where the numbers of ranks
/// and parts are powers of two), which it sums by itself and sends as one vector each.
/// </remarks>
public static class PartTree
{
    /// <summary>The parts of a rank: [rank·k/n, (rank + 1)·k/n), consecutive and as equal in number as can be.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="ranks">The number n of ranks.</param>
    /// <param name="parts">The number k of parts, ≥ n.</param>
    /// <returns>The first of its parts and how many they are.</returns>
    /// <exception cref="ArgumentException">There are fewer parts than ranks.</exception>
    public static Piece PartsOf(int rank, int ranks, int parts)
    {
        if (parts < ranks)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{parts} parts cannot be shared by {ranks} ranks; expected at least one for each."),
                nameof(parts));
        }

        return Collectives.Between(Cut(rank), Cut(rank + 1));

        int Cut(int i) => (int)((long)parts * i / ranks);
    }

    /// <summary>Numbers summed in this order.</summary>
    /// <param name="parts">One number for each part; at least one.</param>
    /// <returns>The sum.</returns>
    public static double Sum(ReadOnlySpan<double> parts)
    {
        if (parts.Length == 1)
        {
            return parts[0];
        }

        var middle = Middle(new Piece(0, parts.Length));
        return Sum(parts[..middle]) + Sum(parts[middle..]);
    }

    /// <summary>Where a branch of at least two parts divides.</summary>
    /// <param name="branch">The branch.</param>
    /// <returns>The index of the first part of its second half.</returns>
    internal static int Middle(Piece branch)
    {
        var half = 1;
        while (half * 2 < branch.Length)
        {
            half *= 2;
        }

        return branch.Start + half;
    }

    /// <summary>The largest branches of the tree over k parts that lie within some consecutive parts, in order.</summary>
    internal static List<Piece> BranchesWithin(Piece held, int parts)
    {
        var branches = new List<Piece>();
        Collect(new Piece(0, parts));
        return branches;

        void Collect(Piece branch)
        {
            if (branch.End <= held.Start || branch.Start >= held.End)
            {
                return;
            }

            if (branch.Start >= held.Start && branch.End <= held.End)
            {
                branches.Add(branch);
                return;
            }

            var middle = Middle(branch);
            Collect(Collectives.Between(branch.Start, middle));
            Collect(Collectives.Between(middle, branch.End));
        }
    }
}
