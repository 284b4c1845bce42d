/// Twins of directions that look at a tensor and its shape: plain loops over coordinates, one equation each.
module OptCore.Tests.Oracle.TensorDirections

open System.Collections.Generic
open OptCore

/// The coordinates of every element of a tensor, row-major.
let coordinates (shape: int list) : int[][] =
    let rec all =
        function
        | [] -> [ [] ]
        | length :: rest -> [
            for i in 0 .. length - 1 do
                for others in all rest do
                    i :: others
          ]

    all shape |> List.map Array.ofList |> Array.ofList

let shapeOf (tensor: TensorInfo) = List.ofSeq tensor.Shape

/// A rule of its own for every tensor that has elements.
let onTensors (site: Site) (make: TensorInfo -> Moment -> unit) =
    let rules =
        site.Tensors |> List.filter (fun tensor -> tensor.Length > 0) |> List.map make

    Rule(fun moment ->
        for rule in rules do
            rule moment)

let private rms (values: float[]) =
    norm values [| 0 .. values.Length - 1 |] / sqrt (float values.Length)

let without axis (coordinates: int[]) =
    Array.removeAt axis coordinates |> List.ofArray

/// The axes i and j of a tensor whose second moment is factored.
let private factoredAxes (s: Adafactor) (shape: int list) =
    let all = [ 0 .. shape.Length - 1 ]

    let two =
        if s.LargestAxes then
            // Stable: of equal ones the later.
            all |> List.sortBy (fun axis -> shape[axis]) |> List.rev |> List.truncate 2
        else
            List.rev all |> List.truncate 2

    if
        s.Factored
        && two.Length = 2
        && two |> List.forall (fun axis -> shape[axis] >= s.MinimumSize)
    then
        Some(List.min two, List.max two)
    else
        None

let adafactor (s: Adafactor) site =
    onTensors site (fun tensor ->
        let elements, places = Site.Of tensor, coordinates (shapeOf tensor)
        let v = Array.zeroCreate<float> elements.Length
        let rows, columns = Dictionary<int list, float>(), Dictionary<int list, float>()

        let average beta axis (kept: Dictionary<int list, float>) (q: float[]) =
            for key, group in Array.zip places q |> Array.groupBy (fst >> without axis) do
                let old =
                    match kept.TryGetValue key with
                    | true, old -> old
                    | _ -> 0.0

                kept[key] <- beta * old + (1.0 - beta) * Array.averageBy snd group

        fun m ->
            let k = float m.Number
            let beta = 1.0 - k ** -s.Exponent
            let u = elements |> Array.map (fun i -> m.Update[i])

            let q =
                u |> Array.map (fun u -> if s.ClampEpsilon then u * u else u * u + s.Epsilon)

            match factoredAxes s (shapeOf tensor) with
            | None -> q |> Array.iteri (fun e q -> v[e] <- beta * v[e] + (1.0 - beta) * q)
            | Some(i, j) ->
                average beta j rows q
                average beta i columns q

                for e in 0 .. q.Length - 1 do
                    let batch = places[e] |> Array.removeAt j |> without i

                    let mean =
                        places
                        |> Array.map (without j)
                        |> Array.distinct
                        |> Array.filter (fun row -> List.removeAt i row = batch)
                        |> Array.averageBy (fun row -> rows[row])

                    let mean = if s.ClampEpsilon then max mean s.Epsilon else mean
                    v[e] <- quotient (rows[without j places[e]]) mean * columns[without i places[e]]

            let w =
                Array.map2
                    (fun u v ->
                        let v = if s.ClampEpsilon then max v (s.Epsilon * s.Epsilon) else v
                        if v = 0.0 then 0.0 else u / sqrt v)
                    u
                    v

            let clip = max 1.0 (rms w / s.Clip)
            let p = rms (elements |> Array.map (fun i -> m.Parameters[i]))

            elements
            |> Array.iteri (fun e i ->
                let relative =
                    if s.RelativeStep then
                        min 1.0 (1.0 / (m.Rate[i] * sqrt k))
                    else
                        1.0

                let scale = if s.ParameterScale then max p s.MinimumScale else 1.0
                m.Update[i] <- w[e] / clip * relative * scale))

let sm3 (s: Sm3) site =
    onTensors site (fun tensor ->
        let shape =
            match shapeOf tensor with
            | [] -> [ 1 ]
            | shape -> shape

        let elements, places = Site.Of tensor, coordinates shape
        let m1 = Array.zeroCreate<float> elements.Length
        let accumulators = shape |> List.map Array.zeroCreate<float>

        fun m ->
            let v =
                Array.map2
                    (fun i (place: int[]) ->
                        let least = accumulators |> List.mapi (fun axis a -> a[place[axis]]) |> List.min

                        if s.Beta2 = 1.0 then
                            least + square m.Update[i]
                        else
                            s.Beta2 * least + (1.0 - s.Beta2) * square m.Update[i])
                    elements
                    places

            accumulators
            |> List.iteri (fun axis a ->
                for index in 0 .. a.Length - 1 do
                    a[index] <-
                        Array.zip places v
                        |> Array.filter (fun (place, _) -> place[axis] = index)
                        |> Array.map snd
                        |> Array.max)

            elements
            |> Array.iteri (fun e i ->
                let w =
                    if v[e] = 0.0 then
                        0.0
                    else
                        m.Update[i] / sqrt (v[e] + s.Epsilon)

                m1[e] <- s.Beta1 * m1[e] + (1.0 - s.Beta1) * w
                m.Update[i] <- m1[e]))
