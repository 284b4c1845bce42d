namespace OptModels;

/// <summary>
/// The loss of one sample of a linear model as a function of its scores: what distinguishes least squares from logistic
/// and softmax regression.
/// </summary>
internal interface IScoreLoss
{
    /// <summary>The number of scores of a sample, ≥ 1.</summary>
    int Outputs { get; }

    /// <summary>
    /// The loss of a sample; replaces its scores by the derivatives of the loss with respect to them.
    /// </summary>
    double Evaluate(int sample, Span<double> scores);
}
