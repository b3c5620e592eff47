using System.Collections;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;

namespace Harrier.Tests.Sigma.Slow;

/// <summary>The rows for which a node holds; null is none. A set belongs to who asked for it.</summary>
static class RowSet
{
    public static BitArray? Of(SigmaNode node, BatchRows rows) =>
        node switch
        {
            SigmaNode.And and => All(and, rows),
            SigmaNode.Or or => or.Terms.Aggregate(
                (BitArray?)null,
                (any, term) => Join(any, Of(term, rows))
            ),
            SigmaNode.Not not => Of(not.Term, rows)?.Not() ?? new BitArray(rows.Count, true),
            SigmaNode.Item item => rows.Item(item),
            SigmaNode.Keyword keyword => rows.Keyword(keyword),
            SigmaNode.Exists exists => rows.Present(exists.Field),
            SigmaNode.Reference reference => rows.Reference(reference),
            _ => null,
        };

    static BitArray? All(SigmaNode.And and, BatchRows rows)
    {
        BitArray? all = null;
        // What is decided on few distinct values comes first: it is cheap, and mostly ends the rule.
        foreach (var term in and.Terms.OrderBy(rows.Cost))
        {
            if (Of(term, rows) is not { } found)
            {
                return null;
            }

            all = all?.And(found) ?? found;
            if (!all.HasAnySet())
            {
                return null;
            }
        }

        return all ?? new BitArray(rows.Count, true);
    }

    public static BitArray? Join(BitArray? left, BitArray? right) =>
        left is null ? right
        : right is null ? left
        : left.Or(right);
}
