namespace Harrier.Sigma.Language;

/// <summary>What a condition can still say where some fields never have a value.</summary>
static class MissingFields
{
    /// <summary>Whether it can be true, and whether it can be false; what the other fields hold is free.</summary>
    public static (bool True, bool False) Allow(SigmaNode node, Func<string, bool> isMissing)
    {
        switch (node)
        {
            case SigmaNode.And and:
                var all = and.Terms.Select(term => Allow(term, isMissing)).ToList();
                return (all.TrueForAll(one => one.True), all.Exists(one => one.False));
            case SigmaNode.Or or:
                var any = or.Terms.Select(term => Allow(term, isMissing)).ToList();
                return (any.Exists(one => one.True), any.TrueForAll(one => one.False));
            case SigmaNode.Not not:
                var (isTrue, isFalse) = Allow(not.Term, isMissing);
                return (isFalse, isTrue);
            default:
                var whenMissing = node is SigmaNode.Item { OrMissing: true };
                return CompiledRules.FieldsOf(node).Any(isMissing)
                    ? (whenMissing, !whenMissing)
                    : (true, true);
        }
    }
}
