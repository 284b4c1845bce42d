// One optimizer on several ranks, each with a replica of a model of one's own and with its share of the samples.
// After `dotnet build -c Release`: mpirun -n 2 dotnet fsi samples/30-ranks.fsx; without a launcher two threads are the ranks.
#r "../src/OptMpi.CSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptMpi.CSharp/bin/Release/net10.0/OptMpi.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"

open System
open OptCore
open OptDsl
open OptMpi

// y = W x + b with a little noise: 64 samples of 8 inputs, 3 outputs.
let wave i j = sin (float (7 * i + 3 * j))
let inputs = Array.init 64 (fun s -> Array.init 8 (wave s))

let targets =
    inputs
    |> Array.map (fun x -> Array.init 3 (fun k -> Array.sum (Array.mapi (fun j xj -> xj * wave k j) x) + 0.1 * x[k]))

let layout = Layout.Empty.Add("w", 3, 8).Add("b", 3)

/// The mean loss over some samples; its gradients go into gw and gb.
let loss (samples: int[]) (w: float[]) (b: float[]) (gw: float[]) (gb: float[]) =
    Array.Clear gw
    Array.Clear gb
    let n = float samples.Length
    let mutable sum = 0.0

    for s in samples do
        for k in 0..2 do
            let error =
                b[k] + Seq.sum (seq { for j in 0..7 -> w[8 * k + j] * inputs[s][j] })
                - targets[s][k]

            sum <- sum + error * error / n
            gb[k] <- gb[k] + 2.0 * error / n

            for j in 0..7 do
                gw[8 * k + j] <- gw[8 * k + j] + 2.0 * error * inputs[s][j] / n

    sum

/// What a rank does.
let train (ranks: ICollectives) =
    let own = [|
        for s in 0..63 do
            if s % ranks.Size = ranks.Rank then
                s
    |]

    let w, b = Array.zeroCreate 24, Array.zeroCreate 3
    let gw, gb = Array.zeroCreate 24, Array.zeroCreate 3
    use session = adam 0.05 |> clip 1.0 |> plan layout |> Ranks.bind ranks [ w; b ]

    for _ in 1..300 do
        loss own w b gw gb |> ignore
        session |> Ranks.stepWith [ gw; gb ] |> ignore

    loss [| 0..63 |] w b gw gb

let isLaunched =
    [ "OMPI_COMM_WORLD_SIZE"; "PMI_SIZE"; "SLURM_NTASKS" ]
    |> List.exists (fun name -> not (isNull (Environment.GetEnvironmentVariable name)))

if isLaunched then
    Mpi.Run(fun ranks ->
        let losses = ranks.Gather(train ranks)

        if ranks.Rank = 0 then
            printfn "%O: loss %.3e, the same on all ranks: %b" ranks losses[0] (Array.forall ((=) losses[0]) losses))
    |> exit
else
    let losses = Ranks.threads 2 train
    printfn "two threads: loss %.3e, the same on both: %b" losses[0] (losses[0] = losses[1])
