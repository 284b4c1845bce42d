namespace OptDsl.Charts

open System
open System.Globalization
open System.Text
open System.Xml.Linq

/// Colours for light viewers, as attributes, and for dark ones, as the rules of a style sheet, which is stronger.
[<RequireQualifiedAccess>]
module internal Theme =

    // At least 3 : 1 against the page, apart for every common kind of colour blindness together with the markers.
    let private lightSeries = [|
        "#0072b2"
        "#c8500a"
        "#00805e"
        "#a63d94"
        "#8a6100"
        "#2b87c8"
        "#c32f55"
        "#4a4a4a"
    |]

    let private darkSeries = [|
        "#5ab0e8"
        "#f0873e"
        "#3fc99b"
        "#e08bd0"
        "#e3b93c"
        "#a5d8f7"
        "#ff7c9c"
        "#d0d0d0"
    |]

    let series (k: int) = lightSeries[k % lightSeries.Length]
    let count = lightSeries.Length
    let page = "#ffffff"
    let ink = "#24292f"
    let faint = "#57606a"
    let lines = "#d8dee4"

    let private blend (low: int[]) (high: int[]) part =
        let mix a b =
            int (Math.Round(float a + part * float (b - a)))

        let r, g, b = mix low[0] high[0], mix low[1] high[1], mix low[2] high[2]
        $"#%02x{r}%02x{g}%02x{b}"

    /// The fill of one of n + 1 bands, the lowest first: the higher the value, the farther from the page.
    let band (n: int) (k: int) =
        blend [| 0xfc; 0xfd; 0xfe |] [| 0x8c; 0xa3; 0xbd |] (float k / float (max 1 n))

    let private darkBand n k =
        blend [| 0x14; 0x19; 0x20 |] [| 0x4c; 0x61; 0x7c |] (float k / float (max 1 n))

    /// The style sheet for dark viewers, for pictures of at most so many bands.
    let dark (bands: int) =
        let rules = [
            ".page{fill:#0d1117}"
            ".ink{fill:#e6edf3}"
            ".faint{fill:#9da7b3}"
            ".edge{stroke:#9da7b3}"
            ".grid{stroke:#262d36}"
            ".iso{stroke:#8b98a8}"
            ".casing{stroke:#0d1117}"
            ".bound{stroke:#c4ccd4}"
            for k in 0 .. count - 1 do
                $".s{k}{{stroke:{darkSeries[k]}}}"
                $".f{k}{{fill:{darkSeries[k]}}}"
            for k in 0..bands do
                $".b{k}{{fill:{darkBand bands k}}}"
        ]

        "@media (prefers-color-scheme:dark){" + String.Join("", rules) + "}"

/// Elements of a picture.
[<RequireQualifiedAccess>]
module internal Svg =

    let space = XNamespace.Get "http://www.w3.org/2000/svg"

    // Beyond this many pixels nothing is seen, and viewers count in single precision.
    let private clamped (x: float) = Math.Clamp(x, -1e5, 1e5)

    let number (x: float) =
        // + 0.0 makes −0 of what was rounded away 0.
        (Math.Round(clamped x, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture)

    // What XML 1.0 cannot hold at all, and half a pair of surrogates, is shown as a replacement character.
    let private legal (text: string) =
        let show (rune: Rune) =
            if rune.IsBmp && not (Xml.XmlConvert.IsXmlChar(char rune.Value)) then
                "\uFFFD"
            else
                rune.ToString()

        text.EnumerateRunes() |> Seq.map show |> String.concat ""

    let element (name: string) (attributes: (string * string) list) (children: XElement list) =
        let result = XElement(space + name)

        for key, value in attributes do
            result.SetAttributeValue(XName.Get key, legal value)

        result.Add(children |> Seq.map box |> Array.ofSeq)
        result

    /// An element with text in it.
    let content (name: string) (attributes: (string * string) list) (text: string) =
        let result = element name attributes []
        result.Value <- legal text
        result

    let group attributes children = element "g" attributes children

    // In a wide sans serif, in units of the size.
    let private widthOf (c: char) =
        match c with
        | 'm'
        | 'w'
        | 'M'
        | 'W'
        | '—'
        | '…' -> 1.0
        | 'i'
        | 'j'
        | 'l'
        | 't'
        | 'f'
        | 'I'
        | ' '
        | '.'
        | ','
        | ';'
        | ':'
        | '|'
        | '('
        | ')'
        | '\'' -> 0.4
        | _ -> 0.66

    /// How wide a text is at most about, without knowing the viewer's font.
    let width (size: float) (text: string) = size * (text |> Seq.sumBy widthOf)

    /// A text of one line; anchor is start, middle or end.
    let text (style: string) (size: float) (anchor: string) (x: float) (y: float) (text: string) =
        let colour = if style = "faint" then Theme.faint else Theme.ink

        let attributes = [
            "class", style
            "fill", colour
            "font-size", number size
            "text-anchor", anchor
            "x", number x
            "y", number y
        ]

        content "text" attributes text

    let line (style: string) (colour: string) (x1: float) (y1: float) (x2: float) (y2: float) =
        let places = [ "x1", number x1; "y1", number y1; "x2", number x2; "y2", number y2 ]
        element "line" (("class", style) :: ("stroke", colour) :: places) []

    let rectangle (attributes: (string * string) list) (x: float) (y: float) (w: float) (h: float) =
        let places = [ "x", number x; "y", number y; "width", number w; "height", number h ]
        element "rect" (attributes @ places) []

    /// The data of a path through points: M, then L.
    let through (points: struct (float * float) seq) =
        points
        |> Seq.mapi (fun i struct (x, y) -> (if i = 0 then "M" else "L") + number x + " " + number y)
        |> String.concat ""

    /// Lines of at most so many characters, cut at spaces.
    let wrap (limit: int) (content: string) : string list =
        let add lines (word: string) =
            match lines with
            | (last: string) :: rest when last.Length + 1 + word.Length <= limit -> (last + " " + word) :: rest
            | _ -> word :: lines

        if content = "" then
            []
        else
            content.Split ' ' |> Array.fold add [] |> List.rev

    /// A text cut to so many characters.
    let shorten (limit: int) (content: string) =
        if content.Length <= limit then
            content
        else
            content.Substring(0, max 1 (limit - 1)) + "…"
