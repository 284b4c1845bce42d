using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using OptBench.Contenders;
using Perfolizer.Horology;

namespace OptBench;

/// <summary>The long form: BenchmarkDotNet, with 1e8 parameters.</summary>
[MemoryDiagnoser]
public class LongForm
{
    private Problem<float>? _problem;
    private Contender? _composed, _hand, _copy;

    /// <summary>The number of parameters.</summary>
    [Params(10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)]
    public int Length { get; set; }

    /// <summary>The optimizer.</summary>
    [Params("Adam", "ClipAdamW", "Momentum")]
    public string Optimizer { get; set; } = "Adam";

    /// <summary>Runs all of it.</summary>
    public static void RunAll() =>
        BenchmarkRunner.Run<LongForm>(DefaultConfig.Instance.AddJob(
            Job.Default
                .WithToolchain(InProcessEmitToolchain.Instance)
                .WithIterationTime(TimeInterval.FromMilliseconds(100))
                .WithWarmupCount(5)
                .WithIterationCount(15)));

    /// <summary>Makes the contenders.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _problem = new Problem<float>(Enum.Parse<Rule>(Optimizer), Length);
        _composed = new Composed<float>(_problem, 1);
        _hand = new HandWritten<float>(_problem);
        _copy = new CopyLoop<float>(_problem);
    }

    /// <summary>Frees their memory.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _hand!.Dispose();
        _copy!.Dispose();
        _problem!.Dispose();
    }

    /// <summary>A fused kernel written by hand.</summary>
    [Benchmark(Baseline = true)]
    public void HandWritten() => _hand!.Run(1);

    /// <summary>The library.</summary>
    [Benchmark]
    public void Composed() => _composed!.Run(1);

    /// <summary>The memory traffic alone.</summary>
    [Benchmark]
    public void CopyLoop() => _copy!.Run(1);
}
