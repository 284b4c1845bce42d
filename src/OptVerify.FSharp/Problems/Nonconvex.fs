namespace OptVerify

open FsCheck
open FsCheck.FSharp

/// <summary>Smooth functions that are not convex.</summary>
[<RequireQualifiedAccess>]
module Nonconvex =

    /// <summary>
    /// Σ sⱼ(xⱼ² + 3 sin² xⱼ): not convex, L = 8 max s, f* = 0 at 0, PL with μ = 0.1755 min s (a numerical constant, rounded
    /// down; Karimi et al. 2016 state 1/32).
    /// </summary>
    let rec sines (scales: float[]) (start: float[]) : Problem =
        let d = scales.Length
        let L = 8.0 * Array.max scales

        let f point =
            let value = Array.map2 (fun s x -> s * (x * x + 3.0 * sin x * sin x)) scales point

            struct (Array.sum value, Array.map2 (fun s x -> s * (2.0 * x + 3.0 * sin (2.0 * x))) scales point)

        {
            Objective = Problem.objective "sines" L -L 0.0 (Some(Vec.zero d)) d f
            Smoothness = L
            // The second derivative is 2 + 6 cos 2x ≥ −4.
            Convexity = -4.0 * Array.max scales
            Growth = 0.1755 * Array.min scales
            Lipschitz = infinity
            Minimizer = Some(Vec.zero d)
            Minimum = 0.0
            Start = start
            Code = $"Nonconvex.sines {Code.array scales} {Code.array start}"
            Simpler =
                fun () -> seq {
                    if d > 1 then
                        for i in 0 .. d - 1 do
                            sines (Array.removeAt i scales) (Array.removeAt i start)

                    if scales |> Array.exists (fun s -> s <> 1.0) then
                        sines (Array.map (fun _ -> 1.0) scales) start

                    for smaller in Draw.shrinkVector start do
                        sines scales smaller
                }
        }

    /// <summary>
    /// ½ Σ λᵢxᵢ² + Σⱼ cⱼ cos(aⱼᵀx), λ ≥ 0, every wave given as (c, a): L ≤ max λ + Σ|cⱼ|‖aⱼ‖², f* ≥ −Σ|cⱼ|.
    /// </summary>
    let rec ripples (spectrum: float[]) (waves: (float * float[]) list) (start: float[]) : Problem =
        let d = spectrum.Length
        let bump = waves |> List.sumBy (fun (c, a) -> abs c * Vec.dot a a)

        let f point =
            let mutable value = Vec.dot spectrum (Vec.mul point point) / 2.0
            let mutable gradient = Vec.mul spectrum point

            for c, a in waves do
                let z = Vec.dot a point
                value <- value + c * cos z
                gradient <- Vec.sub gradient (Vec.scale (c * sin z) a)

            struct (value, gradient)

        let L, m = Array.max spectrum + bump, Array.min spectrum - bump

        let text =
            waves
            |> List.map (fun (c, a) -> $"{Code.number c}, {Code.array a}")
            |> String.concat "; "

        {
            Objective = Problem.objective "ripples" L m 0.0 None d f
            Smoothness = L
            Convexity = m
            Growth = 0.0
            Lipschitz = infinity
            Minimizer = None
            Minimum = -(waves |> List.sumBy (fst >> abs))
            Start = start
            Code = $"Nonconvex.ripples {Code.array spectrum} [ {text} ] {Code.array start}"
            Simpler =
                fun () -> seq {
                    if waves.Length > 1 then
                        for i in 0 .. waves.Length - 1 do
                            ripples spectrum (List.removeAt i waves) start

                    for smaller in Draw.shrinkVector start do
                        ripples spectrum waves smaller
                }
        }

    /// <summary>PL and not convex, up to 4 coordinates.</summary>
    let lojasiewicz: Gen<Problem> = gen {
        let! d = Gen.choose (1, 4)
        let! scales = Gen.arrayOfLength d (Draw.logUniform 0.5 2.0)
        let! direction = Draw.vector d
        let! radius = Draw.logUniform 0.1 10.0
        return sines scales (Vec.scale radius direction)
    }

    /// <summary>A bowl with up to three waves.</summary>
    let smooth: Gen<Problem> = gen {
        let! d = Gen.choose (1, 4)
        let! spectrum = Gen.arrayOfLength d (Draw.uniform 0.01 2.0)

        let! waves =
            Gen.choose (1, 3)
            |> Gen.bind (fun n -> Gen.listOfLength n (Gen.zip (Draw.uniform 0.1 2.0) (Gen.arrayOfLength d Draw.normal)))

        let! direction = Draw.vector d
        let! radius = Draw.logUniform 0.1 10.0
        return ripples spectrum waves (Vec.scale radius direction)
    }

    /// <summary>Any smooth nonconvex problem with a lower bound.</summary>
    let bounded: Gen<Problem> = Gen.oneof [ smooth; lojasiewicz ]
