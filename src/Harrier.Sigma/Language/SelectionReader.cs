using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Language;

/// <summary>Makes a node of a selection: maps join with and, lists with or, plain values are keywords.</summary>
sealed class SelectionReader(Placeholders placeholders)
{
    public SigmaNode Read(YamlValue value, string name)
    {
        switch (value)
        {
            case YamlValue.Mapping { Entries.Count: > 0 } map:
                return SigmaNode.AllOf([
                    .. map.Entries.Select(entry => Item(entry.Key, entry.Value)),
                ]);
            case YamlValue.Sequence { Items.Count: > 0 } list:
                return List(list, name);
            case YamlValue.Scalar { IsNull: false } scalar:
                return Keywords(ModifierChain.None, [scalar]);
            default:
                throw new RuleRefused(
                    value.Place,
                    "selection",
                    $"The selection '{name}' is empty."
                );
        }
    }

    SigmaNode List(YamlValue.Sequence list, string name)
    {
        var keywords = list.Items.OfType<YamlValue.Scalar>().ToList();
        var terms = list
            .Items.Where(item => item is not YamlValue.Scalar)
            .Select(item => Read(item, name))
            .ToList();
        if (keywords.Count > 0)
        {
            terms.Insert(0, Keywords(ModifierChain.None, keywords));
        }

        return SigmaNode.AnyOf(terms);
    }

    SigmaNode Item(YamlValue.Scalar key, YamlValue value)
    {
        var bar = key.Text.IndexOf('|', StringComparison.Ordinal);
        var field = bar < 0 ? key.Text : key.Text[..bar];
        var chain =
            bar < 0
                ? ModifierChain.None
                : ModifierChain.Parse(key.Text[(bar + 1)..], key.Place, placeholders);
        var values = Values(value);
        if (values.Find(value => value.IsNull) is { } nothing)
        {
            if (value is YamlValue.Sequence)
            {
                throw new RuleRefused(
                    nothing.Place,
                    "value",
                    "null can't stand in a list of values.",
                    "Write a selection of its own with the field and null, and join both with or."
                );
            }

            if (!chain.TakesNull && !chain.NeedsField)
            {
                throw new RuleRefused(
                    nothing.Place,
                    "value",
                    "null has no text that a modifier could work on.",
                    "Write the field without modifiers and null, or '' for the empty text."
                );
            }
        }

        var node = field.Length == 0 ? Keywords(chain, values) : Field(field, chain, values);
        return chain.Negated ? new SigmaNode.Not(node) : node;
    }

    static List<YamlValue.Scalar> Values(YamlValue value)
    {
        IReadOnlyList<YamlValue> items = value is YamlValue.Sequence list ? list.Items : [value];
        if (items.Count == 0)
        {
            throw new RuleRefused(value.Place, "value", "A list of values is empty.");
        }

        return items.FirstOrDefault(item => item is not YamlValue.Scalar) is { } wrong
            ? throw new RuleRefused(
                wrong.Place,
                "value",
                "A field takes a value or a list of values; a mapping can't stand there."
            )
            : [.. items.Cast<YamlValue.Scalar>()];
    }

    static SigmaNode Field(string field, ModifierChain chain, List<YamlValue.Scalar> values)
    {
        if (chain.Exists)
        {
            if (values is not [{ Boolean: { } there } _])
            {
                throw new RuleRefused(values[0].Place, "value", "'exists' takes true or false.");
            }

            SigmaNode exists = new SigmaNode.Exists(field);
            return there ? exists : new SigmaNode.Not(exists);
        }

        if (chain.IsReference)
        {
            if (values.Find(other => other.IsNull || other.Text.Length == 0) is { } unnamed)
            {
                throw new RuleRefused(unnamed.Place, "value", "'fieldref' names a field.");
            }

            return Join(
                chain,
                [
                    .. values.Select(other => new SigmaNode.Reference(
                        field,
                        other.Text,
                        chain.Part,
                        chain.Cased
                    )),
                ]
            );
        }

        if (chain.All)
        {
            return SigmaNode.AllOf([
                .. values.Select(value => new SigmaNode.Item(
                    field,
                    value.IsNull ? [] : chain.Tests(value),
                    value.IsNull
                )),
            ]);
        }

        return new SigmaNode.Item(
            field,
            [.. values.Where(value => !value.IsNull).SelectMany(chain.Tests)],
            values.Any(value => value.IsNull)
        );
    }

    static SigmaNode Keywords(ModifierChain chain, List<YamlValue.Scalar> values)
    {
        if (chain.NeedsField)
        {
            throw new RuleRefused(
                values[0].Place,
                "modifier",
                "A keyword has no field, which exists, fieldref, cidr and comparisons of numbers need."
            );
        }

        if (values.Find(value => value.IsNull) is { } nothing)
        {
            throw new RuleRefused(nothing.Place, "value", "A keyword can't be null.");
        }

        var search = chain.AsKeyword();
        return chain.All
            ? SigmaNode.AllOf([
                .. values.Select(value => new SigmaNode.Keyword(search.Tests(value))),
            ])
            : new SigmaNode.Keyword([.. values.SelectMany(search.Tests)]);
    }

    static SigmaNode Join(ModifierChain chain, IReadOnlyList<SigmaNode> terms) =>
        chain.All ? SigmaNode.AllOf(terms) : SigmaNode.AnyOf(terms);
}
