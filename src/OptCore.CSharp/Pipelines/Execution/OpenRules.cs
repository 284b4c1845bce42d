using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Reflection;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Closes the open types of rules over the vectors of a plan.</summary>
internal static class OpenRules
{
    private const string Kept = "A rule is a type that its stage names; without code generation nothing is closed.";

    private static readonly Type[] Arities =
        [typeof(IRule0<,>), typeof(IRule1<,>), typeof(IRule2<,>), typeof(IRule3<,>), typeof(IRule4<,>), typeof(IRule5<,>)];

    /// <summary>Adds a rule to the parts of a stage.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2111", Justification = Kept)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Kept)]
    public static void Apply<V, T>(
        StageBuilder<V, T> builder,
        string stage,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.Interfaces)]
        Type rule,
        IReadOnlyList<string> slots,
        object[] arguments)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var arity = Array.FindIndex(Arities, one => Implements(rule, one));
        if (!rule.IsGenericTypeDefinition || rule.GetGenericArguments().Length != 2 || !rule.IsValueType || arity < 0)
        {
            throw new ArgumentException(
                $"The stage {stage} hands over {rule}; expected an open struct with two type parameters, V and T, that implements one of "
                + "IRule0<V, T> to IRule5<V, T>.", nameof(rule));
        }

        if (arity != slots.Count)
        {
            throw new ArgumentException(
                $"The rule {rule.Name} of the stage {stage} takes {arity} slots and is given {slots.Count}: "
                + $"{string.Join(", ", slots)}.", nameof(slots));
        }

        CheckSupported(Fusion.IsSupported, stage, rule);
        var closed = Close(rule, typeof(V), typeof(T));
        var apply = Method(typeof(StageBuilder<V, T>), arity).MakeGenericMethod(closed);
        Call(apply, builder, [Make(closed, stage, arguments), .. slots]);
    }

    /// <summary>Refuses where no code can be generated.</summary>
    /// <exception cref="PlatformNotSupportedException">It cannot.</exception>
    public static void CheckSupported(bool isSupported, string stage, Type rule)
    {
        if (!isSupported)
        {
            throw new PlatformNotSupportedException(
                $"The stage {stage} hands over the open type of its rule {rule.Name}, which has to be closed by generating code; here "
                + "none can be generated (NativeAOT). "
                + $"Write the stage in C# as an {nameof(IFusedStage)}, whose {nameof(IFusedStage.Build)} closes its rules when it is "
                + $"compiled, or as an {nameof(ISpanStage)}.");
        }
    }

    private static bool Implements(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.Interfaces)] Type rule, Type contract) =>
        rule.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == contract);

    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Kept)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Kept)]
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    private static Type Close([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type rule, Type v, Type t) =>
        rule.MakeGenericType(v, t);

    private static MethodInfo Method([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type builder, int arity) =>
        builder.GetMethods().Single(
            method => method.Name == nameof(StageBuilder<Simd128<float>, float>.Apply) && method.GetParameters().Length == arity + 1);

    private static object Make(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type closed, string stage, object[] arguments)
    {
        try
        {
            return Activator.CreateInstance(closed, arguments)!;
        }
        catch (MissingMethodException)
        {
            var types = string.Join(", ", arguments.Select(argument => argument.GetType().Name));
            throw new ArgumentException(
                $"The rule {closed.Name} of the stage {stage} has no public constructor that takes ({types}).", nameof(arguments));
        }
    }

    private static void Call(MethodInfo method, object target, object[] arguments)
    {
        try
        {
            method.Invoke(target, arguments);
        }
        catch (TargetInvocationException failure) when (failure.InnerException is ArgumentException cause)
        {
            throw cause;
        }
    }
}
