/// The core's types go by names that are free in the files where they are used: beside TorchSharp's modules, MathNet and
/// System.Numerics.Tensors.
module OptDsl.Tests.NameTests

open System
open System.Reflection
open Expecto
open OptCore
open OptDsl

/// The type's name without its number of type parameters.
let private simple (t: Type) = t.Name.Split('`')[0]

let private names (types: Type seq) =
    set [
        for t in types do
            if not t.IsNested then
                simple t
    ]

let private ours = names (typeof<Optimizer>.Assembly.GetExportedTypes())

/// What `using static TorchSharp.torch; using TorchSharp.Modules` and `using System.Numerics.Tensors` bring, as far as one of an
/// optimizer's library might be called the same. Those packages are no reference of this project.
let private theirs =
    set [
        yield! [
            "Tensor"
            "Device"
            "Generator"
            "Size"
            "Storage"
            "Linear"
            "Parameter"
            "Sequential"
        ]
        yield! [
            "Bernoulli"
            "Exponential"
            "Geometric"
            "Normal"
            "Uniform"
            "ReduceLROnPlateau"
            "StepLR"
        ]
        yield! [
            "ITensor"
            "TensorPrimitives"
            "TensorSpan"
            "TensorShape"
            "TensorDimensionSpan"
        ]
    ]

let private membersOf (t: Type) = [ for m in t.GetMembers(BindingFlags.Static ||| BindingFlags.Public) -> m.Name ]

let private isOpened (t: Type) =
    not (isNull (t.GetCustomAttribute<AutoOpenAttribute>()))

/// What `open OptDsl` brings besides types and modules.
let private inScope =
    set [
        for t in typeof<FunctionStage>.Assembly.GetExportedTypes() do
            if t.Namespace = "OptDsl" && isOpened t then
                yield! membersOf t
    ]

/// What F# has in scope without any open.
let private standard =
    set [
        yield!
            membersOf (
                typeof<list<int>>.Assembly.GetType "Microsoft.FSharp.Core.Operators"
                |> Unchecked.nonNull
            )
        yield!
            membersOf (
                typeof<list<int>>.Assembly.GetType "Microsoft.FSharp.Core.ExtraTopLevelOperators"
                |> Unchecked.nonNull
            )
        yield! [
            "id"
            "not"
            "min"
            "max"
            "abs"
            "fst"
            "snd"
            "string"
            "float"
            "int"
            "seq"
            "set"
            "dict"
        ]
    ]

[<Tests>]
let tests =
    testList "names" [
        testCase "no type of the core is called as one of TorchSharp's or of System.Numerics.Tensors" (fun () ->
            Expect.equal (Set.intersect ours theirs) Set.empty "ambiguous")

        testCase "no type of the core is called as one of MathNet's, in whatever namespace" (fun () ->
            let mathNet = names (typeof<MathNet.Numerics.Complex32>.Assembly.GetExportedTypes())
            Expect.equal (Set.intersect ours mathNet) Set.empty "ambiguous")

        testCase "one open brings the words of the text and fifteen verbs" (fun () ->
            let verbs =
                set [
                    "minimize"
                    "minimize32"
                    "minimizeWith"
                    "minimizeWith32"
                    "trace"
                    "trace32"
                    "plan"
                    "plan32"
                    "bind"
                    "bindFrom"
                    "bindTo"
                    "carry"
                    "explain"
                    "warnings"
                    "help"
                ]

            let text = set Words.Known
            Expect.equal (Set.filter (text.Contains >> not) inScope) verbs "words that do not print"
            Expect.isGreaterThan inScope.Count 90 "words")

        testCase "no word hides a function of FSharp.Core" (fun () ->
            Expect.isGreaterThan standard.Count 50 "functions"
            Expect.equal (Set.intersect inScope standard) Set.empty "hidden")
    ]
