/// Reads reference trajectories: every case of every JSON file of a folder, recognised by its fields.
module OptDsl.Golden

open System
open System.IO
open System.Text.Json

/// A layout, a start and a fixed list of gradients.
type Sequence = {
    Name: string
    /// Names and shapes, in the order of the flat vector.
    Tensors: struct (string * int[]) list
    Initial: float[]
    Gradients: float[][]
    /// One loss per gradient, or none.
    Losses: float[] option
}

/// What a case expects.
type Expected =
    /// The parameters after every gradient of a sequence.
    | Parameters of sequence: Sequence * after: float[][]
    /// η_t for t = 0, 1, …
    | Rates of float[]

/// One case.
type Case = {
    File: string
    /// Its place in the file, from 0.
    Index: int
    /// An expression of the vocabulary.
    Optimizer: string
    /// Who says so.
    Source: string
    Expected: Expected
}

/// OPTDSL_GOLDEN, or `../shared/golden` beside the repository, if it is there.
let folder () =
    let rec root (directory: DirectoryInfo | null) =
        match directory with
        | null -> None
        | directory when File.Exists(Path.Combine(directory.FullName, "OptDsl.sln")) -> Some directory.FullName
        | directory -> root directory.Parent

    let asked =
        match Environment.GetEnvironmentVariable "OPTDSL_GOLDEN" with
        | null
        | "" ->
            root (DirectoryInfo AppContext.BaseDirectory)
            |> Option.map (fun root -> Path.Combine(root, "..", "shared", "golden"))
        | path -> Some path

    asked |> Option.filter Directory.Exists

// The file's name alone.
let private title (file: string) =
    match Path.GetFileNameWithoutExtension file with
    | null -> file
    | title -> title

let private text (element: JsonElement) =
    match element.GetString() with
    | null -> failwith "null where a text is meant"
    | text -> text

let private number (element: JsonElement) =
    if element.ValueKind = JsonValueKind.String then
        Double.Parse(text element, Globalization.CultureInfo.InvariantCulture)
    else
        element.GetDouble()

let private array read (element: JsonElement) =
    element.EnumerateArray() |> Seq.map read |> Array.ofSeq

let private vector = array number

let private field (name: string) (element: JsonElement) =
    match element.ValueKind, element.TryGetProperty name with
    | JsonValueKind.Object, (true, value) -> Some value
    | _ -> None

let private need name element =
    field name element
    |> Option.defaultWith (fun () -> failwith $"the field \"{name}\" is missing")

let private sequence file element = {
    Name =
        field "name" element
        |> Option.map text
        |> Option.defaultValue ((title file).Replace("sequence-", ""))
    Tensors = [
        for tensor in (need "layout" element).EnumerateArray() ->
            struct (text (need "name" tensor), array _.GetInt32() (need "shape" tensor))
    ]
    Initial = vector (need "initial" element)
    Gradients = array vector (need "gradients" element)
    Losses = field "losses" element |> Option.map vector
}

// Whatever stands inside arrays and objects of other kinds is found too.
let rec private objects (element: JsonElement) =
    match element.ValueKind with
    | JsonValueKind.Array -> element.EnumerateArray() |> Seq.collect objects
    | JsonValueKind.Object when (field "optimizer" element).IsSome || (field "gradients" element).IsSome ->
        Seq.singleton element
    | JsonValueKind.Object ->
        element.EnumerateObject()
        |> Seq.collect (fun property -> objects property.Value)
    | _ -> Seq.empty

let private case (sequences: Map<string, Sequence>) file index element =
    let expected =
        match field "parameters" element, field "learningRates" element with
        | Some after, _ ->
            let name = text (need "sequence" element)

            match sequences.TryFind name with
            | Some sequence -> Parameters(sequence, array vector after)
            | None -> failwith $"{file}: there is no sequence \"{name}\""
        | None, Some rates -> Rates(vector rates)
        | _ -> failwith $"{file}: a case has neither parameters nor learningRates: {element}"

    {
        File = title file
        Index = index
        Optimizer = text (need "optimizer" element)
        Source = field "source" element |> Option.map text |> Option.defaultValue ""
        Expected = expected
    }

/// All cases of a folder, in the order of files and of places in them.
let cases folder =
    let found = [
        for file in Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories) |> Array.sort do
            use document = JsonDocument.Parse(File.ReadAllText file)

            for element in objects document.RootElement do
                file, element.Clone()
    ]

    let isCase = snd >> field "optimizer" >> Option.isSome
    let cases, sequences = found |> List.partition isCase

    let named =
        sequences
        |> List.map (fun (file, element) -> sequence file element)
        |> List.map (fun s -> s.Name, s)

    [
        for file, cases in cases |> List.groupBy fst do
            yield!
                cases
                |> List.mapi (fun index (_, element) -> case (Map named) file index element)
    ]
