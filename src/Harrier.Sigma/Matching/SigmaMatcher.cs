using Harrier.Schema;

namespace Harrier.Sigma.Matching;

/// <summary>A rule that an event meets.</summary>
public sealed record SigmaHit(SigmaRule Rule, int Row);

/// <summary>Runs rules over batches: a set of rows per condition, a text decided once per distinct value.</summary>
/// <remarks>Most rules end at a first test that no distinct value passes, without a look at any row. Not for several threads.</remarks>
public sealed class SigmaMatcher(CompiledRules rules)
{
    readonly Dictionary<EventClass, IReadOnlyList<string>> _extraKeys = [];

    /// <summary>Hits by rule, in the order of the rules, then by row.</summary>
    public IReadOnlyList<SigmaHit> Match(EventBatch batch)
    {
        var routed = rules.RulesFor(batch.Class);
        if (routed.Count == 0 || batch.Count == 0)
        {
            return [];
        }

        if (!_extraKeys.TryGetValue(batch.Class, out var keys))
        {
            _extraKeys[batch.Class] = keys = rules.ExtraKeys(batch.Class);
        }

        var rows = new BatchRows(batch, keys);
        var hits = new List<SigmaHit>();
        foreach (var (rule, node) in routed)
        {
            if (RowSet.Of(node, rows) is not { } found)
            {
                continue;
            }

            for (var row = 0; row < batch.Count; row++)
            {
                if (found[row])
                {
                    hits.Add(new SigmaHit(rule, row));
                }
            }
        }

        return hits;
    }
}
