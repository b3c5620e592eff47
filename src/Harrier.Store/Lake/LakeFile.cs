namespace Harrier.Store.Lake;

/// <summary>An immutable Parquet file of one class, as the manifest lists it.</summary>
/// <param name="Path">Relative to the lake's folder: class/day/import-n.parquet as imported, class/day/hash.parquet as rewritten.</param>
/// <param name="Day">yyyy-MM-dd of its first event.</param>
/// <param name="Sha256">Of the whole file, lower-case hex.</param>
/// <param name="FrameBytes">Length of its end, bloom filters and footer, which no page's checksum guards; 0 where it is not known.</param>
/// <param name="FrameSha256">Of that end.</param>
/// <param name="MinTime">First event, microseconds since 1970 UTC.</param>
/// <param name="MaxTime">Last event, inclusive.</param>
/// <param name="Columns">Names of the columns it was written with, with commas between.</param>
/// <param name="IsCompacted">Written by a compaction: as large as its neighbours allow.</param>
sealed record LakeFile(
    string Class,
    string Path,
    string Day,
    long Rows,
    long Bytes,
    string Sha256,
    long FrameBytes,
    string FrameSha256,
    long MinTime,
    long MaxTime,
    string Columns,
    bool IsCompacted
)
{
    public bool Overlaps(Schema.TimeWindow window) => MaxTime >= window.From && MinTime < window.To;

    public bool IsWithin(Schema.TimeWindow window) =>
        MinTime >= window.From && (MaxTime < window.To || window.To == long.MaxValue);
}

/// <summary>A file that the manifest is to list, and how many of its events each import brought.</summary>
sealed record NewLakeFile(LakeFile File, IReadOnlyDictionary<string, long> RowsByImport);
