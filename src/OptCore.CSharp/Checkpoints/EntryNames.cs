namespace OptCore;

/// <summary>
/// Gives every entry of a file a name of its own. Names that meet (a tensor called as a slot of another, or as the format's own
/// key) get <c>#</c> behind them, the later one: the same entries in the same order always get the same names.
/// </summary>
internal sealed class EntryNames
{
    private readonly HashSet<string> _taken = [SafeTensorsHeader.MetadataKey];

    public string Claim(string name)
    {
        while (!_taken.Add(name))
        {
            name += "#";
        }

        return name;
    }
}
