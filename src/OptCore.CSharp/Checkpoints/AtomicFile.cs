using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>
/// Writes a file so that at every moment, a crash or a loss of power included, its name stands for the whole old file or the
/// whole new one: a temporary file beside it, flushed to the disk, renamed, and the folder flushed.
/// </summary>
internal static partial class AtomicFile
{
    /// <summary>The end of the name of a file that is being written.</summary>
    public const string Temporary = ".writing";

    private const int Buffer = 1 << 16;
    private static int _next;

    public static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(Require.NotNull(path));

        // The process and a number: two runs that save to one name do not write into one file.
        var temporary = FormattableString.Invariant($"{target}.{Environment.ProcessId}.{Interlocked.Increment(ref _next)}{Temporary}");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, Buffer))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            Discard(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(target)!);
    }

    /// <summary>Deletes a file, if that is possible.</summary>
    public static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            // A left-over under its own name harms nobody.
        }
    }

    // The new name itself is data of the folder. Windows writes it through its journal and lets no program flush a folder.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int ReadOnly = 0;
        var handle = Open(folder, ReadOnly);
        if (handle < 0)
        {
            // EACCES, EPERM: a folder that may be written but not listed.
            const int AccessDenied = 13, NotPermitted = 1;
            if (Marshal.GetLastPInvokeError() is var why and not (AccessDenied or NotPermitted))
            {
                throw Unflushed(folder, why);
            }

            return;
        }

        try
        {
            // EINVAL: a file system that flushes no folders; then there is nothing more to be had.
            const int InvalidArgument = 22;
            if (Flush(handle) != 0 && Marshal.GetLastPInvokeError() is var error and not InvalidArgument)
            {
                throw Unflushed(folder, error);
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Unflushed(string folder, int error) =>
        new($"The folder {folder} could not be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
