using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Predicates;

/// <summary>Rules as predicates over the columns of a class, of which a store's dialect makes SQL.</summary>
/// <remarks>
/// A predicate holds for exactly the rows that the matcher finds. What no predicate says exactly (an expression that RE2 reads
/// otherwise, a comparison of numbers in <c>extra</c>, a time written as a text) is refused by name: a weaker query is no answer
/// (specification 2.1, conversion).
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
                    new Predicate.IsNull(FieldOf(exists.Field))
                ),
                SigmaNode.Reference reference => Reference(reference),
                SigmaNode.Keyword keyword => new Predicate.Or([
                    .. ClassPlans
                        .ColumnsOfKeywords(eventClass)
                        .SelectMany(column =>
                            keyword
                                .Tests.Where(test => ClassPlans.CanStandIn(column.Type, test))
                                .Select(test => Over(test, column, column.Name))
                        ),
                    .. keyword.Tests.Select(test => Over(test, Field.AllOfExtra, "extra")),
                ]),
                _ => throw new ArgumentException(
                    $"a node of type {node.GetType().Name}",
                    nameof(node)
                ),
            };

        Predicate Item(SigmaNode.Item item)
        {
            var field = FieldOf(item.Field);
            var terms = item.Tests.Select(test => Over(test, field, item.Field)).ToList();
            if (item.OrMissing)
            {
                terms.Add(new Predicate.IsNull(field));
            }

            return terms is [var only] ? only : new Predicate.Or(terms);
        }

        Predicate.Compare Reference(SigmaNode.Reference reference)
        {
            var (field, other) = (FieldOf(reference.Field), FieldOf(reference.Other));
            return field.Type == ColumnType.Time || other.Type == ColumnType.Time
                ? throw new NoPredicate(
                    $"it compares the texts of times: {reference.Field} with {reference.Other}"
                )
                : new Predicate.Compare(
                    field,
                    reference.Part switch
                    {
                        TextPart.Contains => TextMatch.Contains,
                        TextPart.Start => TextMatch.StartsWith,
                        TextPart.End => TextMatch.EndsWith,
                        _ => TextMatch.Equals,
                    },
                    other,
                    !reference.Cased
                );
        }

        static Predicate Over(ValueTest test, Field field, string name) =>
            test.Over(field)
            ?? throw new NoPredicate($"no predicate asks of {name} exactly what the rule does");

        Field FieldOf(string field) =>
            LakeField.ColumnOf(eventClass, field) is { } column
                ? column
                : new Field(null, LakeField.PathOf(field));
    }

    sealed class NoPredicate(string why) : Exception(why);
}

/// <summary>What a rule asks of a class.</summary>
/// <param name="Predicate">Null where none is exact.</param>
/// <param name="Why">Why none is; null where there is one.</param>
public sealed record RulePredicate(EventClass Class, Predicate? Predicate, string? Why);
