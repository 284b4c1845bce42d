/// The registers of every width, whatever this machine's own: each operation is the scalar one in every place, and masked loads and
/// stores touch nothing else.
module OptCore.Tests.VectorTests

#nowarn "9" // Addresses of pinned arrays.
#nowarn "3536" // Members of interfaces that are called on types.

open System
open System.Numerics
open FSharp.NativeInterop
open Expecto
open OptCore
open OptCore.Kernels

/// A number as m · 2^e, exactly.
let private parts (x: float) =
    let bits = BitConverter.DoubleToInt64Bits x
    let fraction, exponent = bits &&& 0xFFFFFFFFFFFFFL, int (bits >>> 52) &&& 0x7FF

    if exponent = 0 then
        BigInteger fraction, -1074
    else
        BigInteger(fraction ||| 0x10000000000000L), exponent - 1075

/// The order of a³ and x, both ≥ 0, without any rounding.
let private compareCube (a: float) (x: float) =
    let (a, i), (x, j) = parts a, parts x
    let least = min (3 * i) j
    compare (a * a * a <<< (3 * i - least)) (x <<< (j - least))

type private Width<'V, 'T
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T: equality
    and 'T: comparison
    and 'T :> IFloatingPointIeee754<'T>>() =

    static member private Count: int = 'V.Count

    static member private Of(x: float) : 'T = 'T.CreateTruncating x

    static member private Loaded(values: 'T[]) : 'V =
        use address = fixed values
        'V.Load address

    static member private Stored(vector: 'V) : 'T[] =
        let values = Array.zeroCreate 'V.Count
        use address = fixed values
        'V.Store(address, vector)
        values

    // The same number, sign of zero included; NaN is NaN.
    static member private Same(a: 'T, b: 'T) : bool =
        ('T.IsNaN a && 'T.IsNaN b) || (a = b && 'T.IsNegative a = 'T.IsNegative b)

    static member private Specials: 'T[] = [|
        for x in
            [
                0.0
                -0.0
                1.0
                -1.0
                1.5
                -2.75
                3e-39
                -1e-40
                5e-324
                1e30
                -1e38
                infinity
                -infinity
                nan
                1.0 / 3.0
                -7.1
            ] -> Width<'V, 'T>.Of x
    |]

    // Every pair of special numbers meets in some place.
    static member private Each(what: string, vector: 'V -> 'V -> 'V -> 'V, scalar: 'T -> 'T -> 'T -> 'T) : unit =
        let specials = Width<'V, 'T>.Specials

        for shift in 0 .. specials.Length - 1 do
            for offset in 0 .. Width<'V, 'T>.Count .. specials.Length - 1 do
                let pick by =
                    Array.init Width<'V, 'T>.Count (fun i -> specials[(offset + i + by) % specials.Length])

                let a, b, c = pick 0, pick shift, pick (shift * shift + 5)

                let actual =
                    vector (Width<'V, 'T>.Loaded a) (Width<'V, 'T>.Loaded b) (Width<'V, 'T>.Loaded c)
                    |> Width<'V, 'T>.Stored

                for i in 0 .. actual.Length - 1 do
                    let expected = scalar a[i] b[i] c[i]

                    if not (Width<'V, 'T>.Same(actual[i], expected)) then
                        failtestf "%s of %O, %O, %O is %O, not %O" what a[i] b[i] c[i] actual[i] expected

    static member private Operations() : unit =
        let one, zero = Width<'V, 'T>.Of 1.0, Width<'V, 'T>.Of 0.0

        let chosen mask =
            'V.Select(mask, 'V.Broadcast 1.0, 'V.Zero)

        let flag condition = if condition then one else zero
        Width<'V, 'T>.Each("a + b", (fun a b _ -> 'V.op_Addition (a, b)), (fun a b _ -> 'T.op_Addition (a, b)))
        Width<'V, 'T>.Each("a - b", (fun a b _ -> 'V.op_Subtraction (a, b)), (fun a b _ -> 'T.op_Subtraction (a, b)))
        Width<'V, 'T>.Each("a * b", (fun a b _ -> 'V.op_Multiply (a, b)), (fun a b _ -> 'T.op_Multiply (a, b)))
        Width<'V, 'T>.Each("a / b", (fun a b _ -> 'V.op_Division (a, b)), (fun a b _ -> 'T.op_Division (a, b)))
        Width<'V, 'T>.Each("sqrt", (fun a _ _ -> 'V.Sqrt a), (fun a _ _ -> 'T.Sqrt a))
        Width<'V, 'T>.Each("abs", (fun a _ _ -> 'V.Abs a), (fun a _ _ -> 'T.Abs a))
        Width<'V, 'T>.Each("copySign", (fun a b _ -> 'V.CopySign(a, b)), (fun a b _ -> 'T.CopySign(a, b)))
        Width<'V, 'T>.Each("max", (fun a b _ -> 'V.Max(a, b)), (fun a b _ -> 'T.Max(a, b)))
        Width<'V, 'T>.Each("min", (fun a b _ -> 'V.Min(a, b)), (fun a b _ -> 'T.Min(a, b)))
        Width<'V, 'T>.Each("less", (fun a b _ -> chosen ('V.Less(a, b))), (fun (a: 'T) (b: 'T) _ -> flag (a < b)))
        Width<'V, 'T>.Each("equal", (fun a b _ -> chosen ('V.Equal(a, b))), (fun (a: 'T) (b: 'T) _ -> flag (a = b)))

        Width<'V, 'T>
            .Each(
                "select",
                (fun a b c -> 'V.Select('V.Less(a, b), c, b)),
                (fun (a: 'T) (b: 'T) (c: 'T) -> if a < b then c else b)
            )

        Width<'V, 'T>
            .Each(
                "where less",
                (fun a b c -> 'V.WhereLess(a, b, c, a)),
                (fun (a: 'T) (b: 'T) (c: 'T) -> if a < b then c else a)
            )

        Width<'V, 'T>
            .Each(
                "where equal",
                (fun a b c -> 'V.WhereEqual(a, b, c, b)),
                (fun (a: 'T) (b: 'T) (c: 'T) -> if a = b then c else b)
            )

        Width<'V, 'T>
            .Each(
                "fma",
                (fun a b c -> 'V.Fma(a, b, c)),
                (fun a b c ->
                    // Where there are registers of 512 bits there is a fused multiply-add.
                    if Hardware.HasFma || Width<'V, 'T>.Count * sizeof<'T> = 64 then
                        'T.FusedMultiplyAdd(a, b, c)
                    else
                        'T.op_Addition ('T.op_Multiply (a, b), c))
            )

    // Bounds of both zeros, of numbers that round to zero, and beyond all numbers.
    static member private Intervals() : unit =
        let bounds = [ -infinity; -1.5; -1e-60; -0.0; 0.0; 1e-60; 3e-39; 1.0; infinity ]
        let rounded (x: float) = Width<'V, 'T>.Of x

        for low in bounds do
            let floor = Floor<'V, 'T>(low)
            let above (x: 'T) = 'T.Max(rounded low, x)
            Width<'V, 'T>.Each($"at least {low},", (fun a _ _ -> floor.Of a), (fun a _ _ -> above a))

            for high in bounds do
                if low <= high then
                    let interval = Interval<'V, 'T>(low, high)

                    Width<'V, 'T>
                        .Each(
                            $"from {low} to {high},",
                            (fun a _ _ -> interval.Nearest a),
                            (fun a _ _ -> above ('T.Min(rounded high, a)))
                        )

    // What is outside of a mask is NaN in the source and must stay as it is in the target.
    static member private Masks() : unit =
        let count = Width<'V, 'T>.Count
        let source = Array.init count (fun i -> Width<'V, 'T>.Of(float (i + 1)))
        let nan, zero = Width<'V, 'T>.Of nan, Width<'V, 'T>.Of 0.0

        for first in 0..count do
            let mask = 'V.First first
            let within = source |> Array.mapi (fun i x -> if i < first then x else zero)
            let behind = source |> Array.mapi (fun i x -> if i < first then zero else x)

            let chosen =
                'V.Select(mask, Width<'V, 'T>.Loaded source, 'V.Zero) |> Width<'V, 'T>.Stored

            Expect.equal chosen within $"the first {first}"

            let head = source |> Array.mapi (fun i x -> if i < first then x else nan)
            use address = fixed head
            Expect.equal (Width<'V, 'T>.Stored('V.Load(address, mask, first))) within $"loaded, the first {first}"

            let tail = source |> Array.mapi (fun i x -> if i < first then nan else x)
            use address = fixed tail
            Expect.equal (Width<'V, 'T>.Stored('V.LoadBehind(address, mask, first))) behind $"loaded, behind {first}"

            let target = Array.create count zero
            use address = fixed target
            'V.Store(address, Width<'V, 'T>.Loaded source, mask, first)
            Expect.equal target within $"stored, the first {first}"

    static member private Roots() : unit =
        let single = typeof<'T> = typeof<float32>
        let exact, normal = CubeRoot<'V, 'T>(0.0), CubeRoot<'V, 'T>(1.0)
        let least = if single then -149 else -1074
        let leastNormal = if single then -126 else -1022

        let below, above =
            (fun (x: 'T) -> 'T.BitDecrement x), (fun (x: 'T) -> 'T.BitIncrement x)

        for exponent in least .. (if single then 127 else 1023) do
            for fraction in [ 1.0; 1.0625; 1.3; 1.7; 1.99 ] do
                // Rounded to the type, so that the root is of the number that the register has.
                let x = Width<'V, 'T>.Of(Math.ScaleB(fraction, exponent))
                let wide = Double.CreateTruncating x
                let register = Width<'V, 'T>.Loaded(Array.create Width<'V, 'T>.Count x)

                let check (root: 'T) =
                    let low, high =
                        Double.CreateTruncating(below root), Double.CreateTruncating(above root)

                    if compareCube low wide > 0 || compareCube high wide < 0 then
                        failtestf "the cube root of %O is given as %O" x root

                exact.Of register |> Width<'V, 'T>.Stored |> Array.iter check

                if exponent >= leastNormal then
                    normal.Of register |> Width<'V, 'T>.Stored |> Array.iter check
                    let guess = (Width<'V, 'T>.Stored('V.GuessInverseCubeRoot register))[0]

                    let error = Math.Cbrt wide * Double.CreateTruncating guess - 1.0

                    if not (abs error <= 0.04) then
                        failtestf "the guess for %O is %O: off by %f" x guess error

        for root in [ exact; normal ] do
            for x in [ 0.0; infinity; nan ] do
                let x = Width<'V, 'T>.Of x
                let root = root.Of(Width<'V, 'T>.Loaded(Array.create Width<'V, 'T>.Count x))
                Expect.isTrue (Width<'V, 'T>.Same((Width<'V, 'T>.Stored root)[0], x)) $"the cube root of {x}"

    static member Tests(name: string) : Test =
        testList name [
            testCase "operations are the scalar ones" Width<'V, 'T>.Operations
            testCase "intervals have the zeros of minimum and maximum, and let NaN pass" Width<'V, 'T>.Intervals
            testCase "masks" Width<'V, 'T>.Masks
            testCase "cube roots to within one unit in the last place" Width<'V, 'T>.Roots
        ]

[<Tests>]
let tests =
    testList "vectors" [
        Width<Simd128<float>, float>.Tests "128 bits, double"
        Width<Simd256<float>, float>.Tests "256 bits, double"
        Width<Simd512<float>, float>.Tests "512 bits, double"
        Width<Simd128<float32>, float32>.Tests "128 bits, single"
        Width<Simd256<float32>, float32>.Tests "256 bits, single"
        Width<Simd512<float32>, float32>.Tests "512 bits, single"
    ]
