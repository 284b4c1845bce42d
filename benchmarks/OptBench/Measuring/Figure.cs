namespace OptBench.Measuring;

/// <summary>One measured number.</summary>
/// <param name="Table">The table it belongs to.</param>
/// <param name="Rule">The optimizer.</param>
/// <param name="Type">f32 or f64.</param>
/// <param name="Length">The number of parameters.</param>
/// <param name="What">What was measured: a time in ns a step, or a ratio.</param>
/// <param name="Low">The lower quartile.</param>
/// <param name="Median">The median.</param>
/// <param name="High">The upper quartile.</param>
internal sealed record Figure(string Table, string Rule, string Type, int Length, string What, double Low, double Median, double High);
