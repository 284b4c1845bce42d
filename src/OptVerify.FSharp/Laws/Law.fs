namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp

/// <summary>Where a law was published.</summary>
type Source = {
    /// The author or authors.
    Author: string
    /// The year.
    Year: int
    /// The theorem, section or page; "" where the whole text is meant.
    Theorem: string
} with

    /// Author, year, theorem.
    override source.ToString() =
        if source.Theorem = "" then
            $"{source.Author} {source.Year}"
        else
            $"{source.Author} {source.Year}, {source.Theorem}"

/// <summary>How good a bound is.</summary>
type Tightness =
    /// Equality up to rounding, always.
    | Identity
    /// Attained by the named function, on which the law is checked from both sides.
    | Attained of worstCase: string
    /// Attained, as numerical worst cases say; no proof is known.
    | Conjectured of worstCase: string
    /// True, and not attained.
    | Valid

    /// A few words.
    override tightness.ToString() =
        match tightness with
        | Identity -> "identity"
        | Attained worstCase -> $"attained: {worstCase}"
        | Conjectured worstCase -> $"attained numerically: {worstCase}"
        | Valid -> "not tight"

/// <summary>One case of a law: code that reproduces it, its execution, and smaller cases.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Code}")>]
type Case = {
    /// F# code that reproduces the case at the prompt.
    Code: string
    /// Runs the case.
    Run: Subject -> Finding list
    /// Smaller cases.
    Simpler: unit -> Case seq
} with

    /// The code.
    override case.ToString() = case.Code

/// <summary>Cases from parameters.</summary>
[<RequireQualifiedAccess>]
module Case =

    /// <summary>A case of parameters that are told as code and an execution, and shrunk as they are.</summary>
    let rec over (shrink: 'p -> 'p seq) (tell: 'p -> string * (Subject -> Finding list)) (parameters: 'p) : Case =
        let code, run = tell parameters

        {
            Code = code
            Run = run
            Simpler = fun () -> shrink parameters |> Seq.map (over shrink tell)
        }

    /// <summary>A case that is as small as it gets.</summary>
    let fixedCase (code: string) (run: Subject -> Finding list) : Case = {
        Code = code
        Run = run
        Simpler = fun () -> Seq.empty
    }

/// <summary>A law was broken: the message says by what, and gives the code that reproduces it.</summary>
type LawViolationException(message: string) =
    inherit Exception(message)

/// <summary>A case that breaks a law.</summary>
type Violation = {
    /// The comparison that does not hold, or the error of the run, in a sentence.
    Finding: string
    /// F# code that runs the case at the prompt.
    Code: string
} with

    /// Both, a line each.
    override violation.ToString() =
        $"{violation.Finding}\n{violation.Code}"

/// <summary>What a number of cases said about a law.</summary>
type Verdict = {
    /// The law's number.
    Id: string
    /// Whether it held in all cases.
    Holds: bool
    /// How many cases ran.
    Cases: int
    /// The largest value in units of what is allowed; at most 1 where the law holds.
    WorstRatio: float
    /// The smallest case found that breaks it; None where it holds.
    Violation: Violation option
} with

    /// One line, and the counter-example.
    override verdict.ToString() =
        match verdict.Violation with
        | None -> sprintf "%s holds in %d cases, worst ratio %.6g" verdict.Id verdict.Cases verdict.WorstRatio
        | Some violation -> $"{verdict.Id} fails: {violation}"

/// <summary>
/// A theorem or an invariant with its source and an executable check. <c>law.Check</c> is an FsCheck property:
/// <c>Check.QuickThrowOnFailure law.Check</c>, <c>testProperty law.Name law.Check</c>, or a verdict with <c>law.Judge 100</c>.
/// </summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Title}")>]
type Law = {
    /// The number in the table of theory: GD-1.
    Id: string
    /// A few words; with the number, the name of a test.
    Name: string
    /// The inequality or identity.
    Statement: string
    /// What it is assumed of the function and the method.
    Assumptions: string
    /// Whether the bound is attained.
    Tightness: Tightness
    /// Where it comes from.
    Source: Source
    /// The cases.
    Cases: Gen<Case>
} with

    /// Number and name.
    member law.Title = $"{law.Id} {law.Name}"

    /// The law as a property of a subject.
    member law.CheckOn(subject: Subject) : Property =
        let cases = Arb.fromGenShrink (law.Cases, (fun case -> case.Simpler()))

        Prop.forAll cases (fun case ->
            match case.Run subject |> List.tryFind (fun finding -> not finding.Holds) with
            | None -> true
            | Some finding -> raise (LawViolationException $"{law.Title}: {finding}\n{case.Code}"))

    /// The law as a property of the library.
    member law.Check: Property = law.CheckOn Subject.library

    /// The verdict of the given number of cases, drawn from the seed.
    member law.JudgeOn(subject: Subject, cases: int, seed: uint64) : Verdict =
        let mutable worst = 0.0
        let mutable count = 0

        let broken (case: Case) =
            try
                let findings = case.Run subject
                findings |> List.tryFind (fun finding -> not finding.Holds) |> Option.map string, findings
            with error ->
                Some $"{error.GetType().Name}: {error.Message}", []

        let rec smallest tries (case: Case) message =
            if tries = 0 then
                case, message
            else
                let next =
                    case.Simpler()
                    |> Seq.truncate 100
                    |> Seq.tryPick (fun simpler -> fst (broken simpler) |> Option.map (fun text -> simpler, text))

                match next with
                | Some(simpler, text) -> smallest (tries - 1) simpler text
                | None -> case, message

        let sample start =
            Gen.sampleWithSeed (Rnd(seed + uint64 start, 2UL * seed + 1UL)) 50 (min 100 (cases - start)) law.Cases

        let verdict =
            Seq.init ((cases + 99) / 100) (fun i -> sample (100 * i))
            |> Seq.concat
            |> Seq.tryPick (fun case ->
                let message, findings = broken case
                count <- count + 1

                for finding in findings do
                    worst <- if finding.Ratio <= worst then worst else finding.Ratio

                message |> Option.map (fun text -> case, text))

        {
            Id = law.Id
            Holds = verdict.IsNone
            Cases = count
            WorstRatio = worst
            Violation =
                verdict
                |> Option.map (fun (case, text) ->
                    let case, text = smallest 200 case text
                    { Finding = text; Code = case.Code })
        }

    /// The verdict of the given number of cases of the library.
    member law.Judge(cases: int) : Verdict =
        law.JudgeOn(Subject.library, cases, 20260101UL)

    /// Number and name.
    override law.ToString() = law.Title

/// <summary>Short forms for the files of laws.</summary>
[<AutoOpen>]
module internal LawWords =

    let source author year theorem : Source = {
        Author = author
        Year = year
        Theorem = theorem
    }

    /// A statement that is derived in a few lines, or is true by definition.
    let own idea = source "derived here" 2026 idea
