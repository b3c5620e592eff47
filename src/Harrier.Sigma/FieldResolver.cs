using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma;

/// <summary>Puts where a field is in the lake in the place of its name in Sigma, for a log source and a class.</summary>
/// <remarks>A field that may be in several places is the first of them that a row has.</remarks>
sealed class FieldResolver(EventClass eventClass, LogsourceEntry entry)
{
    readonly Dictionary<string, IReadOnlyList<string>> _places = new(StringComparer.Ordinal);

    /// <summary>The rows of the class that the log source means; null where it has none.</summary>
    public SigmaNode? Rows => entry.RowsOf(eventClass);

    /// <summary>The rows of the log source that a detection holds for.</summary>
    public SigmaNode Ask(SigmaNode detection) => new SigmaNode.And([Rows!, Resolve(detection)]);

    public SigmaNode Resolve(SigmaNode node) =>
        node switch
        {
            SigmaNode.And and => new SigmaNode.And(Resolve(and.Terms)),
            SigmaNode.Or or => new SigmaNode.Or(Resolve(or.Terms)),
            SigmaNode.Not not => new SigmaNode.Not(Resolve(not.Term)),
            SigmaNode.Item item => PlacesOf(item.Field) is [var place]
                ? At(item, place, isLast: true)
                : InPlaces(item),
            SigmaNode.Exists exists => SigmaNode.AnyOf([.. PlacesOf(exists.Field).Select(Has)]),
            SigmaNode.Reference reference => InPlaces(reference),
            _ => node,
        };

    SigmaNode[] Resolve(IReadOnlyList<SigmaNode> nodes)
    {
        var resolved = new SigmaNode[nodes.Count];
        for (var index = 0; index < resolved.Length; index++)
        {
            resolved[index] = Resolve(nodes[index]);
        }

        return resolved;
    }

    SigmaNode InPlaces(SigmaNode.Item item) =>
        First(PlacesOf(item.Field), (place, isLast) => At(item, place, isLast));

    SigmaNode InPlaces(SigmaNode.Reference reference) =>
        First(
            PlacesOf(reference.Field),
            (place, _) =>
                First(
                    PlacesOf(reference.Other),
                    (other, _) => reference with { Field = place, Other = other }
                )
        );

    static SigmaNode At(SigmaNode.Item item, string place, bool isLast) =>
        Constants(place) is { } constants
            ? Always(constants.Any(text => item.Tests.Any(test => test.Holds(text))))
            : item with
            {
                Field = place,
                OrMissing = item.OrMissing && isLast,
            };

    /// <summary>Where a field of Sigma is: what the log source says, else the schema's own name for it, else extra.</summary>
    public IReadOnlyList<string> PlacesOf(string field)
    {
        if (!_places.TryGetValue(field, out var places))
        {
            _places[field] = places = Find(field);
        }

        return places;
    }

    IReadOnlyList<string> Find(string field)
    {
        if (entry.Fields.TryGetValue(field, out var declared))
        {
            var here = declared
                .Where(place => Constants(place) is not null || LakeField.IsIn(eventClass, place))
                .ToList();
            if (here.Count > 0)
            {
                return here;
            }
        }

        return [BySchema(eventClass, field)];
    }

    /// <summary>The column that the schema has for Sigma's name, else the path in extra.</summary>
    public static string BySchema(EventClass eventClass, string field) =>
        eventClass.FindSigma(field)?.Name ?? LakeField.Extra + field;

    static SigmaNode First(IReadOnlyList<string> places, Func<string, bool, SigmaNode> test)
    {
        var node = test(places[^1], true);
        for (var index = places.Count - 2; index >= 0; index--)
        {
            node = new SigmaNode.Or([
                test(places[index], false),
                new SigmaNode.And([new SigmaNode.Not(Has(places[index])), node]),
            ]);
        }

        return node;
    }

    static SigmaNode Has(string place) =>
        Constants(place) is null ? new SigmaNode.Exists(place) : Always(true);

    static SigmaNode Always(bool holds) => holds ? new SigmaNode.And([]) : new SigmaNode.Or([]);

    /// <summary>What a place in quotes always holds; null for a place that is looked up.</summary>
    public static string[]? Constants(string place) =>
        place.StartsWith('\'') ? place.Trim('\'').Split('|') : null;
}
