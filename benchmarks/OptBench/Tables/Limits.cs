using System.Numerics;
using System.Runtime.Intrinsics.X86;
using OptBench.Contenders;
using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>What a step of Adam cannot be faster than on this machine, however it is written.</summary>
internal static class Limits
{
    public const string Name = "limits";

    public static void Run(Report report, Options options)
    {
        if (!Avx512F.IsSupported)
        {
            Console.WriteLine("The table limits needs AVX-512.");
            return;
        }

        Report.Title(
            "The limits of Adam",
            "One thread. `dividers`: one root and one division for each register, without memory. `copy`: the vectors of a step read and "
            + "written, without arithmetic. Over the composed session's time: who divides as IEEE 754 asks takes no less than the larger. "
            + "`Newton`: a step whose quotient is multiplied, to the same rounding, by Newton's steps from a reciprocal of 14 bits, "
            + "without the tests for special values that it would need.");
        Report.Header("type", "n", "composed, ns", "dividers ÷ composed", "copy ÷ composed", "Newton ÷ composed");
        Rows<float>("f32", report, options);
        Rows<double>("f64", report, options);
    }

    private static void Rows<T>(string type, Report report, Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var length in new[] { 1_000, 10_000, 100_000, 1_000_000, 10_000_000 })
        {
            var samples = Lineup.Measure<T>(Rule.Adam, length, options, first: true, problem =>
                [new Composed<T>(problem, 1), new DividersLoop<T>(problem), new CopyLoop<T>(problem), new NewtonLoop<T>(problem)]);
            var (dividers, copy, newton) = (samples[1].Over(samples[0]), samples[2].Over(samples[0]), samples[3].Over(samples[0]));
            report.Add(Name, Rule.Adam, type, length, "dividers", dividers);
            report.Add(Name, Rule.Adam, type, length, "copy", copy);
            report.Add(Name, Rule.Adam, type, length, "newton", newton);
            Report.Row(
                type, Report.Length(length), Report.Number(samples[0].Time.Median), dividers.ToString(), copy.ToString(),
                newton.ToString());
        }
    }
}
