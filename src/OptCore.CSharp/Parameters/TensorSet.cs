namespace OptCore;

/// <summary>A set of tensors of one layout, by index. Immutable.</summary>
internal sealed class TensorSet
{
    private readonly bool[] _members;

    private TensorSet(bool[] members)
    {
        _members = members;
        var indices = new List<int>();
        for (var i = 0; i < members.Length; i++)
        {
            if (members[i])
            {
                indices.Add(i);
            }
        }

        Indices = [.. indices];
    }

    /// <summary>The members' indices, in their order.</summary>
    public int[] Indices { get; }

    /// <summary>The number of tensors of the layout.</summary>
    public int Size => _members.Length;

    public bool IsEmpty => Indices.Length == 0;

    public static TensorSet Everything(int count)
    {
        var members = new bool[count];
        for (var i = 0; i < count; i++)
        {
            members[i] = true;
        }

        return new TensorSet(members);
    }

    public static TensorSet Nothing(int count) => new(new bool[count]);

    public static TensorSet Of(int[] indices, int count)
    {
        var members = new bool[count];
        foreach (var index in indices)
        {
            members[index] = true;
        }

        return new TensorSet(members);
    }

    public bool Contains(int index) => _members[index];

    /// <summary>The members that satisfy a condition.</summary>
    public TensorSet Where(Func<int, bool> condition)
    {
        var members = new bool[_members.Length];
        foreach (var index in Indices)
        {
            members[index] = condition(index);
        }

        return new TensorSet(members);
    }

    public TensorSet Without(TensorSet other) => Where(index => !other.Contains(index));

    public TensorSet And(TensorSet other)
    {
        var members = (bool[])_members.Clone();
        foreach (var index in other.Indices)
        {
            members[index] = true;
        }

        return new TensorSet(members);
    }

    public bool Overlaps(TensorSet other)
    {
        foreach (var index in Indices)
        {
            if (other.Contains(index))
            {
                return true;
            }
        }

        return false;
    }
}
