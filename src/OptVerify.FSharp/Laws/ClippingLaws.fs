namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Clipping by norm and by value, and what it is for.</summary>
[<RequireQualifiedAccess>]
module ClippingLaws =

    let private step (plan: Plan<float>) subject (g: float[]) =
        (Trajectory.stepsOn subject plan (Vec.zero g.Length) [| g |] [| nan |]).Last
        |> Array.map (fun p -> 0.0 - p)

    // What a stage makes of a gradient: the update of a step of rate 1 from 0.
    let private through (subject: Subject) words (g: float[]) =
        step (subject.Plan(sgd 1.0 |> words, g.Length)) subject g

    // Short ones and some that are longer than every vector register.
    let private vectors =
        Gen.frequency [ 4, Gen.choose (1, 5); 1, Gen.choose (6, 70) ]
        |> Gen.bind (fun d ->
            Gen.map2
                Vec.scale
                (Gen.frequency [ 4, Draw.logUniform 1e-3 1e3; 1, Gen.elements [ 1e-300; 0.0; 1e150 ] ])
                (Gen.arrayOfLength d Draw.normal))

    let private pairs
        (words: float -> Optimizer -> Optimizer)
        (judge: Subject -> float -> float[] -> float[] -> Finding list)
        =
        let tell (c: float, g: float[], other: float[]) =
            let code g =
                $"Trajectory.feed ({sgd 1.0 |> words c}) (Array.zeroCreate {Array.length g}) {Code.arrays [| g |]}"

            $"{code g}, {code other}", (fun subject -> judge subject c g other)

        gen {
            let! c = Draw.logUniform 0.01 100.0
            let! g = vectors
            let! other = Gen.arrayOfLength g.Length Draw.normal

            let shrink (c, g, other) =
                Seq.append
                    (Draw.shrinkVector g |> Seq.map (fun g -> c, g, other))
                    (Draw.shrinkVector other |> Seq.map (fun other -> c, g, other))

            return Case.over shrink tell (c, g, other)
        }

    let private nonexpansive (a: float[]) b clippedA clippedB =
        let far = Vec.distance a b

        Finding.atMost
            "‖clip g − clip h‖"
            -1
            far
            (8.0 * Vec.eps * (Vec.norm a + Vec.norm b))
            (Vec.distance clippedA clippedB)

    // A sum of d squares rounds d/2 times by ε/2, and the root halves that.
    let private ofNorm d = 4.0 + float d / 4.0

    // c and g times a power of two: the same bits, where nothing over- or underflows.
    let private scales subject (words: float -> Optimizer -> Optimizer) c g out = [
        if Vec.norm g > 1e-100 && Vec.norm g < 1e100 then
            for k in [ -20; 31 ] do
                let two = Math.ScaleB(1.0, k)
                Finding.sameBits $"2^{k} g" -1 (Vec.scale two out) (through subject (words (two * c)) (Vec.scale two g))
    ]

    let private passes subject words (g: float[]) = [
        for bad in [ nan; infinity; -infinity ] do
            let spoiled = Array.updateAt (g.Length / 2) bad g

            let same =
                Array.forall2 (fun (a: float) (b: float) -> a.Equals b) spoiled (through subject words spoiled)

            Finding.holds $"a gradient with {bad} passes unchanged" -1 same
    ]

    /// CLIP-1.
    let byNorm =
        let ofGradients =
            pairs clip (fun subject c g other ->
                let out = through subject (clip c) g
                let norm = Vec.norm g

                [
                    Finding.atMost "‖clip g‖" -1 c (ofNorm g.Length * Vec.eps * c) (Vec.norm out)
                    if norm <= c * (1.0 - 1e-12) then
                        Finding.sameBits "clip g inside" -1 (Array.map (fun x -> x + 0.0) g) out
                    else
                        Finding.close
                            "clip g outside"
                            -1
                            c
                            (4.0 * ofNorm g.Length * Vec.eps)
                            (Array.map (fun x -> x / norm * c) g)
                            out
                    Finding.close "clip(clip g)" -1 c (ofNorm g.Length * Vec.eps) out (through subject (clip c) out)
                    nonexpansive g other out (through subject (clip c) other)
                    yield! scales subject clip c g out
                    yield! passes subject (clip c) g
                    yield! passes subject (clipPerTensor c) g
                ])

        let ofUpdates =
            Cases.feeds
                (GradientSequence.arbitrary 12 5)
                (Draw.logUniform 0.01 10.0)
                (fun c -> sgd 1.0 |> momentum 0.9 |> clipUpdate c)
                (fun c sequence response -> [
                    for t in 0 .. sequence.Steps - 1 do
                        let slack = ofNorm sequence.Dimension * Vec.eps * (c + Vec.norm response.Path[t])
                        Finding.atMost "‖u‖ of clipUpdate" t c slack (Vec.norm (response.Update t))
                ])

        {
            Id = "CLIP-1"
            Name = "clip by norm is the projection on a ball"
            Statement =
                "clip(g) = g min(1, c/‖g‖): ‖clip(g)‖ ≤ c, same direction, identity inside, idempotent, nonexpansive; NaN, ∞ pass"
            Assumptions =
                "any vector, also of norm 1e-300, 0, 1e150; 2^k g, 2^k c bit for bit; clipUpdate: finished directions"
            Tightness = Attained "vectors outside"
            Source = source "Pascanu, Mikolov and Bengio" 2013 "Algorithm 1; projections"
            Cases = Gen.frequency [ 4, ofGradients; 1, ofUpdates ]
        }

    // Several tensors against runs on one vector each.
    let private twoTensors =
        let layout = Layout.Empty.Add("a", 2).Add("b", 3)
        let touch = Array.map (fun x -> x + 0.0)

        let kinds: (string * (float -> Optimizer -> Optimizer) * _) list = [
            "one norm over both", clip, (fun clipped (x: float[]) (y: float[]) -> clipped (Array.append x y))
            "a norm each", clipPerTensor, (fun clipped x y -> Array.append (clipped x) (clipped y))
            "a scope alone", (fun c -> only "a" (clip c)), (fun clipped x y -> Array.append (clipped x) (touch y))
        ]

        let tell ((name, words, expected), c: float, g: float[]) =
            let optimizer: Optimizer = sgd 1.0 |> words c

            $"Trajectory.steps (({optimizer}).Plan<float>({Code.layout layout})) (Array.zeroCreate 5) {Code.arrays [| g |]} [| nan |]",
            fun (subject: Subject) ->
                let out = step (subject.Plan(optimizer, layout)) subject g

                [
                    Finding.sameBits name -1 (expected (through subject (clip c)) g[..1] g[2..]) out
                ]

        Gen.map3
            (fun kind c g ->
                Case.over (fun (kind, c, g) -> Draw.shrinkVector g |> Seq.map (fun g -> kind, c, g)) tell (kind, c, g))
            (Gen.elements kinds)
            (Draw.logUniform 0.1 2.0)
            (Gen.arrayOfLength 5 Draw.normal)

    /// CLIP-2.
    let byValue =
        let elementwise =
            pairs clipValue (fun subject c g other ->
                let out = through subject (clipValue c) g

                [
                    Finding.sameBits "clipValue g" -1 (g |> Array.map (fun x -> max -c (min c x) + 0.0)) out
                    Finding.sameBits "clipValue(clipValue g)" -1 out (through subject (clipValue c) out)
                    nonexpansive g other out (through subject (clipValue c) other)
                    yield! scales subject clipValue c g out
                ])

        {
            Id = "CLIP-2"
            Name = "clip by value is the projection on a box; clip by norm takes one norm over all tensors"
            Statement =
                "clipValue(g)_i = max(−c, min(c, g_i)): idempotent, nonexpansive; clip: one norm, clipPerTensor: one each, bit for bit"
            Assumptions = "any vector; a scoped clip takes the norm of its scope"
            Tightness = Attained "vectors outside"
            Source = source "Pascanu, Mikolov and Bengio" 2013 "Algorithm 1; projections"
            Cases = Gen.oneof [ elementwise; twoTensors ]
        }

    /// <summary>CLIP-1, CLIP-2.</summary>
    let laws: Law list = [ byNorm; byValue ]
