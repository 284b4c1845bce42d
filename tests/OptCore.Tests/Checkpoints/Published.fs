/// The published layout of a checkpoint, read and written by hand: shares nothing with the library.
module OptCore.Tests.Checkpoints.Published

open System
open System.Collections.Generic
open System.IO
open System.Numerics
open System.Text
open System.Text.Json

type Item = {
    Name: string
    Type: string
    Shape: int64 list
    Bytes: byte[]
}

type Content = {
    Metadata: (string * string) list
    /// In the order of the bytes.
    Items: Item list
}

/// XXH64 of all bytes at once, seed 0.
let xxh64 (bytes: byte[]) =
    let p1, p2, p3 =
        11400714785074694791UL, 14029467366897019727UL, 1609587929392839161UL

    let p4, p5 = 9650029242287828579UL, 2870177450012600261UL
    let turn (x: uint64) (r: int) = BitOperations.RotateLeft(x, r)
    let word i = BitConverter.ToUInt64(bytes, i)
    let round (acc: uint64) (lane: uint64) = turn (acc + lane * p2) 31 * p1
    let length = bytes.Length
    let mutable i = 0

    let mutable h =
        if length < 32 then
            p5
        else
            let v = [| p1 + p2; p2; 0UL; 0UL - p1 |]

            while i + 32 <= length do
                for lane in 0..3 do
                    v[lane] <- round v[lane] (word (i + 8 * lane))

                i <- i + 32

            let sum = turn v[0] 1 + turn v[1] 7 + turn v[2] 12 + turn v[3] 18
            Array.fold (fun h lane -> (h ^^^ round 0UL lane) * p1 + p4) sum v

    h <- h + uint64 length

    while i + 8 <= length do
        h <- turn (h ^^^ round 0UL (word i)) 27 * p1 + p4
        i <- i + 8

    if i + 4 <= length then
        h <- turn (h ^^^ uint64 (BitConverter.ToUInt32(bytes, i)) * p1) 23 * p2 + p3
        i <- i + 4

    while i < length do
        h <- turn (h ^^^ uint64 bytes[i] * p5) 11 * p1
        i <- i + 1

    h <- (h ^^^ (h >>> 33)) * p2
    h <- (h ^^^ (h >>> 29)) * p3
    h ^^^ (h >>> 32)

let private parts (file: byte[]) =
    let length = int (BitConverter.ToInt64(file, 0))
    file[8 .. 7 + length], file[8 + length ..]

let private zeros = "0000000000000000"
let private mark = "\"optdsl.checksum\":\"xxh64:"

/// The checksum that a file with this header and this data must have.
let checksum (header: string) (data: byte[]) =
    let at = header.IndexOf(mark, StringComparison.Ordinal) + mark.Length
    let blank = header.Remove(at, 16).Insert(at, zeros)
    (xxh64 (Array.append (Encoding.UTF8.GetBytes blank) data)).ToString "x16"

let headerOf (file: byte[]) =
    Encoding.UTF8.GetString(fst (parts file))

let dataOf (file: byte[]) = snd (parts file)

let parse (file: byte[]) =
    let header, data = parts file
    use json = JsonDocument.Parse(ReadOnlyMemory header)

    let item (entry: JsonProperty) =
        let offsets = [
            for offset in entry.Value.GetProperty("data_offsets").EnumerateArray() -> offset.GetInt64()
        ]

        offsets[0],
        {
            Name = entry.Name
            Type =
                match entry.Value.GetProperty("dtype").GetString() with
                | null -> ""
                | text -> text
            Shape = [
                for axis in entry.Value.GetProperty("shape").EnumerateArray() -> axis.GetInt64()
            ]
            Bytes = data[int offsets[0] .. int offsets[1] - 1]
        }

    {
        Metadata = [
            for entry in json.RootElement.GetProperty("__metadata__").EnumerateObject() ->
                entry.Name, string entry.Value
        ]
        Items =
            [
                for entry in json.RootElement.EnumerateObject() do
                    if entry.Name <> "__metadata__" then
                        item entry
            ]
            |> List.sortBy (fun (start, item) -> start, item.Bytes.Length)
            |> List.map snd
    }

let read (path: string) = parse (File.ReadAllBytes path)

let private quoted (text: string) = JsonSerializer.Serialize text

/// A file of a header and data; with <c>signed</c> the digits of the checksum in the header are made right.
let file (signed: bool) (header: string) (data: byte[]) =
    let header =
        if signed && header.Contains mark then
            let at = header.IndexOf(mark, StringComparison.Ordinal) + mark.Length
            header.Remove(at, 16).Insert(at, checksum header data)
        else
            header

    let bytes = Encoding.UTF8.GetBytes header
    Array.concat [ BitConverter.GetBytes(int64 bytes.Length); bytes; data ]

let entryText (name: string) (kind: string) (shape: int64 list) (first: int64) (last: int64) =
    let axes = String.Join(",", shape)
    $"{quoted name}:{{\"dtype\":{quoted kind},\"shape\":[{axes}],\"data_offsets\":[{first},{last}]}}"

/// The bytes of a file, its checksum made right.
let render (content: Content) =
    let metadata =
        content.Metadata
        |> List.map (fun (key, value) -> $"{quoted key}:{quoted value}")
        |> String.concat ","

    let entries, _ =
        content.Items
        |> List.mapFold
            (fun first item ->
                let last = first + item.Bytes.LongLength
                entryText item.Name item.Type item.Shape first last, last)
            0L

    let all = String.Join(",", $"\"__metadata__\":{{{metadata}}}" :: entries)
    file true $"{{{all}}}" (Array.concat [ for item in content.Items -> item.Bytes ])

let metadata (key: string) (content: Content) =
    content.Metadata |> List.find (fst >> (=) key) |> snd

let withMetadata (key: string) (value: string) (content: Content) = {
    content with
        Metadata = content.Metadata |> List.map (fun (k, v) -> k, (if k = key then value else v))
}

let withItem (name: string) (change: Item -> Item) (content: Content) = {
    content with
        Items =
            content.Items
            |> List.map (fun item -> if item.Name = name then change item else item)
}

/// A folder of a test's own, gone afterwards.
let inFolder (test: string -> unit) =
    let folder = Directory.CreateTempSubdirectory "optdsl-checkpoints"

    try
        test folder.FullName
    finally
        folder.Delete true
