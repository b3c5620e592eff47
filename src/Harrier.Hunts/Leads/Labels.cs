namespace Harrier.Hunts.Leads;

/// <summary>A judgement with what it was about, so that it also speaks for like leads.</summary>
sealed record LabelRecord(
    string Lead,
    string Hunt,
    string Technique,
    Entity Subject,
    LeadLabel Label
);

/// <summary>How judgements change the order of leads. Nothing is deleted: a lead that sinks says why.</summary>
static class Labels
{
    /// <summary>What a lead judged benign keeps of its score.</summary>
    const double Benign = 0.2;

    /// <summary>What a lead of the same step and subject as a benign one keeps.</summary>
    const double LikeBenign = 0.5;

    /// <summary>Share of the way to 1 that a lead about the subject of a malicious one goes.</summary>
    const double Malicious = 0.3;

    public static IReadOnlyList<Lead> Apply(
        IReadOnlyList<Lead> leads,
        IReadOnlyList<LabelRecord> labels
    ) => labels.Count == 0 ? leads : [.. leads.Select(lead => Apply(lead, labels))];

    static Lead Apply(Lead lead, IReadOnlyList<LabelRecord> labels)
    {
        if (labels.FirstOrDefault(label => label.Lead == lead.Id) is { } own)
        {
            var score = own.Label.Judgement switch
            {
                "benign" => lead.Score * Benign,
                "malicious" => Towards1(lead.Score),
                _ => lead.Score,
            };
            var said = $"Judged {own.Label.Judgement} by {own.Label.Who}: {own.Label.Why}";
            return lead with
            {
                Score = score,
                Label = own.Label,
                Reasons = [.. lead.Reasons, said],
            };
        }

        if (lead.Entities.Count == 0)
        {
            return lead;
        }

        var subject = lead.Entities[0];
        var evil = labels.FirstOrDefault(label =>
            label.Label.Judgement == "malicious" && label.Subject == subject
        );
        if (evil is not null)
        {
            return lead with
            {
                Score = Towards1(lead.Score),
                Reasons =
                [
                    .. lead.Reasons,
                    $"{subject.Type} {subject.Value} is the subject of {evil.Lead}, which was judged malicious.",
                ],
            };
        }

        var alike = labels.FirstOrDefault(label =>
            label.Label.Judgement == "benign"
            && label.Hunt == lead.Hunt
            && label.Technique == lead.Technique
            && label.Subject == subject
        );
        return alike is null
            ? lead
            : lead with
            {
                Score = lead.Score * LikeBenign,
                Reasons =
                [
                    .. lead.Reasons,
                    $"Ranked lower: {alike.Lead} of the same step about {subject.Value} was judged benign.",
                ],
            };
    }

    static double Towards1(double score) => 1 - ((1 - score) * (1 - Malicious));
}
