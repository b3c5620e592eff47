using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Messages of one appliance that are pairs from the first word on, told by the keys that all of them have: SonicWall
/// (<c>id=firewall sn=... fw=... m=98 src=10.0.0.5:1234:X0</c>), Sophos Firewall (<c>log_id=... log_type=... log_component=...</c>),
/// Sophos UTM (<c>id="2001" severity=... sys=... sub=...</c>).
/// </summary>
/// <remarks><c>date</c> and <c>time</c> beside each other become <c>event_time</c>. An endpoint of SonicWall is taken apart: address, port, interface, name.</remarks>
/// <param name="dialect">Its name in <c>log</c>.</param>
/// <param name="first">Key of the first pair; null: any.</param>
/// <param name="keys">Keys that every message has, with their equals sign.</param>
sealed class PairMessages(byte[] dialect, byte[]? first, params byte[][] keys) : ISyslogMessages
{
    static readonly byte[][] s_endpoints =
    [
        "src"u8.ToArray(),
        "dst"u8.ToArray(),
        "natSrc"u8.ToArray(),
        "natDst"u8.ToArray(),
    ];

    public static PairMessages SonicWall { get; } =
        new("sonicwall"u8.ToArray(), "id"u8.ToArray(), Key("sn"), Key("fw"), Key("m"));

    public static PairMessages SophosFirewall { get; } =
        new("sophos"u8.ToArray(), null, Key("log_id"), Key("log_type"), Key("log_component"));

    public static PairMessages SophosUtm { get; } =
        new("sophos-utm"u8.ToArray(), "id"u8.ToArray(), Key("severity"), Key("sys"), Key("sub"));

    /// <summary>Those that bring their own time.</summary>
    public bool StandsAlone(ReadOnlySpan<byte> line) =>
        IsOwn(line) && (line.IndexOf(" time="u8) > 0 || line.IndexOf("timestamp="u8) >= 0);

    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (!IsOwn(head.Text))
        {
            return TryAddMessage(record, head.Message);
        }

        Add(record, head.Text);
        return true;
    }

    /// <summary>Behind a program's name, as the UTM writes it.</summary>
    bool TryAddMessage(Record record, ReadOnlySpan<byte> message)
    {
        if (!IsOwn(message))
        {
            return false;
        }

        Add(record, message);
        return true;
    }

    bool IsOwn(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart((byte)' ');
        var end = text.IndexOfAny((byte)'=', (byte)' ');
        return end > 0
            && text[end] == '='
            && (first is null || text[..end].SequenceEqual(first))
            && HasAll(text);
    }

    bool HasAll(ReadOnlySpan<byte> text)
    {
        foreach (var key in keys)
        {
            // ' key=', or at the start.
            if (text.IndexOf(key) < 0 && !text.StartsWith(key.AsSpan(1)))
            {
                return false;
            }
        }

        return true;
    }

    void Add(Record record, ReadOnlySpan<byte> text)
    {
        PayloadFields.Begin(record, dialect);
        ReadOnlySpan<byte> date = default;
        ReadOnlySpan<byte> time = default;
        var pairs = new KeyValues(text);
        while (pairs.Read())
        {
            var value = PayloadFields.ValueOf(pairs, "\"\\"u8);
            if (pairs.Key.SequenceEqual("date"u8))
            {
                date = value;
            }
            else if (pairs.Key.SequenceEqual("time"u8))
            {
                time = value;
            }
            else if (!TryAddEndpoint(record, pairs.Key, value))
            {
                PayloadFields.Add(record, dialect, pairs.Key, value.Trim((byte)' '));
            }
        }

        if (!time.IsEmpty)
        {
            record.Add("event_time"u8, date.IsEmpty ? time : [.. date, (byte)' ', .. time]);
        }
        else if (!date.IsEmpty)
        {
            record.Add("date"u8, date);
        }
    }

    /// <summary><c>10.0.0.5:1234:X0:name</c>.</summary>
    static bool TryAddEndpoint(Record record, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var isEndpoint = false;
        foreach (var endpoint in s_endpoints)
        {
            isEndpoint |= key.SequenceEqual(endpoint);
        }

        var rest = value;
        var address = Fields.Cut(ref rest, (byte)':');
        var port = Fields.Cut(ref rest, (byte)':');
        if (!isEndpoint || !address.Contains((byte)'.') || !Fields.TryInt(port, out _))
        {
            return false;
        }

        record.Add(key, address);
        record.Add([.. key, .. "_port"u8], port);
        Fields.AddIfAny(record, [.. key, .. "_interface"u8], Fields.Cut(ref rest, (byte)':'));
        Fields.AddIfAny(record, [.. key, .. "_name"u8], rest);
        return true;
    }

    static byte[] Key(string name) => System.Text.Encoding.ASCII.GetBytes($" {name}=");
}
