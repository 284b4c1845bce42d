namespace OptDsl.Charts

open System
open System.Globalization

/// An axis without its place in a picture: the interval it shows, and how.
type internal Scale = { Low: float; High: float; Log: bool }

/// Where the values of an axis lie, and which of them carry a label.
[<RequireQualifiedAccess>]
module internal Scale =

    let private invariant = CultureInfo.InvariantCulture

    /// The place of a value where the axis runs from a (its low end) to b.
    let place (a: float) (b: float) (scale: Scale) (x: float) : float =
        let fraction =
            if scale.Log then
                (Math.Log x - Math.Log scale.Low) / (Math.Log scale.High - Math.Log scale.Low)
            else
                (x - scale.Low) / (scale.High - scale.Low)

        a + (b - a) * fraction

    // So near that the digits of a label could not tell them apart.
    let private isConstant low high =
        high - low <= 1e-12 * max (abs low) (abs high)

    // A constant is shown with some room around it, in the units of the axis.
    let private around log x =
        if log then
            {
                Low = x / 2.0
                High = x * 2.0
                Log = true
            }
        elif abs x < 1e-290 then
            { Low = -1.0; High = 1.0; Log = false }
        else
            {
                Low = x - 0.1 * abs x
                High = x + 0.1 * abs x
                Log = false
            }

    let private padded part low high log =
        if log then
            let factor = (high / low) ** part

            {
                Low = low / factor
                High = high * factor
                Log = true
            }
        else
            let room = (high - low) * part

            {
                Low = low - room
                High = high + room
                Log = false
            }

    // Axes end before the ends of the floats: beyond, differences overflow and steps vanish.
    let private confined log x =
        if log then Math.Clamp(x, 1e-290, 1e290)
        elif abs x < 1e-290 then 0.0
        else Math.Clamp(x, -1e290, 1e290)

    /// The scale that shows all finite values, with a part of its length as room at both ends; 0 … 1 or 1 … 10 for none.
    let over (log: bool) (room: float) (values: float seq) : Scale =
        let shown =
            values |> Seq.filter Double.IsFinite |> Seq.map (confined log) |> Array.ofSeq

        if shown.Length = 0 then
            {
                Low = (if log then 1.0 else 0.0)
                High = (if log then 10.0 else 1.0)
                Log = log
            }
        else
            let low, high = Array.min shown, Array.max shown

            if isConstant low high then
                around log low
            else
                padded room low high log

    let private superscript (n: int) =
        n.ToString invariant
        |> String.map (fun c -> if c = '-' then '⁻' else "⁰¹²³⁴⁵⁶⁷⁸⁹"[int c - int '0'])

    let private power n =
        if n = 0 then "1" else "10" + superscript n

    /// A number in three digits, as it stands beside the key of a contour.
    let short (x: float) : string =
        let size = abs x

        if x = 0.0 || (size >= 1e-3 && size < 1e3) then
            x.ToString("G3", invariant)
        elif size < 1e5 && size >= 1e3 then
            let unit = if size < 1e4 then 10.0 else 100.0
            (Math.Round(x / unit) * unit).ToString("F0", invariant)
        else
            let exponent = int (floor (log10 size))

            (x / Math.Pow(10.0, float exponent)).ToString("0.##", invariant)
            + "·"
            + power exponent

    // The smallest of 1, 2, 5 times a power of ten that cuts the interval into at most so many parts.
    let private niceStep (span: float) (count: int) =
        let rough = span / float (max 1 count)
        let exponent = int (floor (log10 rough))
        let mantissa = rough / Math.Pow(10.0, float exponent)

        if mantissa <= 1.0 then 1, exponent
        elif mantissa <= 2.0 then 2, exponent
        elif mantissa <= 5.0 then 5, exponent
        else 1, exponent + 1

    // i·m·10^e, rounded once: 3 tenths are 0.3.
    let private multiple (i: float) (m: int) (e: int) =
        if e < 0 then
            i * float m / Math.Pow(10.0, float -e)
        else
            i * float m * Math.Pow(10.0, float e)

    let private linearLabel step largest (value: float) =
        let digits = max 0 -step

        if value = 0.0 then
            "0"
        elif largest >= 1e6 || step < -4 then
            let exponent = int (floor (log10 largest))
            let scaled = value / Math.Pow(10.0, float exponent)

            scaled.ToString("F" + string (max 0 (exponent - step)), invariant)
            + "·"
            + power exponent
        else
            value.ToString("F" + string digits, invariant)

    let private linearTicks count scale =
        let m, e = niceStep (scale.High - scale.Low) count
        let unit = multiple 1.0 m e
        let slack = 1e-9 * (scale.High - scale.Low)

        let values =
            if isConstant scale.Low scale.High then
                []
            else
                [
                    for i in ceil ((scale.Low - slack) / unit) .. floor ((scale.High + slack) / unit) -> multiple i m e
                ]

        let largest = values |> List.fold (fun most x -> max most (abs x)) 0.0
        values |> List.map (fun x -> x, linearLabel e largest x)

    let private decades scale =
        int (ceil (log10 scale.Low - 1e-9)), int (floor (log10 scale.High + 1e-9))

    let private inside scale x =
        x >= scale.Low * (1.0 - 1e-9) && x <= scale.High * (1.0 + 1e-9)

    let private logTicks count scale =
        let first, last = decades scale

        if last - first >= 1 then
            let stride = max 1 (int (ceil (float (last - first + 1) / float (max 1 count))))
            let plain = first >= -3 && last <= 4

            [
                for n in first..last do
                    if n % stride = 0 then
                        let x = multiple 1.0 1 n
                        x, (if plain then x.ToString("0.####", invariant) else power n)
            ]
        else
            let few = [
                for n in first - 1 .. last + 1 do
                    for m in [ 1; 2; 5 ] do
                        let x = multiple 1.0 m n

                        if inside scale x then
                            x, x.ToString("G6", invariant)
            ]

            if few.Length >= 2 then few else linearTicks count scale

    /// The values with a label, at most about so many.
    let ticks (count: int) (scale: Scale) : (float * string) list =
        if scale.Log then
            logTicks count scale
        else
            linearTicks count scale

    /// The 2 … 9 between the decades of a logarithmic axis of few decades.
    let minor (scale: Scale) : float list =
        let first, last = decades scale

        if scale.Log && last - first <= 6 then
            [
                for n in first - 1 .. last do
                    for m in 2..9 do
                        let x = multiple (float m) 1 n

                        if inside scale x then
                            x
            ]
        else
            []
