using System.Globalization;
using System.Security.Cryptography;
using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Something wrong with a file of the lake, or with what an import left.</summary>
/// <param name="Path">Relative to the lake's folder; manifest.db where files and receipts differ.</param>
/// <param name="Sentence">What is wrong, for a person.</param>
public sealed record LakeDamage(string Path, string Sentence);

/// <summary>What checking every file against the manifest gave.</summary>
/// <param name="Files">Files in the manifest.</param>
/// <param name="Rows">Events in the manifest.</param>
/// <param name="Damaged">Files that are missing, changed, or have another number of rows; imports whose events don't add up.</param>
/// <param name="Orphans">Files no manifest names: left by a killed import, swept by the next one, never read.</param>
public sealed record LakeVerifyResult(
    int Files,
    long Rows,
    IReadOnlyList<LakeDamage> Damaged,
    IReadOnlyList<string> Orphans
);

static class LakeVerify
{
    public static LakeVerifyResult Run(
        string folder,
        IReadOnlyList<LakeFile> files,
        IReadOnlyList<(string Import, string Class, long Receipts, long Held)> differences,
        CancellationToken cancel
    ) =>
        new(
            files.Count,
            files.Sum(file => file.Rows),
            [
                .. files
                    .AsParallel()
                    .AsOrdered()
                    .WithCancellation(cancel)
                    .Select(file => DamageOf(folder, file) ?? WrongRows(folder, file))
                    .OfType<LakeDamage>(),
                .. differences.Select(difference => new LakeDamage(
                    "manifest.db",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"import {difference.Import} brought {difference.Receipts} events of class {difference.Class} by its receipts, and the lake accounts for {difference.Held}"
                    )
                )),
            ],
            [.. Orphans(folder, files)]
        );

    /// <summary>Null when the bytes are the ones that were written.</summary>
    public static LakeDamage? DamageOf(string folder, LakeFile file) =>
        DamageOf(folder, file, 0, file.Sha256);

    /// <summary>As above for the end of the file that no page's checksum guards; files of before that was noted are compared whole.</summary>
    public static LakeDamage? FrameDamageOf(string folder, LakeFile file) =>
        file.FrameBytes == 0
            ? DamageOf(folder, file)
            : DamageOf(folder, file, file.Bytes - file.FrameBytes, file.FrameSha256);

    static LakeDamage? DamageOf(string folder, LakeFile file, long from, string sha256)
    {
        try
        {
            using var stream = File.OpenRead(Path.Combine(folder, file.Path));
            if (stream.Length != file.Bytes)
            {
                return new LakeDamage(
                    file.Path,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"a lake file has {stream.Length} bytes instead of {file.Bytes}"
                    )
                );
            }

            stream.Seek(from, SeekOrigin.Begin);
            return Convert.ToHexStringLower(SHA256.HashData(stream)) == sha256
                ? null
                : new LakeDamage(
                    file.Path,
                    "a lake file's content has changed: its SHA-256 is not the one it was written with"
                );
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new LakeDamage(file.Path, "a lake file is missing");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new LakeDamage(file.Path, $"a lake file can't be read: {error.Message}");
        }
    }

    static LakeDamage? WrongRows(string folder, LakeFile file)
    {
        using var reader = new ParquetEventReader(Path.Combine(folder, file.Path));
        var rows = reader.Rows;
        return rows == file.Rows
            ? null
            : new LakeDamage(
                file.Path,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a lake file has {rows} events instead of {file.Rows}"
                )
            );
    }

    /// <summary>Event files under the classes' folders that are not in the list, in the order of their paths.</summary>
    public static IEnumerable<string> Orphans(string folder, IReadOnlyList<LakeFile> files)
    {
        var listed = files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return EventClasses
            .All.Select(eventClass => Path.Combine(folder, eventClass.Name))
            .Where(Directory.Exists)
            .SelectMany(path =>
                Directory.EnumerateFiles(path, "*.parquet", SearchOption.AllDirectories)
            )
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(path => !listed.Contains(path))
            .Order(StringComparer.Ordinal);
    }
}
