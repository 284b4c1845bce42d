using OptCore;

/// <summary>A model of one's own without a framework: a dictionary of arrays, gradients by hand, trained where they are.</summary>
internal static class OwnModel
{
    public static void Train()
    {
        // Logistic regression on two features: p = 1/(1 + exp(−(w·x + b))).
        var parameters = new Dictionary<string, float[]> { ["weights"] = new float[2], ["bias"] = new float[1] };
        var gradients = new Dictionary<string, float[]> { ["weights"] = new float[2], ["bias"] = new float[1] };
        var layout = Layout.Empty.Add("weights", 2).Add("bias", 1);

        // The arrays stay where they are, and the optimizer writes into them.
        var optimizer = Optimizer.Adam(0.05).Clip(1.0).Except("bias", words => words.WeightDecay(0.001));
        using var session = optimizer.Plan<float>(layout).Bind(parameters);
        for (var step = 0; step < 300; step++)
        {
            var loss = Loss(parameters, gradients);
            if (step % 100 == 0)
            {
                Console.WriteLine($"step {step}: loss {loss:F4}");
            }

            session.Step(gradients, loss);
        }

        // A name that is missing is a tensor without a gradient: it stays as it is.
        var bias = parameters["bias"][0];
        session.Step(new Dictionary<string, float[]> { ["weights"] = gradients["weights"] });
        Console.WriteLine($"loss {Loss(parameters, gradients):F4}, without a gradient the bias stays: {bias == parameters["bias"][0]}");
    }

    private static double Loss(Dictionary<string, float[]> parameters, Dictionary<string, float[]> gradients)
    {
        var (w, b) = (parameters["weights"], parameters["bias"]);
        var (dw, db) = (gradients["weights"], gradients["bias"]);
        Array.Clear(dw);
        Array.Clear(db);
        const int Count = 100;
        double loss = 0;
        for (var i = 0; i < Count; i++)
        {
            var (x, y) = (MathF.Sin(i * 1.7f), MathF.Cos(i * 2.3f));
            var label = x + (0.5f * y) > 0.1f ? 1f : 0f;
            var p = 1 / (1 + MathF.Exp(-((w[0] * x) + (w[1] * y) + b[0])));
            loss -= Math.Log(Math.Max(label > 0 ? p : 1 - p, 1e-7)) / Count;
            dw[0] += (p - label) * x / Count;
            dw[1] += (p - label) * y / Count;
            db[0] += (p - label) / Count;
        }

        return loss;
    }
}
