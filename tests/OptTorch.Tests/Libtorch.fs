/// Whether libtorch can be loaded here: tests that need it are skipped with the reason where it cannot.
module OptTorch.Tests.Libtorch

open System
open Expecto
open TorchSharp

let private missing =
    lazy
        try
            use one = torch.ones (1L)

            if one.item<float32>() = 1.0f then
                None
            else
                Some "libtorch adds up wrongly"
        with e ->
            let rec innermost (e: exn) =
                match e.InnerException with
                | null -> e
                | inner -> innermost inner

            Some
                $"libtorch cannot be loaded ({(innermost e).Message}); run the tests with the dotnet that .ci/torch-runtime prints"

/// A test that is skipped without libtorch.
let torchTest name (run: unit -> unit) =
    testCase name (fun () ->
        match missing.Value with
        | Some why -> skiptest why
        | None ->
            use _scope = torch.NewDisposeScope()
            run ())
