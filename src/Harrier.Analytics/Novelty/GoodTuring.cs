namespace Harrier.Analytics.Novelty;

/// <summary>How likely the next sighting is something never seen before.</summary>
/// <remarks>
/// The idea (Turing, written down by Good 1953): what was seen exactly once tells how much has not been seen yet. Of N
/// sightings with n1 values seen once, the chance that the next one is new is about n1 / N.
/// <para>
/// Worked example: 1,000 sightings, 5 values seen once: 0.5 %. A host whose programs are all old friends (n1 = 0) is not
/// certain never to start a new one, so we take (n1 + 1) / (N + 1): 0.1 % here.
/// </para>
/// A sighting is a value on a host on a day: a loop that starts one program ten thousand times proves no more than one start.
/// </remarks>
public static class GoodTuring
{
    /// <summary>Chance that the next sighting is a new value, in (0, 1].</summary>
    public static double NewValue(long seenOnce, long sightings) =>
        Math.Min(1, (seenOnce + 1.0) / (sightings + 1.0));
}
