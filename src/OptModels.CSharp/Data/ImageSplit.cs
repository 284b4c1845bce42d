namespace OptModels;

/// <summary>A training set and a test set of the same image size and classes.</summary>
public sealed class ImageSplit
{
    /// <summary>The pair of two sets.</summary>
    /// <param name="train">The images to learn from.</param>
    /// <param name="test">The images to judge by.</param>
    /// <exception cref="ArgumentException">The two differ in image size or number of classes.</exception>
    /// <exception cref="ArgumentNullException">A set is null.</exception>
    public ImageSplit(ImageSet train, ImageSet test)
    {
        Train = Require.NotNull(train);
        Test = Require.NotNull(test);
        if ((test.Channels, test.Height, test.Width, test.Classes) != (train.Channels, train.Height, train.Width, train.Classes))
        {
            throw new ArgumentException(
                $"test is {test}; expected the image size and classes of train, {train}.", nameof(test));
        }
    }

    /// <summary>The images to learn from.</summary>
    public ImageSet Train { get; }

    /// <summary>The images to judge by.</summary>
    public ImageSet Test { get; }

    /// <summary>The first images of a set to learn from, the others to judge by.</summary>
    /// <param name="images">The whole set.</param>
    /// <param name="train">The number of images to learn from, in 0 … <c>images.Count</c>.</param>
    /// <returns>The split.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="train"/> is out of range.</exception>
    /// <exception cref="ArgumentNullException">The set is null.</exception>
    public static ImageSplit At(ImageSet images, int train)
    {
        Require.Between(train, 0, Require.NotNull(images).Count, nameof(train));
        return new(images.Slice(0, train), images.Slice(train, images.Count - train));
    }

    /// <summary>Both sets.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => $"train: {Train}; test: {Test}";
}
