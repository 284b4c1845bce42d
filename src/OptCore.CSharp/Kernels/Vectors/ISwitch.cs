namespace OptCore.Kernels;

/// <summary>A decision that is compiled into a kernel as a type argument.</summary>
internal interface ISwitch
{
    /// <summary>The decision.</summary>
    static abstract bool On { get; }
}

/// <summary>The switch that is on.</summary>
internal readonly struct On : ISwitch
{
    static bool ISwitch.On => true;
}

/// <summary>The switch that is off.</summary>
internal readonly struct Off : ISwitch
{
    static bool ISwitch.On => false;
}
