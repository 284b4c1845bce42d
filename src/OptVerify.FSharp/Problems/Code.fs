namespace OptVerify

open OptCore

/// Numbers and arrays as F# code, all digits.
module internal Code =

    /// The shortest text that reads back as the same number.
    let number (x: float) = Words.Print x

    let private argument text =
        if String.length text > 0 && text[0] = '-' then
            $"({text})"
        else
            text

    /// A number as an argument: negative ones in parentheses.
    let value (x: float) = argument (number x)

    let array (xs: float[]) =
        $"""[| {xs |> Array.map number |> String.concat "; "} |]"""

    let arrays (xs: float[][]) =
        $"""[| {xs |> Array.map array |> String.concat "; "} |]"""

    let pairs (xs: (float * float) list) =
        xs
        |> List.map (fun (a, b) -> $"{number a}, {number b}")
        |> String.concat "; "
        |> sprintf "[ %s ]"

    /// A layout of named tensors.
    let layout (layout: Layout) =
        let tensor (tensor: TensorInfo) =
            let axes = tensor.Shape |> Seq.map (fun axis -> $", {axis}") |> String.concat ""
            $".Add(\"{tensor.Name}\"{axes})"

        "Layout.Empty" + String.concat "" (Seq.map tensor layout.Tensors)
