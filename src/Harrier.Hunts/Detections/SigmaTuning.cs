using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Tuning;
using Harrier.Store;

namespace Harrier.Hunts.Detections;

/// <summary>What a rule's hits and their judgements give for a filter.</summary>
/// <param name="Clauses">Empty where no values part the benign hits from the others.</param>
/// <param name="Left">Benign hits that no clause takes.</param>
public sealed record TuningResult(
    long Hits,
    long Benign,
    long Malicious,
    IReadOnlyList<FilterClause> Clauses,
    long Left
);

/// <summary>Learns from the labels of leads which hits of a rule a filter may take.</summary>
public static class SigmaTuning
{
    /// <summary>Hits of each kind that are learned from, the first of a scan. Whether a filter holds on all is for a backtest to say.</summary>
    const int MostExamples = 3_000;

    /// <param name="least">Benign hits that make a clause worth it.</param>
    /// <param name="unjudgedMayGo">Hits that nobody judged may be taken as well; else they must stay.</param>
    public static TuningResult Run(
        IEventStore store,
        LeadStore leads,
        SigmaRule rule,
        Logsources logsources,
        SigmaScope scope,
        int least,
        bool unjudgedMayGo,
        CancellationToken cancel
    )
    {
        var compiled = SigmaCompiler.Compile([rule], logsources);
        var fields = compiled.Classes.ToDictionary(
            eventClass => eventClass,
            eventClass => TuningFields.Of(rule, eventClass, logsources)
        );
        var names = fields
            .Values.SelectMany(list => list)
            .Select(field => field.Name)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var judged = JudgedEvents.Of(leads);
        var examples = new Dictionary<string, List<TuningExample>>(StringComparer.Ordinal);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        SigmaScan.Run(
            store,
            compiled,
            scope,
            eventClass =>
                EventText.Columns(eventClass).Concat(fields[eventClass].Select(one => one.Column)),
            (batch, hits, _) =>
            {
                var columns = names
                    .Select(name =>
                        fields[batch.Class].FirstOrDefault(field => field.Name == name)?.Column
                    )
                    .ToList();
                foreach (var hit in hits)
                {
                    var judgement =
                        judged.Of(
                            rule,
                            SigmaTest.EntitiesOf(batch, hit.Row)[0],
                            SigmaEventReference.Of(batch, hit.Row)
                        ) ?? "";
                    counts[judgement] = counts.GetValueOrDefault(judgement) + 1;
                    if (!examples.TryGetValue(judgement, out var list))
                    {
                        examples[judgement] = list = [];
                    }

                    if (list.Count < MostExamples)
                    {
                        list.Add(
                            new TuningExample(
                                judgement == "benign" ? true
                                    : judgement.Length == 0 && unjudgedMayGo ? null
                                    : false,
                                [
                                    .. columns.Select(column =>
                                        column is null
                                            ? null
                                            : batch.Text(column.Ordinal).Text(hit.Row)
                                    ),
                                ]
                            )
                        );
                    }
                }
            },
            cancel
        );
        var clauses = FilterLearner.Learn(
            names,
            [
                .. examples
                    .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .SelectMany(pair => pair.Value),
            ],
            least
        );
        var benign = counts.GetValueOrDefault("benign");
        return new TuningResult(
            counts.Values.Sum(),
            benign,
            counts.GetValueOrDefault("malicious") + counts.GetValueOrDefault("suspicious"),
            clauses,
            benign - clauses.Sum(clause => clause.Benign)
        );
    }
}
