using System.IO.Hashing;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Archives;

/// <summary>A part of a file that ends where a line does.</summary>
/// <param name="LinesBefore">Lines of the file before it.</param>
/// <param name="Fingerprint"><see cref="MeteredStream.Fingerprint"/> of its bytes.</param>
sealed record FileRange(long Start, long Bytes, long LinesBefore, UInt128 Fingerprint);

/// <summary>The ranges of a large file that can be read side by side; empty for any other content.</summary>
/// <param name="Header">Lines the file begins with and every range needs.</param>
sealed record FileRanges(byte[] Header, IReadOnlyList<FileRange> All)
{
    public long HeaderLines { get; } = Header.Count(letter => letter == '\n');

    public static FileRanges None { get; } = new([], []);
}

/// <summary>Cuts a file into ranges at the ends of lines, while its bytes go by in the survey.</summary>
/// <remarks>Behind a second header there is no cut: what follows needs that one. So the ranges give what the whole file gives.</remarks>
/// <param name="rangeBytes">A range is cut at the first end of a line from here on.</param>
sealed class LineCuts(LineMemory memory, long rangeBytes)
{
    /// <summary>A longer header is none, and the file stays whole.</summary>
    const int MaxHeaderBytes = 64 * 1024;

    readonly List<FileRange> _ranges = [];
    readonly List<byte> _header = [];
    readonly XxHash128 _fingerprint = new();
    bool _isInHeader = memory == LineMemory.Headers;
    bool _isLineStart = true;
    bool _mayCut = true;
    long _position;
    long _lines;
    long _start;
    long _linesBefore;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var hashed = 0;
        for (var at = 0; at < bytes.Length; )
        {
            if (_isLineStart && BeginsRange(bytes[at]))
            {
                _fingerprint.Append(bytes[hashed..at]);
                hashed = at;
                EndRange();
            }

            var end = bytes[at..].IndexOf((byte)'\n');
            var length = end < 0 ? bytes.Length - at : end + 1;
            if (_isInHeader)
            {
                AddHeader(bytes.Slice(at, length));
            }

            at += length;
            _position += length;
            _isLineStart = end >= 0;
            _lines += end >= 0 ? 1 : 0;
        }

        _fingerprint.Append(bytes[hashed..]);
    }

    /// <summary>After the last byte.</summary>
    public FileRanges Ranges()
    {
        EndRange();
        return _ranges.Count > 1 ? new FileRanges([.. _header], _ranges) : FileRanges.None;
    }

    bool BeginsRange(byte first)
    {
        _isInHeader &= first is (byte)'#' or (byte)'\r' or (byte)'\n';
        if (memory == LineMemory.Headers && !_isInHeader && first is ((byte)'#' or 0))
        {
            // Readers pass over zeros before a line, and a header may stand behind them.
            _mayCut = false;
        }

        return _mayCut && !_isInHeader && _position - _start >= rangeBytes;
    }

    void AddHeader(ReadOnlySpan<byte> bytes)
    {
        if (_header.Count + bytes.Length > MaxHeaderBytes)
        {
            _mayCut = false;
            return;
        }

        _header.AddRange(bytes);
    }

    void EndRange()
    {
        _ranges.Add(
            new FileRange(
                _start,
                _position - _start,
                _linesBefore,
                _fingerprint.GetCurrentHashAsUInt128()
            )
        );
        _fingerprint.Reset();
        _start = _position;
        _linesBefore = _lines;
    }
}
