using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>Reads tensors of any floating-point type as parameters.</summary>
internal static class ParametersFile
{
    private const string Types = "F16, BF16, F32 or F64";

    /// <summary>All tensors of a file that holds no state, in the order of their bytes.</summary>
    public static Layout LayoutOf(SafeTensorsHeader header, string source)
    {
        try
        {
            return Layout.Of(header.Tensors.Select(tensor => (tensor.Name, tensor.Shape.Select(axis => checked((int)axis)).ToArray())));
        }
        catch (Exception wrong) when (wrong is OverflowException or ArgumentException)
        {
            throw new CheckpointException(source, CheckpointFault.Shape, $"the tensors do not fit in one vector: {wrong.Message}", wrong);
        }
    }

    public static T[] Read<T>(
        Layout layout, Stream stream, SafeTensorsHeader header, IReadOnlyDictionary<string, string> names, bool others, string source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var wanted = Wanted(layout, header, names, source);
        var extra = header.Tensors.FirstOrDefault(tensor => !wanted.ContainsKey(tensor.Name));
        if (extra is not null && !others)
        {
            throw new CheckpointException(
                source, CheckpointFault.Unknown, $"the file has {extra}, which is no tensor of the layout {layout}.");
        }

        // The tensors are in the file, with these sizes.
        var values = GC.AllocateUninitializedArray<T>(layout.Length);
        var targets = wanted.ToDictionary(pair => pair.Key, pair => Target(values, pair.Value.Tensor, pair.Value.Stored, source));
        CheckpointFile.ReadData(stream, header, targets, source);
        return values;
    }

    private static Dictionary<string, (TensorInfo Tensor, StoredTensor Stored)> Wanted(
        Layout layout, SafeTensorsHeader header, IReadOnlyDictionary<string, string> names, string source)
    {
        var stored = header.Tensors.ToDictionary(tensor => tensor.Name);
        var wanted = new Dictionary<string, (TensorInfo, StoredTensor)>();
        var claimed = new EntryNames();
        foreach (var tensor in layout.Tensors)
        {
            var plain = claimed.Claim(tensor.Name);
            var name = names.GetValueOrDefault(tensor.Name, plain);
            if (!stored.TryGetValue(name, out var found))
            {
                throw new CheckpointException(source, CheckpointFault.Missing, $"\"{name}\" is not in the file; it has: {Few(header)}.");
            }

            if (!found.Shape.SequenceEqual(tensor.Shape.Select(axis => (long)axis)))
            {
                throw new CheckpointException(
                    source, CheckpointFault.Shape, $"the file has {found}; expected the shape [{string.Join(", ", tensor.Shape)}].");
            }

            if (found.Type is not ("F16" or "BF16" or "F32" or "F64"))
            {
                throw new CheckpointException(source, CheckpointFault.Type, $"the file has {found}; parameters are {Types}.");
            }

            if (!wanted.TryAdd(name, (tensor, found)))
            {
                throw new ArgumentException($"Two tensors of the layout are to come from \"{name}\".", nameof(names));
            }
        }

        return wanted;
    }

    private static string Few(SafeTensorsHeader header) =>
        string.Join(", ", header.Tensors.Take(8).Select(tensor => $"\"{tensor.Name}\""))
            + (header.Tensors.Count > 8 ? ", …" : string.Empty);

    private static Entry Target<T>(T[] values, TensorInfo tensor, StoredTensor stored, string source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (stored.Type == Entry.TypeOf<T>())
        {
            return new Entry(
                stored.Name,
                stored.Type,
                tensor.Shape,
                tensor.Length,
                (first, count) => MemoryMarshal.AsBytes(values.AsSpan(tensor.Offset + first, count)));
        }

        // A piece at a time is converted through memory of its own.
        var size = StoredTensor.SizeOf(stored.Type);
        byte[] piece = [];
        return new Entry(stored.Name, stored.Type, tensor.Shape, tensor.Length, (_, count) =>
        {
            piece = piece.Length >= count * size ? piece : new byte[count * size];
            return piece.AsSpan(0, count * size);
        })
        {
            Arrived = (first, count) => Convert(piece.AsSpan(0, count * size), values.AsSpan(tensor.Offset + first, count), stored, source),
        };
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, Span<T> values, StoredTensor stored, string source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = StoredTensor.SizeOf(stored.Type);
        for (var i = 0; i < values.Length; i++)
        {
            var number = Number(bytes.Slice(i * size, size), stored.Type);
            values[i] = T.CreateTruncating(number);
            if (double.IsFinite(number) && !T.IsFinite(values[i]))
            {
                throw new CheckpointException(
                    source, CheckpointFault.Value, $"{stored} has the value {number:R}, which is too large for {Entry.TypeOf<T>()}.");
            }
        }
    }

    private static double Number(ReadOnlySpan<byte> bytes, string type) => type switch
    {
        "F64" => BitConverter.ToDouble(bytes),
        "F32" => BitConverter.ToSingle(bytes),
        "F16" => (double)BitConverter.ToHalf(bytes),

        // The upper half of a float.
        _ => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(bytes) << 16),
    };
}
