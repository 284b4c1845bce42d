namespace OptCore;

/// <summary>
/// The generator behind shuffles and generated data: xoshiro256** with its state filled by SplitMix64 from (seed,
/// stream). Its numbers are a contract (checkpoints resume on them), which <see cref="Random"/>'s are not. Uses integer
/// and exact floating-point operations only: the same on every platform.
/// </summary>
/// <remarks>Source: Blackman and Vigna, Scrambled linear pseudorandom number generators, 2021; Steele, Lea and Flood,
/// 2014 (SplitMix64); Lemire, 2019 (bounded integers).</remarks>
internal struct SampleRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong s0, s1, s2, s3;

    /// <summary>
    /// The generator of one stream of a seed: for one seed, different streams start from different states.
    /// </summary>
    internal SampleRandom(long seed, long stream = 0)
    {
        var x = Mix((ulong)seed + Golden) + (ulong)stream;
        s0 = Mix(x += Golden);
        s1 = Mix(x += Golden);
        s2 = Mix(x += Golden);
        s3 = Mix(x + Golden);
    }

    /// <summary>The next 64 random bits.</summary>
    internal ulong Next()
    {
        var result = ulong.RotateLeft(s1 * 5, 7) * 9;
        var t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = ulong.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A uniform double in [0, 1): a multiple of 2⁻⁵³.</summary>
    internal double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform double in [low, high).</summary>
    internal double Uniform(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>An unbiased integer in 0 … bound − 1, bound ≥ 1.</summary>
    internal int Below(int bound)
    {
        var range = (ulong)bound;
        var high = Math.BigMul(Next(), range, out var low);
        if (low < range)
        {
            for (var threshold = (0 - range) % range; low < threshold;)
            {
                high = Math.BigMul(Next(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>0 … count − 1 in random order (Fisher–Yates from the end).</summary>
    internal int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
        }

        for (var i = count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
