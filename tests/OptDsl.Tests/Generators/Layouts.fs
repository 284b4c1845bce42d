/// Layouts of several named tensors, and patterns over their names.
module OptDsl.Tests.Layouts

open FsCheck
open FsCheck.FSharp
open OptCore

let private names = [
    "w1"
    "b1"
    "w2"
    "b2"
    "conv.kernel"
    "conv.bias"
    "norm.scale"
    "norm.bias"
    "embedding"
    "temperature"
]

/// Shapes of rank 0 to 4; now and then an axis of length 0.
let shape = gen {
    let! rank = Gen.choose (0, 4)
    let longest = [| 1; 40; 7; 4; 3 |][rank]
    let axis = Gen.frequency [ 1, Gen.constant 0; 12, Gen.choose (1, longest) ]
    return! Gen.arrayOfLength rank axis
}

let private several = gen {
    let! count = Gen.choose (1, 5)
    let! order = Gen.shuffle names
    let! shapes = Gen.listOfLength count shape

    return
        Layout.Of(
            List.zip (List.truncate count (List.ofArray order)) shapes
            |> Seq.map (fun (n, s) -> struct (n, s))
        )
}

/// Plain arrays of 0 to 70 elements, several tensors, sometimes none at all.
let layout =
    Gen.frequency [
        1, Gen.constant Layout.Empty
        8, Gen.choose (0, 70) |> Gen.map Layout.Plain
        16, several
    ]

/// The layout with other shapes; tensors without a shape are dropped.
let reshaped (change: TensorInfo -> int[] option) (layout: Layout) =
    layout.Tensors
    |> Seq.choose (fun tensor -> change tensor |> Option.map (fun shape -> struct (tensor.Name, shape)))
    |> Layout.Of

let private shapeOf (tensor: TensorInfo) = Array.ofSeq tensor.Shape

/// Fewer tensors, shorter axes.
let shrinkLayout (layout: Layout) =
    let only (tensor: TensorInfo) change =
        layout
        |> reshaped (fun other ->
            if other.Name = tensor.Name then
                change (shapeOf other)
            else
                Some(shapeOf other))

    seq {
        for tensor in layout.Tensors do
            only tensor (fun _ -> None)

        for tensor in layout.Tensors do
            for axis in 0 .. tensor.Shape.Count - 1 do
                if tensor.Shape[axis] > 1 then
                    only tensor (fun shape -> Some(Array.updateAt axis (shape[axis] / 2) shape))
                    only tensor (fun shape -> Some(Array.updateAt axis (shape[axis] - 1) shape))
    }

/// Layouts with their shrinker.
let layouts = Arb.fromGenShrink (layout, shrinkLayout)

/// F# code that builds a layout.
let code (layout: Layout) =
    layout.Tensors
    |> Seq.map (fun tensor ->
        let axes = tensor.Shape |> Seq.map (fun axis -> $", {axis}") |> String.concat ""
        $""".Add("{tensor.Name}"{axes})""")
    |> String.concat ""
    |> (+) "Layout.Empty"

/// Patterns that match at least one tensor of a layout that has some.
let pattern (layout: Layout) = gen {
    let! tensor = Gen.elements layout.Tensors
    let name = tensor.Name
    let! cut = Gen.choose (1, name.Length - 1)

    return!
        Gen.frequency [
            3, Gen.constant name
            2, Gen.constant (name[.. cut - 1] + "*")
            2, Gen.constant ("*" + name[cut..])
            1, Gen.constant (name[.. cut - 1] + "?" + name[cut + 1 ..])
            1, Gen.constant "*"
        ]
}

/// The tensors' names that a pattern matches.
let matching pattern (layout: Layout) = [
    for tensor in layout.Tensors do
        if NamePattern.Matches(pattern, tensor.Name) then
            tensor.Name
]
