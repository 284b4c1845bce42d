// A stage of one's own takes part in everything. After `dotnet build -c Release`:
//   dotnet fsi samples/own-stage.fsx
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"
#load "../src/OptDsl.FSharp/content/OptDsl.FSharp.fsx"

open System
open System.Runtime.CompilerServices
open OptCore
open OptCore.Kernels
open OptDsl

let bowl = Objective.conditioned 8 100.0 1L
let start = Array.create 8 1.0

// A function is a stage: the quickest way to try an idea. It is not fused, and cannot be read back from text.
let halved =
    Stage.ofFunction "halve" Phase.Update (fun _ _ update _ -> Array.map ((*) 0.5) update)

let byFunction = sgd 0.02 |> stage halved |> minimize 100 bowl start
let byWord = sgd 0.02 |> scale 0.5 |> minimize 100 bowl start
printfn "a function that halves, and scale 0.5, to the bit: %b" (byFunction.Point = byWord.Point)

// A record is a full citizen: it compares, prints, reads back, and has state. This one is heavy-ball momentum.
type HeavyBall = {
    Beta: float
} with

    interface ISpanStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = β v + u; u = v"
        member _.Slots = [| SlotSpec.Element "v" |]

        member this.Apply step =
            let v = step.Slot "v"

            for i in 0 .. v.Length - 1 do
                v[i] <- Math.FusedMultiplyAdd(this.Beta, v[i], step.Update[i])
                step.Update[i] <- v[i]

Stage.register<HeavyBall>()
let own = sgd 0.002 |> stage { Beta = 0.9 } |> clip 1.0
printfn "\n%O" own
printfn "reads back as the same value: %b" (Optimizer.Parse(string own) = own)

let mine = own |> minimize 200 bowl start
let theirs = sgd 0.002 |> momentum 0.9 |> clip 1.0 |> minimize 200 bowl start
printfn "%O" mine.State
printfn "the same run as momentum 0.9, to the bit: %b" (mine.Point = theirs.Point)

// A rule on registers is fused with its neighbours into one loop, as the library's own: the same momentum at full speed, for float
// and float32. The library closes the rule over the vectors of the processor; AnyVector stands for them.
type FusedBall = {
    Beta: float
} with

    interface IOpenStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = β v + u; u = v"
        member _.Slots = [| SlotSpec.Element "v" |]

        member stage.Build builder =
            builder.ApplyOpen(typedefof<BallRule<AnyVector, float32>>, [| "v" |], stage)

and [<Struct>] BallRule<'V, 'T
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>(stage: FusedBall) =

    [<DefaultValue(false)>]
    val mutable private b: 'V

    interface IRule1<'V, 'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member rule.Begin _ = rule.b <- 'V.Broadcast stage.Beta

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member rule.Apply(u, _, v) =
            v <- 'V.Fma(rule.b, v, u)
            u <- v

let fused =
    sgd 0.002
    |> stage { FusedBall.Beta = 0.9 }
    |> clip 1.0
    |> minimize 200 bowl start

printfn "\nfused, the same run to the bit: %b" (fused.Point = theirs.Point)
