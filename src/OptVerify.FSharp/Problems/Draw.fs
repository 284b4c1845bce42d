namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp

/// Generators and shrinkers of numbers.
module internal Draw =

    let private unit =
        Gen.choose (0, Int32.MaxValue - 1)
        |> Gen.map (fun i -> float i / float (Int32.MaxValue - 1))

    let uniform (low: float) (high: float) =
        unit |> Gen.map (fun r -> min high (max low (low + (high - low) * r)))

    let logUniform (low: float) (high: float) =
        uniform (log low) (log high) |> Gen.map (fun x -> min high (max low (exp x)))

    /// Strictly between the ends.
    let inside (low: float) (high: float) =
        uniform (low + 0.002 * (high - low)) (high - 0.002 * (high - low))

    let normal =
        Gen.map2 (fun a b -> sqrt (-2.0 * log (1.0 - 0.999999999 * a)) * cos (2.0 * Math.PI * b)) unit unit

    let cauchy = uniform -0.49 0.49 |> Gen.map (fun r -> tan (Math.PI * r))

    let sign = Gen.elements [ 1.0; -1.0 ]

    let seed = Gen.frequency [ 1, Gen.constant 0; 4, Gen.choose (1, 999) ]

    /// A vector whose elements are of the same order, now and then a basis vector.
    let vector dimension =
        Gen.frequency [
            6, Gen.arrayOfLength dimension normal
            1, Gen.choose (0, dimension - 1) |> Gen.map (Vec.unit dimension)
        ]

    /// Rounder numbers of the same sign, towards one.
    let shrinkNumber (x: float) =
        seq {
            for candidate in [ 0.0; 1.0; -1.0; Math.Round x; Math.Round(x, 2) ] do
                if candidate <> x && candidate.ToString("R").Length < x.ToString("R").Length then
                    candidate
        }
        |> Seq.filter (fun candidate -> Math.Sign candidate = Math.Sign x)
        |> Seq.distinct

    /// One element at a time.
    let shrinkVector (x: float[]) = seq {
        for i in 0 .. x.Length - 1 do
            for smaller in Seq.append (if x[i] <> 0.0 then Seq.singleton 0.0 else Seq.empty) (shrinkNumber x[i]) do
                Array.updateAt i smaller x
    }

    let shrinkCount (least: int) (n: int) =
        seq {
            if n > least then
                least
                least + (n - least) / 2
                n - 1
        }
        |> Seq.distinct
        |> Seq.filter (fun k -> k < n)
