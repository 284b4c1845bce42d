using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>Lets schedules, which stand below the text layer, print themselves in its words.</summary>
internal static class ScheduleWriter
{
    // A schedule may print before anything else of this assembly has run, so that no later moment is early enough.
#pragma warning disable CA2255 // The assembly initializes itself: it does nothing but store one delegate.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => ScheduleText.Writer = Words.Print;
}
