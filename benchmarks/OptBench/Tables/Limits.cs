using System.Numerics;
using System.Runtime.Intrinsics;
using OptBench.Contenders;
using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>What a step of Adam cannot be faster than on this machine, however it is written.</summary>
internal static class Limits
{
    public const string Name = "limits";

    public static void Run(Report report, Options options)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            Console.WriteLine("The table limits needs vectors of 512 bits.");
            return;
        }

        Report.Title(
            "The limits of Adam",
            "One thread. `dividers`: one root and one division for each register, without memory. `copy`: the vectors of a step read and "
            + "written, without arithmetic. Over the composed session's time: who divides as IEEE 754 asks takes no less than the larger.");
        Report.Header("type", "n", "composed, ns", "dividers ÷ composed", "copy ÷ composed");
        Rows<float>("f32", report, options);
        Rows<double>("f64", report, options);
    }

    private static void Rows<T>(string type, Report report, Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var length in new[] { 1_000, 10_000, 100_000, 1_000_000, 10_000_000 })
        {
            var samples = Lineup.Measure<T>(Rule.Adam, length, options, first: true, problem =>
                [new Composed<T>(problem, 1), new DividersLoop<T>(problem), new CopyLoop<T>(problem)]);
            var (dividers, copy) = (samples[1].Over(samples[0]), samples[2].Over(samples[0]));
            report.Add(Name, Rule.Adam, type, length, "dividers", dividers);
            report.Add(Name, Rule.Adam, type, length, "copy", copy);
            Report.Row(
                type, Report.Length(length), Report.Number(samples[0].Time.Median), dividers.ToString(), copy.ToString());
        }
    }
}
