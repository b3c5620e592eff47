namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>The first bytes of one direction of a TCP connection, put in order.</summary>
/// <remarks>Bounded: <see cref="MostBytes"/> in order and <see cref="MostWaiting"/> segments that came too early. Of bytes sent twice the first count.</remarks>
sealed class TcpStream
{
    public const int MostBytes = 16 * 1024;
    public const int MostWaiting = 8;

    readonly List<(uint Sequence, byte[] Bytes)> _waiting = [];
    readonly List<(int Length, DateTime Time)> _arrivals = [];
    byte[] _bytes = [];
    int _length;
    uint _next;
    bool _hasBegun;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Bytes held, in order or not.</summary>
    public int Held => _bytes.Length + _waiting.Sum(one => one.Bytes.Length);

    public bool IsFull => _length >= MostBytes;

    /// <summary>The beginning was seen: the next byte is this one's successor.</summary>
    public void Begin(uint sequence)
    {
        if (!_hasBegun)
        {
            _next = unchecked(sequence + 1);
            _hasBegun = true;
        }
    }

    public void Add(uint sequence, ReadOnlySpan<byte> payload, DateTime time)
    {
        if (payload.IsEmpty || IsFull)
        {
            return;
        }

        if (!_hasBegun)
        {
            _next = sequence;
            _hasBegun = true;
        }

        if (!TryAppend(sequence, payload, time))
        {
            // Too far ahead is another connection, or hostile.
            if (unchecked(sequence - _next) < MostBytes && _waiting.Count < MostWaiting)
            {
                _waiting.Add((sequence, payload[..Math.Min(payload.Length, MostBytes)].ToArray()));
            }

            return;
        }

        for (var index = 0; index < _waiting.Count; index++)
        {
            if (TryAppend(_waiting[index].Sequence, _waiting[index].Bytes, time))
            {
                _waiting.RemoveAt(index);
                index = -1;
            }
        }
    }

    /// <summary>When the byte of that index came.</summary>
    public DateTime TimeAt(int index)
    {
        foreach (var (length, time) in _arrivals)
        {
            if (index < length)
            {
                return time;
            }
        }

        return _arrivals.Count > 0 ? _arrivals[^1].Time : default;
    }

    /// <summary>False where bytes before it are missing.</summary>
    bool TryAppend(uint sequence, ReadOnlySpan<byte> payload, DateTime time)
    {
        var ahead = unchecked((int)(sequence - _next));
        if (ahead > 0)
        {
            return false;
        }

        if (-(long)ahead >= payload.Length)
        {
            return true;
        }

        var news = payload[-ahead..];
        news = news[..Math.Min(news.Length, MostBytes - _length)];
        if (_bytes.Length < _length + news.Length)
        {
            Array.Resize(
                ref _bytes,
                Math.Min(MostBytes, Math.Max(_bytes.Length * 2, _length + news.Length))
            );
        }

        news.CopyTo(_bytes.AsSpan(_length));
        _length += news.Length;
        _next = unchecked(_next + (uint)news.Length);
        _arrivals.Add((_length, time));
        return true;
    }
}
