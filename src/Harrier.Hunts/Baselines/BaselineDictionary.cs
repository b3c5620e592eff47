using Harrier.Hunts.Techniques;
using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts.Baselines;

/// <summary>The data dictionary of a baseline: each needed column, how often it is filled and with how many values.</summary>
static class BaselineDictionary
{
    public static IReadOnlyList<DictionaryEntry> Of(
        IEventStore store,
        TimeWindow window,
        IReadOnlyList<DataNeed> needs,
        CancellationToken cancel
    )
    {
        var entries = new List<DictionaryEntry>();
        foreach (var need in needs.Where(need => need.Columns.Count > 0))
        {
            var counts = need.Columns.Select(column =>
                $"count(\"{column.Name}\"), count(DISTINCT \"{column.Name}\")"
            );
            using var rows = store.Query(
                $"SELECT count(*), {string.Join(", ", counts)} FROM \"{need.Class.Name}\"",
                window,
                [],
                cancel
            );
            rows.Read();
            for (var index = 0; index < need.Columns.Count; index++)
            {
                var column = need.Columns[index];
                entries.Add(
                    new DictionaryEntry(
                        $"{need.Class.Name}.{column.Name}",
                        column.Type.ToString().ToLowerInvariant(),
                        column.Description,
                        rows.Int(0),
                        rows.Int(1 + (2 * index)),
                        rows.Int(2 + (2 * index))
                    )
                );
            }
        }

        return entries;
    }
}
