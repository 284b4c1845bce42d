/// What several tests of charts use.
module OptPlotly.Tests.Charts

open System
open Expecto
open OptDsl
open Plotly.NET

let valley = Objective.rosenbrock 2
let start = [| -1.2; 1.0 |]

let refuses (part: string) (make: unit -> GenericChart) =
    let error = Expect.throwsC (make >> ignore) id
    Expect.isTrue (error :? ArgumentException) $"{error}"
    Expect.stringContains error.Message part "message"
