using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Language;

/// <summary>What a rule asks of an event, two-valued: a test of a missing field is false, its negation true.</summary>
abstract record SigmaNode
{
    public sealed record And(IReadOnlyList<SigmaNode> Terms) : SigmaNode;

    public sealed record Or(IReadOnlyList<SigmaNode> Terms) : SigmaNode;

    public sealed record Not(SigmaNode Term) : SigmaNode;

    /// <summary>The field passes one of the tests.</summary>
    /// <param name="OrMissing">Also true where the field is missing (null in the rule).</param>
    public sealed record Item(string Field, IReadOnlyList<ValueTest> Tests, bool OrMissing)
        : SigmaNode;

    /// <summary>Any value of the event passes one of the tests.</summary>
    public sealed record Keyword(IReadOnlyList<ValueTest> Tests) : SigmaNode;

    /// <summary>The field compares to another field of the same event.</summary>
    public sealed record Reference(string Field, string Other, TextPart Part, bool Cased)
        : SigmaNode
    {
        public bool Holds(string value, string other)
        {
            if (!Cased)
            {
                (value, other) = (CaseFolding.Fold(value), CaseFolding.Fold(other));
            }

            const StringComparison comparison = StringComparison.Ordinal;
            return Part switch
            {
                TextPart.Contains => value.Contains(other, comparison),
                TextPart.Start => value.StartsWith(other, comparison),
                TextPart.End => value.EndsWith(other, comparison),
                _ => value.Equals(other, comparison),
            };
        }
    }

    /// <summary>The field is there.</summary>
    public sealed record Exists(string Field) : SigmaNode;

    /// <summary>This node and all below it; selections that are used twice come twice.</summary>
    public IEnumerable<SigmaNode> All()
    {
        var stack = new Stack<SigmaNode>([this]);
        while (stack.TryPop(out var node))
        {
            yield return node;
            IReadOnlyList<SigmaNode> below = node switch
            {
                And and => and.Terms,
                Or or => or.Terms,
                Not not => [not.Term],
                _ => [],
            };
            foreach (var child in below)
            {
                stack.Push(child);
            }
        }
    }

    public static SigmaNode AllOf(IReadOnlyList<SigmaNode> terms) =>
        terms.Count == 1 ? terms[0] : new And(terms);

    public static SigmaNode AnyOf(IReadOnlyList<SigmaNode> terms) =>
        terms.Count == 1 ? terms[0] : new Or(terms);
}

/// <summary>Which part of a text a comparison means.</summary>
enum TextPart
{
    Whole,
    Contains,
    Start,
    End,
}
