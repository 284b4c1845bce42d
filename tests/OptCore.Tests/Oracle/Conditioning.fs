/// Twins of the phases Gradient, Regularization and Update: what acts on a vector without a history.
module OptCore.Tests.Oracle.Conditioning

open OptCore

/// u · min(1, c/‖u‖) over some elements; unchanged where the norm is not finite.
let shrink c (elements: int[]) (moment: Moment) =
    let length = norm moment.Update elements

    if System.Double.IsFinite length && length > c then
        each elements (fun i -> moment.Update[i] <- moment.Update[i] * (c / length))

let private onEach (rule: Moment -> int -> float) (site: Site) =
    let elements = site.Elements
    Rule(fun moment -> each elements (fun i -> moment.Update[i] <- rule moment i))

let clipGlobalNorm c (site: Site) =
    let elements = site.Elements
    Rule(shrink c elements)

let clipPerTensor c (site: Site) =
    Rule(fun moment ->
        for tensor in site.Tensors do
            shrink c (Site.Of tensor) moment)

/// ‖u‖_p, without over- or underflow.
let private normOf p (vector: float[]) (elements: int[]) =
    let largest = elements |> Array.fold (fun m i -> max m (abs vector[i])) 0.0

    if p = infinity || largest = 0.0 then
        largest
    else
        largest
        * (elements |> Array.sumBy (fun i -> (abs vector[i] / largest) ** p)) ** (1.0 / p)

let clipNorm p c (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let length = normOf p moment.Update elements

        if length > c then
            each elements (fun i -> moment.Update[i] <- moment.Update[i] * (c / length)))

let private rms (vector: float[]) (elements: int[]) =
    if elements.Length = 0 then
        0.0
    else
        norm vector elements / sqrt (float elements.Length)

let clipRms d (site: Site) =
    Rule(fun moment ->
        for tensor in site.Tensors do
            let elements = Site.Of tensor
            let divisor = max 1.0 (rms moment.Update elements / d)
            each elements (fun i -> moment.Update[i] <- moment.Update[i] / divisor))

let private scaleBySize (size: float[] -> int[] -> float) least (site: Site) =
    Rule(fun moment ->
        for tensor in site.Tensors do
            let elements = Site.Of tensor
            let factor = max (size moment.Parameters elements) least
            each elements (fun i -> moment.Update[i] <- factor * moment.Update[i]))

let scaleByNorm least site = scaleBySize norm least site

let scaleByRms least site = scaleBySize rms least site

let zeroNans infinities =
    onEach (fun m i ->
        let u = m.Update[i]

        if System.Double.IsNaN u || (infinities && System.Double.IsInfinity u) then
            0.0
        else
            u)

let clipValue c =
    onEach (fun m i -> System.Math.Max(-c, System.Math.Min(c, m.Update[i])))

/// The units of adaptive clipping: what is left of the tensor when the normed axes are taken away.
let units (tensor: TensorInfo) =
    let elements = Site.Of tensor

    let groups n =
        elements
        |> Array.groupBy (fun i -> (i - tensor.Offset) % n)
        |> Array.map snd
        |> List.ofArray

    match tensor.Shape.Count with
    | 0
    | 1 -> [ elements ]
    | 2
    | 3 -> groups (tensor.Shape |> Seq.skip 1 |> Seq.fold (*) 1)
    | _ -> groups tensor.Shape[tensor.Shape.Count - 1]

/// Units of [out, in, …]: the slices along the first axis; a vector is one unit.
let slices (tensor: TensorInfo) =
    if tensor.Shape.Count < 2 || tensor.Length = 0 then
        [ Site.Of tensor ]
    else
        Site.Of tensor |> Array.splitInto tensor.Shape[0] |> List.ofArray

let clipAdaptive c epsilon outputFirst (site: Site) =
    Rule(fun moment ->
        for unit in site.Tensors |> List.collect (if outputFirst then slices else units) do
            let limit = c * max (norm moment.Parameters unit) epsilon
            let length = max (norm moment.Update unit) 1e-6
            each unit (fun i -> moment.Update[i] <- moment.Update[i] * min 1.0 (limit / length)))

let centralize (site: Site) =
    Rule(fun moment ->
        for tensor in site.Tensors do
            if tensor.Shape.Count > 1 && tensor.Length > 0 then
                for row in Site.Of tensor |> Array.chunkBySize (tensor.Length / tensor.Shape[0]) do
                    let mean = row |> Array.averageBy (fun i -> moment.Update[i])
                    each row (fun i -> moment.Update[i] <- moment.Update[i] - mean))

let normalize epsilon (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let length = norm moment.Update elements
        each elements (fun i -> moment.Update[i] <- quotient moment.Update[i] (length + epsilon)))

let l2 lambda =
    onEach (fun m i -> m.Update[i] + lambda * m.Parameters[i])

let l1 lambda =
    onEach (fun m i -> m.Update[i] + lambda * signOf m.Parameters[i])

/// λp per unit of rate; η_t λ p where the update is in parameter units already.
let weightDecay lambda =
    onEach (fun m i ->
        let lambda = if m.Inside[i] then m.Rate[i] * lambda else lambda
        m.Update[i] + lambda * m.Parameters[i])

let scale a = onEach (fun m i -> a * m.Update[i])

/// c‖p‖/(‖u‖+ε) of one tensor, 1 if a norm is 0.
let ratio c epsilon (moment: Moment) (elements: int[]) =
    let parameters = norm moment.Parameters elements
    let update = norm moment.Update elements

    if parameters = 0.0 || update = 0.0 then
        1.0
    else
        c * parameters / (update + epsilon)

let trustRatio c epsilon (site: Site) =
    Rule(fun moment ->
        for tensor in site.Tensors do
            let elements = Site.Of tensor
            let factor = ratio c epsilon moment elements
            each elements (fun i -> moment.Update[i] <- factor * moment.Update[i]))
