/// Who has which elements: cuts where chunks of the sums end if that is near, cuts between tensors whose largest piece is as small as
/// can be.
module OptCore.Tests.ShardCutTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

/// Of the sums: what one rank adds up by itself.
let private chunk = 16_384

let private starts (cut: ShardCut) = [ for piece in cut.Pieces -> piece.Start ]

let private covers (length: int) (cut: ShardCut) =
    Expect.equal cut.Pieces[0].Start 0 "the first one"
    Expect.equal cut.Pieces[cut.Pieces.Length - 1].End length "the last one"

    for one, next in Array.pairwise cut.Pieces do
        Expect.equal next.Start one.End "one behind the other"

let private cutOf (text: string) (layout: Layout) ranks =
    ShardCut.OfElements(((Optimizer.Parse text).Plan<float> layout).Resolved, ranks)

/// A cut moves to the nearest end of a chunk, the later one of two, by an eighth of a share at most.
let private moved (ends: int list) (length: int) (ranks: int) (cut: int) =
    let near = ends |> List.sortDescending |> List.minBy (fun one -> abs (one - cut))
    if abs (near - cut) <= length / ranks / 8 then near else cut

let private elements =
    testList "by elements" [
        testCase "at the ends of chunks, where one is near" (fun () ->
            let mutable seen = Set.empty

            for ranks in 1..7 do
                for length in
                    [
                        1
                        100
                        chunk - 1
                        chunk
                        chunk + 1
                        2 * chunk
                        3 * chunk
                        70_000
                        5 * chunk + 7
                        // A chunk ends an eighth of a share from a cut, to the element: on five and on four ranks.
                        19_860
                        45_590
                        262_144
                        300_001
                        1_000_000
                    ] do
                    let ends = List.distinct [ 0; yield! [ chunk..chunk..length ]; length ]
                    let cut = cutOf "adam 0.01 |> clip 1.0" (Layout.Plain length) ranks
                    let even = [ for piece in Collectives.Evenly(length, ranks) -> piece.Start ]

                    let expected =
                        even
                        |> List.mapi (fun rank at -> if rank = 0 then 0 else moved ends length ranks at)

                    covers length cut
                    Expect.isNull cut.Owners "tensors are cut"
                    Expect.equal (starts cut) expected $"{length} on {ranks}"
                    seen <- seen.Add((expected = even))

            Expect.equal seen (set [ true; false ]) "some have moved, some have not")

        testCase "what is frozen is in no chunk: they begin behind it" (fun () ->
            for before in [ 1; 1000; 20_000 ] do
                let layout = Layout.Empty.Add("f", before).Add("w", 100_000)
                let ends = before :: [ for k in 1..6 -> before + k * chunk ] @ [ layout.Length ]

                for ranks in [ 2; 3; 4 ] do
                    let cut = cutOf "adam 0.01 |> clip 1.0 |> freeze \"f\"" layout ranks

                    let expected =
                        Collectives.Evenly(layout.Length, ranks)
                        |> Array.mapi (fun rank piece ->
                            if rank = 0 then
                                0
                            else
                                moved (0 :: ends) layout.Length ranks piece.Start)

                    covers layout.Length cut
                    Expect.equal (starts cut) (List.ofArray expected) $"{before} frozen, {ranks} ranks")
    ]

/// The smallest largest piece, over all ways to cut between tensors.
let rec private best (sizes: int list) ranks =
    if ranks = 1 then
        List.sum sizes
    else
        Seq.min [
            for first in 0 .. sizes.Length ->
                let own, others = List.splitAt first sizes
                max (List.sum own) (best others (ranks - 1))
        ]

let private tensors =
    testList "by tensors" [
        testCase "whole ones, in order, the largest piece as small as can be" (fun () ->
            let random = Random 5

            for _ in 1..150 do
                let sizes = List.init (random.Next(1, 8)) (fun _ -> random.Next(0, 12))

                let layout =
                    Layout.Of [ for i, size in Seq.indexed sizes -> struct ($"t{i}", [| size |]) ]

                for ranks in 1..5 do
                    let cut = ShardCut.OfTensors(layout, ranks)
                    let owners = Option.ofObj cut.Owners |> Option.get
                    covers layout.Length cut
                    Expect.equal cut.Pieces.Length ranks "one piece for each rank"

                    for tensor, owner in Seq.zip layout.Tensors owners do
                        let piece = cut.Pieces[owner]
                        Expect.isTrue (piece.Start <= tensor.Offset && tensor.End <= piece.End) "whole"

                        for rank in 0 .. ranks - 1 do
                            Expect.equal (cut.Has(rank, layout.IndexOf tensor.Name)) (rank = owner) "whose it is"

                    Expect.equal (Array.sort owners) owners "in order"

                    Expect.equal
                        (cut.Pieces |> Array.map _.Length |> Array.max)
                        (best sizes ranks)
                        $"%A{sizes} on {ranks}")

        testCase "everything with one rank" (fun () ->
            let layout = Layout.Empty.Add("a", 3).Add("e", 0).Add("b", 2)
            let cut = ShardCut.None layout
            Expect.equal cut.Pieces [| Piece(0, 5) |] "one piece"
            Expect.equal cut.Owners [| 0; 0; 0 |] "every tensor")

        testCase "two cuts are alike where everybody has the same" (fun () ->
            let layout = Layout.Empty.Add("a", 3).Add("b", 3)
            let whole = ShardCut.None layout
            let tensors, others = ShardCut.OfTensors(layout, 2), ShardCut.OfTensors(layout, 2)
            let elements = cutOf "adam 0.01" layout 2
            Expect.isTrue (tensors.IsLike others) "made twice"
            Expect.isTrue (elements.IsLike(cutOf "sgd 0.1" layout 2)) "made for another optimizer"
            Expect.equal elements.Pieces tensors.Pieces "the same pieces"
            Expect.isFalse (elements.IsLike tensors) "of elements, of tensors"
            Expect.isFalse (tensors.IsLike elements) "of tensors, of elements"
            Expect.isFalse (tensors.IsLike whole) "other pieces"
            let third = Layout.Empty.Add("a", 3).Add("e", 0).Add("b", 3)

            let early, late =
                ShardCut(tensors.Pieces, [| 0; 0; 1 |]), ShardCut(tensors.Pieces, [| 0; 1; 1 |])

            Expect.equal third.Length 6 "an empty tensor at the cut"
            Expect.isFalse (early.IsLike late) "another owner")
    ]

let private uneven =
    Layout.Of [
        struct ("a", [| 3; 2 |])
        struct ("e", [| 0 |])
        struct ("s", [||])
        struct ("b", [| 5 |])
        struct ("c", [| 4 |])
    ]

let private parts =
    testList "parts" [
        testCase "what two parts have in common, as their elements and tensors say" (fun () ->
            let cuts = [
                for ranks in 1..5 do
                    cutOf "adam 0.1" uneven ranks
                    ShardCut.OfTensors(uneven, ranks)
                ShardCut.None uneven
            ]

            let elements (cut: ShardCut) rank =
                set [ cut.Pieces[rank].Start .. cut.Pieces[rank].End - 1 ]

            for one in cuts do
                for other in cuts do
                    for rank in 0 .. one.Pieces.Length - 1 do
                        for otherRank in 0 .. other.Pieces.Length - 1 do
                            let both = Set.intersect (elements one rank) (elements other otherRank)

                            // Where tensors are whole, one without elements is somebody's, too.
                            let tensors =
                                not (isNull one.Owners)
                                && [ 0 .. uneven.Tensors.Count - 1 ]
                                   |> List.exists (fun tensor -> one.Has(rank, tensor) && other.Has(otherRank, tensor))

                            Expect.equal
                                (one.Shares(rank, other, otherRank))
                                (not both.IsEmpty || tensors)
                                $"{starts one} {rank}, {starts other} {otherRank}")

        testCase "a cut that a file describes is one of the layout, or it is not" (fun () ->
            for ranks in 1..5 do
                Expect.isTrue ((cutOf "adam 0.1" uneven ranks).Covers uneven) "elements"
                Expect.isTrue ((ShardCut.OfTensors(uneven, ranks)).Covers uneven) "tensors"

            Expect.isTrue ((ShardCut.None uneven).Covers uneven) "all of it"
            let owners = [| 0; 0; 0; 1; 1 |]
            Expect.isTrue (ShardCut([| Piece(0, 7); Piece(7, 9) |], owners).Covers uneven) "in two"

            for pieces in
                [
                    [| Piece(0, 7); Piece(7, 8) |]
                    [| Piece(0, 7); Piece(7, 10) |]
                    [| Piece(0, 7); Piece(8, 8) |]
                    [| Piece(0, 7); Piece(6, 10) |]
                    [| Piece(1, 6); Piece(7, 9) |]
                    [| Piece(0, 17); Piece(17, -1) |]
                    [||]
                ] do
                Expect.isFalse (ShardCut(pieces, nothing).Covers uneven) $"%A{pieces}"

            for owners in [ [| 0; 0; 0; 1 |]; [| 0; 0; 0; 1; 1; 1 |]; [| 0; 0; 0; 1; 2 |] ] do
                Expect.isFalse (ShardCut([| Piece(0, 7); Piece(7, 9) |], owners).Covers uneven) $"%A{owners}")

        testCase "the layout of a part: the same names, of each what is its own" (fun () ->
            for ranks in 1..5 do
                let elements, tensors =
                    cutOf "adam 0.1" uneven ranks, ShardCut.OfTensors(uneven, ranks)

                for rank in 0 .. ranks - 1 do
                    let piece = elements.Pieces[rank]

                    Expect.equal
                        (elements.LayoutOf(uneven, rank))
                        (Layout.Of [
                            for tensor in uneven.Tensors do
                                let own =
                                    Seq.length (
                                        Seq.filter (fun i -> piece.Start <= i && i < piece.End) [
                                            tensor.Offset .. tensor.End - 1
                                        ]
                                    )

                                struct (tensor.Name, [| own |])
                        ])
                        "elements"

                    Expect.equal
                        (tensors.LayoutOf(uneven, rank))
                        (Layout.Of [
                            for i, tensor in Seq.indexed uneven.Tensors do
                                // A tensor of no axes has one here, of no elements.
                                let shape =
                                    if (nonNull tensors.Owners)[i] = rank then
                                        Array.ofSeq tensor.Shape
                                    else
                                        Array.zeroCreate (max 1 tensor.Shape.Count)

                                struct (tensor.Name, shape)
                        ])
                        "tensors")
    ]

[<Tests>]
let tests = testList "cuts of a vector among ranks" [ elements; tensors; parts ]
