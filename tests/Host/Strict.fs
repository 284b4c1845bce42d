/// What Expecto's expectations lack for floats: a comparison with NaN does not hold (Expecto's `isLessThan nan 1.0` passes), and a
/// failure shows all digits (`%f` and `%A` round) and the first index that differs. `open Expecto` opens them; everything
/// else is the package's.
namespace Expecto

open System.Diagnostics
open System.Globalization

/// Opened with Expecto: these stand before the expectations of the same name.
[<AutoOpen; StackTraceHidden>]
module Strict =

    /// Expectations on numbers.
    [<RequireQualifiedAccess; StackTraceHidden>]
    module Expect =

        // All digits of a float.
        let private show (value: 'T) =
            match box value with
            | :? float as x -> x.ToString("R", CultureInfo.InvariantCulture)
            | :? float32 as x -> x.ToString("R", CultureInfo.InvariantCulture) + "f"
            | _ -> sprintf "%A" value

        let private compared holds relation (a: 'T) (b: 'T) message =
            if not holds then
                failtestf "%s. Expected %s %s %s." message (show a) relation (show b)

        /// Expects a < b.
        let isLessThan a b message = compared (a < b) "<" a b message

        /// Expects a ≤ b.
        let isLessThanOrEqual a b message = compared (a <= b) "≤" a b message

        /// Expects a > b.
        let isGreaterThan a b message = compared (a > b) ">" a b message

        /// Expects a ≥ b.
        let isGreaterThanOrEqual a b message = compared (a >= b) "≥" a b message

        /// Expects actual < expected, or close to it.
        let floatLessThanOrClose accuracy (actual: float) expected message =
            if not (actual < expected) then
                Expecto.Expect.floatClose accuracy actual expected message

        /// Expects actual > expected, or close to it.
        let floatGreaterThanOrClose accuracy (actual: float) expected message =
            if not (actual > expected) then
                Expecto.Expect.floatClose accuracy actual expected message

        let private differ what actual expected message =
            failtestf "%s. Expected %s, but was %s%s." message (show expected) (show actual) what

        let private elements (actual: seq<'N>) (expected: seq<'N>) message =
            let actual, expected = Array.ofSeq actual, Array.ofSeq expected

            if actual.Length <> expected.Length then
                failtestf "%s. Expected %d numbers, but there are %d." message expected.Length actual.Length

            let index = Array.zip actual expected |> Array.findIndex (fun (a, e) -> a <> e)
            differ $" at index {index}, the first that differs" actual[index] expected[index] message

        /// Expects actual = expected.
        let equal (actual: 'T) (expected: 'T) message =
            if actual <> expected then
                match box actual, box expected with
                | (:? float), _
                | (:? float32), _ -> differ "" actual expected message
                | (:? seq<float> as a), (:? seq<float> as e) -> elements a e message
                | (:? seq<float32> as a), (:? seq<float32> as e) -> elements a e message
                | _ -> Expecto.Expect.equal actual expected message
