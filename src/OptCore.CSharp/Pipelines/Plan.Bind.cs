namespace OptCore;

/// <content>Steps in the caller's memory.</content>
public sealed partial class Plan<T>
{
    /// <summary>Starts stepping in the caller's memory: the parameters stay where they are.</summary>
    /// <param name="tensors">For every tensor of the layout, in its order, where its parameters are: arrays, <see cref="Memory{T}"/>,
    /// <see cref="NativeBlock{T}"/>. Finite; none overlaps another.</param>
    /// <returns>A session at step 0. Dispose of it before native memory is freed.</returns>
    /// <exception cref="ArgumentException">A wrong number of blocks, a wrong length, blocks that overlap or stand twice, freed memory, or
    /// a number that is not finite.</exception>
    /// <example><code>using var session = plan.Bind([weights, bias]);</code></example>
    public BoundSession<T> Bind(ReadOnlySpan<TensorBlock<T>> tensors) => new(this, tensors, null);

    /// <summary>Goes on from a state in the caller's memory, which receives the state's parameters.</summary>
    /// <inheritdoc cref="Bind(ReadOnlySpan{TensorBlock{T}})"/>
    /// <param name="state">The state, of this plan; stays as it is.</param>
    /// <returns>A session at the state's step. Dispose of it before native memory is freed.</returns>
    public BoundSession<T> Bind(ReadOnlySpan<TensorBlock<T>> tensors, State<T> state)
    {
        CheckState(state, nameof(state));
        return new(this, tensors, state);
    }

    /// <summary>Starts stepping in arrays, or goes on from a state.</summary>
    /// <inheritdoc cref="Bind(ReadOnlySpan{TensorBlock{T}})"/>
    /// <param name="tensors">For every tensor of the layout, in its order, the array of its parameters.</param>
    /// <param name="state">The state to go on from, whose parameters the arrays receive; null to start at step 0 with what they
    /// hold.</param>
    public BoundSession<T> Bind(T[][] tensors, State<T>? state = null)
    {
        TensorBlock<T>[] blocks = Array.ConvertAll(Require.NotNull(tensors), array => (TensorBlock<T>)array);
        return state is null ? Bind(blocks) : Bind(blocks, state);
    }

    /// <summary>Starts stepping in arrays that go by name, in any order, or goes on from a state.</summary>
    /// <inheritdoc cref="Bind(T[][], State{T})"/>
    /// <param name="tensors">For every tensor of the layout its name and the array of its parameters: a dictionary.</param>
    public BoundSession<T> Bind(IEnumerable<KeyValuePair<string, T[]>> tensors, State<T>? state = null) =>
        Bind(Require.NotNull(tensors).Select(pair => KeyValuePair.Create(pair.Key, (TensorBlock<T>)pair.Value)), state);

    /// <summary>Starts stepping in blocks that go by name, in any order, or goes on from a state.</summary>
    /// <inheritdoc cref="Bind(T[][], State{T})"/>
    /// <param name="tensors">For every tensor of the layout its name and where its parameters are.</param>
    public BoundSession<T> Bind(IEnumerable<KeyValuePair<string, TensorBlock<T>>> tensors, State<T>? state = null)
    {
        var blocks = new TensorBlock<T>[Layout.Tensors.Count];
        foreach (var (name, block) in Require.NotNull(tensors))
        {
            var index = Layout.IndexOf(Layout[name].Name);
            blocks[index] = blocks[index].IsNone
                ? block
                : throw new ArgumentException($"There are two blocks for the tensor \"{name}\".", nameof(tensors));
        }

        return state is null ? Bind(blocks) : Bind(blocks, state);
    }
}
