/// A word of the language with all that is told of it: read off its record, or off the method that declares it.
module WordWriter.Row

open System
open System.Globalization
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq
open OptCore

/// An argument of a word or an option of its record.
type Argument = {
    /// As the record has it: `MaxNorm`.
    Property: string
    Type: Type
    /// Its documentation; ranges stand there.
    Text: string
    /// The value of a fresh record; null for an argument.
    Default: objnull
} with

    /// As functions have it: `maxNorm`.
    member this.Name = string (Char.ToLowerInvariant this.Property[0]) + this.Property[1..]

type Kind =
    | Head
    | Stage of Phase
    | Schedule
    | Combinator

/// The word of a stage's or a schedule's record.
type Row = {
    Word: string
    Record: Type
    Kind: Kind
    Arguments: Argument list
    Options: Argument list
    Summary: Comment.Piece list
    /// The sentences on sources and on what other libraries call it.
    Origins: string
    Examples: string list
    /// The record of arguments that stand for any others.
    Specimen: obj
}

/// A word that a method of `Optimizer` declares: a composite such as `adamW`, or one about whole optimizers such as `freeze`.
type Declared = {
    Word: string
    Method: MethodInfo
    Arguments: Argument list
    Summary: Comment.Piece list
    /// What is refused besides arguments out of their ranges.
    Errors: (string * string) list
    Origins: string
    Examples: string list
} with

    /// A head: it begins a pipeline.
    member this.Begins = this.Method.IsStatic

    /// Made of stages and schedules alone, so that it prints expanded.
    member this.Composite =
        this.Begins
        && this.Arguments
           |> List.forall (fun a -> a.Type = typeof<float> || a.Type = typeof<int>)

let private assembly = typeof<Optimizer>.Assembly

let private documentation = lazy Comment.load assembly

let private entry (id: string) = documentation.Value |> Map.tryFind id

/// A number, a truth value or a list as F# writes it.
let literal (value: objnull) : string =
    match value with
    | :? bool as b -> if b then "true" else "false"
    | :? float as x when Double.IsPositiveInfinity x -> "infinity"
    | :? float as x when Double.IsNegativeInfinity x -> "-infinity"
    | :? float as x ->
        let digits = x.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant()

        if digits.IndexOfAny [| '.'; 'e' |] < 0 then
            digits + ".0"
        else
            digits
    | value -> string (Convert.ToString(value, CultureInfo.InvariantCulture))

// ---- what the documentation comments say of sources, peers and use

/// The sentences of a `remarks` that name a source or an equal, in the comment's markup.
let private origins (entry: XElement option) =
    match Option.bind (Comment.element "remarks") entry with
    | None -> ""
    | Some remarks ->
        Regex.Split(Comment.text remarks, @"(?<=[.:])\s+(?=[A-Z])")
        |> String.concat "\n"
        |> fun lines -> Regex.Replace(lines, @"(Source|Differs):\n", "$1: ").Split '\n'
        |> Array.filter (fun s ->
            s.StartsWith("Source: ", StringComparison.Ordinal)
            || Regex.IsMatch(s, @"\b[Ee]quals (PyTorch|Optax|Keras|the|<c>)"))
        |> Array.map _.Replace("Source: ", "")
        |> String.concat " "

/// The pieces of code of an `example`.
let private examples (entry: XElement option) =
    match Option.bind (Comment.element "example") entry with
    | None -> []
    | Some example -> [
        for element in example.Elements() do
            if element.Name.LocalName = "c" || element.Name.LocalName = "code" then
                element.Value.Trim()
      ]

let private summary (id: string) (entry: XElement option) =
    match Option.bind (Comment.element "summary") entry with
    | None -> failwith $"{id} has no summary"
    | Some summary -> Comment.pieces summary

// ---- records

/// Examples for the parameters of a constructor, the n-th of a type being the n-th listed.
let private specimens (parameters: ParameterInfo[]) : objnull[] = [|
    for i, parameter in Array.indexed parameters do
        let t = parameter.ParameterType

        let n =
            parameters
            |> Array.truncate i
            |> Array.filter (fun other -> other.ParameterType = t)
            |> Array.length

        if parameter.Name = "Order" then
            3.0
        elif t = typeof<float> then
            [| 0.5; 0.75; 0.25 |][n]
        elif parameter.Name = "Multiplier" then
            2
        elif t = typeof<int> then
            [| 10; 100; 20 |][n]
        elif t = typeof<ISchedule> then
            [| Cosine 90 :> ISchedule; LinearRamp 90 |][n]
        elif t.IsAssignableFrom typeof<int[]> then
            [| 10; 20 |]
        elif t.IsAssignableFrom typeof<float[]> then
            [| 1.0; 0.5 |]
        else
            failwith $"{parameter.Member.DeclaringType}: no example of {parameter.Name}"
|]

let private isCopy (record: Type) (c: ConstructorInfo) =
    c.GetParameters() |> Array.exists (fun p -> p.ParameterType = record)

let private constructor (record: Type) =
    record.GetConstructors()
    |> Array.filter (isCopy record >> not)
    |> Array.maxBy _.GetParameters().Length

let private upper (name: string | null) =
    match name with
    | null -> ""
    | name -> string (Char.ToUpperInvariant name[0]) + name[1..]

/// The text of a constructor's parameter: its own, or that of the property.
let private ofParameter (record: Type) (parameter: ParameterInfo) =
    let property = $"P:{record.FullName}.{upper parameter.Name}"

    let own =
        documentation.Value
        |> Map.tryPick (fun id entry ->
            if
                id = $"T:{record.FullName}"
                || id.StartsWith($"M:{record.FullName}.#ctor(", StringComparison.Ordinal)
            then
                Comment.parameters entry |> Map.tryFind (string parameter.Name)
            else
                None)

    match own, Option.bind (Comment.element "summary") (entry property) with
    | Some text, _ -> Comment.text text
    | None, Some text -> Comment.text text
    | None, None -> failwith $"{property} has no documentation"

let private row (record: Type) (word: WordAttribute) : Row =
    let id = $"T:{record.FullName}"
    let constructor = constructor record
    let parameters = constructor.GetParameters()
    let specimen = constructor.Invoke(specimens parameters)

    let isArgument (property: PropertyInfo) =
        parameters
        |> Array.exists (fun p -> String.Equals(p.Name, property.Name, StringComparison.OrdinalIgnoreCase))

    {
        Word = word.Name
        Record = record
        Kind =
            match specimen with
            | :? IStage when word.Head -> Head
            | :? IStage as stage -> Stage stage.Phase
            | _ when word.Combinator -> Combinator
            | _ -> Schedule
        Arguments = [
            for parameter in parameters do
                {
                    Property = upper parameter.Name
                    Type = parameter.ParameterType
                    Text = ofParameter record parameter
                    Default = null
                }
        ]
        Options = [
            for property in record.GetProperties() |> Array.sortBy _.MetadataToken do
                if property.CanWrite && not (isArgument property) then
                    let text =
                        entry $"P:{record.FullName}.{property.Name}"
                        |> Option.bind (Comment.element "summary")

                    {
                        Property = property.Name
                        Type = property.PropertyType
                        Text = text |> Option.map Comment.text |> Option.defaultValue ""
                        Default = property.GetValue specimen
                    }
        ]
        Summary = summary id (entry id)
        Origins = origins (entry id)
        Examples = examples (entry id)
        Specimen = specimen
    }

/// The words of the records, sorted.
let all: Lazy<Row list> =
    lazy
        (List.sortBy _.Word [
            for record in assembly.GetExportedTypes() do
                match record.GetCustomAttribute<WordAttribute>() with
                | null -> ()
                | word -> row record word
        ])

/// The record with one option changed.
let changed (row: Row) (option: Argument) (value: obj) : obj =
    let constructor = constructor row.Record

    let get (name: string) =
        let flags =
            BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.IgnoreCase

        row.Record.GetProperty(name, flags)
        |> Unchecked.nonNull
        |> _.GetValue(row.Specimen)

    let copy =
        constructor.Invoke [| for p in constructor.GetParameters() -> get (string p.Name) |]

    row.Record.GetProperty(option.Property)
    |> Unchecked.nonNull
    |> _.SetValue(copy, value)

    copy

// ---- methods

/// The name of a method in the documentation, without its parameters.
let private documented (method: MethodInfo) =
    documentation.Value
    |> Map.tryPick (fun id entry ->
        let prefix = $"M:OptCore.Optimizer.{method.Name}("
        let names = Comment.parameters entry |> Map.keys |> set

        if
            id.StartsWith(prefix, StringComparison.Ordinal)
            && method.GetParameters() |> Array.forall (fun p -> names.Contains(string p.Name))
        then
            Some entry
        else
            None)

let private declare (method: MethodInfo) (word: WordAttribute) : Declared =
    let entry = documented method
    let texts = entry |> Option.map Comment.parameters |> Option.defaultValue Map.empty

    {
        Word = word.Name
        Method = method
        Arguments = [
            for parameter in method.GetParameters() do
                match texts |> Map.tryFind (string parameter.Name) with
                | None -> failwith $"Optimizer.{method.Name}: the parameter {parameter.Name} has no documentation"
                | Some text -> {
                    Property = upper parameter.Name
                    Type = parameter.ParameterType
                    Text = Comment.text text
                    Default = null
                  }
        ]
        Summary = summary $"Optimizer.{method.Name}" entry
        Errors = entry |> Option.map Comment.exceptions |> Option.defaultValue []
        Origins = origins entry
        Examples = examples entry
    }

/// The words that methods of `Optimizer` declare, sorted.
let declared: Lazy<Declared list> =
    lazy
        (List.sortBy _.Word [
            for method in typeof<Optimizer>.GetMethods() do
                match method.GetCustomAttribute<WordAttribute>() with
                | null -> ()
                | word -> declare method word
        ])
