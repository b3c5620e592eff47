namespace Harrier.Hunts.Techniques;

/// <summary>What several techniques do alike.</summary>
static class Techniques
{
    /// <summary>The most values a baseline document keeps of a step; the rarest are left out first.</summary>
    const int MostNormal = 5_000;

    public static TechniqueResult TooMany(ValueQuestion question) =>
        new(
            [],
            0,
            $"{question.Names} of {question.Class.Name} has over 2,000,000 combinations of value, subject and day: name fewer columns, or narrow it with 'filter'.",
            []
        );

    /// <summary>Highest score first; equal scores by title, so that two runs give one order.</summary>
    public static IReadOnlyList<Finding> Ordered(IEnumerable<Finding> findings) =>
        [
            .. findings
                .OrderByDescending(finding => finding.Score)
                .ThenBy(finding => finding.Title, StringComparer.Ordinal),
        ];

    public static void Say(List<string> reasons, string? watched)
    {
        if (watched is not null)
        {
            reasons.Add(
                $"It contains '{watched}', which this hunt watches: taken as ten times as surprising."
            );
        }
    }

    public static IReadOnlyList<NormalValue> Distributions(
        TechniqueContext context,
        ValueQuestion question,
        Sightings sightings
    )
    {
        var normal = new List<NormalValue>();
        foreach (var value in sightings.Values.Values)
        {
            foreach (
                var group in value
                    .Uses.GroupBy(use => Sightings.GroupOf(context, question.Peers, use.Key))
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
            )
            {
                normal.Add(
                    new NormalValue(
                        group.Key,
                        value.Text,
                        group.Sum(use => use.Value.Events),
                        group.Count(),
                        group.Min(use => use.Value.First),
                        group.Max(use => use.Value.Last)
                    )
                );
            }
        }

        return
        [
            .. normal
                .OrderByDescending(value => value.Hosts)
                .ThenByDescending(value => value.Events)
                .ThenBy(value => value.Group, StringComparer.Ordinal)
                .ThenBy(value => value.Value, StringComparer.Ordinal)
                .Take(MostNormal),
        ];
    }
}
