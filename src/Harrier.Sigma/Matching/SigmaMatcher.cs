using System.Numerics;
using Harrier.Schema;

namespace Harrier.Sigma.Matching;

/// <summary>A rule that an event meets.</summary>
public sealed record SigmaHit(SigmaRule Rule, int Row);

/// <summary>Runs rules over batches: a text is decided once for all rules, and kept for the batches to come.</summary>
/// <remarks>
/// What each distinct value of a column passes says how many rows a rule can have at most: for most rules none. The others are
/// asked of the rows of their rarest term alone. Not for several threads: each has a matcher of its own.
/// </remarks>
public sealed class SigmaMatcher(CompiledRules rules)
{
    readonly Dictionary<EventClass, ClassPlans> _plans = [];
    readonly KnownValues _known = new();
    ulong[] _rows = [];

    /// <summary>Hits by rule, in the order of the rules, then by row.</summary>
    public IReadOnlyList<SigmaHit> Match(EventBatch batch) => Match(batch, null, int.MaxValue);

    /// <summary>The first hit of each rule that has one, for those who ask only whether it does.</summary>
    /// <param name="isWanted">Rows that count; null: all.</param>
    public IReadOnlyList<SigmaHit> First(EventBatch batch, Func<int, bool>? isWanted) =>
        Match(batch, isWanted, 1);

    List<SigmaHit> Match(EventBatch batch, Func<int, bool>? isWanted, int mostOfRule)
    {
        var routed = rules.RulesFor(batch.Class);
        if (routed.Count == 0 || batch.Count == 0)
        {
            return [];
        }

        if (!_plans.TryGetValue(batch.Class, out var plans))
        {
            _plans[batch.Class] = plans = new ClassPlans(batch.Class, routed, _known);
        }

        _known.Bound();
        var asked = new ClassBatch(batch, plans);
        var words = (batch.Count + 63) >> 6;
        if (_rows.Length < words)
        {
            _rows = new ulong[words];
        }

        var hits = new List<SigmaHit>();
        foreach (var (rule, plan) in plans.Rules)
        {
            var most = plan.Most(asked);
            if (most == 0)
            {
                continue;
            }

            Array.Clear(_rows, 0, words);
            if (most < batch.Count)
            {
                plan.Mark(asked, _rows);
            }
            else
            {
                asked.MarkAll(_rows);
            }

            var stop = mostOfRule == int.MaxValue ? int.MaxValue : hits.Count + mostOfRule;
            for (var word = 0; word < words && hits.Count < stop; word++)
            {
                for (var left = _rows[word]; left != 0 && hits.Count < stop; left &= left - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(left);
                    if (plan.Holds(asked, row) && isWanted?.Invoke(row) != false)
                    {
                        hits.Add(new SigmaHit(rule, row));
                    }
                }
            }
        }

        return hits;
    }
}
