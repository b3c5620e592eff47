using System.Text;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>A row of a batch as evidence: its place, and its columns in one line.</summary>
static class EventText
{
    const int MaxCharacters = 600;
    const int MaxValue = 200;

    /// <summary>Columns that every row has and that say where it is, not what it is.</summary>
    static readonly HashSet<string> Lineage = new(StringComparer.Ordinal)
    {
        "time",
        "file",
        "record",
        "import",
        "extra",
        "computer",
        "provider",
        "channel",
        "hashes",
    };

    /// <summary>Ordinals of what a test needs of a row, whatever it looks for.</summary>
    public static IReadOnlyList<Column> Columns(EventClass eventClass) =>
        [
            .. new[] { "time", "host", "account", "file", "record" }.Select(name =>
                eventClass.Find(name)!
            ),
        ];

    public static Leads.Evidence Evidence(EventBatch batch, int row) =>
        new(
            batch.Class.Name,
            Text(batch, "file", row) ?? "",
            Number(batch, "record", row),
            Number(batch, "time", row),
            Line(batch, row)
        );

    public static string? Text(EventBatch batch, string column, int row) =>
        batch.Class.Find(column) is { } found && found.Type is ColumnType.Text or ColumnType.Json
            ? batch.Text(batch.Class.Find(column)!.Ordinal).Text(row)
            : null;

    static long Number(EventBatch batch, string column, int row) =>
        batch.Int(batch.Class.Find(column)!.Ordinal).Value(row) ?? 0;

    static string Line(EventBatch batch, int row)
    {
        var line = new StringBuilder();
        foreach (var column in batch.Class.Columns)
        {
            if (
                line.Length >= MaxCharacters
                || Lineage.Contains(column.Name)
                || batch[column.Ordinal].Count <= row
                || batch[column.Ordinal].IsNull(row)
            )
            {
                continue;
            }

            var value = column.Type is ColumnType.Int or ColumnType.Time
                ? $"{batch.Int(column.Ordinal).Value(row)}"
                : batch.Text(column.Ordinal).Text(row) ?? "";
            if (value.Length > MaxValue)
            {
                value = value[..MaxValue] + "…";
            }

            line.Append(line.Length > 0 ? " " : "").Append(column.Name).Append('=').Append(value);
        }

        return line.ToString();
    }
}
