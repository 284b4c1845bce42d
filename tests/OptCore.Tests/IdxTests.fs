/// IDX files: what is read, and one clear exception for each way in which a file can be wrong.
module OptCore.Tests.IdxTests

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open Expecto
open OptCore
open OptModels

let private word (value: int) =
    let bytes = Array.zeroCreate<byte> 4
    BinaryPrimitives.WriteInt32BigEndian(Span<byte> bytes, value)
    bytes

let private labels (values: byte list) =
    Array.concat [ word 0x801; word values.Length; Array.ofList values ]

let private images count height width =
    Array.concat [
        word 0x803
        word count
        word height
        word width
        Array.init (count * height * width) (fun i -> byte (i % 256))
    ]

let private zipped (content: byte[]) =
    use target = new MemoryStream()

    do
        use zip = new GZipStream(target, CompressionLevel.Optimal, true)
        zip.Write(content, 0, content.Length)

    target.ToArray()

/// A folder of its own for one test.
let private inFolder (test: string -> unit) =
    let folder = Directory.CreateTempSubdirectory "optdsl-idx-"

    try
        test folder.FullName
    finally
        folder.Delete true

let private inFile (content: byte[]) (test: string -> unit) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "some-file")
        File.WriteAllBytes(path, content)
        test path)

let private refused (kind: Type) (words: string list) (f: unit -> 'T) =
    Expect.throwsC (fun () -> f () |> ignore) (fun e ->
        Expect.equal (e.GetType()) kind e.Message

        for word in words do
            Expect.stringContains e.Message word "message")

let private bad words (f: unit -> 'T) =
    refused typeof<InvalidDataException> words f

let private readImages (path: string) =
    let mutable count, height, width = 0, 0, 0
    let pixels = IdxFile.ReadImages(path, &count, &height, &width)
    pixels, count, height, width

let private wrongFiles: (string * byte[] * string list) list = [
    "wrong magic", Array.concat [ word 0x802; word 1; [| 1uy |] ], [ "0x00000802"; "0x00000801 (labels)" ]
    "images for labels", images 1 2 2, [ "0x00000803"; "0x00000801 (labels)" ]
    "empty", [||], [ "0 bytes (truncated)"; "at least 8" ]
    "half a header", Array.truncate 6 (labels [ 1uy ]), [ "6 bytes (truncated)"; "at least 8" ]
    "a byte missing", Array.truncate 10 (labels [ 1uy; 2uy; 3uy ]), [ "2 bytes"; "truncated"; "expected 3" ]
    "a byte left over", Array.append (labels [ 1uy; 2uy ]) [| 3uy |], [ "3 bytes"; "trailing"; "expected 2" ]
    "a negative length", Array.append (word 0x801) (word -1), [ "length -1"; "axis 0" ]
    "a label out of range", labels [ 1uy; 12uy; 3uy ], [ "label 12 at index 1"; "0 … 9" ]
    "a truncated gzip stream", (let z = zipped (labels [ 1uy; 2uy ]) in Array.truncate (z.Length - 3) z), [ "gzip" ]
    "a damaged gzip stream", Array.append [| 0x1Fuy; 0x8Buy; 8uy; 0uy |] (Array.create 40 0xFFuy), [ "gzip" ]
]

[<Tests>]
let tests =
    testList "IDX files" [
        testCase "labels, plain and compressed" (fun () ->
            let values = [ 0uy; 9uy; 3uy ]

            for content in [ labels values; zipped (labels values) ] do
                inFile content (fun path -> Expect.equal (IdxFile.ReadLabels path) (Array.ofList values) "labels"))

        testCase "images, plain and compressed, last index fastest" (fun () ->
            for content in [ images 2 3 4; zipped (images 2 3 4) ] do
                inFile content (fun path -> Expect.equal (readImages path) (Array.init 24 byte, 2, 3, 4) "pixels"))

        testCase "no labels and no images are files, too" (fun () ->
            inFile (labels []) (fun path -> Expect.equal (IdxFile.ReadLabels path) [||] "labels")
            inFile (images 0 3 4) (fun path -> Expect.equal (readImages path) ([||], 0, 3, 4) "images"))

        testCase "more classes allow larger labels" (fun () ->
            inFile (labels [ 200uy ]) (fun path ->
                Expect.equal (IdxFile.ReadLabels(path, 256)) [| 200uy |] "label"
                bad [ "label 200"; "0 … 199" ] (fun () -> IdxFile.ReadLabels(path, 200))
                refused typeof<ArgumentOutOfRangeException> [ "classes = 0" ] (fun () -> IdxFile.ReadLabels(path, 0))))

        for name, content, words in wrongFiles do
            testCase $"{name} is refused, with the file's name" (fun () ->
                inFile content (fun path -> bad (path :: words) (fun () -> IdxFile.ReadLabels path)))

        testCase "images of the wrong size are refused" (fun () ->
            inFile (Array.truncate 20 (images 1 2 3)) (fun path ->
                bad [ "4 bytes"; "truncated"; "1 × 2 × 3" ] (fun () -> readImages path))

            inFile (Array.concat [ word 0x803; word 1; word 0; word 3 ]) (fun path ->
                bad [ "length 0 of axis 1" ] (fun () -> readImages path))

            // A product beyond 64 bits.
            inFile (Array.concat [ word 0x803; word 0x7FFFFFFF; word 0x7FFFFFFF; word 0x7FFFFFFF ]) (fun path ->
                bad [ "0 bytes"; "truncated" ] (fun () -> readImages path))

            inFile (labels [ 1uy ]) (fun path ->
                bad [ "0x00000801"; "0x00000803 (images)" ] (fun () -> readImages path)))

        testCase "no such file" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "nowhere")
                refused typeof<ArgumentException> [ path ] (fun () -> IdxFile.ReadLabels path)))

        testCase "a folder in MNIST's form: four fifths train, the rest tests" (fun () ->
            inFolder (fun folder ->
                let write (name: string) (content: byte[]) =
                    File.WriteAllBytes(Path.Combine(folder, name), content)

                write "t10k-images-idx3-ubyte.gz" (zipped (images 5 2 2))
                write "t10k-labels-idx1-ubyte" (labels [ 0uy; 1uy; 2uy; 3uy; 4uy ])
                let split = Mnist.Load folder
                Expect.equal (split.Train.Labels, split.Test.Labels) ([| 0; 1; 2; 3 |], [| 4 |]) "labels"
                Expect.equal (split.Train.Height, split.Train.Width, split.Train.Classes) (2, 2, 10) "size"
                Expect.equal split.Test.Pixels (Array.map (fun i -> float32 i / 255f) [| 16..19 |]) "pixels in [0, 1]"

                write "train-images-idx3-ubyte" (images 3 2 2)
                write "train-labels-idx1-ubyte" (labels [ 7uy; 8uy; 9uy ])
                let whole = Mnist.Load folder
                Expect.equal (whole.Train.Count, whole.Test.Count) (3, 5) "with training files"

                write "train-labels-idx1-ubyte" (labels [ 7uy; 8uy ])
                bad [ "2 labels"; "expected 3" ] (fun () -> Mnist.Load folder)))

        testCase "a folder without the files says where it has looked" (fun () ->
            inFolder (fun folder ->
                refused typeof<ArgumentException> [ folder; "t10k-images-idx3-ubyte"; "OPTDSL_DATA" ] (fun () ->
                    Mnist.Load folder)

                let mutable images: ImageSplit | null = null
                Expect.isFalse (Mnist.TryLoad(folder, &images)) "TryLoad"))

        testCase "MNIST itself, where it is there" (fun () ->
            let mutable split: ImageSplit | null = null

            if not (Mnist.TryLoad(null, &split)) then
                skiptest $"no MNIST files in {String.Join(',', Mnist.Folders)}"

            match split with
            | null -> failtest "loaded, but null"
            | split ->
                Expect.equal (split.Train.Height, split.Train.Width, split.Train.Classes) (28, 28, 10) "size"
                let all = Array.append split.Train.Labels split.Test.Labels
                Expect.isTrue (all.Length = 10_000 || all.Length = 70_000) "number"
                Expect.equal (Array.sum (split.Test.Histogram())) split.Test.Count "histogram"
                Expect.all (Seq.take 100_000 split.Train.Pixels) (fun p -> p >= 0f && p <= 1f) "pixels"

                if all.Length = 10_000 then
                    // The first digits of the test set.
                    Expect.equal (Array.truncate 10 all) [| 7; 2; 1; 0; 4; 1; 4; 9; 5; 9 |] "labels")

        testCase "generated digits: the same for the same seed, of MNIST's shape" (fun () ->
            let one = SyntheticDigits.Create(30, 10, 7L)
            let again = SyntheticDigits.Create(30, 10, 7L)
            let other = SyntheticDigits.Create(30, 10, 8L)
            Expect.equal one.Train.Pixels again.Train.Pixels "same"
            Expect.notEqual one.Train.Pixels other.Train.Pixels "other seed"
            Expect.equal (one.Train.Count, one.Test.Count, one.Train.Height, one.Train.Width) (30, 10, 28, 28) "shape"
            Expect.stringContains one.Train.Source "synthetic" "says so")
    ]
