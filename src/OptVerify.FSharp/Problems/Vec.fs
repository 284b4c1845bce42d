namespace OptVerify

open System

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
