namespace OptVerify

open FsCheck
open FsCheck.FSharp

/// <summary>
/// A function of one variable whose gradient is piecewise linear: f'(0), then (length, slope of f') outwards on each side;
/// the last length is ∞. f(0) = 0; values by exact integration.
/// </summary>
type Bend = {
    /// f'(0).
    Slope: float
    /// Lengths and slopes from 0 to −∞.
    Left: (float * float) list
    /// Lengths and slopes from 0 to +∞.
    Right: (float * float) list
}

/// <summary>
/// Functions with piecewise linear gradient, in one variable and lifted to several: class membership is exact by
/// construction, and the worst cases of gradient descent, Nesterov's method and the heavy ball are members.
/// </summary>
[<RequireQualifiedAccess>]
module Piecewise =

    // ∫ of a gradient that starts at c: its value at r and the integral up to r.
    let rec private integrate (segments: (float * float) list) gradient value r =
        match segments with
        | (length, slope) :: rest when r > length && not rest.IsEmpty ->
            let next = gradient + slope * length
            integrate rest next (value + length * (gradient + next) / 2.0) (r - length)
        | (_, slope) :: _ -> struct (value + r * (gradient + slope * r / 2.0), gradient + slope * r)
        | [] -> struct (value + r * gradient, gradient)

    let private evaluate (bend: Bend) x =
        if x >= 0.0 then
            integrate bend.Right bend.Slope 0.0 x
        else
            let struct (value, gradient) = integrate bend.Left -bend.Slope 0.0 -x
            struct (value, -gradient)

    let private slopes bend =
        List.map snd bend.Left @ List.map snd bend.Right

    let private code bend =
        $"{{ Slope = {Code.number bend.Slope}; Left = {Code.pairs bend.Left}; Right = {Code.pairs bend.Right} }}"

    let private simplerBends bend =
        let dropped (segments: (float * float) list) = seq {
            for i in 0 .. segments.Length - 2 -> List.removeAt i segments
        }

        seq {
            if bend.Left <> bend.Right then
                { bend with Left = bend.Right }
                { bend with Right = bend.Left }

            for left in dropped bend.Left do
                { bend with Left = left }

            for right in dropped bend.Right do
                { bend with Right = right }
        }

    let private problem bends seed (start: float[]) code simpler : Problem =
        let d = Array.length bends
        let rows = Rotation.ofSeed seed d
        let all = bends |> Array.toList |> List.collect slopes
        let L, m = all |> List.map abs |> List.max, List.min all
        let centred = m >= 0.0 && bends |> Array.forall (fun bend -> bend.Slope = 0.0)

        let f point =
            let parts =
                (if seed = 0 then point else Rotation.transposed rows point)
                |> Array.map2 evaluate bends

            let gradient = parts |> Array.map (fun struct (_, g) -> g)

            struct (parts |> Array.sumBy (fun struct (v, _) -> v),
                    (if seed = 0 then gradient else Rotation.apply rows gradient))

        let minimizer = if centred then Some(Vec.zero d) else None

        {
            Objective = Problem.objective "piecewise" L m 0.0 minimizer d f
            Smoothness = L
            Convexity = m
            Growth = max m 0.0
            Lipschitz = infinity
            Minimizer = minimizer
            Minimum = if centred then 0.0 else -infinity
            Start = start
            Code = code
            Simpler = simpler
        }

    /// <summary>f(x) = Σ fⱼ((Qᵀx)ⱼ), Q drawn from the seed (0: the identity).</summary>
    let rec ofBends (bends: Bend[]) (seed: int) (start: float[]) : Problem =
        let text = bends |> Array.map code |> String.concat "; "

        problem bends seed start $"Piecewise.ofBends [| {text} |] {seed} {Code.array start}" (fun () ->
            seq {
                if bends.Length > 1 then
                    for i in 0 .. bends.Length - 1 do
                        ofBends (Array.removeAt i bends) seed (Array.removeAt i start)

                if seed <> 0 then
                    ofBends bends 0 start

                for i in 0 .. bends.Length - 1 do
                    for simpler in simplerBends bends[i] do
                        ofBends (Array.updateAt i simpler bends) seed start

                for smaller in Draw.shrinkVector start do
                    ofBends bends seed smaller
            }
            |> Seq.filter (fun problem -> problem.Smoothness > 0.0))

    let private even segments = {
        Slope = 0.0
        Left = segments
        Right = segments
    }

    /// <summary>W-SC(τ): curvature L up to |x| = τ and m beyond, from R.</summary>
    let twoSlopes (convexity: float) (smoothness: float) (knee: float) (radius: float) : Problem =
        let text =
            $"Piecewise.twoSlopes {Code.value convexity} {Code.value smoothness} {Code.value knee} {Code.value radius}"

        problem [| even [ knee, smoothness; infinity, convexity ] |] 0 [| radius |] text (fun () -> Seq.empty)

    /// <summary>W-HUB(τ), Huber's function: L x²/2 up to |x| = τ, linear beyond, from R.</summary>
    let huber (smoothness: float) (knee: float) (radius: float) : Problem = {
        twoSlopes 0.0 smoothness knee radius with
            Lipschitz = smoothness * knee
            Code = $"Piecewise.huber {Code.value smoothness} {Code.value knee} {Code.value radius}"
    }

    /// <summary>
    /// W-SAW(G, h, N): a sawtooth gradient on which every gradient that N steps of size h/L see is G; h ≤ 1, start 0.
    /// </summary>
    let sawtooth (gradient: float) (smoothness: float) (h: float) (steps: int) : Problem =
        let half = h * gradient / smoothness / 2.0

        let teeth =
            List.replicate steps [ half, smoothness; half, -smoothness ] |> List.concat

        let bend = {
            Slope = gradient
            Left = teeth @ [ infinity, smoothness ]
            Right = [ infinity, 0.0 ]
        }

        let text =
            $"Piecewise.sawtooth {Code.value gradient} {Code.value smoothness} {Code.value h} {steps}"

        let saw = problem [| bend |] 0 [| 0.0 |] text (fun () -> Seq.empty)
        let bottom = -(2.0 * half * float steps + gradient / smoothness)

        {
            saw with
                Minimum = fst (saw.At [| bottom |])
        }

    let private bend least L = gen {
        let slope = Gen.oneof [ Gen.elements [ least; L ]; Draw.uniform least L ]
        let! count = Gen.choose (1, 4)
        let! lengths = Gen.listOfLength count (Draw.logUniform 0.05 2.0)
        let! around = Gen.listOfLength count slope
        let! other = Gen.listOfLength count slope

        let side slopes =
            List.zip (lengths |> List.mapi (fun i x -> if i = count - 1 then infinity else x)) slopes

        let! even = Gen.elements [ true; false ]

        return {
            Slope = 0.0
            Left = side (if even then around else other)
            Right = side around
        }
    }

    let private lifted kappa =
        gen {
            let! d = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 4) ]
            let! L = Draw.logUniform 0.1 10.0
            let! kappa = kappa
            let! bends = Gen.arrayOfLength d (bend (L / kappa) L)
            let! seed = Draw.seed
            let! direction = Draw.vector d
            let! radius = Draw.logUniform 0.05 20.0
            return ofBends bends (if d = 1 then 0 else seed) (Vec.scale radius direction)
        }
        |> Gen.filter (fun problem -> problem.Smoothness > 0.0)

    /// <summary>Slopes in [0, L]: convex and smooth.</summary>
    let convex: Gen<Problem> = lifted (Gen.constant infinity)

    /// <summary>Slopes in [m, L], κ up to the given number.</summary>
    let stronglyConvex (kappa: float) : Gen<Problem> = lifted (Draw.logUniform 1.0 kappa)
