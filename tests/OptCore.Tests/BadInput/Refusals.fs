/// Refusals: the exception of a mistake, and the words that its message must hold.
module OptCore.Tests.BadInput.Refusals

open System
open System.Globalization
open Expecto

let caught (f: unit -> 'T) =
    let mutable found = ApplicationException "nothing was thrown" :> exn

    Expect.throwsC (fun () -> f () |> ignore) (fun e -> found <- e)
    found

/// Exactly this type, with all of the words in its message.
let refused (kind: Type) (words: string list) (f: unit -> 'T) =
    let e = caught f

    if e.GetType() <> kind then
        failtestf "expected %s, was %O" kind.Name e

    for word in words do
        Expect.stringContains e.Message word "message"

let argument words (f: unit -> 'T) =
    refused typeof<ArgumentException> words f

let range words (f: unit -> 'T) =
    refused typeof<ArgumentOutOfRangeException> words f

let nothing<'T when 'T: not struct> : 'T = Unchecked.defaultof<'T>

let vector (values: float list) : float[] = Array.ofList values

let text (value: objnull) =
    match value with
    | :? IFormattable as number -> number.ToString(null, CultureInfo.InvariantCulture)
    | other -> string other
