namespace OptCore;

/// <summary>The ranks of a job cannot go on together: one has failed, the library that connects them has, or they disagree.</summary>
public sealed class CollectiveException : Exception
{
    /// <summary>A failure with its reason.</summary>
    /// <param name="message">What has happened, and on which rank.</param>
    /// <param name="inner">The exception of the rank that failed, where it is known.</param>
    public CollectiveException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
