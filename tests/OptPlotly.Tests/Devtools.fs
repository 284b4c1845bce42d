/// A site on this machine alone, and a Chromium that opens its pages: what a browser says of each.
namespace OptPlotly.Tests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Sockets
open System.Net.WebSockets
open System.Text
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open OptDsl.Plotting

/// Serves a folder to this machine.
type internal Server(folder: string) =

    let freePort () =
        use listener = new TcpListener(IPAddress.Loopback, 0)
        listener.Start()
        (listener.LocalEndpoint :?> IPEndPoint).Port

    let address = $"http://127.0.0.1:{freePort ()}/"
    let listener = new HttpListener()

    let contentType (path: string) =
        match Path.GetExtension path with
        | ".html" -> "text/html; charset=utf-8"
        | ".css" -> "text/css; charset=utf-8"
        | ".js" -> "text/javascript; charset=utf-8"
        | ".json" -> "application/json; charset=utf-8"
        | ".png" -> "image/png"
        | ".svg" -> "image/svg+xml"
        | _ -> "text/plain; charset=utf-8"

    let answer (context: HttpListenerContext) = task {
        use response = context.Response

        let path =
            match context.Request.Url with
            | null -> folder
            | url -> Path.Combine(folder, Uri.UnescapeDataString(url.AbsolutePath).TrimStart '/')

        let file = if path.EndsWith '/' then path + "index.html" else path

        if File.Exists file then
            response.ContentType <- contentType file
            let! bytes = File.ReadAllBytesAsync file
            response.ContentLength64 <- bytes.LongLength
            do! response.OutputStream.WriteAsync(ReadOnlyMemory bytes)
        else
            response.StatusCode <- 404
    }

    // A browser that goes on to the next page lets go of what it had asked for.
    let reply (context: HttpListenerContext) = task {
        try
            do! answer context
        with
        | :? HttpListenerException
        | :? IOException
        | :? ObjectDisposedException -> ()
    }

    let serve () = task {
        while listener.IsListening do
            let! context = listener.GetContextAsync()
            reply context |> ignore
    }

    do
        listener.Prefixes.Add address
        listener.Start()
        serve () |> ignore

    /// With a slash at its end.
    member _.Address = address

    interface IDisposable with
        member _.Dispose() = listener.Abort()

/// One tab: it loads a page, answers a question, and tells what went wrong on it.
type internal Tab(send: string -> string -> (string * objnull) list -> Task<JsonElement>, session: string) =
    let complaints = ConcurrentQueue<string>()
    let loads = ConcurrentDictionary<string, TaskCompletionSource>()

    let load (id: string) =
        loads.GetOrAdd(id, fun _ -> TaskCompletionSource TaskCreationOptions.RunContinuationsAsynchronously)

    let text (element: JsonElement) (path: string list) =
        let rec go (element: JsonElement) path =
            match path with
            | [] -> string element
            | (name: string) :: rest ->
                match element.ValueKind with
                | JsonValueKind.Object ->
                    match element.TryGetProperty name with
                    | true, value -> go value rest
                    | _ -> ""
                | _ -> ""

        go element path

    /// What DevTools tells of this tab, without being asked.
    member _.Hears(method: string, parameters: JsonElement) =
        match method with
        | "Page.lifecycleEvent" when text parameters [ "name" ] = "load" ->
            (load (text parameters [ "loaderId" ])).TrySetResult() |> ignore
        | "Runtime.exceptionThrown" ->
            complaints.Enqueue(text parameters [ "exceptionDetails"; "exception"; "description" ])
        | "Runtime.consoleAPICalled" when List.contains (text parameters [ "type" ]) [ "error"; "warning"; "assert" ] ->
            complaints.Enqueue(
                String.concat " " [
                    for argument in parameters.GetProperty("args").EnumerateArray() -> text argument [ "value" ]
                ]
            )
        | "Log.entryAdded" when text parameters [ "entry"; "level" ] = "error" ->
            complaints.Enqueue(text parameters [ "entry"; "text" ] + " " + text parameters [ "entry"; "url" ])
        | _ -> ()

    /// Loads a page; the text that an expression of JavaScript, or its promise, gives there, and the complaints until then.
    member _.Ask (page: string) (expression: string) = task {
        complaints.Clear()
        let! answer = send session "Page.navigate" [ "url", box page ]

        match text answer [ "errorText" ] with
        | "" -> ()
        | error -> failwith $"{page}: {error}"

        do! (load (text answer [ "loaderId" ])).Task.WaitAsync(TimeSpan.FromMinutes 1.0)

        let! answer =
            send session "Runtime.evaluate" [
                "expression", box expression
                "awaitPromise", box true
                "returnByValue", box true
            ]

        match text answer [ "exceptionDetails"; "exception"; "description" ] with
        | "" -> return text answer [ "result"; "value" ], List.ofSeq complaints
        | error -> return failwith $"{page}: {error}"
    }

/// A Chromium without a window that is driven through DevTools' own protocol.
type internal Devtools(browser: string) =
    let profile = Directory.CreateTempSubdirectory "optdsl-devtools-"
    let socket = new ClientWebSocket()
    let asked = ConcurrentDictionary<int, TaskCompletionSource<JsonElement>>()
    let tabs = ConcurrentDictionary<string, Tab>()
    let writing = new SemaphoreSlim 1
    let mutable last = 0

    let start () =
        let start =
            ProcessStartInfo(browser, RedirectStandardError = true, RedirectStandardOutput = true)

        for argument in Browser.quiet profile.FullName @ [ "--remote-debugging-port=0"; "about:blank" ] do
            start.ArgumentList.Add argument

        match Process.Start start with
        | null -> invalidOp $"{browser} did not start."
        | chromium -> chromium

    let chromium = start ()

    // Chromium says on its error output where it listens.
    let listening =
        let said = TaskCompletionSource<string>()
        let prefix = "DevTools listening on "

        chromium.ErrorDataReceived.Add(fun line ->
            match line.Data with
            | null ->
                said.TrySetException(InvalidOperationException $"{browser} has no DevTools.")
                |> ignore
            | data when data.StartsWith prefix -> said.TrySetResult(data.Substring prefix.Length) |> ignore
            | _ -> ())

        chromium.BeginErrorReadLine()
        chromium.BeginOutputReadLine()
        said.Task

    let hear (message: string) =
        use document = JsonDocument.Parse message
        let root = document.RootElement.Clone()

        match root.TryGetProperty "id" with
        | true, id ->
            match asked.TryRemove(id.GetInt32()), root.TryGetProperty "result" with
            | (true, waiting), (true, result) -> waiting.TrySetResult result |> ignore
            | (true, waiting), _ -> waiting.TrySetException(InvalidOperationException message) |> ignore
            | _ -> ()
        | _ ->
            match root.TryGetProperty "sessionId" with
            | true, session ->
                match tabs.TryGetValue(string session) with
                | true, tab -> tab.Hears(string (root.GetProperty "method"), root.GetProperty "params")
                | _ -> ()
            | _ -> ()

    let nextId () = Interlocked.Increment &last

    let listen () =
        task {
            let buffer = Array.zeroCreate<byte> 65536
            use message = new MemoryStream()

            while socket.State = WebSocketState.Open do
                let! received = socket.ReceiveAsync(ArraySegment buffer, CancellationToken.None)
                message.Write(buffer, 0, received.Count)

                if received.EndOfMessage then
                    hear (Encoding.UTF8.GetString(message.ToArray()))
                    message.SetLength 0L
        }
        |> ignore

    let send (session: string) (method: string) (parameters: (string * objnull) list) = task {
        let id = nextId ()

        let waiting =
            TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously)

        asked[id] <- waiting

        let message =
            dict [
                "id", box id
                "method", box method
                "params", box (dict parameters)

                if session <> "" then
                    "sessionId", box session
            ]

        do! writing.WaitAsync()

        try
            do!
                socket.SendAsync(
                    ArraySegment(Encoding.UTF8.GetBytes(JsonSerializer.Serialize<IDictionary<string, objnull>> message)),
                    WebSocketMessageType.Text,
                    true,
                    CancellationToken.None
                )
        finally
            writing.Release() |> ignore

        return! waiting.Task.WaitAsync(TimeSpan.FromMinutes 1.0)
    }

    member _.Tab() = task {
        if socket.State = WebSocketState.None then
            let! address = listening.WaitAsync(TimeSpan.FromMinutes 1.0)
            do! socket.ConnectAsync(Uri address, CancellationToken.None)
            listen ()

        let! target = send "" "Target.createTarget" [ "url", box "about:blank" ]

        let id = string (target.GetProperty "targetId")

        let! attached =
            send "" "Target.attachToTarget" [ "targetId", box id; "flatten", box true ]

        let session = string (attached.GetProperty "sessionId")
        let tab = Tab(send, session)
        tabs[session] <- tab

        for domain in [ "Page"; "Runtime"; "Log"; "Network" ] do
            let! _ = send session $"{domain}.enable" []
            ()

        let! _ = send session "Page.setLifecycleEventsEnabled" [ "enabled", box true ]

        return tab
    }

    interface IDisposable with
        member _.Dispose() =
            socket.Dispose()
            chromium.Kill true
            chromium.WaitForExit()
            chromium.Dispose()

            // A browser may still hold files of its profile for a moment.
            try
                profile.Delete true
            with
            | :? IOException
            | :? UnauthorizedAccessException -> ()
