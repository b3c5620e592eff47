using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WebServer;

/// <summary>
/// An error of Apache (<c>[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 1:tid 2] [client 10.0.0.5:4711] AH00126: ...</c>) or of nginx
/// (<c>2026/11/24 12:00:00 [error] 12#0: *1 open() ... failed, client: 10.0.0.5, server: x, request: "GET / HTTP/1.1", host: "x"</c>). Times are local.
/// </summary>
static class ErrorLine
{
    static readonly string[] s_apacheTimes =
    [
        "ddd MMM dd HH:mm:ss.FFFFFFF yyyy",
        "ddd MMM dd HH:mm:ss yyyy",
        "ddd MMM d HH:mm:ss yyyy",
    ];

    // The last of nginx' own words, which stand behind what the client sent.
    static readonly byte[][] s_nginxNames =
    [
        "client"u8.ToArray(),
        "server"u8.ToArray(),
        "request"u8.ToArray(),
        "upstream"u8.ToArray(),
        "host"u8.ToArray(),
        "referrer"u8.ToArray(),
        "login"u8.ToArray(),
    ];

    public static bool TryAdd(Record record, ReadOnlySpan<byte> line) =>
        line[0] == '[' ? TryApache(record, line) : TryNginx(record, line);

    static bool TryApache(Record record, ReadOnlySpan<byte> line)
    {
        var close = line.IndexOf((byte)']');
        if (
            close is < 20 or > 40
            || !DateTime.TryParseExact(
                Encoding.Latin1.GetString(line[1..close]),
                s_apacheTimes,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AllowInnerWhite,
                out var time
            )
        )
        {
            return false;
        }

        record.Add("log"u8, "error"u8);
        record.Add("time"u8, Fields.Local(time));
        var rest = line[(close + 1)..].TrimStart((byte)' ');
        while (rest.StartsWith("["u8) && rest.IndexOf((byte)']') is var end and > 0)
        {
            AddBracket(record, rest[1..end]);
            rest = rest[(end + 1)..].TrimStart((byte)' ');
        }

        // Modules of the core stand before the client: 'mod_rewrite.c(470): [client 10.0.0.5:1] ...'.
        if (record.Find("client"u8) < 0 && rest.IndexOf("[client "u8) is var at and >= 0 and < 64)
        {
            var client = rest[(at + 8)..];
            AddClient(record, Fields.Cut(ref client, (byte)']'));
        }

        record.Add("message"u8, rest);
        return true;
    }

    static void AddBracket(Record record, ReadOnlySpan<byte> text)
    {
        if (Fields.TryCutPrefix(ref text, "client "u8))
        {
            AddClient(record, text);
        }
        else if (Fields.TryCutPrefix(ref text, "pid "u8))
        {
            record.Add("pid"u8, Fields.Cut(ref text, (byte)':'));
        }
        else if (record.Find("level"u8) < 0)
        {
            var colon = text.IndexOf((byte)':');
            if (colon >= 0)
            {
                record.Add("module"u8, text[..colon]);
            }

            record.Add("level"u8, text[(colon + 1)..]);
        }
    }

    static void AddClient(Record record, ReadOnlySpan<byte> text)
    {
        // An IPv6 address has more colons than one, and its port is the last of at most eight.
        var colon = text.LastIndexOf((byte)':');
        var hasPort =
            colon > 0
            && (
                text.Count((byte)':') == 1 || text.Contains((byte)']') || text.Count((byte)':') == 8
            );
        record.Add("client"u8, (hasPort ? text[..colon] : text).Trim("[]"u8));
        if (hasPort)
        {
            record.Add("client_port"u8, text[(colon + 1)..]);
        }
    }

    static bool TryNginx(Record record, ReadOnlySpan<byte> line)
    {
        const string form = "yyyy/MM/dd HH:mm:ss";
        if (
            line.Length < form.Length + 4
            || line[4] != '/'
            || line[form.Length + 1] != '['
            || !DateTime.TryParseExact(
                Encoding.Latin1.GetString(line[..form.Length]),
                form,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var time
            )
        )
        {
            return false;
        }

        record.Add("log"u8, "error"u8);
        record.Add("time"u8, Fields.Local(time));
        var rest = line[(form.Length + 2)..];
        record.Add("level"u8, Fields.Cut(ref rest, (byte)']'));
        rest = rest.TrimStart((byte)' ');
        var pid = rest.IndexOf((byte)'#');
        var colon = rest.IndexOf(": "u8);
        if (pid > 0 && pid < colon)
        {
            record.Add("pid"u8, rest[..pid]);
            rest = rest[(colon + 2)..];
        }

        foreach (var name in s_nginxNames)
        {
            AddPair(record, rest, name);
        }

        record.Add("message"u8, rest);
        return true;
    }

    static void AddPair(Record record, ReadOnlySpan<byte> text, byte[] name)
    {
        var at = text.LastIndexOf((byte[])[.. ", "u8, .. name, .. ": "u8]);
        if (at < 0)
        {
            return;
        }

        var value = text[(at + name.Length + 4)..];
        if (value.StartsWith("\""u8))
        {
            var close = value[1..].IndexOf((byte)'"');
            value = close < 0 ? value[1..] : value[1..(close + 1)];
        }
        else
        {
            value = Fields.Cut(ref value, (byte)',');
        }

        if (!value.IsEmpty)
        {
            record.Add(name, value);
        }
    }
}
