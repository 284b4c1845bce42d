namespace OptMpi;

/// <summary>Optimizers on the ranks of an MPI job.</summary>
/// <remarks>
/// The library of the machine is used: Open MPI, or MPICH and what is binary compatible with it (Intel MPI, MVAPICH, Cray MPICH). The
/// one of the launcher is found by itself; the environment variable <c>OPTDSL_MPI</c> names another file. Without a launcher
/// (<c>dotnet run</c>) there is one rank.
/// </remarks>
/// <example><code>
/// return Mpi.Run(ranks =>
/// {
///     using var session = plan.Start(ranks, start);
///     while (session.StepCount &lt; 1000) session.Step(Gradient(session.AsSpan()));
/// });   // mpirun -n 4 dotnet run
/// </code></example>
public static class Mpi
{
    private static readonly Lock Gate = new();
    private static MpiRanks? _ranks;

    /// <summary>Whether an MPI library is there.</summary>
    /// <param name="reason">Why not; empty if it is.</param>
    /// <returns>True if <see cref="Start"/> will find one.</returns>
    public static bool IsAvailable(out string reason) => MpiLibrary.TryLoad(out reason) is not null;

    /// <summary>
    /// Joins the job: once per process; further calls return the same. An exception that nobody catches, on any thread, ends the job
    /// with its message from then on, so that no rank waits for one that is gone.
    /// </summary>
    /// <returns>The ranks.</returns>
    /// <exception cref="DllNotFoundException">There is no MPI library; the message says what to install.</exception>
    /// <exception cref="CollectiveException">The library cannot start; its text is the message.</exception>
    public static MpiRanks Start()
    {
        lock (Gate)
        {
            if (_ranks is null)
            {
                var library = MpiLibrary.TryLoad(out var reason) ?? throw new DllNotFoundException(reason);
                library.Start();
                _ranks = new MpiRanks(library);
                AppDomain.CurrentDomain.UnhandledException += End;
            }

            return _ranks;
        }
    }

    /// <summary>Joins the job, does the work of this rank, and leaves. When it throws, the job ends with its message.</summary>
    /// <param name="work">What a rank does.</param>
    /// <returns>0, the exit code of a program that has done its work.</returns>
    public static int Run(Action<ICollectives> work)
    {
        Require.NotNull(work);
        using var ranks = Start();
        try
        {
            work(ranks);
        }
        catch (Exception error)
        {
            ranks.Abort(error.ToString());
        }

        return 0;
    }

    internal static void Forget(MpiRanks ranks)
    {
        lock (Gate)
        {
            if (_ranks == ranks)
            {
                AppDomain.CurrentDomain.UnhandledException -= End;
            }
        }
    }

    private static void End(object sender, UnhandledExceptionEventArgs error) => _ranks?.Abort($"{error.ExceptionObject}");
}
