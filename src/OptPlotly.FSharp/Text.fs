namespace OptDsl.Plotting

open System
open System.Globalization

/// Numbers and texts as they stand in a picture.
[<RequireQualifiedAccess>]
module internal Text =

    let private invariant = CultureInfo.InvariantCulture

    // A true minus, as plotly.js writes it on the axes.
    let private minus (text: string) = text.Replace('-', '−')

    /// A number of so many digits: 0.25, 3·10⁸ beyond a million or below a ten-thousandth.
    let number (digits: int) (x: float) =
        if x = 0.0 || not (Double.IsFinite x) then
            minus (x.ToString invariant)
        else
            let rounded = Double.Parse(x.ToString($"E{digits - 1}", invariant), invariant)
            let exponent = int (floor (log10 (abs rounded) + 1e-12))

            if exponent >= -4 && exponent < 6 then
                minus (decimal(rounded).ToString("0.#################", invariant))
            else
                let mantissa = rounded / Math.Pow(10.0, float exponent)
                let front = mantissa.ToString($"G{digits}", invariant)
                minus $"{front}·10<sup>{exponent}</sup>"

    /// As few digits as tell all numbers apart, two at least.
    let labels (values: float[]) : string[] =
        let all digits = values |> Array.map (number digits)
        let distinct = values |> Array.distinct |> Array.length

        seq { 2..17 }
        |> Seq.map all
        |> Seq.tryFind (fun texts -> (Array.distinct texts).Length = distinct)
        |> Option.defaultWith (fun () -> all 17)

    /// Lines of at most so many characters, broken between words.
    let wrap (width: int) (text: string) =
        let add (lines: string list) (word: string) =
            match lines with
            | line :: rest when line.Length + 1 + word.Length <= width -> $"{line} {word}" :: rest
            | lines -> word :: lines

        text.Split ' ' |> Array.fold add [] |> List.rev |> String.concat "<br>"
