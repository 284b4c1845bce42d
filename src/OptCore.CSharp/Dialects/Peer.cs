namespace OptCore;

/// <summary>A library whose constructors <see cref="Dialect"/> reads and writes.</summary>
public enum Peer
{
    /// <summary>PyTorch: <c>torch.optim</c>, its schedulers and its clip functions; 2.9.</summary>
    Torch,

    /// <summary>Optax: its optimizers, <c>contrib</c>, transformations in <c>chain</c>, schedules; 0.2.9.</summary>
    Optax,

    /// <summary>Keras: <c>keras.optimizers</c> and its schedules; 3.16.</summary>
    Keras,
}
