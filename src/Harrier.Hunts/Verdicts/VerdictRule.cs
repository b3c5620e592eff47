using Harrier.Schema;

namespace Harrier.Hunts.Verdicts;

/// <summary>
/// When a hypothesis counts as confirmed: comparisons of named results with numbers, joined by <c>and</c> or <c>or</c>,
/// with parentheses.
/// </summary>
/// <remarks>
/// <code>
/// rule       = term { "or" term }
/// term       = factor { "and" factor }
/// factor     = "(" rule ")" | name [ "." measure ] ( ">=" | ">" ) number
/// measure    = "findings" (default) | "hosts" | "accounts" | "score" | "sources" | "kinds"
/// </code>
/// A name is the id of a step or of the sequence. <c>findings</c> counts its findings, <c>hosts</c> and <c>accounts</c> the
/// different ones they name, <c>score</c> is the highest, <c>sources</c> the event classes behind them, <c>kinds</c> the
/// different types of entities they name besides hosts and accounts. Only findings that no person has labelled benign count. There is no 'not': silence confirms nothing.
/// </remarks>
public abstract record VerdictRule
{
    public static IReadOnlyList<string> Measures { get; } =
    ["findings", "hosts", "accounts", "score", "sources", "kinds"];

    const int MaxDepth = 16;

    internal sealed record And(IReadOnlyList<VerdictRule> Terms) : VerdictRule;

    internal sealed record Or(IReadOnlyList<VerdictRule> Terms) : VerdictRule;

    internal sealed record Compare(string Name, string Measure, bool OrEqual, double Number)
        : VerdictRule;

    /// <summary>Names of the results the rule looks at.</summary>
    public IEnumerable<string> Names() =>
        this switch
        {
            And and => and.Terms.SelectMany(term => term.Names()),
            Or or => or.Terms.SelectMany(term => term.Names()),
            Compare compare => [compare.Name],
            _ => [],
        };

    /// <param name="measure">Value of a measure of a named result; 0 where it did not run.</param>
    public bool Holds(Func<string, string, double> measure) =>
        this switch
        {
            And and => and.Terms.All(term => term.Holds(measure)),
            Or or => or.Terms.Any(term => term.Holds(measure)),
            Compare compare => compare.OrEqual
                ? measure(compare.Name, compare.Measure) >= compare.Number
                : measure(compare.Name, compare.Measure) > compare.Number,
            _ => false,
        };

    /// <summary>Whether the rule could hold if the results in <paramref name="unknown"/> were as large as one likes.</summary>
    public bool CouldHold(Func<string, string, double> measure, IReadOnlySet<string> unknown) =>
        Holds(
            (name, what) => unknown.Contains(name) ? double.PositiveInfinity : measure(name, what)
        );

    /// <summary>Names of the results that carry a rule which holds: of an 'or' only the terms that hold.</summary>
    public IEnumerable<string> Carriers(Func<string, string, double> measure) =>
        this switch
        {
            And and => and.Terms.SelectMany(term => term.Carriers(measure)).Distinct(),
            Or or => or
                .Terms.Where(term => term.Holds(measure))
                .SelectMany(term => term.Carriers(measure))
                .Distinct(),
            Compare compare => [compare.Name],
            _ => [],
        };

    /// <summary>The rule with the numbers that were found, for the verdict's reason.</summary>
    public string Describe(Func<string, string, double> measure) =>
        this switch
        {
            And and => string.Join(" and ", and.Terms.Select(term => term.Describe(measure))),
            Or or => string.Join(" or ", or.Terms.Select(term => $"({term.Describe(measure)})")),
            Compare compare =>
                $"{Display(compare)} is {measure(compare.Name, compare.Measure):0.##} "
                    + $"(needed {(compare.OrEqual ? ">=" : ">")} {compare.Number:0.##})",
            _ => "",
        };

    static string Display(Compare compare) =>
        compare.Measure == "findings" ? compare.Name : $"{compare.Name}.{compare.Measure}";

    /// <exception cref="HarrierFault">The text does not follow the grammar above.</exception>
    public static VerdictRule Parse(string text, string where)
    {
        var tokens = text.Replace("(", " ( ", StringComparison.Ordinal)
            .Replace(")", " ) ", StringComparison.Ordinal)
            .Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        var position = 0;
        var rule = ReadOr(0);
        return position == tokens.Length ? rule : throw Wrong("the end of the rule");

        VerdictRule ReadOr(int depth)
        {
            var terms = new List<VerdictRule> { ReadAnd(depth) };
            while (Take("or"))
            {
                terms.Add(ReadAnd(depth));
            }

            return terms.Count == 1 ? terms[0] : new Or(terms);
        }

        VerdictRule ReadAnd(int depth)
        {
            var terms = new List<VerdictRule> { ReadFactor(depth) };
            while (Take("and"))
            {
                terms.Add(ReadFactor(depth));
            }

            return terms.Count == 1 ? terms[0] : new And(terms);
        }

        VerdictRule ReadFactor(int depth)
        {
            if (Take("("))
            {
                if (depth == MaxDepth)
                {
                    throw Wrong($"at most {MaxDepth} levels of parentheses");
                }

                var inner = ReadOr(depth + 1);
                return Take(")") ? inner : throw Wrong("')'");
            }

            var name = Next("the id of a step").Split('.');
            var measure = name.Length > 1 ? name[1] : "findings";
            if (name.Length > 2 || !Measures.Contains(measure))
            {
                position--;
                throw Wrong($"one of the measures {string.Join(", ", Measures)}");
            }

            var orEqual = Next("'>=' or '>'") switch
            {
                ">=" => true,
                ">" => false,
                _ => throw Wrong("'>=' or '>' before this"),
            };
            return double.TryParse(Next("a number"), out var number)
                ? new Compare(name[0], measure, orEqual, number)
                : throw Wrong("a number before this");
        }

        bool Take(string token)
        {
            if (position < tokens.Length && tokens[position] == token)
            {
                position++;
                return true;
            }

            return false;
        }

        string Next(string expected) =>
            position < tokens.Length ? tokens[position++] : throw Wrong(expected);

        HarrierFault Wrong(string expected) =>
            new(
                FaultKind.Usage,
                $"The rule '{text}' expects {expected}, at {(position < tokens.Length ? $"'{tokens[position]}'" : "its end")}.",
                where,
                "Write comparisons like 'chain >= 1 and mail.hosts >= 2'."
            );
    }
}
