using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Events that were written for other programs: plain Parquet, a folder a class, and <c>schema.json</c>.</summary>
/// <param name="Classes">What was written of each class.</param>
public sealed record LakeExport(IReadOnlyList<ExportedClass> Classes)
{
    /// <summary>Says what is in the folder; written last, so that a folder without it is an export that was cut short.</summary>
    public const string SchemaFile = "schema.json";

    static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static LakeExport Write(
        LakeStore store,
        string folder,
        EventClass? eventClass,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        if (
            File.Exists(folder)
            || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        )
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "an export goes into a new or an empty folder",
                folder,
                "Name another folder, or empty this one."
            );
        }

        Directory.CreateDirectory(folder);
        var classes = new List<ExportedClass>();
        foreach (var one in eventClass is null ? EventClasses.All : [eventClass])
        {
            var files = store
                .Files.Where(file => file.Class == one.Name && file.Overlaps(window))
                .ToList();
            if (files.Count > 0)
            {
                classes.Add(Write(store, folder, one, files, window, cancel));
            }
        }

        WriteSchema(folder, classes);
        return new LakeExport(classes);
    }

    static ExportedClass Write(
        LakeStore store,
        string folder,
        EventClass eventClass,
        IReadOnlyList<LakeFile> files,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        Directory.CreateDirectory(Path.Combine(folder, eventClass.Name));
        var written = new List<ExportedFile>();
        foreach (var file in files)
        {
            cancel.ThrowIfCancellationRequested();
            // Names in the order of time, so that readers of a folder meet the events about in that order.
            var path = string.Create(
                CultureInfo.InvariantCulture,
                $"{eventClass.Name}/{written.Count + 1:000000}.parquet"
            );
            var target = Path.Combine(folder, path);
            var source = store.Checked(file, cancel);
            var rows = file.Rows;
            if (file.IsWithin(window) && file.Columns == LakeStore.ColumnsOf(eventClass))
            {
                File.Copy(source, target);
            }
            else
            {
                // Cut to the window, or written before the class gained columns: all files of a folder have the same ones.
                var batch = ParquetEventReader.Read(source, eventClass, window, eventClass.Columns);
                if (batch.Count == 0)
                {
                    continue;
                }

                rows = batch.Count;
                ParquetEventWriter.Write(batch, Enumerable.Range(0, batch.Count).ToArray(), target);
            }

            using var stream = File.OpenRead(target);
            written.Add(
                new ExportedFile(
                    path,
                    rows,
                    stream.Length,
                    Convert.ToHexStringLower(SHA256.HashData(stream))
                )
            );
        }

        return new ExportedClass(eventClass, written);
    }

    static void WriteSchema(string folder, IReadOnlyList<ExportedClass> classes)
    {
        var document = new
        {
            Schema = "harrier.lake.export/1",
            Classes = classes.Select(one => new
            {
                one.Class.Name,
                one.Class.Title,
                one.Class.Ocsf,
                Rows = one.Files.Sum(file => file.Rows),
                one.Files,
                Columns = one.Class.Columns.Select(column => new
                {
                    column.Name,
                    Type = column.Type.ToString().ToLowerInvariant(),
                    Parquet = column.Type switch
                    {
                        ColumnType.Time => "INT64, TIMESTAMP in microseconds, UTC without a zone",
                        ColumnType.Int => "INT64",
                        ColumnType.Json => "BYTE_ARRAY, STRING: a JSON object",
                        _ => "BYTE_ARRAY, STRING",
                    },
                    column.Description,
                    column.Sigma,
                    column.Ecs,
                    column.Ocsf,
                }),
            }),
        };
        File.WriteAllText(
            Path.Combine(folder, SchemaFile),
            JsonSerializer.Serialize(document, s_json) + "\n"
        );
    }
}

/// <summary>A folder of an export.</summary>
public sealed record ExportedClass(EventClass Class, IReadOnlyList<ExportedFile> Files);

/// <summary>A file of an export; its events stand in the order of their times.</summary>
/// <param name="Path">Relative to the export's folder.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
public sealed record ExportedFile(string Path, long Rows, long Bytes, string Sha256);
