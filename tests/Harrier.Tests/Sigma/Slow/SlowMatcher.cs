using System.Collections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;

namespace Harrier.Tests.Sigma.Slow;

/// <summary>The matcher as a person would write it: every rule, every distinct value, a set of rows for each node.</summary>
sealed class SlowMatcher(CompiledRules rules)
{
    /// <summary>Hits by rule, in the order of the rules, then by row.</summary>
    public IReadOnlyList<SigmaHit> Match(EventBatch batch)
    {
        var routed = rules.RulesFor(batch.Class);
        if (routed.Count == 0 || batch.Count == 0)
        {
            return [];
        }

        var rows = new BatchRows(batch);
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
