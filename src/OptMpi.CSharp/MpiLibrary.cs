using System.Runtime.InteropServices;
using System.Text;

namespace OptMpi;

/// <summary>The functions of the machine's MPI library, found by their names, and its handles.</summary>
/// <remarks>
/// Handles are symbols of Open MPI and integers of MPICH and its relatives; both fit into a register, which is how they are passed.
/// </remarks>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The environment variable that names the library, where it is not found by itself.</summary>
    public const string Variable = "OPTDSL_MPI";

    // Calls from one thread at a time, whichever it is.
    private const int Serialized = 2;

    private static readonly string[] OpenMpi = ["libmpi.so.40", "libmpi.so.80", "libmpi.40.dylib"];
    private static readonly string[] Mpich = ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib"];
    private static readonly string[] Either = ["libmpi.so", "libmpi.dylib"];

    private readonly nint _library;
    private readonly nint _world;
    private readonly nint _float;
    private readonly nint _double;
    private readonly nint _byte;
    private readonly nint _errorsReturn;
    private readonly void* _inPlace;
    private readonly delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, int> _exchange;
    private readonly delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int> _allGather;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, int> _broadcast;
    private readonly delegate* unmanaged<nint, int> _barrier;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, void*, int> _send;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, void*, int> _receive;
    private readonly delegate* unmanaged<int, void*, void*, int> _waitAll;
    private readonly delegate* unmanaged<int, void*, int*, void*, int> _testAll;
    private readonly void* _noStatuses;

    // Messages of exchanges under way meet nobody else's.
    private nint _own;

    private MpiLibrary(nint library)
    {
        _library = library;
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _world))
        {
            (_byte, _float, _double) = (Symbol("ompi_mpi_byte"), Symbol("ompi_mpi_float"), Symbol("ompi_mpi_double"));
            _errorsReturn = Symbol("ompi_mpi_errors_return");
            _inPlace = (void*)1;
            RequestBytes = sizeof(nint);
            _noStatuses = null;
        }
        else
        {
            (_world, _byte, _float, _double) = (0x44000000, 0x4c00010d, 0x4c00040a, 0x4c00080b);
            _errorsReturn = 0x54000001;
            _inPlace = (void*)-1;
            RequestBytes = sizeof(int);
            _noStatuses = (void*)1;
        }

        _exchange = (delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, int>)Symbol("MPI_Alltoallv");
        _allGather = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int>)Symbol("MPI_Allgatherv");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)Symbol("MPI_Bcast");
        _barrier = (delegate* unmanaged<nint, int>)Symbol("MPI_Barrier");
        _send = (delegate* unmanaged<void*, int, nint, int, int, nint, void*, int>)Symbol("MPI_Isend");
        _receive = (delegate* unmanaged<void*, int, nint, int, int, nint, void*, int>)Symbol("MPI_Irecv");
        _waitAll = (delegate* unmanaged<int, void*, void*, int>)Symbol("MPI_Waitall");
        _testAll = (delegate* unmanaged<int, void*, int*, void*, int>)Symbol("MPI_Testall");
    }

    /// <summary>The size of the handle of a message under way.</summary>
    public int RequestBytes { get; }

    /// <summary>The library's name and version, as it tells them.</summary>
    public string Version
    {
        get
        {
            // Room for the longest text of any of them.
            var text = stackalloc byte[16384];
            var length = 0;
            var version = (delegate* unmanaged<byte*, int*, int>)Symbol("MPI_Get_library_version");
            Check(version(text, &length), "MPI_Get_library_version");
            return Text(text, length).Split('\n')[0].Trim();
        }
    }

    /// <summary>Finds the library of the launcher that has started this process, or any; says why not.</summary>
    public static MpiLibrary? TryLoad(out string reason)
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var names = !string.IsNullOrEmpty(named) ? [named] : Names();
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                try
                {
                    reason = string.Empty;
                    return new MpiLibrary(library);
                }
                catch (EntryPointNotFoundException missing)
                {
                    reason = $"{name} is no MPI library: {missing.Message}";
                    return null;
                }
            }
        }

        reason = $"No MPI library was found ({string.Join(", ", names)}); install one (on Debian: openmpi-bin libopenmpi-dev), or name its "
            + $"file in {Variable}.";
        return null;
    }

    /// <summary>Begins, unless that is done.</summary>
    public void Start()
    {
        var isStarted = 0;
        Check(((delegate* unmanaged<int*, int>)Symbol("MPI_Initialized"))(&isStarted), "MPI_Initialized");
        if (isStarted == 0)
        {
            var provided = 0;
            var start = (delegate* unmanaged<int*, byte***, int, int*, int>)Symbol("MPI_Init_thread");
            Check(start(null, null, Serialized, &provided), "MPI_Init_thread");
        }

        // Otherwise the library ends the process by itself.
        var set = (delegate* unmanaged<nint, nint, int>)Symbol("MPI_Comm_set_errhandler");
        Check(set(_world, _errorsReturn), "MPI_Comm_set_errhandler");
        nint own = 0;
        Check(((delegate* unmanaged<nint, nint*, int>)Symbol("MPI_Comm_dup"))(_world, &own), "MPI_Comm_dup");
        _own = own;
        Check(set(_own, _errorsReturn), "MPI_Comm_set_errhandler");
    }

    /// <summary>This process' number and how many there are.</summary>
    public (int Rank, int Size) Place()
    {
        int rank, size;
        Check(((delegate* unmanaged<nint, int*, int>)Symbol("MPI_Comm_rank"))(_world, &rank), "MPI_Comm_rank");
        Check(((delegate* unmanaged<nint, int*, int>)Symbol("MPI_Comm_size"))(_world, &size), "MPI_Comm_size");
        return (rank, size);
    }

    public void Finish()
    {
        var isFinished = 0;
        Check(((delegate* unmanaged<int*, int>)Symbol("MPI_Finalized"))(&isFinished), "MPI_Finalized");
        if (isFinished == 0)
        {
            Check(((delegate* unmanaged<int>)Symbol("MPI_Finalize"))(), "MPI_Finalize");
        }
    }

    public void Abort(int code) => _ = ((delegate* unmanaged<nint, int, int>)Symbol("MPI_Abort"))(_world, code);

    public void Barrier() => Check(_barrier(_world), "MPI_Barrier");

    public void Broadcast(void* values, int count, int bytes, int root)
    {
        var (type, factor) = TypeOf(bytes);
        Check(_broadcast(values, checked(count * factor), type, root, _world), "MPI_Bcast");
    }

    public void AllGather(void* vector, Span<int> counts, Span<int> starts, int bytes)
    {
        var (type, factor) = TypeOf(bytes);
        Scale(counts, factor);
        Scale(starts, factor);
        fixed (int* lengths = counts, places = starts)
        {
            Check(_allGather(_inPlace, 0, type, vector, lengths, places, type, _world), "MPI_Allgatherv");
        }
    }

    public void Exchange(
        void* send, Span<int> sendCounts, Span<int> sendStarts, void* receive, Span<int> counts, Span<int> starts, int bytes)
    {
        var (type, factor) = TypeOf(bytes);
        Scale(sendCounts, factor);
        Scale(sendStarts, factor);
        Scale(counts, factor);
        Scale(starts, factor);
        fixed (int* sendLengths = sendCounts, sendPlaces = sendStarts, lengths = counts, places = starts)
        {
            Check(_exchange(send, sendLengths, sendPlaces, type, receive, lengths, places, type, _world), "MPI_Alltoallv");
        }
    }

    /// <summary>Begins to send to a rank; nothing writes what is sent until the request is done.</summary>
    public void Send(void* values, int count, int bytes, int to, void* request)
    {
        var (type, factor) = TypeOf(bytes);
        Check(_send(values, checked(count * factor), type, to, 0, _own, request), "MPI_Isend");
    }

    /// <summary>Begins to receive from a rank; nothing touches the memory until the request is done.</summary>
    public void Receive(void* values, int count, int bytes, int from, void* request)
    {
        var (type, factor) = TypeOf(bytes);
        Check(_receive(values, checked(count * factor), type, from, 0, _own, request), "MPI_Irecv");
    }

    public void WaitAll(void* requests, int count) => Check(_waitAll(count, requests, _noStatuses), "MPI_Waitall");

    /// <summary>Whether all requests are done; goes on with those that are not.</summary>
    public bool TestAll(void* requests, int count)
    {
        int isDone;
        Check(_testAll(count, requests, &isDone, _noStatuses), "MPI_Testall");
        return isDone != 0;
    }

    private static IEnumerable<string> Names()
    {
        // What the launchers leave in the environment; a process that was started alone takes what is there.
        var isMpich = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is null
            && Environment.GetEnvironmentVariable("PMI_SIZE") is not null
            && Environment.GetEnvironmentVariable("PMIX_RANK") is null;
        return isMpich ? [.. Mpich, .. Either, .. OpenMpi] : [.. OpenMpi, .. Either, .. Mpich];
    }

    // Bits are moved, not numbers: any type of the right size will do.
    private (nint Type, int Factor) TypeOf(int bytes) => bytes switch
    {
        4 => (_float, 1),
        8 => (_double, 1),
        _ => (_byte, bytes),
    };

    private static void Scale(Span<int> values, int factor)
    {
        for (var i = 0; factor != 1 && i < values.Length; i++)
        {
            values[i] = checked(values[i] * factor);
        }
    }

    private void Check(int code, string function)
    {
        if (code == 0)
        {
            return;
        }

        var text = stackalloc byte[4096];
        var length = 0;
        var toText = (delegate* unmanaged<int, byte*, int*, int>)Symbol("MPI_Error_string");
        throw new CollectiveException(
            toText(code, text, &length) == 0
                ? $"{function}: {Text(text, length)}"
                : FormattableString.Invariant($"{function}: error {code}"));
    }

    private static string Text(byte* text, int length) => Encoding.UTF8.GetString(text, length).TrimEnd('\0', '\n', ' ');

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);
}
