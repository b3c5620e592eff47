using Harrier.Schema;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Correlations;

/// <summary>Leads what a <see cref="SigmaMatcher"/> finds in batches to correlations, with the fields they ask for.</summary>
/// <remarks>
/// A field is looked up as rules look it up: the schema's column for Sigma's name, else the key of <c>extra</c>; there, several
/// values are one text, as no correlation says which of them is meant.
/// </remarks>
public sealed class SigmaCorrelationFeed
{
    readonly CompiledCorrelations _correlations;
    readonly SigmaCorrelator _correlator;
    readonly Dictionary<SigmaRule, int> _rules = new(ReferenceEqualityComparer.Instance);

    public SigmaCorrelationFeed(
        CompiledCorrelations correlations,
        SigmaCorrelationLimits? limits = null
    )
    {
        _correlations = correlations;
        _correlator = new SigmaCorrelator(correlations, limits);
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
                .. _correlations
                    .Fields.Select(field =>
                        eventClass.FindSigma(field) ?? eventClass.Columns[CommonColumns.Extra]
                    )
                    .Append(eventClass.Columns[CommonColumns.Time])
                    .Append(eventClass.Columns[CommonColumns.File])
                    .Append(eventClass.Columns[CommonColumns.Record])
                    .Distinct(),
            ];

    /// <summary>Takes the hits of a batch.</summary>
    public void Add(EventBatch batch, IReadOnlyList<SigmaHit> hits)
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

        var texts = new Dictionary<(int Column, int Index), string>();
        var extras = new Dictionary<int, SigmaEvent?>();
        foreach (var (row, met) in rows)
        {
            met.Sort();
            _correlator.Add(
                new SigmaCorrelationEvent(
                    new SigmaEventReference(
                        batch.Int(CommonColumns.Time).Value(row) ?? 0,
                        batch.Class.Name,
                        TextOf(CommonColumns.File, row) ?? "",
                        batch.Int(CommonColumns.Record).Value(row) ?? 0
                    ),
                    met,
                    [.. _correlations.Fields.Select(field => Value(field, row))]
                )
            );
        }

        string? Value(string field, int row)
        {
            if (batch.Class.FindSigma(field) is not { } column)
            {
                return ExtraOf(row)?.Values(field) switch
                {
                    null or [] => null,
                    [var one] => one,
                    var several => string.Join(", ", several),
                };
            }

            return batch[column.Ordinal] is IntColumn numbers
                ? numbers.Value(row) is { } number
                    ? ColumnValues.NumberText(column, number)
                    : null
                : TextOf(column.Ordinal, row);
        }

        string? TextOf(int ordinal, int row)
        {
            var column = batch.Text(ordinal);
            if (row >= column.Count || column.Indices[row] is < 0)
            {
                return null;
            }

            var key = (ordinal, column.Indices[row]);
            if (!texts.TryGetValue(key, out var text))
            {
                texts[key] = text = column.DistinctText(key.Item2);
            }

            return text;
        }

        SigmaEvent? ExtraOf(int row)
        {
            var column = batch.Text(CommonColumns.Extra);
            if (row >= column.Count || column.Indices[row] is < 0)
            {
                return null;
            }

            var index = column.Indices[row];
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
