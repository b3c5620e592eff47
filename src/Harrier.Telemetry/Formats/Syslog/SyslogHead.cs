using System.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>What stands before the message of a syslog line, and the message.</summary>
ref struct SyslogHead
{
    static readonly string[] Months =
    [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ];

    // Those of RFC 822; other letters mean several zones.
    static readonly Dictionary<string, int> ZoneHours = new(StringComparer.Ordinal)
    {
        ["UTC"] = 0,
        ["GMT"] = 0,
        ["EST"] = -5,
        ["EDT"] = -4,
        ["CST"] = -6,
        ["CDT"] = -5,
        ["MST"] = -7,
        ["MDT"] = -6,
        ["PST"] = -8,
        ["PDT"] = -7,
    };

    // What other loggers write after their time, where a syslog line has its host.
    static readonly HashSet<string> Levels = new(
        [
            "TRACE",
            "VERBOSE",
            "DEBUG",
            "FINE",
            "INFO",
            "INFORMATION",
            "NOTICE",
            "WARN",
            "WARNING",
            "ERR",
            "ERROR",
            "SEVERE",
            "CRIT",
            "CRITICAL",
            "ALERT",
            "EMERG",
            "FATAL",
            "PANIC",
        ],
        StringComparer.OrdinalIgnoreCase
    );

    bool _isIso;

    public DateTime Utc;

    /// <summary>
    /// The head is one that syslog alone writes: it has a priority, or a month's name, or after its ISO time a host and a program. Most
    /// logs begin with an ISO time, tables too, so that it alone tells no format.
    /// </summary>
    public readonly bool IsSure =>
        Priority >= 0 || !_isIso || (!Program.IsEmpty && CanBeHost(Host));

    /// <summary>Facility times eight plus severity, or -1.</summary>
    public int Priority;
    public ReadOnlySpan<byte> Host;
    public ReadOnlySpan<byte> Program;
    public ReadOnlySpan<byte> Pid;
    public ReadOnlySpan<byte> MessageId;
    public ReadOnlySpan<byte> StructuredData;
    public ReadOnlySpan<byte> Message;

    /// <summary>All that stands after the host: the program with its colon, and the message.</summary>
    public ReadOnlySpan<byte> Text;

    /// <summary>A line without time and host: at most a priority, and the message.</summary>
    public static SyslogHead Bare(ReadOnlySpan<byte> line)
    {
        var head = new SyslogHead { Priority = ReadPriority(ref line) };
        head.Text = head.Message = line.TrimStart((byte)' ');
        return head;
    }

    public static bool TryParse(ReadOnlySpan<byte> line, LogClock clock, out SyslogHead head)
    {
        head = default;
        var rest = line;
        head.Priority = ReadPriority(ref rest);
        if (head.Priority >= 0 && rest.StartsWith("1 "u8))
        {
            rest = rest[2..];
            return TryParse5424(rest, clock, ref head);
        }

        var beforeTime = rest;
        if (!TryTime(ref rest, clock, out head.Utc))
        {
            return false;
        }

        head._isIso = char.IsAsciiDigit((char)beforeTime[0]);
        head.Host = CutHost(ref rest);
        head.Text = rest.TrimStart((byte)' ');
        SplitTag(head.Text, ref head);
        return true;
    }

    /// <summary><c>&lt;34&gt;</c>, or -1 where there is none.</summary>
    static int ReadPriority(scoped ref ReadOnlySpan<byte> rest)
    {
        var close = rest.Length > 0 && rest[0] == '<' ? rest.IndexOf((byte)'>') : -1;
        if (
            close is >= 2 and <= 4
            && Fields.TryInt(rest[1..close], out var priority)
            && priority is >= 0 and <= 191
        )
        {
            rest = rest[(close + 1)..];
            return priority;
        }

        return -1;
    }

    /// <summary>Devices of Cisco may leave out the host, and write a colon after it, or after the time and its zone.</summary>
    static ReadOnlySpan<byte> CutHost(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" :"u8);
        return rest.StartsWith("%"u8)
            ? default
            : Fields.Cut(ref rest, (byte)' ').TrimEnd((byte)':');
    }

    /// <summary>A name or an address, and no word for how grave a message is.</summary>
    static bool CanBeHost(ReadOnlySpan<byte> host)
    {
        const int longest = 255;
        if (host.Length is 0 or > longest || host[0] is (byte)'-' or (byte)'.')
        {
            return false;
        }

        foreach (var letter in host)
        {
            if (
                !char.IsAsciiLetterOrDigit((char)letter)
                && letter is not ((byte)'.' or (byte)'-' or (byte)'_' or (byte)':' or (byte)'/')
            )
            {
                return false;
            }
        }

        return !Levels.Contains(Encoding.ASCII.GetString(host));
    }

    /// <summary>TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG], each '-' where there is none.</summary>
    static bool TryParse5424(ReadOnlySpan<byte> rest, LogClock clock, ref SyslogHead head)
    {
        if (!TryTime(ref rest, clock, out head.Utc))
        {
            return false;
        }

        head.Host = Given(Fields.Cut(ref rest, (byte)' '));
        head.Program = Given(Fields.Cut(ref rest, (byte)' '));
        head.Pid = Given(Fields.Cut(ref rest, (byte)' '));
        head.MessageId = Given(Fields.Cut(ref rest, (byte)' '));
        var data = StructuredDataLength(rest);
        head.StructuredData = Given(rest[..data]);
        rest = rest[data..].TrimStart((byte)' ');
        head.Message = rest.StartsWith("\uFEFF"u8) ? rest[3..] : rest;
        head.Text = head.Message;
        return true;
    }

    static ReadOnlySpan<byte> Given(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("-"u8) ? default : value;

    /// <summary>Length of <c>-</c> or of <c>[id name="value"]...</c>, in which <c>\"</c>, <c>\\</c> and <c>\]</c> are escapes.</summary>
    static int StructuredDataLength(ReadOnlySpan<byte> rest)
    {
        if (rest.Length == 0 || rest[0] != '[')
        {
            return rest.StartsWith("-"u8) ? 1 : 0;
        }

        var isQuoted = false;
        for (var at = 0; at < rest.Length; at++)
        {
            if (isQuoted && rest[at] == '\\')
            {
                at++;
            }
            else if (rest[at] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (!isQuoted && rest[at] == ']' && (at + 1 == rest.Length || rest[at + 1] != '['))
            {
                return at + 1;
            }
        }

        return 0;
    }

    /// <summary><c>program[pid]: message</c>; without a colon after the first word, all is message.</summary>
    static void SplitTag(ReadOnlySpan<byte> rest, ref SyslogHead head)
    {
        const int longestTag = 128;
        rest = rest.TrimStart((byte)' ');
        var colon = rest.IndexOf((byte)':');
        var space = rest.IndexOf((byte)' ');
        // systemd and macOS put a word between tag and colon: 'sockerfilterfw[1985] <Info>: ...'.
        var isTagged =
            !rest.StartsWith("CEF:"u8)
            && !rest.StartsWith("LEEF:"u8)
            && colon is > 0 and <= longestTag
            && (space < 0 || colon < space || rest[space..colon].StartsWith(" <"u8));
        if (!isTagged)
        {
            head.Message = rest;
            return;
        }

        var tag = rest[..(space >= 0 && space < colon ? space : colon)];
        head.Message = rest[(colon + 1)..].TrimStart((byte)' ');
        var open = tag.IndexOf((byte)'[');
        if (open > 0 && tag[^1] == ']')
        {
            head.Pid = tag[(open + 1)..^1];
            tag = tag[..open];
        }

        head.Program = tag;
    }

    /// <summary>'Nov  4 01:02:03', 'Nov 4 2026 01:02:03', or an ISO time; with the space after it.</summary>
    static bool TryTime(scoped ref ReadOnlySpan<byte> rest, LogClock clock, out DateTime utc)
    {
        utc = default;
        return rest.Length >= 15
            && (
                char.IsAsciiDigit((char)rest[0])
                    ? TryIso(ref rest, clock, out utc)
                    : TryTraditional(ref rest, clock, out utc)
            );
    }

    static bool TryTraditional(scoped ref ReadOnlySpan<byte> rest, LogClock clock, out DateTime utc)
    {
        utc = default;
        var line = rest;
        Span<char> name = stackalloc char[3];
        Encoding.Latin1.GetChars(line[..3], name);
        var month = Array.IndexOf(Months, new string(name)) + 1;
        line = line[3..].TrimStart((byte)' ');
        if (
            month == 0
            || !Fields.TryInt(Fields.Cut(ref line, (byte)' '), out var day)
            || day is < 1 or > 31
        )
        {
            return false;
        }

        var year = 0;
        if (line.Length > 4 && line[4] == ' ' && Fields.TryInt(line[..4], out year))
        {
            line = line[5..];
        }

        var clockText = Fields.Cut(ref line, (byte)' ').TrimEnd((byte)':');
        if (!TryTimeOfDay(clockText, out var timeOfDay))
        {
            return false;
        }

        var zone = ReadZone(ref line);
        var time =
            year == 0 ? clock.WithYear(month, day, timeOfDay)
            : year is > 1 and < 9999 && day <= DateTime.DaysInMonth(year, month)
                ? clock.ToUtc(
                    new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified) + timeOfDay
                )
            : null;
        if (time is { } known && zone is { } offset)
        {
            time = InZone(known.Year, month, day, timeOfDay, offset, known);
        }

        rest = line;
        utc = time.GetValueOrDefault();
        return time is not null;
    }

    /// <summary>Offset of a zone's letters after the time, as Cisco writes them; null where the next word is no such zone.</summary>
    static TimeSpan? ReadZone(scoped ref ReadOnlySpan<byte> rest)
    {
        var line = rest;
        var word = Fields.Cut(ref line, (byte)' ').TrimEnd((byte)':');
        if (
            word.Length is < 3 or > 4
            || !ZoneHours.TryGetValue(Encoding.Latin1.GetString(word), out var hours)
        )
        {
            return null;
        }

        rest = line;
        return TimeSpan.FromHours(hours);
    }

    /// <summary>The moment of that date and zone next to one that was guessed without knowing the zone.</summary>
    static DateTime? InZone(
        int year,
        int month,
        int day,
        TimeSpan timeOfDay,
        TimeSpan offset,
        DateTime near
    )
    {
        DateTime? best = null;
        for (
            var candidate = Math.Max(2, year - 1);
            candidate <= Math.Min(9998, year + 1);
            candidate++
        )
        {
            if (day > DateTime.DaysInMonth(candidate, month))
            {
                continue;
            }

            var time =
                new DateTime(candidate, month, day, 0, 0, 0, DateTimeKind.Utc) + timeOfDay - offset;
            best =
                best is { } other && (other - near).Duration() <= (time - near).Duration()
                    ? best
                    : time;
        }

        return best;
    }

    static bool TryTimeOfDay(ReadOnlySpan<byte> text, out TimeSpan timeOfDay)
    {
        timeOfDay = default;
        if (
            text.Length < 8
            || text[2] != ':'
            || text[5] != ':'
            || !Fields.TryInt(text[..2], out var hour)
            || !Fields.TryInt(text[3..5], out var minute)
            || !Fields.TryInt(text[6..8], out var second)
            || hour is < 0 or > 23
            || minute is < 0 or > 59
            || second is < 0 or > 60
        )
        {
            return false;
        }

        timeOfDay = new TimeSpan(hour, minute, second);
        text = text[8..];
        if (text.Length > 1 && text[0] is (byte)'.' or (byte)',')
        {
            var digits = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            var fraction = digits < 0 ? text[1..] : text[1..][..digits];
            timeOfDay += Fraction(fraction);
            text = text[(1 + fraction.Length)..];
        }

        // 'Nov  4 01:02:03,host,...' is a row of a table.
        return text.IsEmpty || text is [(byte)'Z'];
    }

    static TimeSpan Fraction(ReadOnlySpan<byte> digits)
    {
        var (ticks, scale) = (0L, TimeSpan.TicksPerSecond);
        foreach (var digit in digits)
        {
            scale /= 10;
            ticks += (digit - '0') * scale;
        }

        return TimeSpan.FromTicks(ticks);
    }

    static bool TryIso(scoped ref ReadOnlySpan<byte> rest, LogClock clock, out DateTime utc)
    {
        utc = default;
        var line = rest;
        var text = Fields.Cut(ref line, (byte)' ');
        if (text.Length == 19 && text[4] == ':' && text[7] == ':' && text[10] == '-')
        {
            // '2026:03:02-10:00:00': Sophos UTM.
            text = (byte[])
                [
                    .. text[..4],
                    (byte)'-',
                    .. text[5..7],
                    (byte)'-',
                    .. text[8..10],
                    (byte)'T',
                    .. text[11..],
                ];
        }

        if (text.Length == 10 && line.Length >= 8)
        {
            // '2026-11-24 12:00:00': the time is the next word.
            var end = line.IndexOf((byte)' ');
            text = rest[..(11 + (end < 0 ? line.Length : end))];
            line = end < 0 ? default : line[(end + 1)..];
        }

        if (
            text.Length is < 19 or > 40
            || text[4] != '-'
            || text[7] != '-'
            || !TimeText.TryParse(text, clock, out var microseconds)
        )
        {
            return false;
        }

        rest = line;
        utc = DateTime.UnixEpoch.AddMicroseconds(microseconds);
        return true;
    }
}
