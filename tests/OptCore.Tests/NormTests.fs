/// The norm's order of additions, written out: the bits at every length, whatever the vector width (scripts/test-widths).
module OptCore.Tests.NormTests

open System
open System.Runtime.Intrinsics
open Expecto
open OptCore.Kernels

let private multiplyAdd (x: float) (sum: float) =
    if Hardware.HasFma then
        Math.FusedMultiplyAdd(x, x, sum)
    else
        x * x + sum

/// 32 interleaved partial sums, folded number i with number i + half.
let private chunk (values: float[]) =
    let sums = Array.zeroCreate<float> 32
    values |> Array.iteri (fun i x -> sums[i % 32] <- multiplyAdd x sums[i % 32])

    for half in [ 16; 8; 4; 2; 1 ] do
        for i in 0 .. half - 1 do
            sums[i] <- sums[i] + sums[i + half]

    sums[0]

/// Chunks in the order of their index, across ranges.
let private twin (ranges: float[] list) =
    (0.0, List.collect (Array.chunkBySize 16384 >> List.ofArray) ranges)
    ||> List.fold (fun sum values -> sum + chunk values)
    |> sqrt

let private numbers (length: int) =
    let random = Random(17 + length)

    Array.init length (fun _ ->
        float (float32 ((random.NextDouble() - 0.5) * Math.Pow(10.0, float (random.Next(-3, 3))))))

/// The norm over ranges of a vector, NaN between and around them: what lies outside must not be read.
let private agreesOver (lengths: int list) (element: float -> 'T) (norm: 'T[] -> ElementRange[] -> float) =
    let parts = List.map numbers lengths

    let vector = [|
        nan
        for part in parts do
            yield! part
            nan
    |]

    let ranges =
        (1, lengths)
        ||> List.mapFold (fun start length -> ElementRange(start, start + length), start + length + 1)
        |> fst
        |> Array.ofList

    let found = norm (Array.map element vector) ranges

    Expect.equal
        (BitConverter.DoubleToInt64Bits found)
        (BitConverter.DoubleToInt64Bits(twin parts))
        $"lengths {lengths}"

let private agrees (lengths: int list) =
    agreesOver lengths id (fun vector ranges -> Norm.Of<float>(ReadOnlySpan vector, ReadOnlySpan ranges))
    agreesOver lengths float32 (fun vector ranges -> Norm.Of<float32>(ReadOnlySpan vector, ReadOnlySpan ranges))

let private ofAll (vector: float[]) =
    Norm.Of<float>(ReadOnlySpan vector, ReadOnlySpan [| ElementRange(0, vector.Length) |])

/// The sums that a loop of 512 bits keeps on its way, with NaN behind the end of the chunk.
let inline private onTheWay<'T when 'T: unmanaged and 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T)>
    (element: float -> 'T)
    (length: int)
    =
    let width = Vector512<'T>.Count

    let padded (values: float[]) =
        Array.append values (Array.create width nan) |> Array.map element

    let update, parameters = numbers length, numbers (length + 1) |> Array.tail
    let u, p = padded update, padded parameters
    let mutable both = FullMeter<'T>()
    let mutable one = UpdateMeter<'T>()

    for start in 0..width .. length - 1 do
        let register (values: 'T[]) =
            Simd512<'T>(Vector512.LoadUnsafe(&values[start]))

        both.Add(register u, register p, nativeint (length - start))
        one.Add(register u, register p, nativeint (length - start))

    let expected = Squares(chunk update, chunk parameters)
    Expect.equal both.Total expected $"{length} elements"
    Expect.equal one.Total (Squares(expected.Update, 0.0)) $"{length} elements, the update alone"

[<Tests>]
let tests =
    testList "norm" [
        testCase "the written order on the way of a loop" (fun () ->
            if Hardware.VectorBits < 512 then
                skiptest "loops measure on their way where vectors have 512 bits"

            for length in [ 0..200 ] @ [ 16383; 16384 ] do
                onTheWay id length
                onTheWay float32 length)

        testCase "the written order at every length to 200" (fun () ->
            for length in 0..200 do
                agrees [ length ])

        testCase "the written order where a chunk ends" (fun () ->
            for length in [ 16383; 16384; 16385; 16384 + 31; 16384 + 33; 2 * 16384; 50_003 ] do
                agrees [ length ])

        testCase "ranges follow one another" (fun () ->
            for lengths in [ [ 1; 1; 1 ]; [ 5; 0; 32; 7 ]; [ 33; 16384; 2 ]; [ 17000; 3; 40000 ] ] do
                agrees lengths)

        // Often: the first time is measured on one thread, and how the later ones are shared depends on when the workers wake.
        testCase "shared by threads: each range as it is alone" (fun () ->
            let lengths =
                [ 7; 0; 100_003; 1; 16384; 16385 ] @ List.replicate 900 100 @ [ 70_000; 3 ]

            let vector = numbers (List.sum lengths)

            let ranges =
                (0, lengths)
                ||> List.mapFold (fun start length -> ElementRange(start, start + length), start + length)
                |> fst
                |> Array.ofList

            let alone =
                ranges
                |> Array.map (fun range -> Norm.Of<float>(ReadOnlySpan vector, ReadOnlySpan [| range |]))

            for threads in [ 2; 3; 8 ] do
                match SharedSquares<float>.For(ReadOnlySpan ranges, threads) with
                | null -> failtest "enough elements for several threads"
                | shared ->
                    for round in 1..200 do
                        Expect.isTrue (shared.TryMeasure(ReadOnlySpan vector, true)) "measured"
                        let mutable chunk = 0

                        for i in 0 .. ranges.Length - 1 do
                            let sum = sqrt (shared.Sum(ranges[i], 0.0, &chunk))
                            Expect.equal sum alone[i] $"{ranges[i]} on {threads} threads, round {round}"

                    Expect.isFalse (shared.TryMeasure(ReadOnlySpan vector, false)) "not where threads may not help")

        // Powers of two scale every operation exactly, so that the bits of a rescaled norm are those of a plain one.
        testCase "neither over- nor underflows" (fun () ->
            for length in [ 1; 7; 31; 33; 100; 1024 ] do
                let vector = numbers length
                let expected = ofAll vector

                for power in [ 900; -900 ] do
                    let scaled = Array.map (fun x -> Math.ScaleB(x, power)) vector
                    Expect.equal (ofAll scaled) (Math.ScaleB(expected, power)) $"{length} elements times 2^{power}")

        testCase "long ones rescale to the last bits" (fun () ->
            let vector = numbers 100_003
            let scaled = Array.map (fun x -> Math.ScaleB(x, 900)) vector
            let expected = Math.ScaleB(ofAll vector, 900)
            Expect.isTrue (abs (ofAll scaled - expected) <= 1e-14 * expected) "as the plain norm")

        testCase "NaN, then infinity, then zero" (fun () ->
            for place in [ 0; 1; 31; 32; 77; 99 ] do
                let at (value: float) =
                    Array.init 100 (fun i -> if i = place then value else 1.0)

                Expect.isTrue (Double.IsNaN(ofAll (at nan))) "NaN"
                Expect.equal (ofAll (at infinity)) infinity "infinity"
                Expect.equal (ofAll (at -infinity)) infinity "minus infinity"
                let both = at infinity
                both[(place + 50) % 100] <- nan
                Expect.isTrue (Double.IsNaN(ofAll both)) "NaN beside infinity"

            Expect.equal (ofAll (Array.zeroCreate<float> 100)) 0.0 "zero"
            Expect.equal (ofAll [||]) 0.0 "no elements")
    ]
