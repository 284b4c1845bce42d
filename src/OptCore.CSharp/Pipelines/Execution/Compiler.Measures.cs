using OptCore.Kernels;

namespace OptCore.Compilation;

/// <content>What is measured of vectors, by loops on their way or by operations of its own, and where a vector is then.</content>
internal sealed partial class Compiler<V, T>
{
    public void AddParameterNorm(Measure result, ResolvedStage site) => AddNorm(SettleParameters(site), result, site.Tensors);

    /// <summary>Adds norms of the update: measured by the loops that compute it, where there are such.</summary>
    public void AddUpdateNorm(NormsOnTheWay norms, ResolvedStage site)
    {
        var touched = Touched(site);
        if (!CanMeasure(touched, norms.Update, site))
        {
            if (norms.Parameters is { } ofParameters)
            {
                AddParameterNorm(ofParameters, site);
            }

            AddNorm(SettleUpdate(site, mayStay: true), norms.Update, _model.Present(site));
            return;
        }

        foreach (var segment in touched)
        {
            segment.PutUpdateAside(norms);
        }
    }

    /// <summary>Adds a quantity of up to three vectors.</summary>
    public void AddQuantity(Quantity quantity, Operand[] operands, Func<StepContext, bool>? when, Measure result, ResolvedStage site)
    {
        FlushRules(site);
        var settled = Array.ConvertAll(operands, operand => Settle(operand, site));
        // A tensor without a gradient has no update; its parameters and slots count as they are.
        var tensors = operands.Any(operand => operand.Source == Source.Update) ? _model.Present(site) : site.Tensors;
        if (result.PerTensor)
        {
            _operations.Add(new MeasureTensorQuantity<T>(
                quantity, settled, when, RangesOf(tensors), tensors.Indices, result, _execution.Threads));
            return;
        }

        var shard = _execution.Shard;
        var groups = quantity.IsRated
            ? tensors.Indices
                .GroupBy(index => _model.RateOfTensor[index])
                .Select(group => (group.Key, Tensors: TensorSet.Of([.. group], _model.Layout.Tensors.Count)))
            : [(-1, tensors)];
        RatedRanges[] ranges =
            [.. groups.Select(group => new RatedRanges(group.Item1, shard?.Ranges(group.Tensors) ?? _model.Ranges(group.Tensors)))];
        _operations.Add(new MeasureQuantity<T>(quantity, settled, when, tensors.Indices, ranges, result, _execution.Threads, shard));
    }

    /// <summary>Makes root mean squares of norms; of a tensor, or of a scope, without elements 0.</summary>
    public Action<StepContext> ToMean(Measure norms, ResolvedStage site)
    {
        var tensors = _model.Layout.Tensors;
        var all = ElementRange.Total(_execution.Shard is { } shard ? shard.Ranges(site.Tensors) : _model.Ranges(site.Tensors));
        return step =>
        {
            var n = norms.PerTensor ? tensors[step.Tensor].Length : all;
            if (n > 0)
            {
                step.MeasuredValues[norms.Index + (norms.PerTensor ? step.Tensor : 0)] /= Math.Sqrt(n);
            }
        };
    }

    // A norm over everything in scope adds up chunks that a region of several has not.
    private bool CanMeasure(List<Segment<V, T>> touched, Measure norm, ResolvedStage site) =>
        touched.Count > 0
        && (norm.PerTensor || _execution.Shard is null)
        && touched.TrueForAll(segment => segment.CanMeasure)
        && (norm.PerTensor || (
            touched.Count == 1
            && touched[0].Region.Ranges.AsSpan().SequenceEqual(_model.Ranges(_model.Present(site)))
            && (!_memory.IsBound || touched[0].Region.Tensors.Length == 1)));

    private void AddNorm(Source source, Measure result, TensorSet tensors) =>
        _operations.Add(result.PerTensor
            ? new MeasureTensorNorms<T>(source, tensors.Indices, _model.Layout.Tensors, result, PlacesOf(source), _execution.Threads)
            : _execution.Shard is { } shard ? new ShardedNorm<T>(source, shard, shard.Ranges(tensors), result)
            : new MeasureNorm<T>(source, tensors.Indices, _model.Ranges(tensors), result, PlacesOf(source), _execution.Threads));

    private TensorPlace<T>[]? PlacesOf(Source source) => source == Source.Update ? null : _memory.Places;

    private Source SettleUpdate(ResolvedStage site, bool mayStay)
    {
        var touched = Touched(site);
        if (mayStay && touched.TrueForAll(segment => segment.UpdateIsGradient))
        {
            return Source.Gradient;
        }

        foreach (var segment in touched)
        {
            segment.PutUpdateAside();
        }

        return Source.Update;
    }

    private Source SettleParameters(ResolvedStage site)
    {
        var touched = Touched(site);
        if (touched.TrueForAll(segment => !segment.ParametersChange))
        {
            return Source.OldParameters;
        }

        foreach (var segment in touched)
        {
            segment.Flush();
        }

        return Source.NewParameters;
    }

    private Operand Settle(Operand operand, ResolvedStage site) => operand.Source switch
    {
        null => operand,
        Source.Update => operand with { Source = SettleUpdate(site, mayStay: true) },
        _ => operand with { Source = SettleParameters(site) },
    };

    private ElementRange[] RangesOf(TensorSet tensors) => Array.ConvertAll(
        tensors.Indices,
        index => new ElementRange(_model.Layout.Tensors[index].Offset, _model.Layout.Tensors[index].End));
}
