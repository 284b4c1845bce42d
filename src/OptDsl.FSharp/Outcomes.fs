namespace OptDsl

/// <summary>The outcome of a minimization in <c>float</c>; in <c>float32</c> it is a <c>Result&lt;float32></c>.</summary>
type Result = OptCore.Result<float>

/// <summary>One iterate of a trace in <c>float</c>.</summary>
type TracePoint = OptCore.TracePoint<float>
