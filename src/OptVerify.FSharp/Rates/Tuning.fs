namespace OptVerify

open OptCore

/// <summary>A family of pipelines with a rate and a momentum to be chosen.</summary>
[<RequireQualifiedAccess>]
type Family =
    /// <summary><c>sgd rate</c>; the momentum is not used.</summary>
    | GradientDescent
    /// <summary><c>sgd rate |> momentum beta</c>.</summary>
    | HeavyBall
    /// <summary><c>sgd rate |> nesterov beta</c>.</summary>
    | Nesterov

/// <summary>The best member of a family on quadratics with eigenvalues in [m, L].</summary>
type Tuned = {
    /// <summary>The optimizer.</summary>
    Optimizer: Optimizer
    /// <summary>Its learning rate.</summary>
    Rate: float
    /// <summary>Its momentum; 0 for gradient descent.</summary>
    Beta: float
    /// <summary>The factor by which the error shrinks per update, asymptotically.</summary>
    Factor: float
}

/// <summary>Members of families with given parameters; for the best ones see <c>Rate.tune</c>.</summary>
[<RequireQualifiedAccess>]
module Tuning =

    /// <summary>The member of a family with a rate and a momentum.</summary>
    let build (family: Family) (rate: float) (beta: float) : Optimizer =
        match family with
        | Family.GradientDescent -> Optimizer.Sgd rate
        | Family.HeavyBall -> (Optimizer.Sgd rate).With(Momentum beta)
        | Family.Nesterov -> (Optimizer.Sgd rate).With(Nesterov beta)

    /// The minimum of a function of one valley on [low, high], by golden section.
    let internal golden low high steps f =
        let ratio = (sqrt 5.0 - 1.0) / 2.0

        let rec go a b x fx y fy left =
            if left = 0 then
                (a + b) / 2.0
            elif fx <= fy then
                let next = y - ratio * (y - a)
                go a y next (f next) x fx (left - 1)
            else
                let next = x + ratio * (b - x)
                go x b y fy next (f next) (left - 1)

        let x, y = high - ratio * (high - low), low + ratio * (high - low)
        go low high x (f x) y (f y) steps
