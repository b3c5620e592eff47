using System.Security.Cryptography;
using System.Text;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Caching;

/// <summary>Keeps what was read of rule files, so that the same files need not be read as YAML again.</summary>
/// <remarks>
/// A file of the folder is one set of rule files, under a hash of all that decides what is read of them: paths and contents,
/// placeholders, this build and the runtime. Log sources are none of it: which columns a rule asks is worked out in every
/// process. What can't be read, or is not what was written, is as if it were not there; what can't be written is left. Why it
/// is so: docs/adr/0007-cache-of-read-rules.md.
/// </remarks>
/// <param name="folder">Made when there is something to keep, for its owner only.</param>
public sealed class RuleCache(string folder)
{
    /// <summary>Fewer files are read in less time than a person notices.</summary>
    const int FewestFiles = 100;
    const int MostKept = 8;
    const int MostBytes = 256 << 20;
    const string Ending = ".rules";

    static ReadOnlySpan<byte> Magic => "harrier rules\n"u8;

    const int HashBytes = SHA256.HashSizeInBytes;

    /// <summary>The documents of files, from the cache where it has them.</summary>
    internal IReadOnlyList<SigmaDocuments> Documents(RuleFile[] files, Placeholders placeholders)
    {
        if (files.Length < FewestFiles)
        {
            return Read(files, placeholders);
        }

        var key = KeyOf(files, placeholders);
        var path = Path.Combine(folder, Convert.ToHexStringLower(key) + Ending);
        if (Find(path, key, files.Length) is { } kept)
        {
            return kept;
        }

        var documents = Read(files, placeholders);
        Keep(path, key, documents);
        return documents;
    }

    /// <summary>The documents of files, from the files.</summary>
    internal static SigmaDocuments[] Read(RuleFile[] files, Placeholders placeholders) =>
        SigmaRules.InParallel(files, file => file.Documents(placeholders));

    static byte[] KeyOf(RuleFile[] files, Placeholders placeholders)
    {
        var contents = SigmaRules.InParallel(
            files,
            file => file.Content is { } bytes ? SHA256.HashData(bytes) : new byte[HashBytes]
        );
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(typeof(RuleCache).Module.ModuleVersionId.ToByteArray());
        Append(Environment.Version.ToString());
        foreach (
            var (name, values) in placeholders.All.OrderBy(one => one.Key, StringComparer.Ordinal)
        )
        {
            Append(name);
            Append($"{values.Count}");
            foreach (var value in values)
            {
                Append(value);
            }
        }

        for (var index = 0; index < files.Length; index++)
        {
            Append(files[index].Path);
            hash.AppendData(contents[index]);
        }

        return hash.GetHashAndReset();

        // With its length before it, no text is taken for the end of another and the beginning of the next.
        void Append(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
    }

    /// <summary>What is kept under a path; null where there is nothing, or something else.</summary>
    static SigmaDocuments[]? Find(string path, byte[] key, int count)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > MostBytes)
            {
                return null;
            }

            var bytes = File.ReadAllBytes(path);
            var start = Magic.Length + HashBytes + HashBytes;
            if (
                bytes.Length < start
                || !bytes.AsSpan().StartsWith(Magic)
                || !bytes.AsSpan(Magic.Length, HashBytes).SequenceEqual(key)
                || !bytes
                    .AsSpan(Magic.Length + HashBytes, HashBytes)
                    .SequenceEqual(SHA256.HashData(bytes.AsSpan(start)))
            )
            {
                return null;
            }

            var reader = new CacheReader(bytes, start);
            var documents = reader.List(DocumentsForm.Read);
            return documents.Length == count && reader.IsAtEnd ? documents : null;
        }
        // Whatever reads what was not written here: the rules are read anew, and this file is replaced.
        catch (Exception fault)
            when (fault
                    is IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
                        or ArgumentException
                        or FormatException
                        or OverflowException
                        or InvalidOperationException
            )
        {
            return null;
        }
    }

    void Keep(string path, byte[] key, SigmaDocuments[] documents)
    {
        var writer = new CacheWriter();
        writer.List(documents, DocumentsForm.Write);
        var body = writer.ToArray();
        if (body.Length > MostBytes / 2)
        {
            return;
        }

        var part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(
                    folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            }

            using (var stream = File.Create(part))
            {
                stream.Write(Magic);
                stream.Write(key);
                stream.Write(SHA256.HashData(body));
                stream.Write(body);
            }

            File.Move(part, path, overwrite: true);
            // The oldest go, and with them what a process that was killed left behind.
            foreach (
                var old in new DirectoryInfo(folder)
                    .EnumerateFiles()
                    .OrderByDescending(file => file.LastWriteTimeUtc)
                    .Skip(MostKept)
            )
            {
                old.Delete();
            }
        }
        // A cache that can't be kept (no room, no permission) is none.
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { }
    }
}
