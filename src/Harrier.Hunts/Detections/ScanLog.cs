using Harrier.Hunts.Leads;
using Harrier.Knowledge;

namespace Harrier.Hunts.Detections;

/// <summary>Remembers which imports were scanned with which rules, so that a scan may look at what is new alone.</summary>
/// <remarks>What was asked is a scope: a hash over rules, log sources and options. Rules that changed are another scope, for which everything is new.</remarks>
public sealed class ScanLog
{
    /// <summary>Scopes that are remembered; the oldest go.</summary>
    const int MostScopes = 50;

    readonly KnowledgeDb _knowledge;

    public ScanLog(KnowledgeDb knowledge)
    {
        _knowledge = knowledge;
        knowledge.Migrate("hunts", typeof(LeadStore).Assembly, "Harrier.Hunts.Migrations.");
    }

    /// <summary>Imports with events that no scan of this scope has seen; an import that was still running then is new as a whole. Null: the scope was never scanned.</summary>
    /// <param name="imports">Events of each import there is.</param>
    public IReadOnlySet<string>? NewImports(string scope, IReadOnlyDictionary<string, long> imports)
    {
        var seen = _knowledge
            .Query(
                "select import, events from sigma_scan where scope = ?1",
                row => (Import: row.Text(0), Events: row.Long(1)),
                scope
            )
            .ToDictionary(row => row.Import, row => row.Events, StringComparer.Ordinal);
        return seen.Count == 0
            ? null
            : imports
                .Where(pair => pair.Value > seen.GetValueOrDefault(pair.Key))
                .Select(pair => pair.Key)
                .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Remembers that a scope was scanned to its end.</summary>
    public void Note(string scope, IReadOnlyDictionary<string, long> imports) =>
        _knowledge.Transaction(() =>
        {
            var now = _knowledge.Now();
            _knowledge.Execute("delete from sigma_scan where scope = ?1", scope);
            foreach (var (import, events) in imports)
            {
                _knowledge.Execute(
                    "insert into sigma_scan (scope, import, events, time) values (?1, ?2, ?3, ?4)",
                    scope,
                    import,
                    events,
                    now
                );
            }

            _knowledge.Execute(
                """
                delete from sigma_scan where scope not in
                  (select scope from sigma_scan group by scope order by max(time) desc, scope limit ?1)
                """,
                MostScopes
            );
        });
}
