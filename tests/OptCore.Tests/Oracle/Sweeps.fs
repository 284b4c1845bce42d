/// What is asked of every specimen, at every length.
module OptCore.Tests.Oracle.Sweeps

open Expecto
open OptCore

let layoutOf length = Layout.Plain length

/// One tensor of so many elements that suits a specimen.
let layoutFor (specimen: Specimens.Specimen) length =
    Problems.ofLength specimen.Optimizer length

let against rules what problem =
    Checks.beyondRounding rules problem |> Checks.demand what problem

let specimens make =
    Specimens.all
    |> List.map (fun specimen -> testCase specimen.Name (fun () -> make specimen))

let private everyLength = [ 0..70 ] @ [ 1000 ]

let lengthsOf (specimen: Specimens.Specimen) =
    match specimen.Stage with
    | :? Simplex -> List.tail everyLength
    | _ -> everyLength

let everyBit problem =
    Checks.sameBits<float> Runs.executions problem
    Checks.sameBits<float32> Runs.executions problem
