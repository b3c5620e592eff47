using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Predicates;

/// <summary>Rules as predicates over the columns of a class, of which a store's dialect makes SQL.</summary>
/// <remarks>
/// A predicate holds for exactly the rows that the matcher finds. What no predicate says exactly (a keyword, which may stand in
/// any value; a field in <c>extra</c>, which may be a list; a comparison of two fields; an expression that RE2 reads otherwise)
/// is refused by name: a weaker query is no answer (specification 2.1, conversion).
/// </remarks>
public static class SigmaPredicates
{
    /// <summary>A rule for each class whose events its log source means.</summary>
    public static IReadOnlyList<RulePredicate> Of(CompiledRules rules, SigmaRule rule) =>
        [.. rules.AskedBy(rule).Select(asked => Of(asked.Class, asked.Node))];

    static RulePredicate Of(EventClass eventClass, SigmaNode node)
    {
        try
        {
            return new RulePredicate(eventClass, new Builder(eventClass).Build(node), null);
        }
        catch (NoPredicate fault)
        {
            return new RulePredicate(eventClass, null, fault.Message);
        }
    }

    sealed class Builder(EventClass eventClass)
    {
        public Predicate Build(SigmaNode node) =>
            node switch
            {
                SigmaNode.And and => new Predicate.And([.. and.Terms.Select(Build)]),
                SigmaNode.Or or => new Predicate.Or([.. or.Terms.Select(Build)]),
                SigmaNode.Not not => new Predicate.Not(Build(not.Term)),
                SigmaNode.Item item => Item(item),
                SigmaNode.Exists exists => new Predicate.Not(
                    new Predicate.IsNull(ColumnOf(exists.Field))
                ),
                SigmaNode.Reference reference => throw new NoPredicate(
                    $"it compares {reference.Field} with {reference.Other}"
                ),
                SigmaNode.Keyword => throw new NoPredicate(
                    "a keyword may stand in any value of an event"
                ),
                _ => throw new ArgumentException(
                    $"a node of type {node.GetType().Name}",
                    nameof(node)
                ),
            };

        Predicate Item(SigmaNode.Item item)
        {
            var column = ColumnOf(item.Field);
            var terms = item
                .Tests.Select(test =>
                    test.Over(column)
                    ?? throw new NoPredicate(
                        $"no predicate asks of {item.Field} exactly what the rule does"
                    )
                )
                .ToList();
            if (item.OrMissing)
            {
                terms.Add(new Predicate.IsNull(column));
            }

            return terms is [var only] ? only : new Predicate.Or(terms);
        }

        Column ColumnOf(string field) =>
            LakeField.ColumnOf(eventClass, field)
            ?? throw new NoPredicate(
                $"{LakeField.PathOf(field)} is in extra, where it may be a list"
            );
    }

    sealed class NoPredicate(string why) : Exception(why);
}

/// <summary>What a rule asks of a class.</summary>
/// <param name="Predicate">Null where none is exact.</param>
/// <param name="Why">Why none is; null where there is one.</param>
public sealed record RulePredicate(EventClass Class, Predicate? Predicate, string? Why);
