// What every script that draws needs: the library, its charts, a folder for pictures.
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/Fable.Core.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/DynamicObj.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/Giraffe.ViewEngine.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/Newtonsoft.Json.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/Plotly.NET.dll"
#r "../../src/OptPlotly.FSharp/bin/Release/net10.0/OptPlotly.FSharp.dll"
#load "../../src/OptDsl.FSharp/content/OptDsl.FSharp.fsx"
#load "../../src/OptPlotly.FSharp/content/OptPlotly.FSharp.fsx"

open System
open System.IO
open OptDsl
open Plotly.NET

/// Pictures go to the folder given as the script's argument, else to OPTDSL_OUT, else to samples/out.
let private folder =
    match List.ofArray fsi.CommandLineArgs, Environment.GetEnvironmentVariable "OPTDSL_OUT" with
    | _ :: given :: _, _ -> given
    | _, null
    | _, "" -> Path.Combine(__SOURCE_DIRECTORY__, "..", "out")
    | _, given -> given

/// Writes a picture as a page that needs no network; any browser opens it.
let picture (name: string) (chart: GenericChart) =
    Directory.CreateDirectory folder |> ignore
    Chart.save (Path.Combine(folder, name + ".html")) chart
    printfn "picture %s.html" name
