/// The reader of reference trajectories, on small files made here.
module OptCore.Tests.ReferenceReaderTests

open System
open System.IO
open Expecto
open OptCore
open OptDsl

let private inFolder (files: (string * string) list) (look: Golden.Folder -> unit) =
    let folder = Directory.CreateTempSubdirectory "golden"

    try
        for name, text in files do
            File.WriteAllText(Path.Combine(folder.FullName, name), text)

        look {
            Name = "made here"
            Path = folder.FullName
            Inside = SearchOption.AllDirectories
        }
    finally
        folder.Delete true

let private sequence =
    """{ "name": "s", "layout": [ { "name": "w", "shape": [1, 2] }, { "name": "b", "shape": [1] } ],
         "initial": [1.0, 2.0, 3.0], "gradients": [[0.5, "NaN", -1.0], [0.0, "-Infinity", 2.0]], "losses": [4.0, "NaN"] }"""

let private only cases =
    match cases with
    | [ case ] -> case
    | several -> failtestf "expected one case, found %d" several.Length

let private refuses files words =
    inFolder files (fun folder ->
        Expect.throwsC (fun () -> Golden.cases folder |> ignore) (fun e ->
            for word: string in words do
                Expect.stringContains e.Message word "message"))

[<Tests>]
let tests =
    testList "reader of golden files" [
        testCase "layout, losses, numbers that are not finite" (fun () ->
            let case =
                """[{ "optimizer": "sgd 0.1", "source": "by hand", "sequence": "s", "parameters": [[1.0, "NaN", 3.0]] }]"""

            inFolder [ "sequence-s.json", sequence; "cases.json", case ] (fun folder ->
                let case = only (Golden.cases folder)

                Expect.equal
                    (case.File, case.Index, case.Optimizer, case.Source)
                    ("cases", 0, "sgd 0.1", "by hand")
                    "case"

                match case.Expected with
                | Golden.Parameters(s, after, None) ->
                    Expect.equal s.Tensors [ struct ("w", [| 1; 2 |]); struct ("b", [| 1 |]) ] "layout"
                    Expect.equal s.Initial [| 1.0; 2.0; 3.0 |] "initial"
                    Expect.equal (s.Gradients[0][0]) 0.5 "a gradient"
                    Expect.isTrue (Double.IsNaN(s.Gradients[0][1]) && Double.IsNaN(after[0][1])) "NaN"
                    Expect.equal (s.Gradients[1]) [| 0.0; -infinity; 2.0 |] "infinity"
                    Expect.equal (s.Losses |> Option.map Array.head) (Some 4.0) "losses"
                | other -> failtestf "%A" other))

        testCase "averages" (fun () ->
            let case =
                """[{ "optimizer": "sgd 0.1 |> average 0.9", "sequence": "s", "parameters": [[1, 2, 3]], "averaged": [[4, 5, 6]] }]"""

            inFolder [ "sequence-s.json", sequence; "cases.json", case ] (fun folder ->
                match (only (Golden.cases folder)).Expected with
                | Golden.Parameters(_, after, Some averaged) ->
                    Expect.equal (after, averaged) ([| [| 1.0; 2.0; 3.0 |] |], [| [| 4.0; 5.0; 6.0 |] |]) "numbers"
                | other -> failtestf "%A" other))

        testCase "points on an objective, and its numbers" (fun () ->
            let case =
                """[{ "optimizer": "sgd 0.1", "initial": [1, 2], "points": [[1, 1]], "values": [2.5],
                     "objective": { "name": "quadratic", "parameters": { "matrix": [[2, 1], [1, 4]], "linear": [3, -1] } } }]"""

            inFolder [ "cases.json", case ] (fun folder ->
                match (only (Golden.cases folder)).Expected with
                | Golden.Points(objective, initial, points, values) ->
                    Expect.equal (initial, points, values) ([| 1.0; 2.0 |], [| [| 1.0; 1.0 |] |], [| 2.5 |]) "numbers"
                    let gradient = [| 0.0; 0.0 |]
                    // ½(2 + 2·2 + 4·4) − (3 − 2) and Ax − b.
                    Expect.equal (Functions.find objective initial gradient) 10.0 "value"
                    Expect.equal gradient [| 1.0; 10.0 |] "gradient"
                | other -> failtestf "%A" other))

        testCase "rates" (fun () ->
            inFolder
                [
                    "r.json", """{ "cases": [{ "optimizer": "sgd 1.0", "learningRates": [1, 1e-3] }] }"""
                ]
                (fun folder ->
                    match (only (Golden.cases folder)).Expected with
                    | Golden.Rates rates -> Expect.equal rates [| 1.0; 1e-3 |] "rates"
                    | other -> failtestf "%A" other))

        testCase "objectives: values and gradients by hand" (fun () ->
            let number x = [| [| x |] |]

            for name, numbers, x, value, gradient in
                [
                    "rosenbrock", [ "a", number 1.0; "b", number 100.0 ], [| 2.0; 3.0 |], 101.0, [| 802.0; -200.0 |]
                    "beale", [], [| 3.0; 0.5 |], 0.0, [| 0.0; 0.0 |]
                    "beale", [], [| 1.0; 1.0 |], 1.5 * 1.5 + 2.25 * 2.25 + 2.625 * 2.625, [| 0.0; 27.75 |]
                    "himmelblau", [], [| 1.0; 2.0 |], 68.0, [| -36.0; -32.0 |]
                    "separableQuartic",
                    [ "quadratic", [| [| 2.0 |] |]; "quartic", [| [| 4.0 |] |] ],
                    [| 3.0 |],
                    90.0,
                    [| 114.0 |]
                ] do
                let g = Array.zeroCreate x.Length

                let objective: Golden.Objective = {
                    Function = name
                    Numbers = Map numbers
                }

                Expect.equal (Functions.find objective x g) value name
                Expect.equal g gradient name)

        testCase "files that say too little are refused" (fun () ->
            let missing = [
                "cases.json", """[{ "optimizer": "sgd 0.1", "sequence": "s", "parameters": [] }]"""
            ]

            refuses missing [ "there is no sequence \"s\"" ]

            refuses [ "cases.json", """[{ "optimizer": "sgd 0.1" }]""" ] [
                "neither parameters nor learningRates nor points"
            ]

            refuses [ "cases.json", """[{ "optimizer": "sgd 0.1", "points": [] }]""" ] [ "\"objective\" is missing" ]
            let other = sequence.Replace("4.0", "5.0")
            refuses [ "a.json", sequence; "b.json", other ] [ "two sequences have the name \"s\"" ])

        testCase "an average is found by what its stage declares or its name says" (fun () ->
            let find = GoldenTests.averageSlot (Optimizer.Adam 0.1)

            for slot in
                [
                    "average"
                    "polyakAverage"
                    "polynomialAverage"
                    "average#2"
                    "scheduleFree.x"
                    "targetUpdate.target"
                    "partition[w.*].average"
                ] do
                Expect.equal (find [ "adam.m"; "scheduleFree.z"; slot ]) slot "slot"

            Expect.throws (fun () -> find [ "adam.m" ] |> ignore) "none"
            Expect.throws (fun () -> find [ "average"; "average#2" ] |> ignore) "two")
    ]
