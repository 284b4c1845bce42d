using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>
/// XXH64 with seed 0, fed piece by piece: the checksum of a checkpoint. Four independent chains of multiplications keep up
/// with the memory; a published function with readers in every language, 64 bits wide. The base library has none of its kind:
/// CRC-32 has half the bits, SHA-256 is slower than the disk, System.IO.Hashing is a package.
/// </summary>
/// <remarks>Source: Collet, xxHash fast digest algorithm (specification), XXH64.</remarks>
internal sealed class XxHash64
{
    private const ulong P1 = 0x9E3779B185EBCA87;
    private const ulong P2 = 0xC2B2AE3D27D4EB4F;
    private const ulong P3 = 0x165667B19E3779F9;
    private const ulong P4 = 0x85EBCA77C2B2AE63;
    private const ulong P5 = 0x27D4EB2F165667C5;
    private const int Stripe = 32;

    private readonly byte[] _rest = new byte[Stripe];
    private ulong _a = unchecked(P1 + P2), _b = P2, _c, _d = unchecked(0 - P1);
    private int _kept;
    private long _length;

    /// <summary>The hash of one piece.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = new XxHash64();
        hash.Append(bytes);
        return hash.Digest();
    }

    /// <summary>Takes up the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        if (_kept > 0)
        {
            var taken = Math.Min(Stripe - _kept, bytes.Length);
            bytes[..taken].CopyTo(_rest.AsSpan(_kept));
            _kept += taken;
            bytes = bytes[taken..];
            if (_kept < Stripe)
            {
                return;
            }

            Mix(_rest);
            _kept = 0;
        }

        var whole = bytes.Length / Stripe * Stripe;
        Mix(bytes[..whole]);
        bytes[whole..].CopyTo(_rest);
        _kept = bytes.Length - whole;
    }

    /// <summary>The hash of everything so far.</summary>
    public ulong Digest()
    {
        var hash = _length < Stripe
            ? P5
            : Merge(Merge(Merge(Merge(Turned(_a, 1) + Turned(_b, 7) + Turned(_c, 12) + Turned(_d, 18), _a), _b), _c), _d);
        return Avalanche(Tail(hash + (ulong)_length, _rest.AsSpan(0, _kept)));
    }

    private static ulong Tail(ulong hash, ReadOnlySpan<byte> rest)
    {
        for (; rest.Length >= 8; rest = rest[8..])
        {
            hash = (Turned(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest)), 27) * P1) + P4;
        }

        if (rest.Length >= 4)
        {
            hash = (Turned(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(rest) * P1), 23) * P2) + P3;
            rest = rest[4..];
        }

        foreach (var one in rest)
        {
            hash = Turned(hash ^ (one * P5), 11) * P1;
        }

        return hash;
    }

    private static ulong Avalanche(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * P2;
        hash = (hash ^ (hash >> 29)) * P3;
        return hash ^ (hash >> 32);
    }

    private static ulong Round(ulong chain, ulong word) => Turned(chain + (word * P2), 31) * P1;

    private static ulong Merge(ulong hash, ulong chain) => ((hash ^ Round(0, chain)) * P1) + P4;

    private static ulong Turned(ulong value, int bits) => ulong.RotateLeft(value, bits);

    private void Mix(ReadOnlySpan<byte> stripes)
    {
        // Files are written on little-endian machines only.
        var words = MemoryMarshal.Cast<byte, ulong>(stripes);
        var (a, b, c, d) = (_a, _b, _c, _d);
        for (; words.Length >= 4; words = words[4..])
        {
            a = Round(a, words[0]);
            b = Round(b, words[1]);
            c = Round(c, words[2]);
            d = Round(d, words[3]);
        }

        (_a, _b, _c, _d) = (a, b, c, d);
    }
}
