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

/// A function by its name, and its numbers: those of a plain vector, or the rows of a matrix.
type Objective = {
    Function: string
    Numbers: Map<string, float[][]>
}

/// What a case expects.
type Expected =
    /// The parameters after every gradient of a sequence and, where the case has it, the kept average.
    | Parameters of sequence: Sequence * after: float[][] * averaged: float[][] option
    /// η_t for t = 0, 1, …
    | Rates of float[]
    /// A run on an objective: p_0, then the parameters after every update and the objective there.
    | Points of objective: Objective * initial: float[] * points: float[][] * values: float[]

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

/// Cases in one place.
type Folder = {
    Name: string
    Path: string
    /// Whether folders inside it are read, too.
    Inside: SearchOption
}

/// The cases of the repository.
let repository = [
    {
        Name = "repository"
        Path = Tests.Repository.file [ "tests"; "Golden" ]
        Inside = SearchOption.TopDirectoryOnly
    }
    {
        Name = "second round"
        Path = Tests.Repository.file [ "tests"; "Golden"; "second-round" ]
        Inside = SearchOption.AllDirectories
    }
]

/// Those of the repository and, where OPTDSL_GOLDEN names a folder, the ones in it.
let folders () = [
    yield! repository
    match Environment.GetEnvironmentVariable "OPTDSL_GOLDEN" with
    | null
    | "" -> ()
    | path when Directory.Exists path -> {
        Name = "OPTDSL_GOLDEN"
        Path = path
        Inside = SearchOption.AllDirectories
      }
    | path -> failwith $"OPTDSL_GOLDEN = \"{path}\": there is no such folder"
]

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

// A number, a vector or a matrix, by rows.
let private rows (element: JsonElement) =
    match element.ValueKind with
    | JsonValueKind.Array when
        element.EnumerateArray()
        |> Seq.forall (fun row -> row.ValueKind = JsonValueKind.Array)
        ->
        array vector element
    | JsonValueKind.Array -> [| vector element |]
    | _ -> [| [| number element |] |]

let private objective element = {
    Function = text (need "name" element)
    Numbers =
        match field "parameters" element with
        | None -> Map.empty
        | Some numbers ->
            Map [
                for property in numbers.EnumerateObject() -> property.Name, rows property.Value
            ]
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
        match field "parameters" element, field "learningRates" element, field "points" element with
        | Some after, _, _ ->
            let name = text (need "sequence" element)

            match sequences.TryFind name with
            | Some sequence ->
                Parameters(sequence, array vector after, field "averaged" element |> Option.map (array vector))
            | None -> failwith $"{file}: there is no sequence \"{name}\""
        | None, Some rates, _ -> Rates(vector rates)
        | None, None, Some points ->
            Points(
                objective (need "objective" element),
                vector (need "initial" element),
                array vector points,
                vector (need "values" element)
            )
        | _ -> failwith $"{file}: a case has neither parameters nor learningRates nor points: {element}"

    {
        File = title file
        Index = index
        Optimizer = text (need "optimizer" element)
        Source = field "source" element |> Option.map text |> Option.defaultValue ""
        Expected = expected
    }

/// All cases of a folder, in the order of files and of places in them.
let cases (folder: Folder) =
    let found = [
        for file in Directory.GetFiles(folder.Path, "*.json", folder.Inside) |> Array.sort do
            use document = JsonDocument.Parse(File.ReadAllText file)

            for element in objects document.RootElement do
                file, element.Clone()
    ]

    let isCase = snd >> field "optimizer" >> Option.isSome
    let cases, sequences = found |> List.partition isCase

    let named =
        sequences
        |> List.map (fun (file, element) -> sequence file element, element.GetRawText())

    // Texts, because NaN is not equal to itself.
    for name, same in named |> List.groupBy (fun (s, _) -> s.Name) do
        if (same |> List.distinctBy snd).Length > 1 then
            failwith $"{folder.Path}: two sequences have the name \"{name}\""

    let named = Map [ for s, _ in named -> s.Name, s ]

    [
        for file, cases in cases |> List.groupBy fst do
            yield! cases |> List.mapi (fun index (_, element) -> case named file index element)
    ]
