// Mutation testing in the manner of Stryker: every mutant is one small change of one place of a C# project; it is killed if a
// test fails (or runs into the limit of time), and survives if all pass. A mutant that does not compile does not count.
//
//   dotnet run --project scripts/mutate -c Release -- FOLDER… [--sample N] [--seed N] [--tests NAME[:FILTER],…]
//       [--budget SECONDS] [--list] [--edits FILE] [--again FILE]
//
// FOLDER lies under a C# project whose tests have been built (dotnet build -c Release); one below another one that is given
// is counted by itself, and FOLDER/. are the files directly in it. The sample is drawn by the seed from all mutants of the
// folder, so that it is the same on every machine. First all tests run once, and note which members each enters; a mutant
// then runs those alone that enter the member it is in (those of its file, where it is in none), one by one until the first
// failure: those first that have killed mutants of the same file, then the shortest; suites in the order given. FILTER is
// parts of tests' names with | between them. A mutant that has lived for --budget seconds counts as surviving. What
// equivalent.tsv lists is not run and does not count.
// --again tries those once more that FILE names, as obj/survivors.tsv does.
// --edits tries mutants written by hand instead: one a line, file in FOLDER, text that stands there once, other text,
// between tabs.
using Mutate;

// In a process of its own, which knows the suite's packages and not the compiler.
return args is ["--run", var suite, var mode, ..] ? Runner.Run(suite, mode, args.AsSpan(3)) : Campaign.Run(args);
