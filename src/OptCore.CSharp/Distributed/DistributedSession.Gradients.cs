namespace OptCore;

/// <content>How the gradients of the ranks become their mean.</content>
public sealed partial class DistributedSession<T>
{
    private void CheckGradient(ReadOnlySpan<T> gradient)
    {
        if (Parts != Ranks.Size)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The session has {Parts} parts on {Ranks.Size} ranks; step with a function that evaluates a part."),
                nameof(gradient));
        }

        if (gradient.Length != Plan.Layout.Length)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"gradient has {gradient.Length} elements; the layout {Plan.Layout} has {Plan.Layout.Length}."),
                nameof(gradient));
        }
    }

    private void CheckPresent(ReadOnlySpan<bool> present)
    {
        if (present.Length != Plan.Layout.Tensors.Count)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"present says of {present.Length} tensors whether they have a gradient; the layout has ")
                + FormattableString.Invariant($"{Plan.Layout.Tensors.Count}: {Plan.Layout}."),
                nameof(present));
        }
    }

    // One gradient of this rank, with zeros where it has none, apart from the parameters.
    private ReadOnlySpan<T> Hand(ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss)
    {
        // A session that was left in the middle of a step says so before it talks to anybody.
        _session.CheckFree();
        CheckGradient(gradient);
        _notices.OwnLosses.Span[0] = loss;
        _notices.SetPresent(present);
        if (Ranks.Size > 1 && (present.Contains(false) || gradient.Overlaps(_parameters[0])))
        {
            // Parameters come back while later blocks of the gradient are still to be sent.
            _masked = _masked.Length == gradient.Length ? _masked : new T[gradient.Length];
            gradient.CopyTo(_masked);
            for (var i = 0; i < present.Length; i++)
            {
                var tensor = Plan.Layout.Tensors[i];
                _masked.AsSpan(tensor.Offset, present[i] ? 0 : tensor.Length).Clear();
            }

            gradient = _masked;
        }

        return gradient;
    }

    // The gradient of one rank is the mean.
    private ReadOnlySpan<T> Reduce(ReadOnlySpan<T> gradient)
    {
        if (Parts == 1 && !gradient.Overlaps(_session.AsSpan()))
        {
            return gradient;
        }

        _sum.Reduce(gradient, OwnGradient, Parts);
        Complete();
        return _gradient;
    }

    private void Evaluate(PartGradient<T> evaluate, Place place)
    {
        var losses = _notices.OwnLosses;
        if (Parts == 1)
        {
            Part(0, _gradient);
            return;
        }

        _sum.Evaluate(Part, Plan.Layout.Length);

        void Part(int part, Span<T> gradient) =>
            losses.Span[part - OwnParts.Start] = evaluate(part, place == Place.Point ? _point : AsSpan(), gradient);
    }

    // Of the parts that the ranks have evaluated: of that what this rank steps. The only part is there already.
    private T[] MeanOfParts()
    {
        if (Parts > 1)
        {
            _sum.Reduce([], OwnGradient, Parts);
            Complete();
        }

        return _gradient;
    }

    // Where each rank steps everything, it needs all of the gradient.
    private void Complete()
    {
        if (_reach == Reach.Whole)
        {
            Ranks.AllGather<T>(_gradient, _pieces);
        }
    }

    private Span<T> OwnGradient => _reach == Reach.Whole ? Collectives.Of<T>(_gradient, _pieces[Ranks.Rank]) : _gradient;

    private void EvaluateAll(PartGradient<T> evaluate)
    {
        Require.NotNull(evaluate);
        _session.CheckFree();
        _notices.SetPresent([]);
        switch (Plan.Probes)
        {
            case 0:
                Evaluate(evaluate, Place.Parameters);
                break;
            case 1:
                PointFrom([]);
                Evaluate(evaluate, Place.Point);
                break;
            default:
                Evaluate(evaluate, Place.Parameters);
                PointFrom(MeanOfParts());
                Evaluate(evaluate, Place.Point);
                break;
        }
    }

    private void PointFrom(ReadOnlySpan<T> gradient)
    {
        _point = _point.Length == Plan.Layout.Length ? _point : new T[Plan.Layout.Length];
        Current.Point(gradient, Collectives.Of<T>(_point, Own));
        if (_reach != Reach.Whole)
        {
            Ranks.AllGather<T>(_point, _cut.Pieces);
        }
    }

    private enum Place
    {
        Parameters,
        Point,
    }
}
