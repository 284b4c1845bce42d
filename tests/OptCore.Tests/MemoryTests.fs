/// The memory of states: where its vectors begin, what is between them, what it holds at first.
module OptCore.Tests.MemoryTests

#nowarn "9" // Addresses of aligned memory.

open System
open FSharp.NativeInterop
open Expecto
open OptCore.Kernels

let private roundUp unit value = (value + unit - 1) / unit * unit

// Lines of 64 bytes. Beyond 9 of them the next vector begins 9 lines further within its page than this one, and no later than need be.
let private stride bytes =
    let dense = max 64 (roundUp 64 bytes)

    if dense <= 576 then
        dense
    else
        Seq.initInfinite (fun i -> dense + 64 * i)
        |> Seq.find (fun bytes -> bytes % 4096 = 576)

let private laidOut<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T: equality>
    (value: 'T)
    ()
    =
    let size = sizeof<'T>

    for length in
        [ 0..200 ]
        @ [ 511; 512; 513; 575; 576; 577; 1023; 1024; 1025; 1100; 4095; 4096; 4097; 9000 ] do
        // So that the next ones get memory that others have written to: what is asked for without zeros has what was there.
        if length > 200 then
            GC.Collect()

        // Eight vectors of 512 bytes are a page.
        for vectors in [ 1; 2; 3; 4; 8 ] do
            for zeroed in [ true; false ] do
                let what = $"{vectors} vectors of {length}, zeroed: {zeroed}"
                let buffer: AlignedBuffer<'T> = AlignedBuffer<'T>(length, vectors, zeroed)
                let address = NativePtr.toNativeInt buffer.Origin
                Expect.equal (int buffer.Stride * size) (stride (length * size)) $"stride of {what}"
                Expect.equal (int buffer.Bytes) (vectors * stride (length * size)) $"size of {what}"
                let alignment = if buffer.Bytes >= 4096n then 4096n else 64n
                Expect.equal (address % alignment) 0n $"alignment of {what}"

                for vector in 0 .. vectors - 1 do
                    let start = vector * int buffer.Stride
                    Expect.equal (buffer[vector].Length) length $"length of {what}"

                    for i in length .. int buffer.Stride - 1 do
                        Expect.equal
                            (NativePtr.get buffer.Origin (start + i))
                            Unchecked.defaultof<'T>
                            $"padding of {what}"

                    if zeroed then
                        for i in 0 .. length - 1 do
                            Expect.equal (buffer[vector][i]) Unchecked.defaultof<'T> $"element {i} of {what}"

                    buffer[vector].Fill value

                    if length > 0 then
                        Expect.equal (NativePtr.get buffer.Origin start) value $"the first of vector {vector} of {what}"

                        Expect.equal
                            (NativePtr.get buffer.Origin (start + length - 1))
                            value
                            $"the last of vector {vector} of {what}"

[<Tests>]
let tests =
    testList "memory" [
        testCase "vectors are aligned, padded with zeros and staggered, double" (laidOut<float> 1.5)
        testCase "vectors are aligned, padded with zeros and staggered, single" (laidOut<float32> 1.5f)
        testCase "it stays where it is while other memory is moved" (fun () ->
            let buffers = [|
                for i in 1..64 ->
                    // Garbage before each, which a compacting collection removes.
                    Array.zeroCreate<byte> 2000 |> ignore
                    let buffer: AlignedBuffer<float> = AlignedBuffer<float>(20, 1, true)
                    buffer[0].Fill(float i)
                    buffer
            |]

            GC.Collect(2, GCCollectionMode.Forced, true, true)
            let noise = Array.init 2000 (fun _ -> Array.create 20 (-1.0))

            for i in 1..64 do
                let kept = buffers[i - 1][0]
                Expect.equal (kept.ToArray()) (Array.create 20 (float i)) $"buffer {i}"

            GC.KeepAlive noise)
        testCase "a copy has all vectors" (fun () ->
            let from, into =
                AlignedBuffer<float>(13, 3, true), AlignedBuffer<float>(13, 3, true)

            for vector in 0..2 do
                for i in 0..12 do
                    from[vector][i] <- float (100 * vector + i)

            into.CopyFrom from

            for vector in 0..2 do
                Expect.equal
                    (into[vector].ToArray())
                    (Array.init 13 (fun i -> float (100 * vector + i)))
                    $"vector {vector}")
    ]
