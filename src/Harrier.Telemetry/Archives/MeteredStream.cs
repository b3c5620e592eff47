using System.IO.Hashing;
using System.Security.Cryptography;

namespace Harrier.Telemetry.Archives;

/// <summary>
/// Content on its way to a reader: hashed, counted, bounded and cancellable. A fault of the source (a truncated archive, a bad disk)
/// ends the content and is kept in <see cref="Fault"/>, so that a reader finishes what it has.
/// </summary>
/// <param name="isHashed">SHA-256 is wanted.</param>
sealed class MeteredStream(
    Stream content,
    long limitBytes,
    CancellationToken cancel,
    bool isHashed = false
) : ForwardStream
{
    readonly IncrementalHash? _hash = isHashed
        ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256)
        : null;
    readonly XxHash128 _fingerprint = new();

    public long Bytes { get; private set; }

    /// <summary>Why the content ends before its end; null where it does not.</summary>
    public string? Fault { get; private set; }

    /// <summary>Sees all bytes that are read from now on.</summary>
    public LineCuts? Cuts { get; set; }

    /// <summary>Keeps the last of all bytes that are read from now on.</summary>
    public TailBytes? Tail { get; set; }

    /// <summary>There was more than the limit.</summary>
    public bool IsOverLimit { get; private set; }

    /// <summary>SHA-256 of all bytes so far, lower case.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash!.GetCurrentHash());

    /// <summary>XXH128 of all bytes so far: tells whether they are those that were hashed before, at a small part of the cost.</summary>
    public UInt128 Fingerprint() => _fingerprint.GetCurrentHashAsUInt128();

    public override int Read(Span<byte> buffer)
    {
        cancel.ThrowIfCancellationRequested();
        if (Fault is not null || IsOverLimit)
        {
            return 0;
        }

        try
        {
            var read = content.Read(buffer);
            if (read > limitBytes - Bytes)
            {
                read = (int)(limitBytes - Bytes);
                IsOverLimit = true;
            }

            _hash?.AppendData(buffer[..read]);
            _fingerprint.Append(buffer[..read]);
            Cuts?.Add(buffer[..read]);
            Tail?.Add(buffer[..read]);
            Bytes += read;
            return read;
        }
        catch (Exception fault) when (SourceFaults.IsFaultOfSource(fault))
        {
            Fault = SourceFaults.Sentence(fault);
            return 0;
        }
    }

    public void ReadToEnd()
    {
        var buffer = new byte[128 * 1024];
        while (Read(buffer.AsSpan()) > 0) { }
    }

    public override long Position
    {
        get => Bytes;
        set => throw new NotSupportedException();
    }

    protected override void Dispose(bool disposing)
    {
        _hash?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Faults that come from the bytes or the disk, not from Harrier.</summary>
static class SourceFaults
{
    /// <remarks>The runtime's readers of zip and tar throw more than they document on hostile bytes: those are meant by the last four.</remarks>
    public static bool IsFaultOfSource(Exception fault) =>
        fault
            is IOException
                or InvalidDataException
                or UnauthorizedAccessException
                or NotSupportedException
                or FormatException
                or ArgumentException
                or OverflowException;

    public static string Sentence(Exception fault) =>
        fault switch
        {
            ArchiveLimitException or ArchiveLockedException => fault.Message,
            UnauthorizedAccessException => "it may not be read: permission is missing",
            InvalidDataException => "it is damaged or cut off: " + fault.Message.TrimEnd('.'),
            _ => "it can't be read: " + fault.Message,
        };
}
