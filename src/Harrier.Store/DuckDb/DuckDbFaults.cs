using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using Harrier.Schema;

namespace Harrier.Store.DuckDb;

/// <summary>What DuckDB says, in words a person can act on.</summary>
static partial class DuckDbFaults
{
    /// <param name="classes">Classes the query asks, where known: names the place of an unknown column.</param>
    public static Exception? Translate(Exception error, IReadOnlyList<string>? classes = null)
    {
        if (error is OperationCanceledException or HarrierFault || error is not DuckDBException)
        {
            return null;
        }

        // The provider says mostly itself that a command was cancelled; in some moments the engine's own words come through.
        if (error.Message.StartsWith("INTERRUPT Error", StringComparison.Ordinal))
        {
            return new OperationCanceledException("the query was cancelled", error);
        }

        return error.Message.StartsWith("INTERNAL Error", StringComparison.Ordinal)
            ? null
            : Fault(error.Message, classes, error);
    }

    /// <summary>Whether a damaged file may be why: the engine could not open, inflate or decode something, or broke over it.</summary>
    public static bool MayBeDamage(Exception error) =>
        error is DuckDBException
        && (
            (string[])
                [
                    "IO Error",
                    "Invalid",
                    "INTERNAL Error",
                    "TransactionContext",
                    "Serialization",
                    "Conversion",
                    "Out of Range",
                    "Out of Memory",
                    "No magic bytes",
                ]
        ).Any(label => error.Message.StartsWith(label, StringComparison.Ordinal));

    public static HarrierFault Fault(
        string message,
        IReadOnlyList<string>? classes,
        Exception? inner
    )
    {
        if (
            message.Contains("Out of Memory", StringComparison.OrdinalIgnoreCase)
            || message.Contains("failed to offload", StringComparison.OrdinalIgnoreCase)
        )
        {
            return new HarrierFault(
                FaultKind.Environment,
                "the query needs more memory than it may take",
                remedy: "Ask for a shorter time, fewer columns or groups, or free disk space for spilling.",
                inner: inner
            );
        }

        if (
            message.Contains("No space left on device", StringComparison.OrdinalIgnoreCase)
            || message.StartsWith("IO Error", StringComparison.Ordinal)
        )
        {
            return new HarrierFault(
                FaultKind.Environment,
                $"the query could not read or spill: {FirstLine(message)}",
                remedy: "'harrier lake verify' checks the files; look at the free disk space too.",
                inner: inner
            );
        }

        return UnknownColumn(message, classes, inner)
            ?? UnknownTable(message, inner)
            ?? new HarrierFault(FaultKind.Usage, Sentence(message), inner: inner);
    }

    static HarrierFault? UnknownColumn(
        string message,
        IReadOnlyList<string>? classes,
        Exception? error
    )
    {
        var missing = MissingColumn().Match(message);
        if (!missing.Success)
        {
            return null;
        }

        var name = missing.Groups["name"].Value;
        var place = classes is { Count: > 0 } ? $" in class {string.Join(" or ", classes)}" : "";
        var guess = Guess(name, classes, message);
        return new HarrierFault(
            FaultKind.Usage,
            $"no column '{name}'{place}." + (guess is null ? "" : $" Did you mean '{guess}'?"),
            remedy: classes is { Count: > 0 }
                ? $"'harrier data {classes[0]}' lists the columns."
                : "'harrier data' lists classes and their columns.",
            inner: error
        );
    }

    /// <summary>The nearest column of the classes; else the engine's own first candidate.</summary>
    static string? Guess(string name, IReadOnlyList<string>? classes, string message)
    {
        var near = (classes ?? [])
            .Select(EventClasses.Find)
            .OfType<EventClass>()
            .SelectMany(eventClass => eventClass.Columns)
            .Select(column => column.Name)
            .Distinct(StringComparer.Ordinal)
            .Select(candidate =>
                (candidate, Distance: EditDistance(name.ToLowerInvariant(), candidate))
            )
            .Where(pair => pair.Distance <= Math.Max(1, name.Length / 3))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
        if (near is not null)
        {
            return near;
        }

        var candidates = Candidates().Match(message);
        return candidates.Success ? candidates.Groups["name"].Value : null;
    }

    static HarrierFault? UnknownTable(string message, Exception? error)
    {
        var missing = MissingTable().Match(message);
        return missing.Success ? UnknownClass(missing.Groups["name"].Value, null, error) : null;
    }

    public static HarrierFault UnknownClass(
        string name,
        string? where = null,
        Exception? error = null
    )
    {
        var guess = EventClasses
            .All.Select(c => (c.Name, Distance: EditDistance(name.ToLowerInvariant(), c.Name)))
            .Where(pair => pair.Distance <= Math.Max(1, name.Length / 2))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.Name)
            .FirstOrDefault();
        return new HarrierFault(
            FaultKind.Usage,
            $"no class '{name}'." + (guess is null ? "" : $" Did you mean '{guess}'?"),
            where,
            "'harrier data' lists the classes.",
            inner: error
        );
    }

    static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();

    /// <summary>The engine's own sentence without its label, with the line and caret it points at where it has one.</summary>
    static string Sentence(string message)
    {
        var text = message.Trim();
        var label = text.IndexOf("Error: ", StringComparison.Ordinal);
        if (label is >= 0 and < 30)
        {
            text = text[(label + "Error: ".Length)..];
        }

        var lines = text.Split('\n');
        return "the query is not right: "
            + string.Join(
                ' ',
                lines
                    .TakeWhile(line => !line.StartsWith("LINE ", StringComparison.Ordinal))
                    .Select(line => line.Trim())
                    .Where(line => line.Length > 0)
            );
    }

    static int EditDistance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                current[j] = Math.Min(
                    Math.Min(current[j - 1], previous[j]) + 1,
                    previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                );
            }

            previous = current;
        }

        return previous[b.Length];
    }

    [GeneratedRegex(
        "(?:Referenced column|column named|Column with name|have a column named) \"(?<name>[^\"]+)\"",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex MissingColumn();

    [GeneratedRegex(
        "Candidate bindings: :?\\s*\"(?<name>[^\"]+)\"",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Candidates();

    [GeneratedRegex(
        "Table with name (?<name>\\S+) does not exist",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex MissingTable();
}
