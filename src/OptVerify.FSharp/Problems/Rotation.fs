namespace OptVerify

open System

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
