using Harrier.Hunts.Documents;
using Harrier.Hunts.Techniques;
using Harrier.Sigma.Scanning;

namespace Harrier.Hunts.Detections;

/// <summary>The hunt that a scan is when its matches are to be leads.</summary>
public static class ScanHunt
{
    public const string Id = "sigma-scan";

    /// <summary>A hypothesis hunt of one step, the plan's rules; nothing confirms it but a person's judgement of its leads.</summary>
    /// <param name="sha256">Of the rules' files: part of what shaped the run.</param>
    public static HuntDocument Of(SigmaPlan plan, IReadOnlySet<string>? hosts, string sha256)
    {
        var told = plan.Set with
        {
            Rules =
            [
                .. plan.Running.Where(rule =>
                    plan.IsTold(rule) || plan.Correlations.Rules.Contains(rule)
                ),
            ],
            Correlations = [.. plan.Correlations.Correlations],
        };
        return new HuntDocument(
            Id,
            HuntType.Hypothesis,
            "Sigma rules of a scan",
            "Where do the Sigma rules that were scanned hold?",
            "A rule is what somebody saw an intruder do; where it holds, a person looks.",
            [
                .. told
                    .Rules.SelectMany(rule => rule.Attack)
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            null,
            null,
            new Hypothesis(
                "Somebody does on a host what the rules describe.",
                "Administration and software do what looks like it.",
                "A person judges a match malicious.",
                "No rule holds, or all that do were judged benign."
            ),
            [],
            [.. plan.Compiled.Classes.Select(one => new DataNeed(one, []))],
            [
                new HuntStep(
                    "rules",
                    "Which rules hold, on which hosts?",
                    new StepTest.Sigma([], told, hosts),
                    [],
                    [],
                    [],
                    0,
                    new StepParameters(
                        "rules",
                        Id,
                        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
                    )
                ),
            ],
            null,
            null,
            [],
            [
                "What no rule describes.",
                "Log sources for which there is no data: harrier sigma scan --stats.",
            ],
            "",
            "",
            [],
            [],
            "",
            sha256,
            false
        );
    }
}
