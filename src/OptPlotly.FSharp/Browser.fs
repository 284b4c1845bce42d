namespace OptDsl.Plotting

open System
open System.Diagnostics
open System.IO
open System.Net
open System.Text.RegularExpressions
open Plotly.NET

/// A chart as a page of its own.
[<RequireQualifiedAccess>]
module internal Page =

    /// Needs no network: plotly.js is part of it. The encoding is said first, since browsers look for it in the first kilobyte only.
    let html (chart: GenericChart) : string =
        let html =
            chart
            |> GenericChart.addDisplayOptions (Theme.display ())
            |> GenericChart.toEmbeddedHTML

        let head = html.IndexOf "<head>" + "<head>".Length
        html[.. head - 1] + "<meta charset=\"utf-8\">" + html[head..]

/// A Chromium without a window, where one is installed: it draws what plotly.js draws, and hands back pictures.
[<RequireQualifiedAccess>]
module internal Browser =

    /// The variable that names a browser.
    [<Literal>]
    let Variable = "OPTDSL_CHROMIUM"

    let private names = [
        "chromium"
        "chromium-browser"
        "google-chrome"
        "google-chrome-stable"
        "chrome"
        "msedge"
        "microsoft-edge"
    ]

    let private places = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
        "/Applications/Chromium.app/Contents/MacOS/Chromium"
        @"C:\Program Files\Google\Chrome\Application\chrome.exe"
        @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"
    ]

    let private environment (name: string) =
        match Environment.GetEnvironmentVariable name with
        | null -> ""
        | value -> value

    /// The browser that OPTDSL_CHROMIUM names, else the first that is found; None without any.
    let find () : string option =
        match environment Variable with
        | "" ->
            let onPath =
                Seq.allPairs names ((environment "PATH").Split Path.PathSeparator)
                |> Seq.map (fun (name, folder) -> Path.Combine(folder, name))
                |> Seq.collect (fun file -> [ file; file + ".exe" ])

            Seq.append onPath places |> Seq.tryFind File.Exists
        | named -> if File.Exists named then Some named else None

    let private missing (what: string) =
        let looked =
            match environment Variable with
            | "" -> $"""none of {String.Join(", ", names)} is on the PATH"""
            | named -> $"{Variable} names {named}, which does not exist"

        InvalidOperationException(
            $"{what} is drawn by a Chromium without a window, and {looked}. Install one (Debian: apt-get install chromium) or name it in "
            + $"{Variable}. Chart.save \"….html\" needs none."
        )

    /// A window that nobody sees, with a profile of its own, that asks nobody for anything.
    let quiet (profile: string) : string list = [
        "--headless"
        "--disable-gpu"
        // Surfaces need WebGL; without a graphics card it is computed.
        "--enable-unsafe-swiftshader"
        "--no-first-run"
        "--disable-background-networking"
        "--disable-component-update"
        "--disable-sync"
        "--hide-scrollbars"
        "--force-device-scale-factor=1"
        "--window-size=1400,1000"
        $"--user-data-dir={profile}"
        // Chromium's sandbox does not run as root.
        if Environment.UserName = "root" then
            "--no-sandbox"
    ]

    let private arguments (profile: string) (page: string) =
        quiet profile
        @ [
            "--run-all-compositor-stages-before-draw"
            "--virtual-time-budget=30000"
            "--dump-dom"
            Uri(page).AbsoluteUri
        ]

    let private marker = "optdsl-out"

    // Errors are noted from the first script on; the answer of the last one becomes text of the page.
    let private noting =
        "<script>window.optdslErrors=[];window.addEventListener('error',function(e){window.optdslErrors.push(String(e.message));});"
        + "window.addEventListener('unhandledrejection',function(e){window.optdslErrors.push(String(e.reason));});"
        + "['error','warn'].forEach(function(k){var f=console[k];console[k]=function(){"
        + "window.optdslErrors.push(Array.prototype.join.call(arguments,' '));f.apply(console,arguments);};});</script>"

    let private asking (answer: string) =
        "<script>window.addEventListener('load',function(){var p=document.querySelector('.js-plotly-plot');"
        + $"Promise.resolve().then(function(){{return ({answer})(p);}}).catch(function(e){{return 'error: '+e;}}).then(function(t){{"
        + $"var o=document.createElement('pre');o.id='{marker}';o.textContent=t;document.body.innerHTML='';document.body.appendChild(o);}});"
        + "});</script>"

    let private run (browser: string) (profile: string) (page: string) =
        let start =
            ProcessStartInfo(
                browser,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Text.Encoding.UTF8
            )

        arguments profile page |> List.iter start.ArgumentList.Add

        match Process.Start start with
        | null -> raise (InvalidOperationException $"{browser} did not start.")
        | chromium ->
            use chromium = chromium
            let errors = chromium.StandardError.ReadToEndAsync()
            let output = chromium.StandardOutput.ReadToEndAsync()

            if not (chromium.WaitForExit 120_000) then
                chromium.Kill true
                raise (TimeoutException $"{browser} did not draw the picture within two minutes.")

            output.Result, errors.Result

    /// Loads a chart and asks it: a function of JavaScript from the drawn element to a text, or the promise of one.
    let ask (what: string) (answer: string) (chart: GenericChart) : string =
        match find () with
        | None -> raise (missing what)
        | Some browser ->
            let html = Page.html chart
            let folder = Directory.CreateTempSubdirectory "optdsl-chart-"

            try
                let page = Path.Combine(folder.FullName, "page.html")
                let head = html.IndexOf "<head>" + "<head>".Length
                let tail = html.LastIndexOf "</body>"

                File.WriteAllText(
                    page,
                    html[.. head - 1]
                    + noting
                    + html[head .. tail - 1]
                    + asking answer
                    + html[tail..]
                )

                let output, errors = run browser (Path.Combine(folder.FullName, "profile")) page

                let found =
                    Regex.Match(output, $"<pre id=\"{marker}\">(.*?)</pre>", RegexOptions.Singleline)

                if not found.Success then
                    raise (InvalidOperationException $"{browser} did not draw {what}: {errors}")

                let text =
                    match WebUtility.HtmlDecode found.Groups[1].Value with
                    | null -> ""
                    | text -> text

                if text.StartsWith "error: " then
                    raise (InvalidOperationException $"{browser} did not draw {what}: {text}")

                text
            finally
                // A browser may still hold files of its profile for a moment.
                try
                    folder.Delete true
                with
                | :? IOException
                | :? UnauthorizedAccessException -> ()

    let private image (format: string) (scale: int) =
        $"function(p){{return Plotly.toImage(p,{{format:'{format}',width:p._fullLayout.width,height:p._fullLayout.height,scale:{scale}}});}}"

    let svg (what: string) (chart: GenericChart) : string =
        let url = ask what (image "svg" 1) chart
        Uri.UnescapeDataString(url.Substring(url.IndexOf ',' + 1))

    let png (what: string) (chart: GenericChart) : byte[] =
        let url = ask what (image "png" 2) chart
        Convert.FromBase64String(url.Substring(url.IndexOf ',' + 1))
