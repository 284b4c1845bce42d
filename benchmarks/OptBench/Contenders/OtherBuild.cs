using System.Numerics;
using System.Reflection;
using System.Runtime.Loader;

namespace OptBench.Contenders;

/// <summary>Another build of this program in the same process, with the library that it was built with.</summary>
internal sealed class OtherBuild(string folder) : AssemblyLoadContext
{
    private readonly string _folder = Path.GetFullPath(folder);
    private Assembly? _program;

    /// <summary>A contender of that build.</summary>
    /// <param name="type">This build's type of such contenders.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="length">The number of parameters.</param>
    /// <param name="arguments">What the constructor takes behind the problem; a layout as its names and shapes.</param>
    /// <typeparam name="T">The number type.</typeparam>
    public Contender Contender<T>(Type type, Rule rule, int length, params object[] arguments)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var problem = New(Same(typeof(Problem<T>)), [Enum.Parse(Same(typeof(Rule)), rule.ToString()), length]);
        var theirs = New(Same(type), [problem, .. arguments.Select(Own)]);
        return new Theirs(theirs, (IDisposable)problem);
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var file = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }

    // Parameters with defaults may have come since.
    private static object New(Type type, object[] arguments)
    {
        foreach (var constructor in type.GetConstructors())
        {
            var parameters = constructor.GetParameters();
            if (parameters.Length >= arguments.Length
                && arguments.Index().All(pair => parameters[pair.Index].ParameterType.IsInstanceOfType(pair.Item))
                && parameters.Skip(arguments.Length).All(parameter => parameter.HasDefaultValue))
            {
                return constructor.Invoke([.. arguments, .. parameters.Skip(arguments.Length).Select(parameter => parameter.DefaultValue)]);
            }
        }

        throw new InvalidOperationException($"{type} of the other build has no constructor for what this one gives it.");
    }

    // A layout of the other build's library; anything else as it is.
    private object Own(object argument)
    {
        if (argument is not (string, int[])[])
        {
            return argument;
        }

        var library = LoadFromAssemblyName(typeof(OptCore.Layout).Assembly.GetName());
        var layout = library.GetType(typeof(OptCore.Layout).FullName!, throwOnError: true)!;
        return layout.GetMethod(nameof(OptCore.Layout.Of), [typeof(IEnumerable<(string, int[])>)])!.Invoke(null, [argument])!;
    }

    // The type of that name there, closed over the same number type.
    private Type Same(Type type)
    {
        _program ??= LoadFromAssemblyPath(Path.Combine(_folder, "OptBench.dll"));
        var open = _program.GetType($"{type.Namespace}.{type.Name}", throwOnError: true)!;
        return type.IsGenericType ? open.MakeGenericType(type.GetGenericArguments()) : open;
    }

    private sealed class Theirs(object contender, IDisposable problem) : Contender
    {
        private readonly Action<int> _run = Method<Action<int>>(contender, nameof(Run));

        public override string Name => "other build";

        public override int FewestWarmUpSteps { get; } =
            (int)contender.GetType().GetProperty(nameof(FewestWarmUpSteps))!.GetValue(contender)!;

        public override void Run(int steps) => _run(steps);

        public override double[] Parameters() => Method<Func<double[]>>(contender, nameof(Parameters))();

        public override void Dispose()
        {
            ((IDisposable)contender).Dispose();
            problem.Dispose();
        }

        private static TDelegate Method<TDelegate>(object contender, string name)
            where TDelegate : Delegate =>
            contender.GetType().GetMethod(name)!.CreateDelegate<TDelegate>(contender);
    }
}
