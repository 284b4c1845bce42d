using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>Turns Ctrl-C and the request to end the process into the end of a run, while the run lasts.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _asked;

    public Interruption(bool signals, bool ofSchedulers = false)
    {
        if (signals && !OperatingSystem.IsBrowser())
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask));
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask));
            if (ofSchedulers && OperatingSystem.IsLinux())
            {
                // SIGUSR1 and SIGUSR2, which have no names here but may be given as numbers.
                _registrations.Add(PosixSignalRegistration.Create((PosixSignal)10, Ask));
                _registrations.Add(PosixSignalRegistration.Create((PosixSignal)12, Ask));
            }
        }
    }

    public bool IsAsked => _asked;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    // The second time the process ends.
    private void Ask(PosixSignalContext context)
    {
        context.Cancel = !_asked;
        _asked = true;
    }
}
