namespace OptCore;

/// <summary>The functions of one peer.</summary>
internal sealed class PeerTable
{
    private static readonly Lazy<PeerTable> Torch = new(() => new PeerTable(Peer.Torch, "PyTorch", "torch.optim.", TorchForms.All));
    private static readonly Lazy<PeerTable> Optax = new(() => new PeerTable(Peer.Optax, "Optax", "optax.", OptaxForms.All));
    private static readonly Lazy<PeerTable> Keras = new(() => new PeerTable(Peer.Keras, "Keras", "keras.optimizers.", KerasForms.All));

    private readonly Dictionary<string, Form> _byName;
    private readonly string _module;

    private PeerTable(Peer peer, string title, string module, IReadOnlyList<Form> forms)
    {
        (Peer, Title, _module, Forms) = (peer, title, module, forms);
        _byName = forms.ToDictionary(form => form.Name, StringComparer.Ordinal);
    }

    public Peer Peer { get; }

    /// <summary>The peer's name, for messages.</summary>
    public string Title { get; }

    public IReadOnlyList<Form> Forms { get; }

    /// <summary>What can be read: the forms, and what chains are made of beside them.</summary>
    public IEnumerable<string> Names => Peer == Peer.Optax ? _byName.Keys.Concat(OptaxChain.Words) : _byName.Keys;

    public static PeerTable Of(Peer peer) => peer switch
    {
        Peer.Torch => Torch.Value,
        Peer.Optax => Optax.Value,
        Peer.Keras => Keras.Value,
        _ => throw Require.Outside(nameof(peer), peer, "Torch, Optax, Keras"),
    };

    public Form? Find(string name) => _byName.GetValueOrDefault(name);

    public IEnumerable<Form> OfKind(FormKind kind) => Forms.Where(form => form.Kind == kind && form.Refused is null);

    /// <summary>The name as it is printed: <c>optax.contrib.prodigy</c>.</summary>
    public string Qualified(Form form) => (form.Module ?? _module) + form.Name;
}
