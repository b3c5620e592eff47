using System.Globalization;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Reads a step's parameters, and says where one is unknown, missing or out of range.</summary>
sealed class StepReader(StepParameters parameters)
{
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Step => parameters.Step;

    public EventClass Class()
    {
        var name = Text("class", null);
        return EventClasses.Find(name)
            ?? throw Wrong(
                $"There is no class '{name}'.",
                $"Classes are {string.Join(", ", EventClasses.All.Select(c => c.Name))}."
            );
    }

    /// <summary>Columns of a class; a choice is written 'dst_host|dst_ip': the first that is filled.</summary>
    public IReadOnlyList<ColumnChoice> Columns(
        string key,
        EventClass eventClass,
        IReadOnlyList<string>? usual
    )
    {
        var texts = Texts(key, usual);
        if (texts.Count is 0 or > 6)
        {
            throw Wrong($"'{key}' needs one to six columns.", null);
        }

        return [.. texts.Select(text => Choice(eventClass, text))];
    }

    public ColumnChoice Choice(EventClass eventClass, string text) =>
        new([
            .. text.Split('|', StringSplitOptions.TrimEntries)
                .Select(name =>
                    eventClass.Find(name)
                    ?? throw Wrong(
                        $"The class {eventClass.Name} has no column '{name}'.",
                        $"'harrier data {eventClass.Name}' lists its columns."
                    )
                ),
        ]);

    public string Text(string key, string? usual)
    {
        var texts = Texts(key, usual is null ? null : [usual]);
        return texts.Count == 1 ? texts[0] : throw Wrong($"'{key}' takes one value.", null);
    }

    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string>? usual)
    {
        _asked.Add(key);
        if (parameters.Values.TryGetValue(key, out var texts))
        {
            return texts;
        }

        return usual ?? throw Wrong($"The parameter '{key}' is missing.", null);
    }

    public string OneOf(string key, string usual, params string[] known)
    {
        var text = Text(key, usual);
        return known.Contains(text)
            ? text
            : throw Wrong($"'{key}' is one of {string.Join(", ", known)}, not '{text}'.", null);
    }

    public bool Flag(string key, bool usual) =>
        OneOf(key, usual ? "true" : "false", "true", "false") == "true";

    public int Number(string key, int usual, int least, int most)
    {
        var text = Text(key, usual.ToString(CultureInfo.InvariantCulture));
        return
            int.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var n
            )
            && n >= least
            && n <= most
            ? n
            : throw Wrong($"'{key}' is a number from {least} to {most}, not '{text}'.", null);
    }

    public double Real(string key, double usual, double least, double most)
    {
        var text = Text(key, usual.ToString(CultureInfo.InvariantCulture));
        return
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var x)
            && x >= least
            && x <= most
            ? x
            : throw Wrong($"'{key}' is a number from {least} to {most}, not '{text}'.", null);
    }

    /// <summary>A condition on the columns of the class, as SQL; empty for none.</summary>
    public string Filter()
    {
        var text = Text("filter", "");
        return text.Contains(';', StringComparison.Ordinal)
            ? throw Wrong("'filter' is one condition, without ';'.", null)
            : text;
    }

    /// <summary>'2d', '12h', '90m' or '40%' of a window, in microseconds.</summary>
    public Part Part(string key, string usual)
    {
        var text = Text(key, usual);
        if (
            text.Length > 1
            && double.TryParse(
                text.AsSpan(0, text.Length - 1),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var amount
            )
            && amount > 0
        )
        {
            var unit = text[^1] switch
            {
                'd' => 86_400_000_000.0,
                'h' => 3_600_000_000.0,
                'm' => 60_000_000.0,
                _ => 0,
            };
            if (unit > 0 && amount < 100_000)
            {
                return new Part((long)(amount * unit), 0);
            }

            if (text[^1] == '%' && amount < 100)
            {
                return new Part(0, amount / 100);
            }
        }

        throw Wrong(
            $"'{key}' is a span of time (2d, 12h, 90m) or a share (40%), not '{text}'.",
            null
        );
    }

    /// <summary>Everything has been asked for: whatever else is there is a mistake.</summary>
    public void Done()
    {
        foreach (var key in parameters.Values.Keys.Order(StringComparer.Ordinal))
        {
            if (!_asked.Contains(key))
            {
                throw Wrong(
                    $"The parameter '{key}' has no meaning here.",
                    $"Parameters are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}."
                );
            }
        }
    }

    public HarrierFault Wrong(string message, string? remedy) =>
        new(FaultKind.Usage, message, parameters.Where, remedy);
}

/// <summary>A span of time, absolute or as a share of a window.</summary>
readonly record struct Part(long Microseconds, double Share)
{
    public long Of(long window) => Share > 0 ? (long)(window * Share) : Microseconds;
}

/// <summary>A column, or the first filled of several.</summary>
sealed record ColumnChoice(IReadOnlyList<Column> Columns)
{
    public string Name => string.Join('|', Columns.Select(column => column.Name));

    /// <summary>SQL of its text; null where nothing but '' or '-' is there.</summary>
    public string Sql =>
        Columns.Count == 1
            ? Filled(Columns[0])
            : $"coalesce({string.Join(", ", Columns.Select(Filled))})";

    static string Filled(Column column) =>
        column.Type == ColumnType.Int
            ? $"cast(\"{column.Name}\" as varchar)"
            : $"nullif(nullif(\"{column.Name}\", ''), '-')";
}
