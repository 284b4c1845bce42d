using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OptTorch;

/// <summary>A parameter that is stepped, under its name.</summary>
internal sealed record TorchParameter(string Name, Parameter Parameter)
{
    /// <summary>
    /// The parameters that are stepped: those that want a gradient, tied ones once, under their first name.
    /// </summary>
    /// <exception cref="ArgumentException">There is none, or one cannot be stepped; the message says why.</exception>
    public static TorchParameter[] Of(IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        var found = new List<TorchParameter>();
        var seen = new HashSet<(nint Address, long Length)>();
        foreach (var (name, parameter) in parameters)
        {
            if (parameter is null || parameter.IsInvalid)
            {
                throw new ArgumentException($"The parameter \"{name}\" was disposed of.", nameof(parameters));
            }

            if (!parameter.requires_grad)
            {
                continue;
            }

            Check(name, parameter);
            if (parameter.numel() == 0 || seen.Add((TorchTensor<float>.AddressOf(parameter), parameter.numel())))
            {
                found.Add(new TorchParameter(name, parameter));
            }
        }

        if (found.Count == 0)
        {
            throw new ArgumentException("There is no parameter that requires a gradient.", nameof(parameters));
        }

        if (found.Find(one => one.Parameter.dtype != found[0].Parameter.dtype) is { } other)
        {
            throw new ArgumentException(
                $"\"{found[0].Name}\" is of {found[0].Parameter.dtype}, \"{other.Name}\" of {other.Parameter.dtype}; one optimizer steps "
                + "parameters of one type.", nameof(parameters));
        }

        return [.. found];
    }

    private static void Check(string name, Parameter parameter)
    {
        if (parameter.dtype is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw Refused(name, $"is of {parameter.dtype}; expected Float32 or Float64");
        }

        if (parameter.device_type != DeviceType.CPU)
        {
            throw Refused(name, $"is on {parameter.device_type}; steps are on the processor: move the model with model.cpu()");
        }

        if (parameter.is_sparse)
        {
            throw Refused(name, "is sparse; expected a dense tensor");
        }

        if (!parameter.is_contiguous())
        {
            throw Refused(name, "is not contiguous; make the parameter of tensor.contiguous()");
        }

        if (parameter.numel() > int.MaxValue / 8)
        {
            throw Refused(name, $"has {parameter.numel()} elements; expected at most {int.MaxValue / 8}");
        }
    }

    private static ArgumentException Refused(string name, string why) => new($"The parameter \"{name}\" {why}.", "parameters");
}
