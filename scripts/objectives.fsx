// The problems of Moré, Garbow and Hillstrom for a program in another language: a line `number dimension start…` each, then an empty one;
// for every line `number x…` that comes in, `f g…` goes out. After `dotnet build -c Release`.
#r "../src/OptCore.CSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptModels.CSharp/bin/Release/net10.0/OptModels.CSharp.dll"

open System
open System.Globalization
open OptModels

let text (x: float) =
    x.ToString("R", CultureInfo.InvariantCulture)

let problems =
    dict [ for problem in MoreGarbowHillstrom.Problems -> problem.Number, problem ]

for problem in MoreGarbowHillstrom.Problems do
    let start = problem.Start |> Seq.map text |> String.concat " "
    printfn "%d %d %s" problem.Number problem.Objective.Dimension start

printfn ""
Console.Out.Flush()

let mutable line = Console.In.ReadLine()

while not (isNull line) do
    let words = line.Split ' '

    let x =
        words[1..]
        |> Array.map (fun word -> Double.Parse(word, CultureInfo.InvariantCulture))

    let gradient = Array.zeroCreate<float> x.Length
    let value = problems[int words[0]].Objective.Evaluate(x, gradient)
    printfn "%s" (String.concat " " (text value :: [ for g in gradient -> text g ]))
    Console.Out.Flush()
    line <- Console.In.ReadLine()
