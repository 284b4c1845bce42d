namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Clipping by norm and by value, and what it is for.</summary>
[<RequireQualifiedAccess>]
module ClippingLaws =

    // What a stage makes of a gradient: the update of a step of rate 1 from 0.
    let private through (machine: Machine) words (g: float[]) =
        (Trajectory.feedOn machine (sgd 1.0 |> words) (Vec.zero g.Length) [| g |]).Last
        |> Vec.scale -1.0

    let private vectors =
        Gen.choose (1, 5)
        |> Gen.bind (fun d ->
            Gen.map2
                Vec.scale
                (Gen.frequency [ 4, Draw.logUniform 1e-3 1e3; 1, Gen.elements [ 1e-300; 0.0; 1e150 ] ])
                (Gen.arrayOfLength d Draw.normal))

    let private pairs
        id
        name
        statement
        assumptions
        (words: float -> Optimizer -> Optimizer)
        (judge: Machine -> float -> float[] -> float[] -> Finding list)
        =
        let tell (c: float, g: float[], other: float[]) =
            $"Trajectory.feed ({sgd 1.0 |> words c}) {Code.array (Vec.zero g.Length)} {Code.arrays [| g |]} beside {Code.array other}",
            fun machine -> judge machine c g other

        law
            id
            name
            statement
            assumptions
            (Attained "vectors outside")
            (source "Pascanu, Mikolov and Bengio" 2013 "Algorithm 1; projections")
            (gen {
                let! c = Draw.logUniform 0.01 100.0
                let! g = vectors
                let! other = Gen.arrayOfLength g.Length Draw.normal

                let shrink (c, g, other) =
                    Seq.append
                        (Draw.shrinkVector g |> Seq.map (fun g -> c, g, other))
                        (Draw.shrinkVector other |> Seq.map (fun other -> c, g, other))

                return Trial.over shrink tell (c, g, other)
            })

    let private nonexpansive (a: float[]) b clippedA clippedB =
        let far = Vec.distance a b

        Finding.atMost
            "‖clip g − clip h‖"
            -1
            far
            (8.0 * Vec.eps * (Vec.norm a + Vec.norm b))
            (Vec.distance clippedA clippedB)

    /// CLIP-1.
    let byNorm =
        pairs
            "CLIP-1"
            "clip by norm is the projection on a ball"
            "clip(g) = g min(1, c/‖g‖): ‖clip(g)‖ ≤ c, same direction, identity inside, idempotent, nonexpansive"
            "any vector, also of norm 1e-300, 0, 1e150"
            clip
            (fun machine c g other ->
                let out = through machine (clip c) g
                let norm = Vec.norm g

                [
                    Finding.atMost "‖clip g‖" -1 c (4.0 * Vec.eps * c) (Vec.norm out)
                    if norm <= c * (1.0 - 1e-12) then
                        Finding.sameBits
                            "clip g inside"
                            -1
                            (Array.map (fun x -> x + 0.0) g)
                            (Array.map (fun x -> x + 0.0) out)
                    else
                        Finding.close "clip g outside" -1 c (16.0 * Vec.eps) (Array.map (fun x -> x / norm * c) g) out
                    Finding.close "clip(clip g)" -1 c (4.0 * Vec.eps) out (through machine (clip c) out)
                    nonexpansive g other out (through machine (clip c) other)
                ])

    /// CLIP-2.
    let byValue =
        let twoTensors =
            let layout = Layout.Empty.Add("a", 2).Add("b", 2)

            let tell (c: float, g: float[]) =
                $"(sgd 1.0 |> clip {Code.number c}).Plan<float>(Layout.Empty.Add(\"a\", 2).Add(\"b\", 2)) with gradient {Code.array g}",
                fun (machine: Machine) ->
                    let state = machine.Plan(sgd 1.0 |> clip c, layout).Init(Vec.zero 4)
                    let out = (machine.Step state g nan).ToArray() |> Vec.scale -1.0
                    let norm = Vec.norm g
                    let expected = if norm <= c then g else Vec.scale (c / norm) g
                    [ Finding.close "global norm" -1 (c + norm) (8.0 * Vec.eps) expected out ]

            Gen.map2
                (fun c g -> Trial.over (fun (c, g) -> Draw.shrinkVector g |> Seq.map (fun g -> c, g)) tell (c, g))
                (Draw.logUniform 0.1 2.0)
                (Gen.arrayOfLength 4 Draw.normal)

        let elementwise =
            pairs
                "CLIP-2"
                "clip by value is the projection on a box; clip by norm takes one norm over all tensors"
                "clipValue(g)_i = max(−c, min(c, g_i)): idempotent, nonexpansive; two tensors share one norm"
                "any vector"
                clipValue
                (fun machine c g other ->
                    let out = through machine (clipValue c) g

                    [
                        Finding.sameBits
                            "clipValue g"
                            -1
                            (g |> Array.map (fun x -> max -c (min c x) + 0.0))
                            (Array.map (fun x -> x + 0.0) out)
                        Finding.sameBits
                            "clipValue(clipValue g)"
                            -1
                            (Array.map (fun x -> x + 0.0) out)
                            (through machine (clipValue c) out |> Array.map (fun x -> x + 0.0))
                        nonexpansive g other out (through machine (clipValue c) other)
                    ])

        {
            elementwise with
                Trials = Gen.oneof [ elementwise.Trials; twoTensors ]
        }

    let private steep id name statement assumptions tightness source problems judge =
        let tell (steep: SteepProblem, share: float) =
            let code, run = judge steep share
            code, run

        law
            id
            name
            statement
            assumptions
            tightness
            source
            (Gen.map2
                (fun steep share -> Trial.over (fun _ -> Seq.empty) tell (steep, share))
                problems
                (Draw.uniform -1.0 1.0))

    /// CLIP-3.
    let growth =
        steep
            "CLIP-3"
            "(L₀, L₁)-smooth functions: growth"
            "f(x+d) ≤ f + ⟨g,d⟩ + (L₀+L₁‖g‖)/L₁² (e^t − t − 1), t = L₁‖d‖"
            "‖∇²f‖ ≤ L₀ + L₁‖∇f‖; d the update of any clipped step"
            Valid
            (source "Vankov et al." 2024 "2410.10800, by Gronwall")
            Steep.problems
            (fun steep share ->
                let optimizer = sgd 1.0 |> clip (abs share + 0.01)
                let problem = steep.Problem

                $"Trajectory.run ({optimizer}) ({problem}) 5",
                fun machine ->
                    let run = Trajectory.runOn machine optimizer problem 5
                    let L0, L1 = steep.Floor, steep.Relative

                    Cases.everyUpdate run (fun k ->
                        let u = run.Update k
                        let t = L1 * Vec.norm u

                        let curve =
                            if t < 1e-4 then
                                t * t / 2.0 * (1.0 + t / 3.0)
                            else
                                Math.Exp t - t - 1.0

                        let linear = run.Values[k] - Vec.dot run.Gradients[k] u
                        let bound = linear + (L0 + L1 * run.NormAt k) / (L1 * L1) * curve
                        let size = abs run.Values[k] + run.NormAt k * (Vec.norm run.Points[k] + Vec.norm u)
                        Finding.atMost "f⁺" k bound (1e-12 * (size + abs bound)) run.Values[k + 1]))

    /// CLIP-4.
    let descent =
        steep
            "CLIP-4"
            "clipped gradient descent on (L₀, L₁)-smooth functions"
            "f_{k+1} ≤ f_k − (η_k/2)‖g_k‖², η_k = min(lr, lr c/‖g_k‖), lr = 1/(4L₀), c = 4L₀/(2(e−1)L₁)"
            "‖∇²f‖ ≤ L₀ + L₁‖∇f‖, L₀ > 0. Unclipped, the same rate diverges on cosh and x⁴ from 8"
            Valid
            (source "Zhang et al." 2020 "constants A = 2, B = e−1")
            Steep.floored
            (fun steep _ ->
                let rate = 1.0 / (4.0 * steep.Floor)
                let threshold = 4.0 * steep.Floor / (2.0 * (Math.E - 1.0) * steep.Relative)
                let optimizer = sgd rate |> clip threshold
                let problem = steep.Problem

                $"Trajectory.run ({optimizer}) ({problem}) 40",
                fun machine ->
                    let run = Trajectory.runOn machine optimizer problem 40

                    Cases.everyUpdate run (fun k ->
                        let eta = min rate (rate * threshold / run.NormAt k)
                        let drop = eta / 2.0 * run.NormAt k ** 2.0

                        Finding.atMost
                            "f⁺"
                            k
                            (run.Values[k] - drop)
                            (1e-12 * (abs run.Values[k] + run.NormAt k * Vec.norm run.Points[k]))
                            run.Values[k + 1]))

    /// <summary>CLIP-1 … CLIP-4.</summary>
    let laws: Law list = [ byNorm; byValue; growth; descent ]
