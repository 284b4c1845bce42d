/// What people get wrong about directions that look at a tensor and its shape.
module OptCore.Tests.Oracle.TensorMutants

open OptCore
open OptCore.Tests.Oracle.Mutation

let tensors = [
    mutant
        "adafactor: the root mean square is not limited"
        [ Adafactor(Clip = 0.7) ]
        (twin (fun (s: Adafactor) ->
            TensorDirections.adafactor (Adafactor(Clip = infinity, MinimumScale = s.MinimumScale))))
    mutant
        "adafactor: one accumulator per parameter"
        [ Adafactor(RelativeStep = false, ParameterScale = false) ]
        (twin (fun (_: Adafactor) ->
            TensorDirections.adafactor (Adafactor(Factored = false, RelativeStep = false, ParameterScale = false))))
    mutant
        "sm3: one accumulator per parameter"
        [ Sm3(Beta1 = 0.0, Beta2 = 1.0) ]
        (twin (fun (s: Sm3) -> Directions.adagrad (Adagrad(Epsilon = s.Epsilon, EpsilonInside = true))))
    mutant
        "sm3: the average is of gradients"
        [ Sm3(Beta2 = 0.9) ]
        (twin (fun (s: Sm3) -> TensorDirections.sm3 (Sm3(Beta1 = 0.0, Beta2 = s.Beta2, Epsilon = s.Epsilon))))
]
