namespace OptVerify

/// <summary>All laws.</summary>
[<RequireQualifiedAccess>]
module Laws =

    /// <summary>The theorems and identities about the library, in the order of the table of theory.</summary>
    let all: Law list =
        List.concat [
            Universal.laws
            GradientDescent.laws
            StronglyConvexLaws.laws
            NonconvexLaws.laws
            HeavyBall.laws
            NesterovLaws.laws
            SubgradientLaws.laws
            ProximalLaws.laws
            StochasticLaws.laws
            AdagradLaws.laws
            AdamLaws.laws
            SignLaws.laws
            ClippingLaws.laws
            AveragingLaws.laws
            Equivalences.laws
            Invariances.laws
            ScheduleLaws.laws
        ]
