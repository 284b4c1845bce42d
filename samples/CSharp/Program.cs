using OptCore;
using OptModels;

Console.OutputEncoding = System.Text.Encoding.UTF8;

// The fluent form builds the value that the F# sentence builds.
var optimizer = Optimizer.Adam(0.05).Clip(1.0).Except("*.bias", words => words.WeightDecay(0.01)).Cosine(400);
Console.WriteLine(optimizer);
Console.WriteLine($"read from text, the same value: {Optimizer.Parse(optimizer.ToString()).Equals(optimizer)}");
Console.WriteLine();
Console.WriteLine(optimizer.Explain());
Console.WriteLine();

// A plan is the optimizer compiled for tensors: here a matrix and a bias in one flat vector.
var layout = Layout.Empty.Add("layer.weights", 2, 3).Add("layer.bias", 2);
var plan = optimizer.Plan<double>(layout);
var objective = new Quadratic(Quadratic.LogUniformSpectrum(layout.Length, 1, 100), seed: 7);
var gradient = new double[layout.Length];

// Pure steps: every state stays as it is.
var first = plan.Init(Enumerable.Repeat(1.0, layout.Length).ToArray());
objective.Evaluate(first.AsSpan(), gradient);
var second = plan.Step(first, gradient);
Console.WriteLine(first);
Console.WriteLine(second);

// A session steps in place and allocates nothing; its snapshot is a state like any other.
var session = plan.Resume(first);
session.Step(gradient);
Console.WriteLine($"in place, the same bits: {session.Snapshot().Equals(second)}");

while (session.StepCount < 400)
{
    var value = objective.Evaluate(session.AsSpan(), gradient);
    if (session.StepCount % 100 == 0)
    {
        Console.WriteLine(session.StepReported(gradient, value));
    }
    else
    {
        session.Step(gradient, value);
    }
}

// The loop does the same, and says why it ended.
var result = Minimizer.Minimize(first, objective, new() { Steps = 400 });
Console.WriteLine($"the loop, the same bits: {result.State.Equals(session.Snapshot())}");
Console.WriteLine(result);

// A model whose parameters are arrays of its own.
Console.WriteLine();
OwnModel.Train();
