/// Optimizers that are valid for a layout: heads, several stages, scopes, partitions, flows, frozen tensors, rates by name.
module OptDsl.Tests.Optimizers

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl.Tests.Numbers

let private add (stage: IStage) (optimizer: Optimizer) = optimizer.With stage
let private attach (schedule: ISchedule) (optimizer: Optimizer) = optimizer.With schedule

let private upTo most (items: Gen<'T>) =
    Gen.choose (0, most) |> Gen.bind (fun n -> Gen.listOfLength n items)

let private sometimes share (item: Gen<'T>) =
    Gen.frequency [ 100 - share, Gen.constant []; share, Gen.map List.singleton item ]

let private rate =
    Gen.frequency [ 2, Gen.constant 0.1; 6, logUniform 1e-6 10.0; 1, Gen.constant 0.0 ]

let private elements (layout: Layout) (inside: string -> bool) =
    layout.Tensors
    |> Seq.filter (fun tensor -> inside tensor.Name)
    |> Seq.sumBy _.Length

/// Projections; simplex only where there is an element.
let private constraintFor count =
    Stages.oneOf (
        if count > 0 then
            Stages.simplexRow :: Stages.constraintRows
        else
            Stages.constraintRows
    )

/// Several directions, of which only the last may contain the rate.
let private directions = gen {
    let! plain =
        Gen.frequency [ 4, Gen.constant 0; 6, Gen.constant 1; 2, Gen.constant 2 ]
        |> Gen.bind (fun n -> Gen.listOfLength n (Stages.oneOf Stages.directionRows))

    let! last = sometimes 15 (Stages.oneOf Stages.rateInsideRows)
    return plain @ last, not last.IsEmpty
}

let private middle =
    Stages.gradientRows @ Stages.regularizationRows @ Stages.updateRows

type private Head = {
    Optimizer: Optimizer
    /// Whether stages of the phases Gradient to Update may follow.
    TakesMiddle: bool
    /// Whether further directions may follow.
    TakesDirections: bool
    /// Whether a probe may follow.
    TakesProbe: bool
    /// Whether constraints may follow.
    TakesConstraints: bool
}

let private plainHead = gen {
    let! lr = rate
    let! stages, inside = directions

    return {
        Optimizer = List.fold (fun o s -> add s o) (Optimizer.Sgd lr) stages
        TakesMiddle = true
        TakesDirections = not inside
        TakesProbe = true
        TakesConstraints = true
    }
}

let private nagHead = gen {
    let! lr = rate
    let! stage = Stages.nagRow.Any

    return {
        Optimizer = Optimizer.Sgd(lr).With stage
        TakesMiddle = true
        TakesDirections = false
        TakesProbe = false
        TakesConstraints = true
    }
}

let private unprojectedHead = gen {
    let! lr = rate
    let! stage = Stages.oneOf Stages.unprojectedRows

    return {
        Optimizer = Optimizer.Sgd(lr).With stage
        TakesMiddle = true
        TakesDirections = true
        TakesProbe = true
        TakesConstraints = false
    }
}

let private flowHead = gen {
    let! lr = rate
    let! before = upTo 2 (Stages.oneOf middle)
    let! chain, _ = directions
    let! after = upTo 2 (Stages.oneOf middle)
    let! mixed = Gen.elements [ true; false ]
    let ordered = before @ chain @ after

    return {
        Optimizer = Optimizer.Flow((if mixed then ordered else chain @ before @ after), lr)
        TakesMiddle = false
        TakesDirections = false
        TakesProbe = true
        TakesConstraints = true
    }
}

let private part layout = gen {
    let! lr = rate
    let! gradient = sometimes 40 (Stages.oneOf Stages.gradientRows)
    let! chain, _ = directions
    let! update = sometimes 40 (Stages.oneOf Stages.updateRows)
    let! iterate = sometimes 20 (Stages.oneOf Stages.iterateRows)
    let! schedules = sometimes 30 Schedules.schedule
    let! scoped = sometimes 15 (Layouts.pattern layout)

    let optimizer =
        List.fold (fun o s -> add s o) (Optimizer.Sgd lr) (gradient @ chain @ update @ iterate)

    let scheduled = List.fold (fun o s -> attach s o) optimizer schedules
    return List.fold (fun (o: Optimizer) p -> o.RateFor(p, 0.5)) scheduled scoped
}

let private partitionHead (layout: Layout) = gen {
    let! wanted = Gen.listOfLength 2 (Layouts.pattern layout)
    let left = [ for tensor in layout.Tensors -> tensor.Name ]

    let patterns, rest =
        (([], left), wanted)
        ||> List.fold (fun (chosen, left) pattern ->
            let taken = left |> List.filter (fun name -> NamePattern.Matches(pattern, name))

            if taken.IsEmpty || List.contains pattern chosen then
                chosen, left
            else
                chosen @ [ pattern ], List.except taken left)

    let complete = if rest.IsEmpty then patterns else patterns @ [ "*" ]
    let! optimizers = Gen.listOfLength complete.Length (part layout)

    return {
        Optimizer = Optimizer.Partition(List.map2 (fun p o -> struct (p, o)) complete optimizers)
        TakesMiddle = true
        TakesDirections = false
        TakesProbe = true
        TakesConstraints = true
    }
}

let private headFor (layout: Layout) =
    Gen.frequency [
        10, plainHead
        1, nagHead
        1, unprojectedHead
        2, flowHead
        if layout.Tensors.Count > 0 then
            3, partitionHead layout
    ]

/// Words inside of only and except, nested at most twice.
let rec private scopedWord (layout: Layout) (isFree: string -> bool) (head: Head) depth : Gen<Optimizer -> Optimizer> =
    gen {
        let! pattern = Layouts.pattern layout
        let! includes = Gen.elements [ true; false ]

        let inside name =
            isFree name && NamePattern.Matches(pattern, name) = includes

        let word =
            Gen.frequency [
                if head.TakesMiddle then
                    4, Stages.oneOf middle |> Gen.map add
                if head.TakesDirections then
                    2, Stages.oneOf Stages.directionRows |> Gen.map add
                if head.TakesConstraints then
                    1, constraintFor (elements layout inside) |> Gen.map add
                1, Stages.oneOf Stages.iterateRows |> Gen.map add
                2, Schedules.schedule |> Gen.map attach
                if depth < 2 then
                    1, Gen.delay (fun () -> scopedWord layout inside head (depth + 1))
            ]

        let! count = Gen.choose (1, 2)
        let! words = Gen.listOfLength count word

        let all =
            Func<Optimizer, Optimizer>(fun o -> List.fold (fun o word -> word o) o words)

        return
            fun (o: Optimizer) ->
                if includes then
                    o.Only(pattern, all)
                else
                    o.Except(pattern, all)
    }

let private condition: Gen<ICondition> =
    Gen.oneof [
        Gen.choose (0, 4) |> Gen.map (fun n -> StepsFrom(int64 n) :> ICondition)
        Gen.choose (0, 4) |> Gen.map (fun n -> StepsUntil(int64 n) :> ICondition)
        Gen.map2
            (fun n o -> StepsEvery(int64 n, Offset = int64 o) :> ICondition)
            (Gen.choose (1, 3))
            (Gen.choose (0, 3))
    ]

/// Words inside of onlyWhen and zeroUnless.
let private conditionalWord (layout: Layout) (isFree: string -> bool) (head: Head) : Gen<Optimizer -> Optimizer> = gen {
    let! condition = condition
    let! masks = Gen.elements [ head.TakesMiddle; false ]

    let! word =
        Gen.frequency [
            if head.TakesMiddle then
                4, Stages.oneOf middle |> Gen.map add
            if head.TakesDirections then
                2, Stages.oneOf Stages.directionRows |> Gen.map add
            if head.TakesConstraints && not masks then
                1, constraintFor (elements layout isFree) |> Gen.map add
            if not masks then
                1, Stages.oneOf Stages.iterateRows |> Gen.map add
        ]

    let words = Func<Optimizer, Optimizer> word

    return
        fun (o: Optimizer) ->
            if masks then
                o.ZeroUnless(condition, words)
            else
                o.OnlyWhen(condition, words)
}

/// A direction for matrices, on one of them.
let private onMatrix (layout: Layout) = gen {
    let! name =
        Gen.elements [
            for tensor in layout.Tensors do
                if tensor.Shape.Count > 1 then
                    tensor.Name
        ]

    let! stage = Stages.oneOf Stages.matrixRows
    return fun (o: Optimizer) -> o.Only(name, Func<Optimizer, Optimizer>(add stage))
}

/// An optimizer for which `optimizer.Plan layout` succeeds.
let optimizerFor (layout: Layout) : Gen<Optimizer> = gen {
    let named = layout.Tensors.Count > 0
    let! head = headFor layout

    let! frozen =
        if named then
            sometimes 15 (Layouts.pattern layout)
        else
            Gen.constant []

    let! factors =
        if named then
            sometimes 20 (Layouts.pattern layout)
        else
            Gen.constant []

    let! factor = Gen.frequency [ 1, Gen.constant 0.0; 4, logUniform 0.01 10.0 ]

    let isFree name =
        not (frozen |> List.exists (fun pattern -> NamePattern.Matches(pattern, name)))

    let stages share rows =
        sometimes share (Stages.oneOf rows |> Gen.map add)

    let onlyIf condition words =
        if condition then words else Gen.constant []

    let! words =
        Gen.sequenceToList [
            onlyIf head.TakesMiddle (upTo 2 (Stages.oneOf Stages.gradientRows |> Gen.map add))
            onlyIf head.TakesMiddle (stages 25 Stages.regularizationRows)
            onlyIf head.TakesMiddle (upTo 2 (Stages.oneOf Stages.updateRows |> Gen.map add))
            onlyIf head.TakesMiddle (stages 12 [ Stages.accumulateRow ])
            onlyIf head.TakesMiddle (stages 12 [ Stages.skipRow ])
            onlyIf head.TakesMiddle (stages 12 Stages.onceRows)
            onlyIf
                (head.TakesDirections
                 && layout.Tensors |> Seq.exists (fun tensor -> tensor.Shape.Count > 1))
                (sometimes 15 (Gen.delay (fun () -> onMatrix layout)))
            onlyIf head.TakesProbe (stages 8 [ Stages.samRow ])
            stages 10 [ Stages.plateauRow ]
            stages 10 [ Stages.hypergradientRow ]
            onlyIf head.TakesConstraints (sometimes 25 (constraintFor (elements layout isFree) |> Gen.map add))
            stages 25 Stages.iterateRows
            stages 15 Stages.ownerRows
            upTo 2 (Schedules.schedule |> Gen.map attach)
            onlyIf named (sometimes 35 (scopedWord layout isFree head 1))
            sometimes 15 (conditionalWord layout isFree head)
        ]

    let! order = Gen.shuffle (List.concat words)
    let built = Seq.fold (fun o word -> word o) head.Optimizer order

    let rated =
        List.fold (fun (o: Optimizer) pattern -> o.RateFor(pattern, factor)) built factors

    return List.fold (fun (o: Optimizer) (pattern: string) -> o.Freeze pattern) rated frozen
}

/// Whether an optimizer can be planned for a layout.
let plans (layout: Layout) (optimizer: Optimizer) =
    try
        optimizer.Plan<float> layout |> ignore
        true
    with :? ArgumentException ->
        false

/// What an optimizer consists of, as lists that can be changed.
type Pieces = {
    Rate: float
    Flow: IStage list option
    Parts: (string * Optimizer) list
    Stages: ScopedStage list
    Schedules: ScopedSchedule list
    Factors: RateFactor list
    Frozen: string list
}

/// Takes an optimizer apart.
let pieces (optimizer: Optimizer) = {
    Rate = optimizer.Rate
    Flow =
        match optimizer.FlowStages with
        | null -> None
        | stages -> Some(List.ofSeq stages)
    Parts = [ for part in optimizer.Parts -> part.Pattern, part.Optimizer ]
    Stages = List.ofSeq optimizer.Stages
    Schedules = List.ofSeq optimizer.Schedules
    Factors = List.ofSeq optimizer.RateFactors
    Frozen = List.ofSeq optimizer.Frozen
}

/// A word under the conditions and inside of the scopes that are given by their rules, the outermost first.
let scopedBy (scope: Scope) (word: Optimizer -> Optimizer) : Optimizer -> Optimizer =
    let under (one: ScopeCondition) (inner: Optimizer -> Optimizer) =
        fun (o: Optimizer) ->
            if one.Masks then
                o.ZeroUnless(one.Condition, inner)
            else
                o.OnlyWhen(one.Condition, inner)

    List.foldBack under (List.ofSeq scope.Conditions)
    <| List.foldBack
        (fun (rule: ScopeRule) (inner: Optimizer -> Optimizer) ->
            fun (o: Optimizer) ->
                if rule.Include then
                    o.Only(rule.Pattern, inner)
                else
                    o.Except(rule.Pattern, inner))
        (List.ofSeq scope.Rules)
        word

/// The head of the pieces, without stages.
let headOf pieces =
    match pieces.Flow, pieces.Parts with
    | Some stages, _ -> Optimizer.Flow(stages, pieces.Rate)
    | None, [] -> Optimizer.Sgd pieces.Rate
    | None, parts -> Optimizer.Partition(parts |> List.map (fun (p, o) -> struct (p, o)))

/// One word for each of the pieces, in their order.
let wordsOf pieces : (Optimizer -> Optimizer) list =
    [ for placed in pieces.Stages -> scopedBy placed.Scope (add placed.Stage) ]
    @ [
        for placed in pieces.Schedules -> scopedBy placed.Scope (attach placed.Schedule)
    ]
    @ [
        for factor in pieces.Factors -> fun o -> o.RateFor(factor.Pattern, factor.Factor)
    ]
    @ [ for pattern in pieces.Frozen -> fun o -> o.Freeze pattern ]

/// Puts the pieces together again.
let assemble pieces =
    List.fold (fun o word -> word o) (headOf pieces) (wordsOf pieces)

let private dropEach items = [ for i in 0 .. List.length items - 1 -> List.removeAt i items ]

let private changeEach change items = [
    for i, item in List.indexed items do
        for simpler in change item -> List.updateAt i simpler items
]

let rec private simpler (optimizer: Optimizer) : Pieces seq =
    let p = pieces optimizer

    let simplerStage (placed: ScopedStage) = [
        for stage in Stages.shrinkStage placed.Stage do
            ScopedStage(stage, placed.Scope)

        if not placed.Scope.IsEverywhere then
            ScopedStage(placed.Stage, Scope.Everywhere)
    ]

    let simplerSchedule (placed: ScopedSchedule) = [
        for schedule in Schedules.shrinkSchedule placed.Schedule do
            ScopedSchedule(schedule, placed.Scope)

        if not placed.Scope.IsEverywhere then
            ScopedSchedule(placed.Schedule, Scope.Everywhere)
    ]

    let simplerPart (pattern, part) = [ for pieces in simpler part -> pattern, assemble pieces ]

    seq {
        for _, part in p.Parts do
            pieces part

        for stages in dropEach p.Stages do
            { p with Stages = stages }

        for schedules in dropEach p.Schedules do
            { p with Schedules = schedules }

        for factors in dropEach p.Factors do
            { p with Factors = factors }

        for frozen in dropEach p.Frozen do
            { p with Frozen = frozen }

        match p.Flow with
        | Some stages ->
            for fewer in dropEach stages @ changeEach (Stages.shrinkStage >> List.ofSeq) stages do
                { p with Flow = Some fewer }
        | None -> ()

        for parts in changeEach simplerPart p.Parts do
            { p with Parts = parts }

        for stages in changeEach simplerStage p.Stages do
            { p with Stages = stages }

        for schedules in changeEach simplerSchedule p.Schedules do
            { p with Schedules = schedules }

        if p.Parts.IsEmpty && p.Rate <> 1.0 then
            { p with Rate = 1.0 }
    }

/// Optimizers with one word less, or with a simpler word, that still fit the layout.
let shrinkFor layout (optimizer: Optimizer) =
    simpler optimizer
    |> Seq.choose (fun pieces ->
        try
            Some(assemble pieces)
        with :? ArgumentException ->
            None)
    |> Seq.filter (plans layout)

/// A layout and an optimizer for it; both shrink.
let optimizers =
    let both =
        Layouts.layout
        |> Gen.bind (fun layout -> optimizerFor layout |> Gen.map (fun o -> layout, o))

    Arb.fromGenShrink (
        both,
        fun (layout, optimizer) -> seq {
            for smaller in Layouts.shrinkLayout layout do
                if plans smaller optimizer then
                    smaller, optimizer

            for simpler in shrinkFor layout optimizer do
                layout, simpler
        }
    )
