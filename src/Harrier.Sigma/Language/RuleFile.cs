using System.Buffers;
using System.Text;
using Harrier.Schema;

namespace Harrier.Sigma.Language;

/// <summary>A rule file as it is on the disk.</summary>
/// <param name="Content">Null where there is more of it than a rule file may have.</param>
sealed record RuleFile(string Path, byte[]? Content)
{
    /// <summary>Reads files, and all .yml and .yaml files below folders, each once, in order of their paths.</summary>
    /// <remarks>Files are read in parallel; what comes out does not depend on it.</remarks>
    /// <exception cref="HarrierFault">A path does not exist, or a file can't be read.</exception>
    public static RuleFile[] ReadAll(IEnumerable<string> pathsOrFolders) =>
        SigmaRules.InParallel(SigmaRules.FilesOf(pathsOrFolders), Read);

    static RuleFile Read(string path) => new(path, SigmaRules.Reading(path, () => Bytes(path)));

    static byte[]? Bytes(string path)
    {
        const int TooMany = SigmaRules.MaxFileBytes + 1;
        // No stream, no buffer of its own, no lock: thousands of small files are read in a moment.
        using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        var buffer = ArrayPool<byte>.Shared.Rent(TooMany);
        try
        {
            var read = 0;
            int more;
            do
            {
                more = RandomAccess.Read(handle, buffer.AsSpan(read, TooMany - read), read);
                read += more;
            } while (more > 0);

            return read > SigmaRules.MaxFileBytes ? null : buffer[..read];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The text in the encoding that its mark says, else in UTF-8; the mark stays, so that it can be told.</summary>
    public static string Decode(byte[] bytes) =>
        (
            bytes switch
            {
                [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
                [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
                [0xFF, 0xFE, ..] => Encoding.Unicode,
                [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
                _ => Encoding.UTF8,
            }
        ).GetString(bytes);

    /// <summary>What its documents are.</summary>
    public SigmaDocuments Documents(Placeholders placeholders)
    {
        if (Content is { } bytes)
        {
            return DocumentReader.Read(Decode(bytes), Path, placeholders);
        }

        var refused = new SigmaDocuments();
        refused.Diagnostics.Add(new SigmaDiagnostic(Path, 0, 0, "size", SigmaRules.TooLarge));
        return refused;
    }
}
