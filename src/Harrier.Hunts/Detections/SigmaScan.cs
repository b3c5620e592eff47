using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Harrier.Store;

namespace Harrier.Hunts.Detections;

/// <summary>Which events rules are asked of.</summary>
/// <param name="Hosts">Short names in lower case; null: all events, also those without a host.</param>
/// <param name="Imports">Only what these imports brought; null: all.</param>
public sealed record SigmaScope(
    TimeWindow Window,
    IReadOnlySet<string>? Hosts = null,
    IReadOnlySet<string>? Imports = null
)
{
    /// <summary>Whether a row is meant; null where all rows are.</summary>
    public Func<int, bool>? RowsOf(EventBatch batch)
    {
        var tests = new List<Func<int, bool>>();
        Require(CommonColumns.Host, Hosts);
        Require(CommonColumns.Import, Imports);
        return tests switch
        {
            [] => null,
            [var one] => one,
            _ => row => tests.TrueForAll(test => test(row)),
        };

        void Require(int ordinal, IReadOnlySet<string>? names)
        {
            if (names is null)
            {
                return;
            }

            var column = batch.Text(ordinal);
            var wanted = new bool[column.DistinctCount];
            for (var index = 0; index < wanted.Length; index++)
            {
                wanted[index] = names.Contains(column.DistinctText(index));
            }

            tests.Add(row => column.Indices[row] is >= 0 and var index && wanted[index]);
        }
    }
}

/// <summary>Walks rules over the events of a store, class by class: what every use of them here does.</summary>
public static class SigmaScan
{
    /// <param name="columns">Columns of a class that <paramref name="take"/> reads beside those of the rules.</param>
    /// <param name="take">Is given each batch with the hits in it, and whether a row is in the scope (null: all are).</param>
    /// <returns>Events looked at.</returns>
    public static long Run(
        IEventStore store,
        CompiledRules rules,
        SigmaScope scope,
        Func<EventClass, IEnumerable<Column>> columns,
        Action<EventBatch, IReadOnlyList<SigmaHit>, Func<int, bool>?> take,
        CancellationToken cancel
    )
    {
        var matcher = new SigmaMatcher(rules);
        var events = 0L;
        foreach (var eventClass in rules.Classes)
        {
            var wanted = rules.ColumnsFor(eventClass).Concat(columns(eventClass)).Distinct();
            foreach (var batch in store.Scan(eventClass, scope.Window, [.. wanted], cancel))
            {
                var hits = matcher.Match(batch);
                if (scope.RowsOf(batch) is not { } isWanted)
                {
                    events += batch.Count;
                    take(batch, hits, null);
                    continue;
                }

                events += Enumerable.Range(0, batch.Count).Count(isWanted);
                take(batch, [.. hits.Where(hit => isWanted(hit.Row))], isWanted);
            }
        }

        return events;
    }

    /// <summary>Events in the scope of classes that no rule asks about, by class: a scan does not read them.</summary>
    public static IEnumerable<(string Class, long Events)> Unread(
        IEventStore store,
        CompiledRules rules,
        SigmaScope scope,
        CancellationToken cancel
    )
    {
        foreach (var eventClass in EventClasses.All.Except(rules.Classes))
        {
            var terms = new List<Predicate>();
            Require(CommonColumns.Host, scope.Hosts);
            Require(CommonColumns.Import, scope.Imports);
            using var rows = store.Query(
                $"SELECT count(*) FROM {store.Dialect.Name(eventClass.Name)} WHERE {store.Dialect.Where(new Predicate.And(terms))}",
                scope.Window,
                [],
                cancel
            );
            if (rows.Read() && rows.Int(0) > 0)
            {
                yield return (eventClass.Name, rows.Int(0));
            }

            void Require(int ordinal, IReadOnlySet<string>? names)
            {
                if (names is not null)
                {
                    terms.Add(new Predicate.In(eventClass.Columns[ordinal], [.. names]));
                }
            }
        }
    }
}
