namespace OptCore;

/// <content>Changes in the middle of a run.</content>
public sealed partial class BoundSession<T>
{
    /// <summary>Goes on with another plan of the same layout, as <see cref="Session{T}.Carry"/>.</summary>
    /// <inheritdoc cref="Session{T}.Carry"/>
    public CarryReport Carry(Plan<T> plan, CarryOptions? options = null) => _session.Carry(plan, options);
}
