using System.Globalization;
using System.Text;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Tuning;

/// <summary>A hit of the rule that is tuned.</summary>
/// <param name="IsBenign">True: it should go. False: it must stay. Null: it may go.</param>
/// <param name="Values">A value for each field, or null.</param>
public sealed record TuningExample(bool? IsBenign, IReadOnlyList<string?> Values);

/// <summary>One question of a filter.</summary>
/// <param name="Modifier">startswith, endswith, or empty for the whole value.</param>
public sealed record FilterTest(string Field, string Modifier, string Value);

/// <summary>Questions that are all answered yes by benign hits, and by none that must stay.</summary>
/// <param name="Benign">Benign hits that it takes and that no clause before it took.</param>
/// <param name="Others">Hits that may go which it takes too.</param>
public sealed record FilterClause(IReadOnlyList<FilterTest> Tests, int Benign, int Others);

/// <summary>Finds values that part benign hits from the others.</summary>
/// <remarks>
/// Greedy: the value that takes most of the benign hits left, together with as many more as it needs to leave alone what must
/// stay. A filter is a hole that an intruder may find; so each clause is narrowed by up to three values that its hits share.
/// </remarks>
public static class FilterLearner
{
    const int MostClauses = 10;
    const int MostTests = 3;
    const int MostCandidates = 200;
    const int LongestValue = 500;

    /// <param name="fields">Names of the fields, the more telling ones first.</param>
    /// <param name="least">Benign hits that make a clause worth it.</param>
    public static IReadOnlyList<FilterClause> Learn(
        IReadOnlyList<string> fields,
        IReadOnlyList<TuningExample> examples,
        int least
    )
    {
        var rows = examples
            .Select(example => new Row(
                example.IsBenign,
                [.. example.Values.Select(value => value is null ? null : CaseFolding.Fold(value))],
                example.Values
            ))
            .ToList();
        var left = rows.Where(row => row.IsBenign == true).ToList();
        var staying = rows.Where(row => row.IsBenign == false).ToList();
        var free = rows.Where(row => row.IsBenign is null).ToList();
        var clauses = new List<FilterClause>();
        while (left.Count >= least && clauses.Count < MostClauses)
        {
            var best = Candidates(left)
                .Select(test => Grow(test, left, staying))
                .OfType<List<Test>>()
                .Select(tests => (Tests: tests, Taken: left.Count(row => Holds(tests, row))))
                .Where(one => one.Taken >= least)
                .OrderByDescending(one => one.Taken)
                .ThenBy(one => one.Tests.Count)
                .ThenBy(one => one.Tests.Sum(test => test.Rank))
                .ThenBy(one => string.Join('\n', one.Tests), StringComparer.Ordinal)
                .FirstOrDefault();
            if (best.Tests is not { } tests)
            {
                break;
            }

            Narrow(tests, [.. left.Where(row => Holds(tests, row))], rows);
            clauses.Add(
                new FilterClause(
                    [
                        .. tests
                            .OrderBy(test => test.Field)
                            .Select(test => new FilterTest(
                                fields[test.Field],
                                test.Modifier,
                                test.Written
                            )),
                    ],
                    left.Count(row => Holds(tests, row)),
                    free.Count(row => Holds(tests, row))
                )
            );
            left.RemoveAll(row => Holds(tests, row));
            free.RemoveAll(row => Holds(tests, row));
        }

        return clauses;
    }

    sealed record Row(
        bool? IsBenign,
        IReadOnlyList<string?> Values,
        IReadOnlyList<string?> Written
    );

    /// <param name="Value">Folded.</param>
    /// <param name="Written">As logged.</param>
    sealed record Test(int Field, string Modifier, string Value, string Written)
    {
        /// <summary>Narrower tests and more telling fields first.</summary>
        public int Rank => (Modifier.Length == 0 ? 0 : 100) + Field;

        public bool Holds(Row row) =>
            row.Values[Field] is { } value
            && Modifier switch
            {
                "startswith" => value.StartsWith(Value, StringComparison.Ordinal),
                "endswith" => value.EndsWith(Value, StringComparison.Ordinal),
                _ => value == Value,
            };
    }

    static bool Holds(IReadOnlyList<Test> tests, Row row) => tests.All(test => test.Holds(row));

    /// <summary>Tests that hold for some of the rows, those that hold for most first.</summary>
    static IEnumerable<Test> Candidates(IReadOnlyList<Row> rows) =>
        rows.SelectMany(TestsOf)
            .GroupBy(test => (test.Field, test.Modifier, test.Value))
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.First().Rank)
            .ThenBy(group => group.Key.Value, StringComparer.Ordinal)
            .Take(MostCandidates)
            .Select(group => group.MinBy(test => test.Written, StringComparer.Ordinal)!);

    static IEnumerable<Test> TestsOf(Row row)
    {
        for (var field = 0; field < row.Values.Count; field++)
        {
            if (row.Values[field] is not { } value || !IsUsable(row.Written[field]!))
            {
                continue;
            }

            var written = row.Written[field]!;
            yield return new Test(field, "", value, written);
            // A path is its folder and its name; a command line that begins with a path is not one.
            var at = written.LastIndexOfAny(['\\', '/']);
            if (
                at > 2
                && at < written.Length - 1
                && (!written.Contains(' ', StringComparison.Ordinal) || IsPath(written))
            )
            {
                yield return Part("startswith", written[..(at + 1)]);
                yield return Part("endswith", written[at..]);
            }

            Test Part(string modifier, string part) =>
                new(field, modifier, CaseFolding.Fold(part), part);
        }
    }

    /// <summary>A path of Windows with blanks in its folders; nothing that has arguments.</summary>
    static bool IsPath(string value) =>
        value.Length > 3
        && char.IsAsciiLetter(value[0])
        && value[1] == ':'
        && value[2] == '\\'
        && !value.AsSpan(2).ContainsAny(':', '"', '/')
        && !value[value.LastIndexOf('\\')..].Contains(' ', StringComparison.Ordinal);

    /// <summary>What can be written, and seen by who reads the filter.</summary>
    static bool IsUsable(string value) =>
        value.Length is > 0 and <= LongestValue
        && value
            .EnumerateRunes()
            .All(rune =>
                Rune.GetUnicodeCategory(rune)
                    is not (
                        UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                        or UnicodeCategory.Surrogate
                        or UnicodeCategory.PrivateUse
                        or UnicodeCategory.OtherNotAssigned
                    )
                && rune != Rune.ReplacementChar
            );

    /// <summary>The test with others that keep it from what must stay; null where none do.</summary>
    static List<Test>? Grow(Test first, IReadOnlyList<Row> benign, IReadOnlyList<Row> staying)
    {
        var tests = new List<Test> { first };
        var taken = benign.Where(first.Holds).ToList();
        var wrong = staying.Where(first.Holds).ToList();
        while (wrong.Count > 0)
        {
            var next =
                tests.Count == MostTests
                    ? null
                    : Candidates(taken)
                        .Where(test => tests.TrueForAll(one => one.Field != test.Field))
                        .Select(test => (Test: test, Wrong: wrong.Count(test.Holds)))
                        .Where(one => one.Wrong < wrong.Count)
                        .OrderBy(one => one.Wrong > 0)
                        .ThenByDescending(one => taken.Count(one.Test.Holds))
                        .ThenBy(one => one.Wrong)
                        .ThenBy(one => one.Test.Rank)
                        .ThenBy(one => one.Test.Value, StringComparer.Ordinal)
                        .Select(one => one.Test)
                        .FirstOrDefault();
            if (next is null)
            {
                return null;
            }

            tests.Add(next);
            taken.RemoveAll(row => !next.Holds(row));
            wrong.RemoveAll(row => !next.Holds(row));
        }

        return tests;
    }

    /// <summary>Adds values that all hits of a clause share and others don't, the rarest first.</summary>
    static void Narrow(List<Test> tests, IReadOnlyList<Row> taken, IReadOnlyList<Row> all)
    {
        foreach (
            var test in TestsOf(taken[0])
                .Where(test =>
                    test.Modifier.Length == 0 && taken.All(test.Holds) && !all.All(test.Holds)
                )
                .OrderBy(test => all.Count(test.Holds))
                .ThenBy(test => test.Field)
        )
        {
            if (tests.Count < MostTests && tests.TrueForAll(one => one.Field != test.Field))
            {
                tests.Add(test);
            }
        }

        // A part of a value is widened for hits that differ; where they don't, the whole is narrower.
        for (var at = 0; at < tests.Count; at++)
        {
            var part = tests[at];
            if (
                part.Modifier.Length > 0
                && TestsOf(taken[0])
                    .FirstOrDefault(test => test.Field == part.Field && test.Modifier.Length == 0)
                    is { } whole
                && taken.All(whole.Holds)
            )
            {
                tests[at] = whole;
            }
        }
    }
}
