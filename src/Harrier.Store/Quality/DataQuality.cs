using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>What a hunter must know of the data before trusting what it does not show (peak.md: data gaps).</summary>
public static class DataQuality
{
    /// <summary>Every source with its scores, the largest first.</summary>
    /// <param name="inventory">Hosts there are, short names in lower case; where it is empty, those that any source names.</param>
    /// <param name="wantedDays">Days that the sources should reach back.</param>
    public static IReadOnlyList<SourceQuality> Sources(
        LakeStore store,
        IReadOnlyCollection<string> inventory,
        int wantedDays,
        CancellationToken cancel
    ) => SourceQualities.Of(store, inventory, wantedDays, cancel);

    /// <summary>Hosts that fell silent while their source went on, the longest silence first.</summary>
    public static IReadOnlyList<SilentHost> Silent(LakeStore store, CancellationToken cancel) =>
        SilentHosts.Of(HostHours.Of(store, cancel));

    /// <summary>Windows event logs in which record numbers are missing.</summary>
    public static IReadOnlyList<LogNumbers> Holes(LakeStore store, CancellationToken cancel) =>
        LogHoles.Of(store, store.FilesOf("evtx"), cancel);

    /// <summary>Days without an event of a class between its first and its last.</summary>
    public static IReadOnlyList<(string Class, DataGap Gap)> EmptyDays(
        LakeStore store,
        CancellationToken cancel
    ) => ClassReports.Gaps(store, cancel);

    /// <summary>Event logs that were cleared, in order of time.</summary>
    public static IReadOnlyList<ClearedLog> Cleared(LakeStore store, CancellationToken cancel) =>
        ClearedLogs.Of(store, cancel);

    /// <summary>Sources with the fields that their maps leave in extra, the most such values first; counted in samples of bounded size.</summary>
    /// <param name="source">Only this one; null: all. Empty: events that no map took.</param>
    public static IReadOnlyList<UnmappedSource> Unmapped(
        LakeStore store,
        string? source,
        CancellationToken cancel
    ) => UnmappedSources.Of(store, source, cancel);
}
