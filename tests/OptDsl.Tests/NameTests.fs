/// The core's types go by names that are free in the files where they are used: beside TorchSharp's modules, MathNet and
/// System.Numerics.Tensors.
module OptDsl.Tests.NameTests

open System
open Expecto
open OptCore

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

[<Tests>]
let tests =
    testList "names" [
        testCase "no type of the core is called as one of TorchSharp's or of System.Numerics.Tensors" (fun () ->
            Expect.equal (Set.intersect ours theirs) Set.empty "ambiguous")

        testCase "no type of the core is called as one of MathNet's, in whatever namespace" (fun () ->
            let mathNet = names (typeof<MathNet.Numerics.Complex32>.Assembly.GetExportedTypes())

            // A loss here, a distribution there.
            let known = set [ "Logistic" ]
            Expect.equal (Set.intersect ours mathNet - known) Set.empty "ambiguous")
    ]
