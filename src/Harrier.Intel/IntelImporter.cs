using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Harrier.Intel.Csv;
using Harrier.Intel.Indicators;
using Harrier.Intel.Stix;
using Harrier.Intel.Text;
using Harrier.Schema;

namespace Harrier.Intel;

/// <summary>How a file of intelligence is read.</summary>
/// <param name="CsvColumns">
/// What columns hold, by their header: type, value, description, first_seen, last_seen, valid_until, confidence, tlp, names, any, or a type of indicator.
/// Columns that are not named are guessed.
/// </param>
/// <param name="AllowPrivate">Takes private and reserved addresses too: for exercises and one's own networks.</param>
/// <param name="MaximumBytes">Largest content that is read, unpacked.</param>
public sealed record IntelImportOptions(
    IReadOnlyDictionary<string, string>? CsvColumns = null,
    bool AllowPrivate = false,
    long MaximumBytes = 256L * 1024 * 1024
)
{
    public static IntelImportOptions Default { get; } = new();
}

/// <summary>What came of one file.</summary>
/// <param name="Format">stix, csv, text or html.</param>
/// <param name="Objects">How many of each type the file holds: STIX types, rows, lines, techniques.</param>
/// <param name="Indicators">Distinct values taken.</param>
/// <param name="Rejected">What was not taken and why; the first ten thousand.</param>
/// <param name="RejectedCount">How many were not taken, all told.</param>
/// <param name="SourceId">Number of the source, for <see cref="IntelStore.Techniques"/>.</param>
/// <param name="DuplicateOf">Path under which the same content was imported before; nothing was added then.</param>
public sealed record IntelFileReceipt(
    string Path,
    string Sha256,
    string Format,
    IReadOnlyDictionary<string, long> Objects,
    long Indicators,
    IReadOnlyList<IntelReject> Rejected,
    long RejectedCount,
    long SourceId,
    string? DuplicateOf
);

/// <summary>Reads a file of intelligence into the store: STIX, CSV, text or HTML, found by content, also packed with gzip.</summary>
public static class IntelImporter
{
    /// <summary>Imports one file. The same content a second time adds nothing, and gives the receipt of the first.</summary>
    /// <exception cref="HarrierFault">It can't be read, or is nothing that this version knows.</exception>
    public static IntelFileReceipt Import(
        IntelStore store,
        string path,
        IntelImportOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= IntelImportOptions.Default;
        CheckMap(options);
        var bytes = ReadFile(path, options.MaximumBytes);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (IntelFaults.Translate(() => store.ReceiptOf(path, sha256)) is { } known)
        {
            return known;
        }

        var document = Read(bytes, path, options, store.TooCommon);
        cancellationToken.ThrowIfCancellationRequested();
        return IntelFaults.Translate(() => store.Add(document, path, sha256));
    }

    /// <summary>
    /// The files that <see cref="Import"/> takes for a path: itself, or those below it in order, without hidden ones.
    /// </summary>
    /// <exception cref="HarrierFault">There is no such path.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new HarrierFault(
                FaultKind.Input,
                "There is no such file or folder.",
                path,
                "Check the spelling of the path."
            );
        }

        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip =
                FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        return [.. Directory.EnumerateFiles(path, "*", options).Order(StringComparer.Ordinal)];
    }

    static void CheckMap(IntelImportOptions options)
    {
        foreach (var (header, role) in options.CsvColumns ?? new Dictionary<string, string>())
        {
            if (!CsvIndicatorReader.MapRoles.Contains(role))
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    $"'{role}' is nothing that a column can hold.",
                    header,
                    $"Use one of: {string.Join(", ", CsvIndicatorReader.MapRoles)}."
                );
            }
        }
    }

    static byte[] ReadFile(string path, long maximumBytes)
    {
        try
        {
            // Opening a pipe waits for a writer who may never come, and a device has no end: both say that they hold nothing.
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (new FileInfo(target).Length == 0)
            {
                return [];
            }

            using var file = File.OpenRead(path);
            Span<byte> magic = stackalloc byte[2];
            var isGzip =
                file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
            file.Position = 0;
            if (!isGzip)
            {
                return ReadBounded(file, path, maximumBytes);
            }

            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            return ReadBounded(unpacked, path, maximumBytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HarrierFault(
                FaultKind.Input,
                "There is no such file.",
                path,
                "Check the spelling of the path.",
                e
            );
        }
        catch (InvalidDataException e)
        {
            throw new HarrierFault(
                FaultKind.Input,
                "The gzip archive is damaged.",
                path,
                "Get the file again from its source.",
                e
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"The file can't be read: {e.Message}",
                path,
                "Check that it is a file and that you may read it.",
                e
            );
        }
    }

    static byte[] ReadBounded(Stream stream, string path, long maximumBytes)
    {
        using var content = new MemoryStream();
        var buffer = new byte[81_920];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            if (content.Length + count > maximumBytes)
            {
                throw new HarrierFault(
                    FaultKind.Input,
                    $"The file holds more than {maximumBytes / (1024 * 1024)} MB of intelligence.",
                    path,
                    "Split it into smaller files."
                );
            }

            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }

    /// <summary>Finds the format by content, and reads.</summary>
    internal static IntelDocument Read(
        byte[] bytes,
        string path,
        IntelImportOptions options,
        TooCommon tooCommon
    )
    {
        var text = Decode(bytes, path);
        var start = text.AsSpan().TrimStart();
        if (start.IsEmpty)
        {
            throw new HarrierFault(FaultKind.Input, "The file is empty.", path, Expected);
        }

        if (
            start[0] is '{' or '['
            && ReadJson(text, start[0], path, options, tooCommon) is { } fromJson
        )
        {
            return fromJson;
        }

        if (
            StartsWith(start, "<?xml")
            || StartsWith(start, "<stix")
            || StartsWith(start, "<ioc")
            || StartsWith(start, "<openioc")
        )
        {
            if (
                start.Length < 4_000
                || start[..4_000].IndexOf("<html", StringComparison.OrdinalIgnoreCase) < 0
            )
            {
                throw new HarrierFault(
                    FaultKind.Input,
                    "This is XML (STIX 1 or OpenIOC, perhaps), which this version does not read.",
                    path,
                    Expected
                );
            }
        }

        var isHtml =
            StartsWith(start, "<!doctype html")
            || StartsWith(start, "<html")
            || StartsWith(start, "<?xml");
        var map = options.CsvColumns ?? new Dictionary<string, string>();
        if (!isHtml && CsvIndicatorReader.Is(text, map))
        {
            var csv = new IntelDocument("csv", tooCommon, options.AllowPrivate);
            CsvIndicatorReader.Read(text, map, csv);
            return csv;
        }

        var report = new IntelDocument(isHtml ? "html" : "text", tooCommon, options.AllowPrivate);
        ReportTextReader.Read(text, isHtml, report);
        return report;
    }

    static bool StartsWith(ReadOnlySpan<char> text, string start) =>
        text.StartsWith(start, StringComparison.OrdinalIgnoreCase);

    const string Expected =
        "Give a STIX 2 bundle (JSON), a CSV with a header such as 'type,value', or a report as text or HTML.";

    /// <summary>Null for text that only begins like JSON: '[IOCs]' is a heading.</summary>
    static IntelDocument? ReadJson(
        string text,
        char first,
        string path,
        IntelImportOptions options,
        TooCommon tooCommon
    )
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(
                text,
                new JsonDocumentOptions
                {
                    MaxDepth = StixReader.MaximumDepth,
                    CommentHandling = JsonCommentHandling.Disallow,
                }
            );
        }
        catch (JsonException e)
        {
            var next = text.AsSpan().TrimStart()[1..].TrimStart();
            if (first == '[' && (next.IsEmpty || next[0] is not ('{' or '[')))
            {
                return null;
            }

            throw new HarrierFault(
                FaultKind.Input,
                "The file begins like JSON and is not valid JSON.",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}"
                ),
                Expected,
                e
            );
        }

        using (json)
        {
            if (!StixReader.Is(json.RootElement))
            {
                throw new HarrierFault(
                    FaultKind.Input,
                    $"This is JSON, but no STIX 2 bundle{OtherShape(json.RootElement)}.",
                    path,
                    Expected
                );
            }

            var document = new IntelDocument("stix", tooCommon, options.AllowPrivate);
            StixReader.Read(json.RootElement, document);
            return document;
        }
    }

    static string OtherShape(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "";
        }

        return root.TryGetProperty("response", out _) || root.TryGetProperty("Event", out _)
                ? ": it looks like a MISP event; export it from MISP as STIX 2"
            : root.TryGetProperty("stix_header", out _) || root.TryGetProperty("observables", out _)
                ? ": it looks like STIX 1 written as JSON; convert it to STIX 2"
            : "";
    }

    static string Decode(byte[] bytes, string path)
    {
        var (encoding, skip) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
            [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
            [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
            // Old lists are in the Windows code page; for what is ASCII it makes no difference.
            _ => (System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1, 0),
        };
        var text = encoding.GetString(bytes, skip, bytes.Length - skip);
        if (text.AsSpan(0, Math.Min(text.Length, 65_536)).Contains('\0'))
        {
            throw new HarrierFault(
                FaultKind.Input,
                "This is a binary file, and no intelligence that this version reads.",
                path,
                Expected
            );
        }

        return text;
    }
}
