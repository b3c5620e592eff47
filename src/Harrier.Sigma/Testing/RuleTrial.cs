using System.Text.Json;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Explaining;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Testing;

/// <summary>Tries rules and correlations on single records with the rules' own field names: no maps, no log sources.</summary>
public sealed class RuleTrial
{
    readonly SigmaRuleSet _set;
    readonly string _timeField;
    readonly CompiledCorrelations _correlations;
    readonly SigmaCorrelator _correlator;
    readonly CorrelationTrace _trace;

    /// <param name="timeField">Field with the time of an event, in ISO 8601 or as a number since 1970; correlations need it.</param>
    public RuleTrial(SigmaRuleSet set, string timeField)
    {
        (_set, _timeField) = (set, timeField);
        _correlations = CompiledCorrelations.Compile(set.Rules, set.Correlations);
        _trace = new CorrelationTrace(_correlations);
        _correlator = new SigmaCorrelator(
            _correlations,
            new SigmaCorrelationLimits(References: int.MaxValue),
            _trace
        );
    }

    /// <inheritdoc cref="CompiledCorrelations.NotRun"/>
    public IReadOnlyList<(Language.SigmaCorrelation Correlation, string Why)> NotRun =>
        _correlations.NotRun;

    /// <summary>Records that a correlation's rule matched, and that have no time: correlations left them out.</summary>
    public int Untimed { get; private set; }

    /// <summary>Takes a record; true where any rule matches it.</summary>
    /// <param name="number">Its number, by which hits of correlations name it.</param>
    public bool Add(JsonElement record, long number)
    {
        var one = SigmaEvent.Of(record);
        int[] met =
        [
            .. Enumerable
                .Range(0, _correlations.Rules.Count)
                .Where(index => one.Meets(_correlations.Rules[index])),
        ];
        if (met.Length > 0)
        {
            if (one.Values(_timeField) is [var text, ..] && WrittenTime.Read(text) is { } time)
            {
                _correlator.Add(
                    new SigmaCorrelationEvent(
                        new SigmaEventReference(time.Micros, "", "", number),
                        met,
                        [.. _correlations.Fields.Select(one.Joined)]
                    )
                );
            }
            else
            {
                Untimed++;
            }
        }

        return met.Length > 0 || _set.Rules.Any(one.Meets);
    }

    /// <summary>Hits of correlations, when the last record was taken; in order of time.</summary>
    public IReadOnlyList<SigmaCorrelationHit> Complete() => _correlator.Complete();

    /// <summary>Why correlations hold or not; asked after <see cref="Complete"/>.</summary>
    public IReadOnlyList<CorrelationExplanation> Explain() => _trace.Explain(null);
}
