using Harrier.Schema;
using Harrier.Sigma.Explaining;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Correlations;

/// <summary>Leads what a <see cref="SigmaMatcher"/> finds in batches to correlations, with the fields they ask for.</summary>
/// <remarks>
/// A field is looked up as the rule that the event met looks it up: where its log source says (maps/sigma), else the schema's
/// column for Sigma's name, else the key of <c>extra</c>; there, several values are one text, as no correlation says which of
/// them is meant. Of an event that met several rules, the first that knows a value gives it.
/// </remarks>
public sealed class SigmaCorrelationFeed
{
    readonly CompiledCorrelations _correlations;
    readonly Logsources _logsources;
    readonly SigmaCorrelator _correlator;
    readonly Dictionary<SigmaRule, int> _rules = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<(EventClass Class, Logsource Source), FieldPlaces> _places = [];

    public SigmaCorrelationFeed(
        CompiledCorrelations correlations,
        Logsources logsources,
        SigmaCorrelationLimits? limits = null,
        CorrelationTrace? trace = null
    )
    {
        _correlations = correlations;
        _logsources = logsources;
        _correlator = new SigmaCorrelator(correlations, limits, trace);
        for (var index = 0; index < correlations.Rules.Count; index++)
        {
            _rules.Add(correlations.Rules[index], index);
        }
    }

    /// <inheritdoc cref="SigmaCorrelator.Losses"/>
    public SigmaCorrelationLosses Losses => _correlator.Losses;

    /// <summary>Columns of a class that correlations read, beside those of the rules.</summary>
    public IReadOnlyList<Column> ColumnsFor(EventClass eventClass) =>
        _rules.Count == 0
            ? []
            :
            [
                .. _rules
                    .Keys.SelectMany(rule => PlacesFor(eventClass, rule).All)
                    .Where(place => FieldResolver.Constants(place) is null)
                    .Select(place =>
                        LakeField.ColumnOf(eventClass, place)
                        ?? eventClass.Columns[CommonColumns.Extra]
                    )
                    .Append(eventClass.Columns[CommonColumns.Time])
                    .Append(eventClass.Columns[CommonColumns.File])
                    .Append(eventClass.Columns[CommonColumns.Record])
                    .Distinct(),
            ];

    FieldPlaces PlacesFor(EventClass eventClass, SigmaRule rule)
    {
        if (!_places.TryGetValue((eventClass, rule.Logsource), out var places))
        {
            _places[(eventClass, rule.Logsource)] = places = new FieldPlaces(
                rule,
                eventClass,
                _correlations.Fields,
                _logsources
            );
        }

        return places;
    }

    /// <summary>Takes the hits of a batch.</summary>
    public void Add(EventBatch batch, IReadOnlyList<SigmaHit> hits)
    {
        foreach (var one in Read(batch, hits))
        {
            Add(one);
        }
    }

    /// <summary>Takes an event that <see cref="Read"/> made of a batch.</summary>
    public void Add(SigmaCorrelationEvent one) => _correlator.Add(one);

    /// <summary>What correlations are to know of the hits of a batch, in order of rows; the batch may be filled anew afterwards.</summary>
    public IReadOnlyList<SigmaCorrelationEvent> Read(EventBatch batch, IReadOnlyList<SigmaHit> hits)
    {
        var rows = new SortedDictionary<int, List<int>>();
        foreach (var hit in hits)
        {
            if (_rules.TryGetValue(hit.Rule, out var rule))
            {
                if (!rows.TryGetValue(hit.Row, out var met))
                {
                    rows[hit.Row] = met = [];
                }

                met.Add(rule);
            }
        }

        var texts = new BatchTexts(batch);
        var extras = new Dictionary<int, SigmaEvent?>();
        var events = new List<SigmaCorrelationEvent>(rows.Count);
        var placesOf = rows
            .Values.SelectMany(met => met)
            .Distinct()
            .Select(rule => PlacesFor(batch.Class, _correlations.Rules[rule]))
            .Distinct()
            .ToDictionary(places => places, places => places.In(batch));
        foreach (var (row, met) in rows)
        {
            met.Sort();
            var places = met.Select(rule =>
                    placesOf[PlacesFor(batch.Class, _correlations.Rules[rule])](row)
                )
                .ToList();
            events.Add(
                new SigmaCorrelationEvent(
                    texts.ReferenceAt(row),
                    met,
                    [
                        .. Enumerable
                            .Range(0, _correlations.Fields.Count)
                            .Select(field =>
                                places
                                    .SelectMany(of => of[field])
                                    .Select(place => Value(place, row))
                                    .FirstOrDefault(value => value is not null)
                            ),
                    ]
                )
            );
        }

        return events;

        string? Value(string place, int row)
        {
            if (FieldResolver.Constants(place) is { } constants)
            {
                return constants is [var constant] ? constant : null;
            }

            if (LakeField.ColumnOf(batch.Class, place) is not { } column)
            {
                return ExtraOf(row)?.Joined(LakeField.PathOf(place));
            }

            return batch[column.Ordinal] is IntColumn numbers
                ? numbers.Value(row) is { } number
                    ? ColumnValues.NumberText(column, number)
                    : null
                : texts.At(column.Ordinal, row);
        }

        SigmaEvent? ExtraOf(int row)
        {
            var column = batch.Text(CommonColumns.Extra);
            if (column.Indices[row] is not (>= 0 and var index))
            {
                return null;
            }

            if (!extras.TryGetValue(index, out var extra))
            {
                extras[index] = extra = SigmaEvent.Parse(column.DistinctText(index));
            }

            return extra;
        }
    }

    /// <summary>All hits, when the last batch was added.</summary>
    public IReadOnlyList<SigmaCorrelationHit> Complete() => _correlator.Complete();
}
