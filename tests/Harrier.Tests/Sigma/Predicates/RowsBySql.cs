using Harrier.Schema;
using Harrier.Store;
using Harrier.Tests.Store;

namespace Harrier.Tests.Sigma.Predicates;

/// <summary>Rows of a batch in a lake by their numbers, to hold what SQL finds against what the matcher hits.</summary>
static class RowsBySql
{
    /// <summary>Gives each row its number as its record, and a time of its own.</summary>
    public static void Number(EventBatch batch)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            batch.Int(CommonColumns.Time).Set(row, TestLake.Day0 + row);
            batch.Int(CommonColumns.Record).Set(row, row);
        }
    }

    /// <summary>Numbers of the rows for which a predicate holds, ascending.</summary>
    public static List<int> Of(IEventStore store, EventClass eventClass, Predicate predicate)
    {
        using var rows = store.Query(
            $"SELECT record FROM {store.Dialect.Name(eventClass.Name)} WHERE {store.Dialect.Where(predicate)} ORDER BY record",
            TimeWindow.All,
            [],
            TestContext.Current.CancellationToken
        );
        var records = new List<int>();
        while (rows.Read())
        {
            records.Add((int)rows.Int(0)!);
        }

        return records;
    }
}
