/// Operations on rows and the search for values that are not finite give what one element after the other gives, bit by bit.
module OptCore.Tests.RowsTests

open System
open Expecto
open OptCore.Kernels

let private numbers seed length =
    let random = Random(seed: int)
    Array.init length (fun _ -> (random.NextDouble() - 0.5) * Math.Pow(10.0, float (random.Next(-3, 4))))

// Around every width of a register, several registers, and the rest behind them.
let private lengths = [ 0..40 ] @ [ 63; 64; 65; 127; 128; 129; 1000 ]

let private multiplied (row: 'T[]) (factors: 'T[]) =
    let copy = Array.copy row
    Rows.Multiply<'T>(Span copy, ReadOnlySpan factors)
    copy

let private scaled (row: 'T[]) (factor: 'T) =
    let copy = Array.copy row
    Rows.Multiply<'T>(Span copy, factor)
    copy

let private lessened (row: 'T[]) (value: 'T) =
    let copy = Array.copy row
    Rows.Subtract<'T>(Span copy, value)
    copy

let private squared (row: 'T[]) (sums: float[]) =
    let copy = Array.copy sums
    Rows.AddSquares<'T>(ReadOnlySpan row, Span copy)
    copy

let private averaged (old: 'T[]) (x: 'T[]) beta =
    let copy = Array.copy old
    Rows.Average<'T>(ReadOnlySpan copy, ReadOnlySpan x, beta, Span copy)
    copy

/// Number i into partial sum i mod 8, folded 8 → 4 → 2 → 1.
let private sumOf (row: float[]) =
    let s = Array.zeroCreate<float> 8
    row |> Array.iteri (fun i x -> s[i % 8] <- s[i % 8] + x)
    (s[0] + s[4] + (s[2] + s[6])) + (s[1] + s[5] + (s[3] + s[7]))

let private firstNonFinite (values: 'T[]) =
    Reduction.FirstNonFinite<'T>(ReadOnlySpan values)

let private places (finite: 'T) (others: 'T list) =
    for length in lengths do
        let values = Array.create length finite
        Expect.equal (firstNonFinite values) -1 $"{length} finite ones"

        for other in others do
            for place in 0 .. length - 1 do
                values[place] <- other
                Expect.equal (firstNonFinite values) place $"{other} at {place} of {length}"
                values[length - 1] <- other
                Expect.equal (firstNonFinite values) place "the first of two"
                values[place] <- finite
                values[length - 1] <- finite

[<Tests>]
let tests =
    testList "rows" [
        testCase "products, differences and squares are those of single elements" (fun () ->
            for length in lengths do
                let x, y = numbers length length, numbers (length + 1) length
                let x32, y32 = Array.map float32 x, Array.map float32 y
                Expect.equal (multiplied x y) (Array.map2 (*) x y) $"{length} products"
                Expect.equal (multiplied x32 y32) (Array.map2 (*) x32 y32) $"{length} products, f32"
                Expect.equal (scaled x 0.3) (Array.map (fun x -> x * 0.3) x) $"{length} multiples"
                Expect.equal (scaled x32 0.3f) (Array.map (fun x -> x * 0.3f) x32) $"{length} multiples, f32"
                Expect.equal (lessened x 0.3) (Array.map (fun x -> x - 0.3) x) $"{length} differences"
                Expect.equal (lessened x32 0.3f) (Array.map (fun x -> x - 0.3f) x32) $"{length} differences, f32"
                Expect.equal (squared x y) (Array.map2 (fun x s -> s + x * x) x y) $"{length} squares"
                let wide = Array.map float x32
                Expect.equal (squared x32 y) (Array.map2 (fun x s -> s + x * x) wide y) $"{length} squares, f32")

        testCase "an average in place is that of single elements" (fun () ->
            for length in lengths do
                let x, y = numbers length length, numbers (length + 1) length
                let x32, y32 = Array.map float32 x, Array.map float32 y
                let average old x = 0.99 * old + (1.0 - 0.99) * x
                let average32 old x = 0.99f * old + float32 (1.0 - 0.99) * x
                Expect.equal (averaged x y 0.99) (Array.map2 average x y) $"{length} elements"
                Expect.equal (averaged x32 y32 0.99) (Array.map2 average32 x32 y32) $"{length} elements, f32")

        testCase "a sum has the written order" (fun () ->
            for length in lengths do
                let x = numbers length length
                let x32 = Array.map float32 x
                Expect.equal (Rows.Sum<float>(ReadOnlySpan x)) (sumOf x) $"{length} elements"

                Expect.equal
                    (Rows.Sum<float32>(ReadOnlySpan x32))
                    (sumOf (Array.map float x32))
                    $"{length} elements, f32")

        testCase "the first value that is not finite is found at every place, and no finite one" (fun () ->
            for finite in [ 0.0; Double.MaxValue; -Double.MaxValue; Double.Epsilon ] do
                places finite [ nan; infinity; -infinity ]

            for finite in [ 0.0f; Single.MaxValue; -Single.MaxValue; Single.Epsilon ] do
                places finite [ nanf; infinityf; -infinityf ])
    ]
