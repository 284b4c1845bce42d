using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>Before and after a change: this build beside another one, in the same rounds of one process.</summary>
internal sealed class Against
{
    public const string Name = "against";

    private const int MostThreads = 2;

    // From here on threads may share a step.
    private const int Large = 100_000;

    private readonly OtherBuild _other;
    private readonly string[] _rules;
    private readonly Report _report;
    private readonly Options _options;

    private Against(OtherBuild other, string[] rules, Report report, Options options) =>
        (_other, _rules, _report, _options) = (other, rules, report, options);

    public static void Run(Report report, Options options)
    {
        if (options.Words.Count == 0)
        {
            throw new ArgumentException("Which other build? Say against:FOLDER, with the folder of its OptBench.dll.", nameof(options));
        }

        Report.Title(
            "Against another build",
            "Both builds in one process, their rounds interleaved, each with memory of its own. `this ÷ other`: the time of a step. "
            + "`this ÷ this`: the same of two contenders that are both of this build: what lies between one place in memory and another. "
            + "`bits`: whether the parameters are the same after 100 steps.");
        Report.Header("what", "type", "n", "ns/step", "this ÷ other", "this ÷ this", "bits");
        new Against(new OtherBuild(options.Words[0]), [.. options.Words.Skip(1)], report, options).Rows();
    }

    private void Rows()
    {
        foreach (var rule in Enum.GetValues<Rule>())
        {
            Rows<float>(rule, "f32");
        }

        foreach (var rule in new[] { Rule.Adam, Rule.ClipAdamW, Rule.Momentum })
        {
            Rows<double>(rule, "f64");
        }
    }

    private void Rows<T>(Rule rule, string type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var text = rule.Text();
        if (_rules.Length > 0 && !_rules.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        foreach (var length in _options.Lengths)
        {
            Row<T>(rule, type, length, text, problem => new Composed<T>(problem, 1), 1);
            if (length >= Large)
            {
                Row<T>(rule, type, length, text + ", 2 threads", problem => new Composed<T>(problem, MostThreads), MostThreads);
            }

            if (rule == Rule.Adam)
            {
                Row<T>(rule, type, length, text + ", reuse", problem => new ComposedReuse<T>(problem));
            }
        }

        var many = Enumerable.Range(0, ManyTensors.Count).Select(i => ($"layer{i}", new[] { ManyTensors.Each })).ToArray();
        Row<T>(
            rule,
            type,
            ManyTensors.Count * ManyTensors.Each,
            text + ", 1,000 tensors",
            problem => new Composed<T>(problem, 1, Layout.Of(many)),
            1,
            many);
    }

    // One cell: what makes a contender of this build, and what the constructor of the other one's takes.
    private void Row<T>(Rule rule, string type, int length, string what, Func<Problem<T>, Contender> make, params object[] arguments)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Contender[] Both(Problem<T> problem)
        {
            var ours = make(problem);
            return [ours, _other.Contender<T>(ours.GetType(), rule, length, arguments)];
        }

        using var problem = new Problem<T>(rule, length);
        var parameters = Array.ConvertAll(Both(problem), contender =>
        {
            using (contender)
            {
                contender.Run(100);
                return contender.Parameters();
            }
        });
        var samples = Lineup.Measure<T>(rule, length, _options, first: true, again => [.. Both(again), make(again)]);
        var ratio = samples[0].Over(samples[1]);
        _report.Add(Name, what, type, length, "this ÷ other", ratio);
        Report.Row(
            what,
            type,
            Report.Length(length),
            Report.Number(samples[0].Time.Median),
            ratio.ToString(),
            samples[0].Over(samples[2]).ToString(),
            parameters[0].AsSpan().SequenceEqual(parameters[1]) ? "same" : "**other**");
    }
}
