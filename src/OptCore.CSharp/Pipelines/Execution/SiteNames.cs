namespace OptCore;

/// <summary>
/// The names of the stages of a plan: the word, with the part of a partition before it, and a number behind it from the second of a
/// name on, in the order in which they were added.
/// </summary>
/// <remarks>Made when somebody asks: to read the words, which are attributes, takes longer than to resolve a stage.</remarks>
internal sealed class SiteNames
{
    private readonly List<ResolvedStage> _sites = [];
    private Dictionary<ResolvedStage, string>? _names;

    public void Add(ResolvedStage site) => _sites.Add(site);

    public string Of(ResolvedStage site) => (_names ??= All())[site];

    private Dictionary<ResolvedStage, string> All()
    {
        var names = new Dictionary<ResolvedStage, string>();
        var taken = new Dictionary<string, int>();
        foreach (var site in _sites)
        {
            var word = site.Place + StageNames.Of(site.Stage);
            taken.TryGetValue(word, out var others);
            taken[word] = others + 1;
            names.Add(site, others == 0 ? word : $"{word}#{others + 1}");
        }

        return names;
    }
}
