// Loaded by F# Interactive: with the package (#r "nuget: OptDsl") by itself, from a checkout by #load.
// Values print in one line: an optimizer as the code that builds it.

open OptCore

fsi.AddPrinter(fun (optimizer: Optimizer) -> string optimizer)
// F# calls the number types by other names than the library's messages do.
fsi.AddPrinter(fun (plan: Plan<float>) -> (string plan).Replace(" of Double", " of float"))
fsi.AddPrinter(fun (plan: Plan<float32>) -> (string plan).Replace(" of Single", " of float32"))
fsi.AddPrinter(fun (state: State<float>) -> string state)
fsi.AddPrinter(fun (state: State<float32>) -> string state)
fsi.AddPrinter(fun (session: Session<float>) -> string session)
fsi.AddPrinter(fun (session: Session<float32>) -> string session)
fsi.AddPrinter(fun (report: StepReport) -> string report)
fsi.AddPrinter(fun (result: Result) -> string result)
fsi.AddPrinter(fun (point: TracePoint) -> string point)
fsi.AddPrinter(fun (point: HistoryPoint) -> string point)
fsi.AddPrinter(fun (best: BestPoint) -> string best)
fsi.AddPrinter(fun (warning: Warning) -> string warning)
fsi.AddPrinter(fun (layout: Layout) -> string layout)
fsi.AddPrinter(fun (schedule: ISchedule) -> string schedule)
fsi.AddPrinter(fun (stage: IStage) -> Words.Print stage)
fsi.AddPrinter(fun (objective: IObjective) -> string objective)
fsi.AddPrinter(fun (check: GradientCheck) -> string check)
fsi.AddPrinter(fun (options: MinimizeOptions) -> string options)
fsi.AddPrinter(fun (execution: Execution) -> string execution)
fsi.AddPrinter(fun (images: OptModels.ImageSet) -> string images)
fsi.AddPrinter(fun (loss: OptModels.NetworkLoss) -> string loss)
fsi.AddPrinter(fun (tensor: TensorInfo) -> string tensor)
