namespace OptCore.Kernels;

/// <summary>
/// Stands for any vector type where an open rule has to be named: F# writes <c>typedefof&lt;HeavyBallRule&lt;AnyVector, float32>></c>,
/// since it finds no type for <c>_</c>. It computes nothing.
/// </summary>
public readonly struct AnyVector : IVector<AnyVector, float>
{
    static int IVector<AnyVector, float>.Count => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Zero => throw Nothing;

    private static NotSupportedException Nothing => new($"{nameof(AnyVector)} only stands for a vector type.");

    static AnyVector IVector<AnyVector, float>.Broadcast(double value) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.operator +(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.operator -(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.operator *(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.operator /(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Fma(AnyVector a, AnyVector b, AnyVector c) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Sqrt(AnyVector a) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Abs(AnyVector a) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.CopySign(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Max(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Min(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Less(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Equal(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.Select(AnyVector mask, AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.First(int count) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.WhereLess(AnyVector a, AnyVector b, AnyVector x, AnyVector y) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.WhereEqual(AnyVector a, AnyVector b, AnyVector x, AnyVector y) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.MaxOrSecond(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.MinOrSecond(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.MaxOfSizes(AnyVector a, AnyVector b) => throw Nothing;

    static AnyVector IVector<AnyVector, float>.GuessInverseCubeRoot(AnyVector x) => throw Nothing;

    static unsafe AnyVector IVector<AnyVector, float>.Load(float* source) => throw Nothing;

    static unsafe AnyVector IVector<AnyVector, float>.Broadcast(float* source) => throw Nothing;

    static unsafe void IVector<AnyVector, float>.Store(float* target, AnyVector value) => throw Nothing;

    static unsafe void IVector<AnyVector, float>.Stream(float* target, AnyVector value) => throw Nothing;

    static unsafe AnyVector IVector<AnyVector, float>.Load(float* source, AnyVector mask, int count) => throw Nothing;

    static unsafe AnyVector IVector<AnyVector, float>.LoadBehind(float* source, AnyVector mask, int count) => throw Nothing;

    static unsafe void IVector<AnyVector, float>.Store(float* target, AnyVector value, AnyVector mask, int count) => throw Nothing;
}
