/// Libraries with one mistake each: stages, schedules and an engine that the laws must not accept.
module OptVerify.Tests.Mutants

open OptVerify

/// All mutants.
let all: Subject list =
    EngineMutants.engine
    @ EngineMutants.schedules
    @ StageMutants.stages
    @ StageMutants.searches
    @ StageMutants.matrices
