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
    mutant
        "orthogonalize: the scale by the sides of the matrix left out"
        [ Orthogonalize() ]
        (twin (fun (_: Orthogonalize) -> MatrixDirections.orthogonalize (Orthogonalize(WidthScale = false))))
    mutant
        "orthogonalize: one step too few"
        [ Orthogonalize(Steps = 3) ]
        (twin (fun (_: Orthogonalize) -> MatrixDirections.orthogonalize (Orthogonalize(Steps = 2))))
    mutant
        "shampoo: no matrix for vectors"
        [ Shampoo(Epsilon = 1.0, Vectors = true) ]
        (twin (fun (s: Shampoo) -> MatrixDirections.shampoo (Shampoo(Epsilon = s.Epsilon))))
    mutant
        "shampoo: sums in place of averages"
        [ Shampoo(Beta2 = 0.9, Epsilon = 1.0) ]
        (twin (fun (s: Shampoo) -> MatrixDirections.shampoo (Shampoo(Epsilon = s.Epsilon))))
    mutant
        "soap: the bases stay as they began"
        [ Soap(Every = 2, MaximumSize = 3, Epsilon = 0.1) ]
        (twin (fun (s: Soap) ->
            MatrixDirections.soap (Soap(Every = 1000, MaximumSize = s.MaximumSize, Epsilon = s.Epsilon))))
    mutant
        "soap: the decay of the second moment for the matrices"
        [ Soap(Every = 2, MaximumSize = 3, ShampooBeta = 0.5, Epsilon = 0.1) ]
        (twin (fun (s: Soap) ->
            MatrixDirections.soap (Soap(Every = s.Every, MaximumSize = s.MaximumSize, Epsilon = s.Epsilon))))
    mutant
        "galore: a projection that stays"
        [ GaLore(1, 3, Epsilon = 0.1) ]
        (twin (fun (s: GaLore) -> MatrixDirections.galore (GaLore(s.Rank, 1000, Epsilon = s.Epsilon))))
    mutant
        "galore: the scale left out"
        [ GaLore(2, 3, Epsilon = 0.1, Scale = 0.5) ]
        (twin (fun (s: GaLore) -> MatrixDirections.galore (GaLore(s.Rank, s.Period, Epsilon = s.Epsilon))))
]

let joint = [
    mutant
        "lbfgsb: the Cauchy point alone"
        [ LbfgsB(2, [ -0.5 ], [ 0.75 ]) ]
        (twin (ConjugateDirections.lbfgsbOf false))
    mutant
        "lbfgsb: a bound too low"
        [ LbfgsB(2, [ -0.5 ], [ 0.75 ]) ]
        (twin (fun (l: LbfgsB) -> ConjugateDirections.lbfgsb (LbfgsB(l.Memory, [ -0.75 ], l.High))))
    mutant "lbfgs: a pair too few" [ Lbfgs 2 ] (twin (fun (_: Lbfgs) -> ConjugateDirections.lbfgs (Lbfgs 1)))
    mutant
        "lbfgs: pairs of any curvature"
        [ Lbfgs(3, Curvature = 0.1, FirstL1 = true) ]
        (twin (fun (s: Lbfgs) -> ConjugateDirections.lbfgs (Lbfgs(s.Memory, Curvature = 0.0, FirstL1 = true))))
    mutant
        "lbfgs: the other norm at first"
        [ Lbfgs(2, FirstL1 = true) ]
        (twin (fun (s: Lbfgs) -> ConjugateDirections.lbfgs (Lbfgs s.Memory)))
    mutant
        "conjugate gradient: Fletcher and Reeves"
        [ ConjugateGradient() ]
        (twin (fun (_: ConjugateGradient) ->
            ConjugateDirections.conjugate
                (fun u u0 -> Array.sumBy (fun x -> x * x) u / Array.sumBy (fun x -> x * x) u0)
                true))
    mutant
        "conjugate gradient: no restart uphill"
        [ ConjugateGradient() ]
        (twin (fun (_: ConjugateGradient) ->
            ConjugateDirections.conjugate
                (fun u u0 ->
                    (Array.sumBy (fun x -> x * x) u
                     - Array.fold2 (fun sum a b -> sum + a * b) 0.0 u u0)
                    / Array.sumBy (fun x -> x * x) u0)
                false))
]
