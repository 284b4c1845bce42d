// Loaded by F# Interactive: with the package (#r "nuget: OptDsl.Plotly") by itself, from a checkout by #load.
// A chart prints in one line: what it shows.

fsi.AddPrinter(fun (chart: Plotly.NET.GenericChart) -> OptDsl.Chart.describe chart)
