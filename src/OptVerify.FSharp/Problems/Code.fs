namespace OptVerify

open System
open System.Globalization
open OptCore

/// Numbers and arrays as F# code, all digits.
module internal Code =

    let number (x: float) =
        if Double.IsNaN x then
            "nan"
        elif Double.IsInfinity x then
            (if x > 0.0 then "infinity" else "-infinity")
        else
            let text = x.ToString("R", CultureInfo.InvariantCulture)

            if text.IndexOfAny [| '.'; 'E' |] >= 0 then
                text
            else
                text + ".0"

    let private argument text =
        if String.length text > 0 && text[0] = '-' then
            $"({text})"
        else
            text

    /// A number as an argument: negative ones in parentheses.
    let value (x: float) = argument (number x)

    let array (xs: float[]) =
        $"""[| {xs |> Array.map number |> String.concat "; "} |]"""

    let arrays (xs: float[][]) =
        $"""[| {xs |> Array.map array |> String.concat "; "} |]"""

    let pairs (xs: (float * float) list) =
        xs
        |> List.map (fun (a, b) -> $"{number a}, {number b}")
        |> String.concat "; "
        |> sprintf "[ %s ]"

    /// A layout of named tensors.
    let layout (layout: Layout) =
        let tensor (tensor: TensorInfo) =
            let axes = tensor.Shape |> Seq.map (fun axis -> $", {axis}") |> String.concat ""
            $".Add(\"{tensor.Name}\"{axes})"

        "Layout.Empty" + String.concat "" (Seq.map tensor layout.Tensors)

/// Small dense vectors.
module internal Vec =

    /// The unit of relative rounding that the slack is given in, 2^-52.
    let eps = Math.ScaleB(1.0, -52)

    let zero n : float[] = Array.zeroCreate n

    let dot (a: float[]) (b: float[]) =
        let mutable sum = 0.0

        for i in 0 .. a.Length - 1 do
            sum <- sum + a[i] * b[i]

        sum

    let add (a: float[]) (b: float[]) = Array.map2 (+) a b
    let sub (a: float[]) (b: float[]) = Array.map2 (-) a b
    let mul (a: float[]) (b: float[]) = Array.map2 (*) a b
    let scale (c: float) (a: float[]) = Array.map ((*) c) a

    /// Without over- or underflow.
    let norm (a: float[]) =
        let largest = a |> Array.fold (fun m x -> max m (abs x)) 0.0

        if largest = 0.0 || not (Double.IsFinite largest) then
            largest
        elif largest > 1e-100 && largest < 1e100 then
            sqrt (dot a a)
        else
            let b = Array.map (fun x -> x / largest) a
            largest * sqrt (dot b b)

    let distance a b = norm (sub a b)

    let norm1 (a: float[]) = Array.sumBy abs a

    let mean (xs: float[][]) =
        xs |> Array.reduce add |> scale (1.0 / float xs.Length)

    let unit n i =
        Array.init n (fun j -> if i = j then 1.0 else 0.0)

    let sameBits (a: float[]) (b: float[]) =
        a.Length = b.Length
        && Array.forall2
            (fun (x: float) (y: float) -> BitConverter.DoubleToInt64Bits x = BitConverter.DoubleToInt64Bits y)
            a
            b

/// Orthogonal matrices: products of Householder reflections drawn from a seed; seed 0 is the identity.
module internal Rotation =

    let private normal (random: Random) =
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble())

    /// The rows of Q.
    let ofSeed (seed: int) (dimension: int) : float[][] =
        let rows = Array.init dimension (Vec.unit dimension)

        if seed <> 0 then
            let random = Random seed

            for _ in 1..dimension do
                let v = Array.init dimension (fun _ -> normal random)
                let square = Vec.dot v v

                for i in 0 .. dimension - 1 do
                    rows[i] <- Array.map2 (fun x y -> x - 2.0 * Vec.dot rows[i] v / square * y) rows[i] v

        rows

    /// Q x.
    let apply (rows: float[][]) (x: float[]) =
        rows |> Array.map (fun row -> Vec.dot row x)

    /// Qᵀ x.
    let transposed (rows: float[][]) (x: float[]) =
        Array.init x.Length (fun j -> Array.fold2 (fun sum (row: float[]) y -> sum + row[j] * y) 0.0 rows x)
