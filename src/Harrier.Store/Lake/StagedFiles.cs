using System.Globalization;
using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Files on their way into the lake: written to staging and flushed, then renamed to where the manifest will say they are.</summary>
/// <remarks>
/// Killed anywhere, what is left is files that no manifest names; the next writer sweeps them. Nothing is deleted after a
/// publication whose commit failed: whether it failed is for the manifest to say.
/// </remarks>
/// <param name="import">Name of the import whose events they are; null: rewritten files, whose events say it themselves.</param>
sealed class StagedFiles(LakeStore store, string? import) : IDisposable
{
    readonly List<(string Staged, NewLakeFile File)> _files = [];

    public IReadOnlyList<NewLakeFile> Files => [.. _files.Select(staged => staged.File)];

    /// <summary>Writes rows of a batch, which stand in the order of their times, as one file.</summary>
    public void Add(EventBatch batch, ReadOnlySpan<int> rows, bool compacted = false)
    {
        var times = batch.Int(CommonColumns.Time).Values;
        var (first, last) = (times[rows[0]], times[rows[^1]]);
        var day = LakeDays.Name(first);
        var number = store.NextFileNumber(import ?? "");
        var staged = Path.Combine(
            store.StagingFolder,
            string.Create(CultureInfo.InvariantCulture, $"{import}-{number}.parquet")
        );
        var frame = ParquetEventWriter.Write(batch, rows, staged);
        var (sha256, frameSha256) = Durable.FlushAndHash(staged, frame);
        // A rewritten file is named by its content: the same merge gives the same names.
        var name = import is null
            ? sha256[..24]
            : string.Create(CultureInfo.InvariantCulture, $"{import}-{number}");
        var file = new LakeFile(
            batch.Class.Name,
            $"{batch.Class.Name}/{day}/{name}.parquet",
            day,
            rows.Length,
            new FileInfo(staged).Length,
            sha256,
            frame,
            frameSha256,
            first,
            last,
            LakeStore.ColumnsOf(batch.Class),
            compacted
        );
        _files.Add((staged, new NewLakeFile(file, RowsByImport(batch, rows))));
    }

    Dictionary<string, long> RowsByImport(EventBatch batch, ReadOnlySpan<int> rows)
    {
        if (import is not null)
        {
            return new Dictionary<string, long> { [import] = rows.Length };
        }

        var imports = batch.Text(CommonColumns.Import);
        var counts = new long[imports.DistinctCount];
        foreach (var row in rows)
        {
            counts[imports.Indices[row]]++;
        }

        return Enumerable
            .Range(0, counts.Length)
            .Where(index => counts[index] > 0)
            .ToDictionary(imports.DistinctText, index => counts[index], StringComparer.Ordinal);
    }

    /// <summary>Takes over what another has staged.</summary>
    public void TakeFrom(StagedFiles other)
    {
        _files.AddRange(other._files);
        other._files.Clear();
    }

    /// <summary>Renames what was staged, and makes the renames durable: now the manifest may name the files.</summary>
    public IReadOnlyList<NewLakeFile> Publish()
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (staged, file) in _files)
        {
            var target = Path.Combine(store.Folder, file.File.Path);
            var folder = Path.GetDirectoryName(target)!;
            Directory.CreateDirectory(folder);
            // Over a leftover of the same name, which holds the same bytes.
            File.Move(staged, target, overwrite: true);
            folders.Add(folder);
        }

        // Another worker may have made a folder a moment ago and not flushed its parent yet: all parents are flushed.
        foreach (
            var folder in folders
                .Concat(folders.Select(folder => Path.GetDirectoryName(folder)!))
                .Append(store.Folder)
                .Distinct(StringComparer.Ordinal)
        )
        {
            Durable.FlushFolder(folder);
        }

        var published = Files;
        _files.Clear();
        return published;
    }

    /// <summary>Removes what was not published.</summary>
    public void Dispose()
    {
        foreach (var (staged, _) in _files)
        {
            File.Delete(staged);
        }

        _files.Clear();
    }
}
