using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OptCore;
using OptModels;
using OptMpi;
using OptTorch;
using static TorchSharp.torch;

// A network of TorchSharp on handwritten digits, a replica on every rank of an MPI job. After `dotnet build -c Release samples/TorchRanks`:
//   OPTDSL_HOST=$(.ci/torch-runtime) .ci/mpi 2 samples/TorchRanks/bin/Release/net10.0/TorchRanks.dll
// Shows: one line makes a loop of TorchSharp data parallel; the replicas are the same on all ranks, bit for bit, though each began with
// other parameters; a run goes on from a checkpoint, on any number of ranks (the first argument names it).
const int Steps = 200;
const int Batch = 128;
var file = args.Length > 0 ? args[0] : null;

if (!Mpi.IsAvailable(out var reason))
{
    Console.WriteLine(reason);
    return 0;
}

return Mpi.Run(ranks =>
{
    // As many threads as the rank has processors of its own; the same bits whatever the machine.
    set_num_threads(1);
    random.manual_seed(ranks.Rank);
    var digits = Mnist.LoadOrGenerate();
    using var model = nn.Sequential(
        ("hidden", nn.Linear(digits.Train.Image(0).Length, 64)), ("relu", nn.ReLU()), ("out", nn.Linear(64, 10)));
    using var optimizer = new TorchOptimizer(model, Optimizer.Adam(0.001).Clip(1).Cosine(Steps), ranks, new Execution { Threads = 1 });
    optimizer.StopOnSignals();
    if (file is not null && File.Exists(file))
    {
        optimizer.load_state_dict(file);
    }

    while (optimizer.StepCount < Steps && !optimizer.MustStop)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Samples(digits.Train, optimizer.StepCount, ranks);
        optimizer.step(() =>
        {
            optimizer.zero_grad();
            var loss = nn.functional.cross_entropy(model.forward(images), labels);
            loss.backward();
            return loss;
        });
        if (optimizer.StepCount % 50 == 0)
        {
            Say(FormattableString.Invariant($"step {optimizer.StepCount}: loss of the batch {optimizer.Loss:0.000000}"));
        }
    }

    if (file is not null)
    {
        optimizer.save_state_dict(file);
    }

    var hashes = ranks.Gather(HashOf(model));
    Say($"{ranks}: the parameters are the same on all ranks: {hashes.Distinct().Count() == 1} ({hashes[0]})");
    if (ranks.Rank == 0)
    {
        using var none = no_grad();
        var (images, labels) = TensorsOf(digits.Test, [.. Enumerable.Range(0, digits.Test.Count)]);
        var right = model.forward(images).argmax(1).eq(labels).sum().item<long>();
        Console.WriteLine(FormattableString.Invariant($"test accuracy {right / (double)digits.Test.Count:P2}"));
    }

    void Say(string line)
    {
        if (ranks.Rank == 0)
        {
            Console.WriteLine(line);
        }
    }
});

// The rank's share of the samples of a step: every rank has as many.
static (Tensor Images, Tensor Labels) Samples(ImageSet all, long step, ICollectives ranks)
{
    var own = Batch / ranks.Size;
    var first = (step * Batch) + (ranks.Rank * own);
    return TensorsOf(all, [.. Enumerable.Range(0, own).Select(i => (int)((first + i) * 7919 % all.Count))]);
}

static (Tensor Images, Tensor Labels) TensorsOf(ImageSet set, int[] samples)
{
    var pixels = samples.SelectMany(i => set.Image(i).ToArray()).ToArray();
    return (tensor(pixels).reshape(samples.Length, -1), tensor([.. samples.Select(i => (long)set.Labels[i])]));
}

static string HashOf(nn.Module model)
{
    using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    foreach (var (_, parameter) in model.named_parameters())
    {
        sha.AppendData(MemoryMarshal.AsBytes<float>(parameter.data<float>().ToArray()));
    }

    return Convert.ToHexStringLower(sha.GetHashAndReset())[..16];
}
