using Harrier.Sigma.Conditions;

namespace Harrier.Sigma.Linting;

/// <summary>What a condition says for given answers of its selections.</summary>
static class Truth
{
    public static IEnumerable<string> Names(ConditionTree tree) =>
        tree switch
        {
            ConditionTree.And and => and.Terms.SelectMany(Names),
            ConditionTree.Or or => or.Terms.SelectMany(Names),
            ConditionTree.Not not => Names(not.Term),
            ConditionTree.Name name => [name.Text],
            _ => [],
        };

    public static bool Holds(ConditionTree tree, Func<string, bool> selection) =>
        tree switch
        {
            ConditionTree.And and => and.Terms.All(term => Holds(term, selection)),
            ConditionTree.Or or => or.Terms.Any(term => Holds(term, selection)),
            ConditionTree.Not not => !Holds(not.Term, selection),
            ConditionTree.Name name => selection(name.Text),
            _ => false,
        };

    /// <summary>True or false where the condition is so for all answers; null where it depends, or has too many names to try all.</summary>
    public static bool? Constant(ConditionTree tree)
    {
        const int MostNames = 12;
        var names = Names(tree).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count > MostNames)
        {
            return null;
        }

        var first = Holds(tree, _ => false);
        for (var answers = 1; answers < 1 << names.Count; answers++)
        {
            var one = answers;
            if (Holds(tree, name => (one >> names.IndexOf(name) & 1) == 1) != first)
            {
                return null;
            }
        }

        return first;
    }
}
