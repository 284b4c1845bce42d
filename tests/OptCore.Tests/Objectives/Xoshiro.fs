/// The generator behind shuffles and directions once more, as its sources print it.
module OptCore.Tests.Objectives.Xoshiro

open System

/// SplitMix64's output function.
let private mix (x: uint64) =
    let x = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
    let x = (x ^^^ (x >>> 27)) * 0x94D049BB133111EBUL
    x ^^^ (x >>> 31)

/// xoshiro256** as Blackman and Vigna print it.
type Xoshiro(state: uint64[]) =
    let s = Array.copy state
    let rotl (x: uint64) k = (x <<< k) ||| (x >>> (64 - k))

    /// Filled from a seed and a stream: 64 bits of each, and four steps of SplitMix64.
    static member Of(seed: int64, stream: int64) =
        let golden = 0x9E3779B97F4A7C15UL
        let start = mix (uint64 seed + golden) + uint64 stream
        Xoshiro [| for k in 1UL .. 4UL -> mix (start + k * golden) |]

    member _.Next() =
        let result = rotl (s[1] * 5UL) 7 * 9UL
        let t = s[1] <<< 17
        s[2] <- s[2] ^^^ s[0]
        s[3] <- s[3] ^^^ s[1]
        s[1] <- s[1] ^^^ s[2]
        s[0] <- s[0] ^^^ s[3]
        s[2] <- s[2] ^^^ t
        s[3] <- rotl s[3] 45
        result

    /// 53 bits.
    member this.Uniform() =
        Math.ScaleB(float (this.Next() >>> 11), -53)

    /// Lemire's way: the upper half of a product, drawn again where the lower one is among the first 2⁶⁴ mod n.
    member this.Below(n: int) =
        let n = bigint n
        let product = bigint (this.Next()) * n

        if product % (bigint 2 ** 64) < (bigint 2 ** 64) % n then
            this.Below(int n)
        else
            int (product / (bigint 2 ** 64))

    /// Fisher and Yates, from the end.
    member this.Order(count: int) =
        let order = [| 0 .. count - 1 |]

        for i in count - 1 .. -1 .. 1 do
            let j = this.Below(i + 1)
            let kept = order[i]
            order[i] <- order[j]
            order[j] <- kept

        order
