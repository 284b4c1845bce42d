/// Names, shapes and offsets of tensors in one flat vector; patterns over their names.
module OptCore.Tests.LayoutTests

open System
open Expecto
open FsCheck.FSharp
open OptCore

/// The definition, slowly: a star stands for every split.
let rec private naive (pattern: char list) (name: char list) =
    match pattern, name with
    | [], [] -> true
    | '*' :: rest, [] -> naive rest []
    | '*' :: rest, _ :: tail -> naive rest name || naive pattern tail
    | '?' :: rest, _ :: tail -> naive rest tail
    | p :: rest, n :: tail -> p = n && naive rest tail
    | _ -> false

let private pair =
    let text letters =
        Gen.elements letters |> Gen.listOf |> Gen.resize 9

    Gen.zip (text [ 'a'; 'b'; '*'; '?' ]) (text [ 'a'; 'b' ]) |> Arb.fromGen

let private message (f: unit -> 'T) =
    Expect.throwsC (fun () -> f () |> ignore) _.Message

[<Tests>]
let tests =
    testList "layout" [
        testCase "offsets follow one another, row-major; a scalar has one element, an empty axis none" (fun () ->
            let layout =
                Layout.Empty.Add("w", 2, 3).Add("scalar").Add("empty", 4, 0).Add("b", 2)

            Expect.equal
                [ for t in layout.Tensors -> t.Name, t.Offset, t.Length, t.End ]
                [ "w", 0, 6, 6; "scalar", 6, 1, 7; "empty", 7, 0, 7; "b", 7, 2, 9 ]
                "tensors"

            Expect.equal layout.Length 9 "length"
            Expect.equal (string layout) "w[2, 3], scalar[], empty[4, 0], b[2]" "text"
            Expect.equal (string Layout.Empty) "(no tensors)" "no tensors")

        testCase "equal by content, order included" (fun () ->
            let make (names: string list) =
                (Layout.Empty, names) ||> List.fold (fun all name -> all.Add(name, 2))

            Expect.equal (make [ "a"; "b" ]) (make [ "a"; "b" ]) "equal"
            Expect.equal (make([ "a"; "b" ]).GetHashCode()) (make([ "a"; "b" ]).GetHashCode()) "hash"
            Expect.notEqual (make [ "a"; "b" ]) (make [ "b"; "a" ]) "order"
            Expect.notEqual (Layout.Empty.Add("a", 2, 3)) (Layout.Empty.Add("a", 3, 2)) "shape"
            Expect.equal (Layout.Of [ struct ("a", [| 2 |]); struct ("b", [| 2 |]) ]) (make [ "a"; "b" ]) "Of")

        testCase "Add leaves the layout as it was, and keeps no array of the caller" (fun () ->
            let before = Layout.Empty.Add("a", 2)
            before.Add("b", 3) |> ignore
            Expect.equal before.Length 2 "unchanged"
            let shape = [| 2; 3 |]
            let layout = Layout.Empty.Add("w", shape)
            shape[0] <- 100
            Expect.equal (List.ofSeq layout.Tensors[0].Shape) [ 2; 3 ] "shape")

        testCase "bad names and shapes say what and what is allowed" (fun () ->
            let layout = Layout.Empty.Add("w", 2)
            Expect.stringContains (message (fun () -> layout.Add("", 2))) "empty" "empty name"
            Expect.stringContains (message (fun () -> layout.Add("w", 3))) "\"w\" already" "twice"
            Expect.stringContains (message (fun () -> layout.Add("v", -1))) "0 ≤ value" "negative axis"
            Expect.stringContains (message (fun () -> layout.Add("v", 65536, 65536))) "elements in all" "too long"

            Expect.stringContains
                (message (fun () -> layout.Add("v", Int32.MaxValue, Int32.MaxValue, Int32.MaxValue, Int32.MaxValue)))
                "elements in all"
                "longer than an Int64 counts"

            Expect.stringContains (message (fun () -> layout["v"])) "\"w\"" "unknown name"
            Expect.equal layout["w"].Length 2 "known name")

        testTheory
            "patterns cover whole names"
            [
                "*", "anything", true
                "*", "", true
                "w", "w", true
                "w", "w1", false
                "w?", "w1", true
                "w?", "w", false
                "*.bias", "layer.bias", true
                "*.bias", "layer.bias2", false
                "*a*b", "xaxxbxb", true
                "W", "w", false
                "a.c", "abc", false
                "[ab]", "a", false
            ]
            (fun (pattern, name, expected) ->
                Expect.equal (NamePattern.Matches(pattern, name)) expected $"{pattern} on {name}")

        testPropertyWithConfig
            {
                FsCheckConfig.defaultConfig with
                    maxTest = 1000
            }
            "patterns match as their definition says"
            (Prop.forAll pair (fun (pattern, name) ->
                let text (letters: char list) = String(Array.ofList letters)
                NamePattern.Matches(text pattern, text name) = naive pattern name))
    ]
