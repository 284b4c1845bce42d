/// What the operating system sees of a file that is written: it is on the disk before it has its name, and the name is, too.
module OptCore.Tests.Checkpoints.DurabilityTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Text
open System.Threading
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Checkpoints.States

[<DllImport("libc", SetLastError = true)>]
extern int private inotify_init1(int flags)

[<DllImport("libc", SetLastError = true)>]
extern int private inotify_add_watch(int file, string path, uint32 mask)

[<DllImport("libc", EntryPoint = "read", SetLastError = true)>]
extern nativeint private readEvents(int file, byte[] buffer, nativeint count)

[<DllImport("libc", SetLastError = true)>]
extern int private close(int file)

[<DllImport("libc", EntryPoint = "syscall", SetLastError = true)>]
extern int64 private cachestat(int64 number, int file, uint64[] range, uint64[] found, int64 flags)

[<DllImport("libc", SetLastError = true)>]
extern int private setfsuid(int user)

[<DllImport("libc", SetLastError = true)>]
extern int private chown(string path, int user, int group)

[<DllImport("libc", SetLastError = true)>]
extern int private geteuid()

/// Which events of a folder are watched, by their names.
let private events = [
    0x2u, "written"
    0x8u, "closed behind writing"
    0x10u, "closed"
    0x20u, "opened"
    0x40u, "loses its name"
    0x80u, "has its name"
    0x100u, "made"
    0x200u, "deleted"
]

let private isFolder = 0x40000000u

/// What happens in a folder: the event, the name within the folder, or none for the folder itself.
let private watched (folder: string) (action: unit -> unit) =
    let watch = inotify_init1 0x800
    Expect.isGreaterThanOrEqual watch 0 "a watch"

    try
        Expect.isGreaterThan (inotify_add_watch (watch, folder, List.sumBy fst events)) 0 "the folder is watched"
        action ()
        let buffer = Array.zeroCreate<byte> 65_536
        let length = int (readEvents (watch, buffer, nativeint buffer.Length))

        let rec found at =
            if at >= length then
                []
            else
                let mask = BitConverter.ToUInt32(buffer, at + 4)
                let count = BitConverter.ToInt32(buffer, at + 12)
                let name = Encoding.UTF8.GetString(buffer, at + 16, count).TrimEnd '\000'
                let kind = events |> List.find (fun (bit, _) -> mask &&& bit <> 0u) |> snd

                (kind, (if mask &&& isFolder <> 0u then "the folder" else name))
                :: found (at + 16 + count)

        found 0
    finally
        close watch |> ignore

/// Pages of a file that are not on the disk; none where nobody can tell.
let private notOnDisk (path: string) =
    use file =
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite ||| FileShare.Delete)
    // In the cache, dirty, being written, and two that were evicted.
    let found = Array.zeroCreate<uint64> 5
    let descriptor = int (file.SafeFileHandle.DangerousGetHandle())

    if cachestat (451L, descriptor, [| 0UL; 0UL |], found, 0L) = 0L then
        Some(found[1] + found[2])
    else
        None

let private state = startDouble ((Optimizer.Sgd 0.1).Momentum 0.9)

[<Tests>]
let tests =
    testList "checkpoint/on the disk" [
        testCase "a file has its name when it is whole, and then the folder is flushed" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "the events of a folder are Linux'"

            inFolder (fun folder ->
                let path = Path.Combine(folder, "a")

                for round in 1..2 do
                    let happened = watched folder (fun () -> Checkpoint.Save(state, path))

                    let temporary =
                        happened
                        |> List.pick (fun (kind, name) -> if kind = "made" then Some name else None)

                    Expect.stringStarts temporary $"a.{Environment.ProcessId}." "of this process"
                    Expect.stringEnds temporary ".writing" "and being written"

                    // As often as there is something to write.
                    let once =
                        (happened, [])
                        ||> List.foldBack (fun one rest ->
                            match rest with
                            | next :: _ when next = one -> rest
                            | _ -> one :: rest)

                    Expect.equal
                        once
                        [
                            "made", temporary
                            "opened", temporary
                            "written", temporary
                            "closed behind writing", temporary
                            "loses its name", temporary
                            "has its name", "a"
                            "opened", "the folder"
                            "closed", "the folder"
                        ]
                        $"in this order, the time {round}"

                Expect.equal (Checkpoint.Load(state.Plan, path)) state "what it is"))

        testCase "what has been written is on the disk" (fun () ->
            inFolder (fun folder ->
                let plain, path = Path.Combine(folder, "plain"), Path.Combine(folder, "a")
                let bytes = Array.init 1_000_000 (fun i -> byte i)

                using (new FileStream(plain, FileMode.CreateNew)) (fun stream -> stream.Write(ReadOnlySpan bytes))


                // Where this cannot be told from that, there is nothing to see.
                match (if OperatingSystem.IsLinux() then notOnDisk plain else None) with
                | Some waiting when waiting > 0UL ->
                    AtomicFile.Write(path, (fun stream -> stream.Write(ReadOnlySpan bytes)))
                    Expect.equal (notOnDisk path) (Some 0UL) "pages that wait"
                    Expect.equal (File.ReadAllBytes path) bytes "the bytes"
                | _ -> skiptest "nobody tells here which pages wait to be written"))

        testCase "a folder that may be written but not listed is not flushed, and that is all" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "whom the file system sees is a matter of a thread on Linux"

            inFolder (fun folder ->
                let within = Path.Combine(folder, "write-only")
                Directory.CreateDirectory within |> ignore
                let path = Path.Combine(within, "a")
                let nobody = 65534
                let isRoot = geteuid () = 0

                File.SetUnixFileMode(
                    folder,
                    UnixFileMode.UserExecute
                    ||| UnixFileMode.GroupExecute
                    ||| UnixFileMode.OtherExecute
                )

                if isRoot then
                    Expect.equal (chown (within, nobody, nobody)) 0 "given away"

                File.SetUnixFileMode(within, UnixFileMode.UserWrite ||| UnixFileMode.UserExecute)
                let wrong: exn option ref = ref None
                let listed = ref false

                // Who may do everything is somebody else for as long as this thread lives.
                let thread =
                    Thread(fun () ->
                        if isRoot then
                            setfsuid nobody |> ignore

                        try
                            listed.Value <- (Directory.GetFiles within).Length >= 0
                        with :? UnauthorizedAccessException ->
                            ()

                        try
                            AtomicFile.Write(path, (fun stream -> stream.WriteByte 7uy))
                            AtomicFile.Write(path, (fun stream -> stream.WriteByte 8uy))
                        with error ->
                            wrong.Value <- Some error)

                thread.Start()
                thread.Join()

                File.SetUnixFileMode(
                    folder,
                    UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute
                )

                File.SetUnixFileMode(
                    within,
                    UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute
                )

                if listed.Value then
                    skiptest "the file system lists it all the same"

                Expect.isNone wrong.Value "it is written"
                Expect.equal (File.ReadAllBytes path) [| 8uy |] "the second one"
                Expect.hasLength (Directory.GetFiles within) 1 "and nothing else"))

        testCase "no descriptor is left open, whether it is written or not" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "/proc is Linux'"

            inFolder (fun folder ->
                let path = Path.Combine(folder, "a")

                let openWithin () =
                    Directory.GetFiles "/proc/self/fd"
                    |> Seq.choose (fun link ->
                        match File.ResolveLinkTarget(link, false) with
                        | null -> None
                        | target -> Some target.FullName)
                    |> Seq.filter _.StartsWith(folder)
                    |> List.ofSeq

                for _ in 1..3 do
                    Checkpoint.Save(state, path)

                    caught (fun () ->
                        AtomicFile.Write(
                            path,
                            (fun stream ->
                                stream.WriteByte 1uy
                                raise (IOException "the disk is full"))
                        ))
                    |> ignore

                Expect.isEmpty (openWithin ()) "none"
                Expect.hasLength (Directory.GetFiles folder) 1 "and one file"))

        testCase "two that are written at a time to one name do not meet" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a")

                AtomicFile.Write(
                    path,
                    (fun stream ->
                        stream.WriteByte 1uy
                        // While that one is being written.
                        AtomicFile.Write(path, (fun other -> other.WriteByte 2uy))
                        Expect.equal (File.ReadAllBytes path) [| 2uy |] "whole already"
                        stream.WriteByte 3uy)
                )

                Expect.equal (File.ReadAllBytes path) [| 1uy; 3uy |] "the one that is complete last"
                Expect.hasLength (Directory.GetFiles folder) 1 "and nothing else"))

        testCase "a state that was given up is refused before the folder is looked at" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "nowhere", "a")

                let start =
                    (Optimizer.Sgd 0.1).Plan<float>(Layout.Plain 2).Init(ReadOnlySpan [| 1.0; 2.0 |])

                let gone = start.GiveUp()
                Expect.equal (gone.Buffer[0].ToArray()) [| 1.0; 2.0 |] "its memory"
                refused typeof<ObjectDisposedException> [ "given up" ] (fun () -> Checkpoint.Save(start, path))

                refused typeof<DirectoryNotFoundException> [ "nowhere" ] (fun () -> Checkpoint.Save(state, path))))
    ]
