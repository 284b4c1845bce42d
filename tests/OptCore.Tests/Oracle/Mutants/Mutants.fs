/// Twins with one mistake each: what people get wrong, on an optimizer that shows it.
module OptCore.Tests.Oracle.Mutants

/// All of them.
let all =
    List.concat [
        DirectionMutants.momentum
        AdaptiveMutants.adaptive
        DirectionMutants.signs
        NormMutants.norms
        TensorMutants.tensors
        TensorMutants.joint
        TimeMutants.decays
        TimeMutants.clocks
        TimeMutants.iterates
        DistanceMutants.distances
        DistanceMutants.owners
    ]
