namespace Harrier.Telemetry.Archives;

/// <summary>Bounds within which archives are opened, all of them said in the receipt when they bite, and what opens the locked ones.</summary>
public sealed record ArchiveOptions
{
    /// <summary>Archives and compressions around a log: conn.log in a tar in a gzip lies two deep.</summary>
    public int MaxDepth { get; init; } = 8;

    /// <summary>Members of one file, nested ones too, that are looked at.</summary>
    public int MaxMembers { get; init; } = 1_000_000;

    /// <summary>Bytes that one file may unpack to, those of every level added up. Default 200 GiB.</summary>
    public long MaxBytes { get; init; } = 200L << 30;

    /// <summary>Opens encrypted members of zip and 7z; null: they are told and left.</summary>
    public ArchivePassword? Password { get; init; }

    /// <summary>Where an archive that needs seeking is put while it is read, if it lies in another one.</summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();
}

/// <summary>A password that no message, log or receipt can show by mistake.</summary>
public sealed class ArchivePassword(string text)
{
    internal string Text => text;

    public override string ToString() => "(hidden)";
}

/// <summary>A limit of <see cref="ArchiveOptions"/> was reached; the message says which, and the option that raises it.</summary>
sealed class ArchiveLimitException(string sentence) : IOException(sentence);

/// <summary>What is encrypted, and no password, or a wrong one.</summary>
sealed class ArchiveLockedException(string what)
    : IOException(
        what
            + ": give the password in a file (--archive-password-file), in HARRIER_ARCHIVE_PASSWORD, or with --archive-password"
    );

/// <summary>Bytes that decompressors have made of one file, against the limit.</summary>
sealed class ByteBudget(long limit)
{
    long _taken;

    /// <exception cref="ArchiveLimitException">The limit is reached.</exception>
    public void Take(int bytes)
    {
        _taken += bytes;
        if (_taken > limit)
        {
            throw new ArchiveLimitException(
                $"the file unpacks to more than the limit of {limit} bytes; --max-bytes raises it"
            );
        }
    }
}
