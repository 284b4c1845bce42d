using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>What a program is for.</summary>
internal enum Purpose
{
    /// <summary>A gradient that completes an update.</summary>
    Update,

    /// <summary>A gradient that is only taken up (<c>accumulate</c>).</summary>
    Hold,

    /// <summary>The point at which the gradient is to be evaluated.</summary>
    Point,

    /// <summary>An update that is reported on: the norm of the conditioned gradient is measured on the way.</summary>
    Observe,

    /// <summary>A point along the update put aside, for a line search.</summary>
    Trial,

    /// <summary>An update that looks for the first value that is not finite, stage by stage.</summary>
    Diagnose,

    /// <summary>An update that is reported on and shows what stands behind every stage.</summary>
    Trace,
}

/// <summary>The operations of one kind of step, in order. Owns the scalars of its loops: one step at a time.</summary>
internal sealed class Program<T>(
    Reading[] readings,
    RunningPower[] powers,
    StageAction[] beforeStep,
    RateRule[] rateRules,
    Operation<T>[] operations,
    int measures,
    Measure? conditioned = null)
    where T : unmanaged
{
    private readonly double[] _rates = new double[rateRules.Length];

    // Rates that follow no schedule, and that no search scales, stay what the first step has set them to.
    private readonly bool _areConstant = AreConstant(rateRules, operations);
    private bool _areSet;

    // Operations before these are once before the blocks of a gradient, those behind them once behind the blocks. Looked for
    // when blocks come.
    private int _firstWithin = -1;
    private int _behindWithin;

    // The operation that ran last, or ~i for the i-th action before the operations.
    private int _last;

    /// <summary>The number of measured values that the step's context must hold.</summary>
    public int Measures { get; } = measures;

    /// <summary>η_t of every group of tensors in the last run.</summary>
    public ReadOnlySpan<double> Rates => _rates;

    public IReadOnlyList<Operation<T>> Operations => operations;

    /// <summary>The norm of the update after the phase Gradient, in an observing program.</summary>
    public Measure? Conditioned { get; } = conditioned;

    /// <summary>The stages of the action or operation that ran last.</summary>
    public string LastStages => _last < 0 ? beforeStep[~_last].Stage : operations[_last].Stages;

    /// <summary>Reads again what follows a schedule.</summary>
    public void Refresh()
    {
        foreach (var reading in readings)
        {
            reading.Refresh();
        }
    }

    /// <summary>Sets the rates of the step. Changes nothing where one is not finite and throws.</summary>
    public void SetRates(StepContext step)
    {
        if (!_areSet)
        {
            SetRates(step, 1, 0);
        }
    }

    /// <summary>Whether the program can run block by block of the gradient: rules on elements, and numbers around them.</summary>
    public bool IsBlockwise
    {
        get
        {
            FindWithin();
            for (var i = 0; i < operations.Length; i++)
            {
                if (operations[i].Blockwise != (i < _firstWithin || i >= _behindWithin ? Blockwise.Around : Blockwise.Within))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>What comes before the first block, with the rates set before.</summary>
    public void BeginBlocks(StepMemory<T> memory)
    {
        FindWithin();
        Advance(memory.Context);
        for (var i = 0; i < _behindWithin; i++)
        {
            _last = i;
            if (i < _firstWithin)
            {
                operations[i].Run(memory, _rates);
            }
            else
            {
                operations[i].Begin(memory, _rates);
            }
        }
    }

    /// <summary>Runs over the elements [start, end), whose gradient is there.</summary>
    public void RunBlock(StepMemory<T> memory, int start, int end)
    {
        for (var i = _firstWithin; i < _behindWithin; i++)
        {
            _last = i;
            operations[i].Run(memory, _rates, start, end);
        }
    }

    /// <summary>What comes behind the last block.</summary>
    public void EndBlocks(StepMemory<T> memory)
    {
        for (var i = _behindWithin; i < operations.Length; i++)
        {
            _last = i;
            operations[i].Run(memory, _rates);
        }
    }

    /// <summary>Runs with the rates set before and the gradient pinned.</summary>
    public void RunOperations(StepMemory<T> memory)
    {
        Advance(memory.Context);
        var (all, rates) = (operations, _rates);
        for (var i = 0; i < all.Length; i++)
        {
            _last = i;
            all[i].Run(memory, rates);
        }
    }

    // The powers of this update, and what stages do before its operations.
    private void Advance(StepContext step)
    {
        var scalars = step.ScalarValues;
        foreach (var power in powers)
        {
            power.Advance(step, scalars);
        }

        if (beforeStep.Length > 0)
        {
            Prepare(step);
        }
    }

    private void FindWithin()
    {
        if (_firstWithin >= 0)
        {
            return;
        }

        var found = Array.FindIndex(operations, operation => operation.Blockwise == Blockwise.Within);
        var first = found < 0 ? operations.Length : found;
        _behindWithin = Math.Max(first, Array.FindLastIndex(operations, operation => operation.Blockwise == Blockwise.Within) + 1);
        _firstWithin = first;
    }

    private void Prepare(StepContext step)
    {
        step.RateFactor = 1;
        step.RateFloor = 0;
        for (var i = 0; i < beforeStep.Length; i++)
        {
            _last = ~i;
            beforeStep[i].Action(step);
        }

        if (step.RateFactor != 1)
        {
            SetRates(step, step.RateFactor, step.RateFloor);
        }
    }

    private static bool AreConstant(RateRule[] rateRules, Operation<T>[] operations)
    {
        foreach (var rule in rateRules)
        {
            if (rule.Schedules.Length > 0)
            {
                return false;
            }
        }

        foreach (var operation in operations)
        {
            if (operation.ScalesRates)
            {
                return false;
            }
        }

        return true;
    }

    private void SetRates(StepContext step, double reduction, double floor)
    {
        var rates = _rates;
        for (var i = 0; i < rates.Length; i++)
        {
            rates[i] = rateRules[i].At(step.Number - 1, reduction, floor);
        }

        _areSet = _areConstant && reduction == 1;
    }
}

/// <summary>What a stage does with the scalars before the loops of a step.</summary>
internal sealed record StageAction(string Stage, Action<StepContext> Action);

/// <summary>β^k in a scalar slot: as a running product, or from the present β in an update that has another one.</summary>
/// <param name="index">The slot.</param>
/// <param name="read">β.</param>
/// <param name="live">The stage, where its hyper-parameters follow schedules.</param>
/// <param name="time">Its own time, where it does not act in every update.</param>
internal sealed class RunningPower(int index, Func<double> read, LiveStage? live, OwnTime? time = null)
{
    // Below this 1 − β^k is 1; a product that went on shrinking would end as a subnormal, which costs 15 ns a step for ever.
    private const double SmallestPower = 1e-20;

    private readonly double _beta = read();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(StepContext step, double[] scalars)
    {
        var power = live is null ? scalars[index] * _beta : Following(step);
        scalars[index] = power < SmallestPower ? 0 : power;
    }

    // Apart, so that the product is inlined.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private double Following(StepContext step) =>
        time is not null ? Math.Pow(read(), time.NumberIn(step))
        : live!.Changes ? Math.Pow(read(), step.Number)
        : step.ScalarValues[index] * read();
}
