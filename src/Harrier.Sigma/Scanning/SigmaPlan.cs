using Harrier.Sigma.Correlations;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Scanning;

/// <summary>What is chosen of a rule set, made ready to run.</summary>
public sealed class SigmaPlan
{
    readonly RuleChoice _choice;
    readonly CompiledCorrelations _all;

    public SigmaPlan(SigmaRuleSet set, RuleChoice choice, Logsources logsources)
    {
        (Set, Logsources, _choice) = (set, logsources, choice);
        Rules = [.. set.Rules.Where(choice.Takes)];
        _all = CompiledCorrelations.Compile(set.Rules, set.Correlations);
        // A correlation that another one refers to runs with it, whatever its own level.
        var wanted = WithReferred(set.Correlations.Where(one => choice.Takes(one, set.Rules)), set);
        Correlations = CompiledCorrelations.Compile(set.Rules, wanted);
        Running =
        [
            .. set.Rules.Where(rule => choice.Takes(rule) || Correlations.Rules.Contains(rule)),
        ];
        Compiled = SigmaCompiler.Compile(Running, logsources);
    }

    public SigmaRuleSet Set { get; }

    public Logsources Logsources { get; }

    /// <summary>Correlations with those that they refer to, and those refer to; in the order of the set.</summary>
    public static IReadOnlyList<SigmaCorrelation> WithReferred(
        IEnumerable<SigmaCorrelation> correlations,
        SigmaRuleSet set
    )
    {
        var wanted = correlations.ToHashSet<SigmaCorrelation>(ReferenceEqualityComparer.Instance);
        for (var before = -1; before < wanted.Count; )
        {
            before = wanted.Count;
            wanted.UnionWith(
                set.Correlations.Where(one => wanted.Any(parent => parent.Rules.Any(one.IsNamed)))
            );
        }

        return [.. set.Correlations.Where(wanted.Contains)];
    }

    /// <summary>Rules that were chosen, in the order of the set.</summary>
    public IReadOnlyList<SigmaRule> Rules { get; }

    public CompiledCorrelations Correlations { get; }

    /// <summary>The chosen rules, and those that correlations refer to.</summary>
    public IReadOnlyList<SigmaRule> Running { get; }

    /// <summary><see cref="Running"/>, made ready.</summary>
    public CompiledRules Compiled { get; }

    /// <summary>Whether a rule's events are to be told: it was chosen, and is not there for a correlation alone, chosen or not.</summary>
    public bool IsTold(SigmaRule rule) => _choice.Takes(rule) && _all.AlertsAlone(rule);

    /// <summary>Whether a hit of a correlation is to be told.</summary>
    public bool IsTold(SigmaCorrelation correlation) => _choice.Takes(correlation, Set.Rules);
}
