using System.IO.Hashing;

namespace Harrier.Telemetry.Archives;

/// <summary>The members of a folder of a 7z, one after the other: <see cref="Next"/>, then read.</summary>
sealed class SevenZipContent : ForwardStream
{
    readonly Stream _content;
    readonly bool _isEncrypted;
    Crc32 _crc = new();
    uint? _expected;
    long _left;
    bool _isBroken;

    public SevenZipContent(SevenZipDirectory directory, int folder, SevenZipDecoder decoder)
    {
        Folder = folder;
        var packed = directory.Folders[folder];
        _isEncrypted = packed.IsEncrypted;
        if (_isEncrypted && !decoder.HasPassword)
        {
            throw new ArchiveLockedException("it is encrypted");
        }

        _content = decoder.Open(packed);
    }

    public int Folder { get; }

    /// <summary>Goes to a member, over what was left of the one before.</summary>
    /// <exception cref="InvalidDataException">What stands before it can't be unpacked.</exception>
    public void Next(SevenZipMember member)
    {
        var buffer = new byte[64 * 1024];
        while (_left > 0)
        {
            _left -= Take(buffer.AsSpan(0, (int)Math.Min(buffer.Length, _left)));
        }

        if (_isBroken)
        {
            throw new InvalidDataException("what stands before it in the 7z is damaged");
        }

        _crc = new Crc32();
        _left = member.Size;
        _expected = member.Crc;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_left == 0 || _isBroken || buffer.IsEmpty)
        {
            return 0;
        }

        var read = Take(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _crc.Append(buffer[..read]);
        _left -= read;
        if (_left == 0 && _expected is { } expected && _crc.GetCurrentHashAsUInt32() != expected)
        {
            throw new InvalidDataException("its checksum is wrong" + OrPassword());
        }

        return read;
    }

    int Take(Span<byte> buffer)
    {
        try
        {
            var read = _content.Read(buffer);
            if (read > 0)
            {
                return read;
            }
        }
        catch (InvalidDataException fault)
        {
            _isBroken = true;
            throw new InvalidDataException(fault.Message + OrPassword(), fault);
        }

        _isBroken = true;
        throw new InvalidDataException("it ends before its end" + OrPassword());
    }

    string OrPassword() => _isEncrypted ? ", or the password is not its own" : "";

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
        }

        base.Dispose(disposing);
    }
}
