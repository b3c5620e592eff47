namespace Harrier.Store.Lake;

/// <summary>An immutable Parquet file of one class, as the manifest lists it.</summary>
/// <param name="Path">Relative to the lake's folder: class/day/import-n.parquet.</param>
/// <param name="Day">yyyy-MM-dd of its first event.</param>
/// <param name="Sha256">Of the whole file, lower-case hex.</param>
/// <param name="MinTime">First event, microseconds since 1970 UTC.</param>
/// <param name="MaxTime">Last event, inclusive.</param>
/// <param name="Columns">Names of the columns it was written with, with commas between.</param>
sealed record LakeFile(
    string Class,
    string Path,
    string Day,
    long Rows,
    long Bytes,
    string Sha256,
    long MinTime,
    long MaxTime,
    string Columns
)
{
    public bool Overlaps(Schema.TimeWindow window) => MaxTime >= window.From && MinTime < window.To;

    public bool IsWithin(Schema.TimeWindow window) =>
        MinTime >= window.From && (MaxTime < window.To || window.To == long.MaxValue);
}
