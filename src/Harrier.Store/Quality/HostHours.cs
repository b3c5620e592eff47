using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>Hours since 1970 UTC in which a source heard of a host, rising.</summary>
sealed record HostHours(string Source, string Host, IReadOnlyList<long> Hours)
{
    /// <summary>Microseconds.</summary>
    public const long Hour = 3_600_000_000;

    public static IReadOnlyList<HostHours> Of(LakeStore store, CancellationToken cancel)
    {
        var hours = new SortedDictionary<(string Source, string Host), SortedSet<long>>();
        foreach (var name in store.Classes)
        {
            using var rows = store.Query(
                $"""
                SELECT DISTINCT source, host, {store.Dialect.TimeBucket("time", Hour)} AS hour
                FROM {store.Dialect.Name(name)} WHERE source IS NOT NULL AND host IS NOT NULL
                """,
                TimeWindow.All,
                [],
                cancel
            );
            while (rows.Read())
            {
                var key = (rows.Text(0)!, rows.Text(1)!);
                if (!hours.TryGetValue(key, out var set))
                {
                    hours[key] = set = [];
                }

                set.Add(rows.Int(2) / Hour);
            }
        }

        return
        [
            .. hours.Select(pair => new HostHours(pair.Key.Source, pair.Key.Host, [.. pair.Value])),
        ];
    }
}
