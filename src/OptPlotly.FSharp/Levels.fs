namespace OptDsl.Plotting

open System

/// The levels of a contour, and where a value lies among them. plotly.js knows only levels of equal distance: it is handed the position
/// of every value among the levels, i at the i-th, and the levels' own numbers as labels.
[<RequireQualifiedAccess>]
module internal Levels =

    type Scale =
        | Linear
        /// Of the height above a bottom.
        | Logarithmic of bottom: float

    let private map scale (value: float) =
        match scale with
        | Linear -> value
        | Logarithmic bottom -> if value > bottom then log (value - bottom) else -infinity

    let private unmap scale (mapped: float) =
        match scale with
        | Linear -> mapped
        | Logarithmic bottom -> bottom + exp mapped

    let private quantile part (sorted: float[]) =
        sorted[min (sorted.Length - 1) (int (part * float sorted.Length))]

    /// Logarithmic where a valley would drown beside its walls: the largest height far beyond the median.
    let choose (values: float[]) : Scale =
        let sorted = Array.sort values
        let least, middle, most = sorted[0], quantile 0.5 sorted, Array.last sorted

        if most - least > 10.0 * (middle - least) then
            Logarithmic least
        else
            Linear

    // 0.0237 is read as a number, 0.024 as a level.
    let private rounded (levels: float[]) =
        let round (x: float) =
            if x = 0.0 then
                0.0
            else
                let unit = Math.Pow(10.0, floor (log10 (abs x)) - 1.0)
                Math.Round(x / unit) * unit

        let short = Array.map round levels

        if Array.pairwise short |> Array.forall (fun (a, b) -> a < b) then
            short
        else
            levels

    // Multiples of 1, 2 or 5 times a power of ten.
    let private even (count: int) (low: float) (high: float) =
        let raw = (high - low) / float (count + 1)
        let unit = Math.Pow(10.0, floor (log10 raw))

        let factor =
            match raw / unit with
            | r when r <= 1.0 + 1e-9 -> 1.0
            | r when r <= 2.0 + 1e-9 -> 2.0
            | r when r <= 5.0 + 1e-9 -> 5.0
            | _ -> 10.0

        let step = factor * unit
        let digits = max 0 (1 - int (floor (log10 step))) |> min 15

        [|
            for k in ceil (low / step) .. floor (high / step) do
                let level =
                    if digits > 0 then
                        Math.Round(k * step, digits)
                    else
                        k * step

                if level > low && level < high then
                    level
        |]

    /// About so many levels between the values, evenly spaced on the scale, round where they can be; none of constants.
    let between (count: int) (scale: Scale) (values: float[]) : float[] =
        let mapped =
            values |> Array.map (map scale) |> Array.filter Double.IsFinite |> Array.sort

        if mapped.Length = 0 || not (Array.last mapped > mapped[0]) then
            [||]
        else
            let high = Array.last mapped
            // Single points beside a minimum would take most of the levels for themselves.
            let low =
                max (quantile 0.002 mapped) (if scale = Linear then mapped[0] else high - log 1e8)

            if scale = Linear then
                even count low high
            else
                let step k =
                    low + (high - low) * float k / float (count + 1)

                let levels = [| for k in 1..count -> unmap scale (step k) |]
                rounded levels |> Array.distinct

    /// i at the i-th level, between −1 and n of n levels; what is not finite lies above all.
    let position (scale: Scale) (levels: float[]) (value: float) : float =
        let n = levels.Length

        if not (Double.IsFinite value) then
            float n
        elif n < 2 then
            (if n = 1 && value < levels[0] then -1.0 else 0.0)
        else
            let mapped, places = map scale value, Array.map (map scale) levels

            let i =
                match Array.BinarySearch(places, mapped) with
                | i when i >= 0 -> i
                | i -> ~~~i - 1

            let i = i |> max 0 |> min (n - 2)
            let inside = (mapped - places[i]) / (places[i + 1] - places[i])
            Math.Round(float i + inside, 4) |> max -1.0 |> min (float n)
