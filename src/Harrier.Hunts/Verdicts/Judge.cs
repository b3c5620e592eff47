using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;

namespace Harrier.Hunts.Verdicts;

/// <summary>Verdict and the sentence that gives its reason.</summary>
sealed record Judged(Verdict Verdict, string Reason);

/// <summary>
/// What a run may say, by what it found and by how much of the needed data was there (ceilings: share below 0.5 says nothing
/// negative; below 0.95 a 'not confirmed' names the share). A positive finding needs no coverage.
/// </summary>
static class Judge
{
    const double Half = 0.5;
    const double Whole = 0.95;

    public static Judged Verdict(
        HuntDocument hunt,
        PreflightResult preflight,
        IReadOnlyList<StepOutcome> outcomes,
        IReadOnlyList<Lead> leads
    )
    {
        var malicious = leads.Count(lead => lead.Label?.Judgement == "malicious");
        if (malicious > 0)
        {
            return new Judged(
                Verdicts.Verdict.ConfirmedMalicious,
                $"A person judged {malicious} of {leads.Count} leads malicious."
            );
        }

        var benign = leads.Count(lead => lead.Label?.Judgement == "benign");
        return hunt.Confirm is null
            ? Open(preflight, outcomes, leads.Count, benign)
            : Tested(hunt, hunt.Confirm, preflight, outcomes, leads);
    }

    static Judged Tested(
        HuntDocument hunt,
        VerdictRule rule,
        PreflightResult preflight,
        IReadOnlyList<StepOutcome> outcomes,
        IReadOnlyList<Lead> leads
    )
    {
        var benign = leads
            .Where(lead => lead.Label?.Judgement == "benign")
            .Select(lead => lead.Id)
            .ToHashSet(StringComparer.Ordinal);
        double Measure(string name, string what) => MeasureOf(outcomes, name, what, benign);
        double MeasureAll(string name, string what) =>
            MeasureOf(outcomes, name, what, new HashSet<string>());
        if (rule.Holds(Measure))
        {
            return new Judged(
                Verdicts.Verdict.ConfirmedMalicious,
                Seen(outcomes, [.. rule.Carriers(Measure)])
            );
        }

        if (rule.Holds(MeasureAll))
        {
            return new Judged(
                Verdicts.Verdict.ConfirmedBenign,
                $"The behaviour is there and was judged benign: {benign.Count} of {leads.Count} leads."
            );
        }

        // What the hunt can't do without decides; a step that only lacked what helps is named below.
        if (preflight.WhyNot(hunt.Needs) is { } missing)
        {
            return new Judged(Verdicts.Verdict.Inconclusive, $"Data is missing: {missing}.");
        }

        var notRun = outcomes.Where(outcome => outcome.NotRun is not null).ToList();
        var undecided = notRun
            .Where(outcome => outcome.Result is not null || notRun.Count >= hunt.Steps.Count)
            .ToList();
        if (
            undecided.Count > 0
            && rule.CouldHold(Measure, undecided.Select(outcome => outcome.Step).ToHashSet())
        )
        {
            return new Judged(
                Verdicts.Verdict.Inconclusive,
                $"Not every step could answer: {Silent(undecided)}."
            );
        }

        var coverage = preflight.Coverage;
        if (preflight.Share < Half)
        {
            return new Judged(
                Verdicts.Verdict.Inconclusive,
                $"The needed data was there on {preflight.Share:P0} of the scope ({Scope(coverage)}): too little to say that it did not happen."
            );
        }

        var on = preflight.Share < Whole ? $" on {preflight.Share:P0} of the scope" : "";
        return new Judged(
            Verdicts.Verdict.NotConfirmed,
            $"Not confirmed{on}: {rule.Describe(Measure)}, on {Scope(coverage)}."
                + (notRun.Count > 0 ? $" Not run: {Silent(notRun)}." : "")
        );
    }

    /// <summary>A hunt without a confirm condition raises questions; only people answer them.</summary>
    static Judged Open(
        PreflightResult preflight,
        IReadOnlyList<StepOutcome> outcomes,
        int leads,
        int benign
    )
    {
        var notRun = outcomes.Where(outcome => outcome.NotRun is not null).ToList();
        if (leads == 0 && notRun.Count > 0)
        {
            return new Judged(Verdicts.Verdict.Inconclusive, $"Data is missing: {Silent(notRun)}.");
        }

        if (leads == 0)
        {
            return new Judged(
                preflight.Share < Half
                    ? Verdicts.Verdict.Inconclusive
                    : Verdicts.Verdict.NotConfirmed,
                $"Nothing stood out on {Scope(preflight.Coverage)}."
            );
        }

        return benign == leads
            ? new Judged(
                Verdicts.Verdict.ConfirmedBenign,
                $"All {leads} outliers were judged benign."
            )
            : new Judged(
                Verdicts.Verdict.Inconclusive,
                $"{leads - benign} of {leads} outliers wait for a person's judgement, on {Scope(preflight.Coverage)}."
            );
    }

    /// <summary>The tests that confirm, each by the title of its best finding.</summary>
    static string Seen(IReadOnlyList<StepOutcome> outcomes, IReadOnlyList<string> names)
    {
        var sentences = outcomes
            .Where(outcome => names.Contains(outcome.Step) && outcome.Leads.Count > 0)
            .Select(outcome =>
            {
                var best = outcome.Leads.MaxBy(lead => lead.Score)!;
                var more = outcome.Leads.Count > 1 ? $" (and {outcome.Leads.Count - 1} more)" : "";
                return best.Title + more;
            })
            .ToList();
        return $"Confirmed by {Wording.Count(sentences.Count, "test", "tests")}: {string.Join("; ", sentences)}.";
    }

    static string Silent(IEnumerable<StepOutcome> notRun) =>
        string.Join("; ", notRun.Select(outcome => $"step '{outcome.Step}' had {outcome.NotRun}"));

    static string Scope(Coverage coverage) =>
        $"{coverage.HostsWithData} of {coverage.Hosts} hosts and {coverage.DaysWithData} of {coverage.Days} days";

    static double MeasureOf(
        IReadOnlyList<StepOutcome> outcomes,
        string name,
        string what,
        IReadOnlySet<string> benign
    )
    {
        var findings =
            outcomes
                .FirstOrDefault(outcome => outcome.Step == name)
                ?.Leads.Where(lead => !benign.Contains(lead.Id))
                .ToList()
            ?? [];
        return what switch
        {
            "hosts" => Entities(findings, "host"),
            "accounts" => Entities(findings, "account"),
            "score" => findings.Select(lead => lead.Score).DefaultIfEmpty(0).Max(),
            "sources" => findings
                .SelectMany(lead => lead.Evidence)
                .Select(evidence => evidence.Class)
                .Distinct()
                .Count(),
            "kinds" => findings
                .SelectMany(lead => lead.Entities)
                .Select(entity => entity.Type)
                .Where(type => type is not ("host" or "account" or "indicator"))
                .Distinct()
                .Count(),
            _ => findings.Count,
        };
    }

    static int Entities(IReadOnlyList<Lead> leads, string type) =>
        leads.SelectMany(l => l.Entities).Where(e => e.Type == type).Distinct().Count();
}
