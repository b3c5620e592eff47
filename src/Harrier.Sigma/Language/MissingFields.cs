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
                var (allTrue, anyFalse) = (true, false);
                foreach (var term in and.Terms)
                {
                    var one = Allow(term, isMissing);
                    allTrue &= one.True;
                    anyFalse |= one.False;
                }

                return (allTrue, anyFalse);
            case SigmaNode.Or or:
                var (anyTrue, allFalse) = (false, true);
                foreach (var term in or.Terms)
                {
                    var one = Allow(term, isMissing);
                    anyTrue |= one.True;
                    allFalse &= one.False;
                }

                return (anyTrue, allFalse);
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
