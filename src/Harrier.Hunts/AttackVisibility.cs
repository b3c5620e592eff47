using Harrier.Intel;
using Harrier.Store.Quality;

namespace Harrier.Hunts;

/// <summary>How much of what ATT&amp;CK wants to see a technique with is in the lake.</summary>
/// <param name="Share">Data components that are there, by those the best-served analytic reads, in [0, 1]. 0: none; 1: an analytic has all it reads.</param>
/// <param name="Present">Components of that analytic that are there.</param>
/// <param name="Missing">Components of it that are not.</param>
public sealed record AttackVisibility(
    string Technique,
    double Share,
    IReadOnlyList<string> Present,
    IReadOnlyList<string> Missing
)
{
    /// <summary>Every technique that ATT&amp;CK says how to see, by its identifier.</summary>
    /// <param name="detections">Of the bundle imported last.</param>
    public static IReadOnlyList<AttackVisibility> Of(
        IReadOnlyList<DataComponent> components,
        IReadOnlyList<AttackDetection> detections
    )
    {
        var present = components
            .Where(component => component.Events > 0)
            .Select(component => component.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. detections
                .GroupBy(detection => detection.Technique, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group =>
                    group
                        .Select(detection => Of(detection, present))
                        .OrderByDescending(visibility => visibility.Share)
                        .ThenByDescending(visibility => visibility.Present.Count)
                        .First()
                ),
        ];
    }

    static AttackVisibility Of(AttackDetection detection, HashSet<string> present)
    {
        var there = detection.Components.Where(present.Contains).ToList();
        return new AttackVisibility(
            detection.Technique,
            (double)there.Count / detection.Components.Count,
            there,
            [.. detection.Components.Except(there, StringComparer.Ordinal)]
        );
    }
}
