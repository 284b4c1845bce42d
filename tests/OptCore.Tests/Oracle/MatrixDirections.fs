/// Twins of directions that take a tensor as a matrix.
module OptCore.Tests.Oracle.MatrixDirections

open System.Collections.Generic
open OptCore
open OptCore.Tests.Oracle.Matrices
open OptCore.Tests.Oracle.TensorDirections

/// A tensor as a matrix: its first axis by the others, or the others by the last.
let private sides outputFirst (shape: int list) =
    let all = List.fold (*) 1 shape

    if outputFirst then
        shape.Head, all / shape.Head
    else
        all / List.last shape, List.last shape

let private asMatrix rows columns (values: float[]) =
    Array2D.init rows columns (fun i j -> values[i * columns + j])

let orthogonalize (s: Orthogonalize) site =
    onTensors site (fun tensor ->
        let elements = Site.Of tensor
        let rows, columns = sides s.OutputFirst (shapeOf tensor)

        fun m ->
            let length = norm m.Update elements + s.Epsilon

            let x =
                elements
                |> Array.map (fun i -> quotient m.Update[i] length)
                |> asMatrix rows columns

            let mutable x = if rows > columns then transpose x else x

            for _ in 1 .. s.Steps do
                let gram = product x (transpose x)
                let second = product gram gram
                let factor = Array2D.mapi (fun i j g -> s.B * g + s.C * second[i, j]) gram
                let turned = product factor x
                x <- Array2D.mapi (fun i j x -> s.A * x + turned[i, j]) x

            let x = if rows > columns then transpose x else x
            let output, input = if s.OutputFirst then rows, columns else columns, rows

            let scale =
                if s.Rms > 0.0 then
                    s.Rms * sqrt (float (max rows columns))
                elif s.WidthScale then
                    sqrt (max 1.0 (float output / float input))
                else
                    1.0

            elements
            |> Array.iteri (fun e i -> m.Update[i] <- scale * x[e / columns, e % columns]))

/// The unfolding of a tensor along an axis: a row for every place on it.
let private unfold (shape: int list) axis (values: float[]) =
    let places = coordinates shape
    let columns = places |> Array.map (without axis) |> Array.distinct
    let find = columns |> Array.mapi (fun j key -> key, j) |> dict
    let matrix = Array2D.zeroCreate shape[axis] columns.Length

    places
    |> Array.iteri (fun e place -> matrix[place[axis], find[without axis place]] <- values[e])

    matrix

/// The tensor whose unfolding is a matrix.
let private fold (shape: int list) axis (matrix: float[,]) =
    let places = coordinates shape
    let columns = places |> Array.map (without axis) |> Array.distinct
    let find = columns |> Array.mapi (fun j key -> key, j) |> dict
    places |> Array.map (fun place -> matrix[place[axis], find[without axis place]])

let private along shape axis matrix values =
    unfold shape axis values |> product matrix |> fold shape axis

let private covered (shape: int list) maximumSize vectors =
    if shape.Length >= (if vectors then 1 else 2) then
        [
            for axis in 0 .. shape.Length - 1 do
                if shape[axis] <= maximumSize then
                    axis
        ]
    else
        []

let private gram shape axis values =
    let u = unfold shape axis values
    product u (transpose u)

let shampoo (s: Shampoo) site =
    onTensors site (fun tensor ->
        let elements, shape = Site.Of tensor, shapeOf tensor
        let axes = covered shape s.MaximumSize s.Vectors
        let sums = Array.zeroCreate<float> elements.Length

        let kept =
            axes
            |> List.map (fun axis -> Array2D.zeroCreate<float> shape[axis] shape[axis])
            |> Array.ofList

        let roots = Array.copy kept

        fun m ->
            let c = if s.Beta2 < 1.0 then 1.0 - power s.Beta2 m.Number else 1.0

            let blend old now =
                if s.Beta2 < 1.0 then
                    s.Beta2 * old + (1.0 - s.Beta2) * now
                else
                    old + now

            let u = elements |> Array.map (fun i -> m.Update[i])

            if axes.IsEmpty then
                elements
                |> Array.iteri (fun e i ->
                    sums[e] <- blend sums[e] (square u[e])
                    m.Update[i] <- quotient u[e] (sqrt (sums[e] / c + s.Epsilon)))
            else
                let mutable result = u

                axes
                |> List.iteri (fun place axis ->
                    let now = gram shape axis u
                    kept[place] <- Array2D.mapi (fun i j old -> blend old now[i, j]) kept[place]

                    if (m.Number - 1L) % int64 s.Every = 0L then
                        let values, q = eigen (Array2D.map (fun h -> h / c) kept[place])

                        let roots' =
                            values
                            |> Array.map (fun value ->
                                if s.Epsilon = 0.0 && value <= float values.Length * 2.0 ** -52.0 * values[0] then
                                    0.0
                                else
                                    (max value 0.0 + s.Epsilon) ** (-0.5 / float axes.Length))

                        roots[place] <- product (Array2D.mapi (fun _ k x -> x * roots'[k]) q) (transpose q)

                    result <- along shape axis roots[place] result)

                elements |> Array.iteri (fun e i -> m.Update[i] <- result[e]))

let soap (s: Soap) site =
    let decay = if s.ShampooBeta = 0.0 then s.Beta2 else s.ShampooBeta

    onTensors site (fun tensor ->
        let elements, shape = Site.Of tensor, shapeOf tensor
        let axes = covered shape s.MaximumSize s.Vectors
        let mutable m1 = Array.zeroCreate<float> elements.Length
        let mutable v = Array.zeroCreate<float> elements.Length

        let kept =
            axes
            |> List.map (fun axis -> Array2D.zeroCreate<float> shape[axis] shape[axis])
            |> Array.ofList

        let bases = Array.copy kept

        let turn back values =
            List.indexed axes
            |> List.fold
                (fun values (place, axis) ->
                    along shape axis (if back then bases[place] else transpose bases[place]) values)
                values

        let follow u =
            axes
            |> List.iteri (fun place axis ->
                let now = gram shape axis u
                kept[place] <- Array2D.mapi (fun i j old -> decay * old + (1.0 - decay) * now[i, j]) kept[place])

        fun m ->
            let u = elements |> Array.map (fun i -> m.Update[i])
            let t = m.Number - 1L

            if t = 0L then
                follow u
                kept |> Array.iteri (fun place h -> bases[place] <- snd (eigen h))
                each elements (fun i -> m.Update[i] <- 0.0)
            else
                m1 <- Array.map2 (fun m u -> s.Beta1 * m + (1.0 - s.Beta1) * u) m1 u
                v <- Array.map2 (fun v u -> s.Beta2 * v + (1.0 - s.Beta2) * square u) v (turn false u)

                let result =
                    Array.map2 (fun m v -> quotient m (sqrt v + s.Epsilon)) (turn false m1) v
                    |> turn true

                let factor = sqrt (1.0 - power s.Beta2 t) / (1.0 - power s.Beta1 t)
                elements |> Array.iteri (fun e i -> m.Update[i] <- result[e] * factor)
                follow u

                if t % int64 s.Every = 0L then
                    axes
                    |> List.iteri (fun place axis ->
                        let q = bases[place]
                        let hq = product kept[place] q
                        let size = shape[axis]

                        let diagonal = [|
                            for k in 0 .. size - 1 -> Seq.sum (seq { for i in 0 .. size - 1 -> q[i, k] * hq[i, k] })
                        |]

                        let order = [ 0 .. size - 1 ] |> List.sortBy (fun k -> -diagonal[k])
                        let ordered = Array2D.init size size (fun i k -> hq[i, order[k]])
                        bases[place] <- orthogonalFactor ordered
                        let unfolded = unfold shape axis v
                        v <- fold shape axis (Array2D.mapi (fun i j _ -> unfolded[order[i], j]) unfolded)))

let galore (s: GaLore) site =
    onTensors site (fun tensor ->
        let elements, shape = Site.Of tensor, shapeOf tensor

        let adam () =
            let kept = Dictionary<int, float * float>()

            fun (m: Moment) (y: float[]) ->
                y
                |> Array.mapi (fun e y ->
                    let m1, v =
                        match kept.TryGetValue e with
                        | true, old -> old
                        | _ -> 0.0, 0.0

                    let m1, v =
                        s.Beta1 * m1 + (1.0 - s.Beta1) * y, s.Beta2 * v + (1.0 - s.Beta2) * square y

                    kept[e] <- (m1, v)

                    quotient
                        (m1 / (1.0 - power s.Beta1 m.Number))
                        (sqrt (v / (1.0 - power s.Beta2 m.Number)) + s.Epsilon))

        let adam = adam ()

        let read (m: Moment) =
            elements |> Array.map (fun i -> m.Update[i])

        let write (m: Moment) (u: float[]) =
            elements |> Array.iteri (fun e i -> m.Update[i] <- u[e])

        let rows, columns = if shape.Length < 2 then 0, 0 else sides s.OutputFirst shape

        if min rows columns <= s.Rank then
            fun m -> read m |> adam m |> write m
        else
            let mutable basis = Array2D.zeroCreate 0 0

            fun m ->
                let x = read m |> asMatrix rows columns
                let x = if rows > columns then transpose x else x

                if (m.Number - 1L) % int64 s.Period = 0L then
                    let _, q = eigen (product x (transpose x))

                    basis <-
                        Array2D.init (min rows columns) s.Rank (fun i k ->
                            let column = [| for i in 0 .. Array2D.length1 q - 1 -> q[i, k] |]
                            if Array.maxBy abs column < 0.0 then -q[i, k] else q[i, k])

                let y = product (transpose basis) x
                let long = max rows columns

                let moved =
                    [| for e in 0 .. s.Rank * long - 1 -> y[e / long, e % long] |]
                    |> adam m
                    |> asMatrix s.Rank long

                let back = product basis moved
                let back = if rows > columns then transpose back else back

                write m [|
                    for e in 0 .. elements.Length - 1 -> s.Scale * back[e / columns, e % columns]
                |])
