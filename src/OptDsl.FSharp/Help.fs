namespace OptDsl

open System
open System.Reflection
open Microsoft.FSharp.Quotations
open Microsoft.FSharp.Quotations.Patterns
open OptCore

/// What a name at the prompt stands for.
module internal Helping =

    let private sourceName (m: MemberInfo) =
        match m.GetCustomAttribute<CompilationSourceNameAttribute>() with
        | null -> m.Name
        | attribute -> attribute.SourceName

    /// As a user writes it: with its module, where that is not open by itself.
    let private nameOf (m: MemberInfo) =
        match m.DeclaringType with
        | null -> sourceName m
        | owner when isNull (owner.GetCustomAttribute<AutoOpenAttribute>()) -> $"{sourceName owner}.{sourceName m}"
        | _ -> sourceName m

    let private isModule (t: Type) =
        match t.GetCustomAttribute<CompilationMappingAttribute>() with
        | null -> false
        | mapping -> mapping.SourceConstructFlags &&& SourceConstructFlags.KindMask = SourceConstructFlags.Module

    /// The public types of the core and of all assemblies that are loaded and know it.
    let private types () =
        let core = typeof<Optimizer>.Assembly.GetName().Name

        AppDomain.CurrentDomain.GetAssemblies()
        |> Seq.filter (fun assembly ->
            not assembly.IsDynamic
            && (assembly.GetName().Name = core
                || assembly.GetReferencedAssemblies()
                   |> Array.exists (fun other -> other.Name = core)))
        |> Seq.collect (fun assembly -> assembly.GetExportedTypes())

    /// A type that is no module, by its name without its parameters: options, results.
    let private typeNamed (name: string) =
        types ()
        |> Seq.tryFind (fun t -> (t.Name.Split '`')[0] = name && not (isModule t || t.IsNested))

    /// The functions and values of their modules.
    let private functions (name: string) =
        types ()
        |> Seq.filter isModule
        |> Seq.collect (fun t ->
            t.GetMembers(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly))
        |> Seq.tryFind (fun m -> nameOf m = name)

    let private word (name: string) (otherwise: unit -> string option) =
        try
            Words.Help name
        with :? ArgumentException as unknown ->
            // Without the name of the parameter, which is nothing to the reader.
            otherwise () |> Option.defaultValue (unknown.Message.Split(" (Parameter")[0])

    let private named (name: string) =
        word name (fun () ->
            functions name
            |> Option.orElseWith (fun () -> typeNamed name |> Option.map (fun t -> t :> MemberInfo))
            |> Option.map (fun m -> Words.Help(m, name)))

    let private ofMember (m: MemberInfo) =
        word (nameOf m) (fun () -> Some(Words.Help(m, nameOf m)))

    /// The function or the value that an expression is, however it is wrapped.
    let rec text (expression: Expr) : string =
        match expression with
        | Value((:? string as name), _) -> named name
        | Lambda(_, body)
        | Let(_, _, body)
        | Coerce(body, _) -> text body
        | Call(_, m, _) -> ofMember m
        | PropertyGet(_, m, _) -> ofMember m
        | NewObject(_, _) -> named expression.Type.Name
        | _ -> "help takes a word, help adam, or its name, help \"adam\"; Words.Known lists the words."

/// <summary>Help at the prompt.</summary>
[<AutoOpen; AbstractClass; Sealed>]
type Prompt =

    /// <summary>
    /// Prints what a word means, with its equation, arguments, options and an example: <c>help adam</c>, <c>help "adam"</c>,
    /// <c>help Schedule.cosine</c>, <c>help minimize</c>, <c>help "MinimizeOptions"</c>. Generic words (<c>bind</c>, <c>Run.plan</c>) want
    /// their name. <c>Words.Known</c> lists the words.
    /// </summary>
    /// <param name="word">The word itself or its name.</param>
    static member help([<ReflectedDefinition>] word: Expr<'T>) : unit = printfn "%s" (Helping.text word)
