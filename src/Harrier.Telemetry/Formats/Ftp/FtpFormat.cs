using System.Globalization;
using System.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Ftp;

/// <summary>
/// What FTP servers write into files of their own: vsftpd's log (<c>Mon Mar  2 10:00:00 2026 [pid 7] [anna] OK LOGIN: Client "10.0.0.5"</c>), and
/// the list of transfers that all of them write, xferlog (<c>Mon Mar  2 10:00:00 2026 1 10.0.0.5 1024 /home/a.txt b _ o r anna ftp 0 * c</c>).
/// </summary>
/// <remarks>Times are local. Fields after vsftpd's logging.c and xferlog(5).</remarks>
public sealed class FtpFormat : ILogFormat
{
    const int TimeBytes = 24;

    public string Name => "ftp";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        LineRecords.AreMost(head, Parser(new LogClock(LocalZone.Utc, 2000))) ? 85 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    ) =>
        LineRecords.Read(
            content,
            handler,
            Parser(options.Clock),
            () => "the line is neither of vsftpd's log nor a transfer",
            cancel
        );

    static LineParser Parser(LogClock clock) =>
        (line, record) =>
        {
            if (
                line.Length <= TimeBytes + 1
                || line[TimeBytes] != ' '
                || !DateTime.TryParseExact(
                    // Without the day of the week, which says nothing more.
                    Encoding.Latin1.GetString(line[4..TimeBytes]),
                    "MMM d HH:mm:ss yyyy",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AllowInnerWhite,
                    out var local
                )
                || clock.ToUtc(local) is not { } utc
            )
            {
                return LineKind.Bad;
            }

            record.Add("time"u8, Fields.Iso(utc));
            var rest = line[(TimeBytes + 1)..];
            return TryMessage(rest, record) || TryTransfer(rest, record)
                ? LineKind.Record
                : LineKind.Bad;
        };

    /// <summary><c>[pid 7] [anna] OK UPLOAD: Client "10.0.0.5", "/a b.txt", 1024 bytes, 1.00Kbyte/sec</c>.</summary>
    static bool TryMessage(ReadOnlySpan<byte> rest, Record record)
    {
        if (!Fields.TryCutPrefix(ref rest, "[pid "u8))
        {
            return false;
        }

        record.Add("pid"u8, Fields.Cut(ref rest, (byte)']'));
        rest = rest.TrimStart((byte)' ');
        if (Fields.TryCutPrefix(ref rest, "["u8))
        {
            Fields.AddUnlessDash(record, "user"u8, Fields.Cut(ref rest, (byte)']'));
            rest = rest.TrimStart((byte)' ');
        }

        var what = Fields.Cut(ref rest, (byte)':');
        foreach (var (word, outcome) in ((string, string)[])[("OK ", "ok"), ("FAIL ", "fail")])
        {
            if (Fields.TryCutPrefix(ref what, Encoding.ASCII.GetBytes(word)))
            {
                record.Add("outcome"u8, Encoding.ASCII.GetBytes(outcome));
            }
        }

        record.Add("log"u8, "vsftpd"u8);
        record.Add("event"u8, what);
        rest = rest.TrimStart((byte)' ');
        if (Fields.TryCutPrefix(ref rest, "Client "u8))
        {
            var client = Quoted(ref rest);
            record.Add("client"u8, Unmapped(client));
            AddDetail(record, what, rest.TrimStart(", "u8));
        }
        else if (!rest.IsEmpty)
        {
            record.Add("message"u8, rest);
        }

        return true;
    }

    /// <summary>A path and its size, or what was said.</summary>
    static void AddDetail(Record record, ReadOnlySpan<byte> what, ReadOnlySpan<byte> rest)
    {
        var isFile =
            what.SequenceEqual("UPLOAD"u8)
            || what.SequenceEqual("DOWNLOAD"u8)
            || what.SequenceEqual("DELETE"u8)
            || what.SequenceEqual("MKDIR"u8)
            || what.SequenceEqual("RMDIR"u8)
            || what.SequenceEqual("RENAME"u8)
            || what.SequenceEqual("CHMOD"u8);
        if (rest.StartsWith("\""u8))
        {
            var text = Quoted(ref rest);
            if (!text.IsEmpty)
            {
                record.Add(isFile ? "path"u8 : "message"u8, text);
            }
        }

        rest = rest.TrimStart(", "u8);
        if (rest.IndexOf(" bytes"u8) is var bytes and > 0)
        {
            record.Add("bytes"u8, rest[..bytes]);
            rest = rest[(bytes + " bytes".Length)..].TrimStart(", "u8);
        }

        if (!rest.IsEmpty)
        {
            record.Add("detail"u8, rest);
        }
    }

    /// <summary>A name may hold quotes, which are not escaped: the last one before a comma, or the last, closes it.</summary>
    static ReadOnlySpan<byte> Quoted(scoped ref ReadOnlySpan<byte> rest)
    {
        if (!rest.StartsWith("\""u8))
        {
            return Fields.Cut(ref rest, (byte)',');
        }

        var end = rest[1..].IndexOf("\", "u8);
        end = end < 0 ? rest[1..].LastIndexOf((byte)'"') : end;
        var text = end < 0 ? rest[1..] : rest[1..(end + 1)];
        rest = end < 0 ? default : rest[(end + 2)..];
        return text;
    }

    /// <summary>Nine words stand behind the name of the file, which may hold blanks: they are cut from the end.</summary>
    static bool TryTransfer(ReadOnlySpan<byte> rest, Record record)
    {
        var seconds = Fields.Cut(ref rest, (byte)' ');
        var client = Fields.Cut(ref rest, (byte)' ');
        var bytes = Fields.Cut(ref rest, (byte)' ');
        var status = Last(ref rest);
        var authenticated = Last(ref rest);
        var method = Last(ref rest);
        var service = Last(ref rest);
        var user = Last(ref rest);
        var access = Last(ref rest);
        var direction = Last(ref rest);
        var special = Last(ref rest);
        var type = Last(ref rest);
        if (
            !Fields.TryInt(seconds, out _)
            || !System.Buffers.Text.Utf8Parser.TryParse(bytes, out long _, out var used)
            || used != bytes.Length
            || direction is not ([(byte)'o'] or [(byte)'i'] or [(byte)'d'])
            || access.Length != 1
            || type.Length != 1
            || status.Length != 1
            || rest.IsEmpty
        )
        {
            return false;
        }

        record.Add("log"u8, "xferlog"u8);
        record.Add(
            "event"u8,
            direction[0] switch
            {
                (byte)'i' => "UPLOAD"u8,
                (byte)'o' => "DOWNLOAD"u8,
                _ => "DELETE"u8,
            }
        );
        record.Add("outcome"u8, status[0] == 'c' ? "ok"u8 : "fail"u8);
        record.Add("seconds"u8, seconds);
        record.Add("client"u8, Unmapped(client));
        record.Add("bytes"u8, bytes);
        record.Add("path"u8, rest);
        record.Add("type"u8, type);
        record.Add("access"u8, access);
        record.Add("user"u8, user);
        record.Add("service"u8, service);
        record.Add("method"u8, method);
        if (special[0] != '_')
        {
            record.Add("special"u8, special);
        }

        if (!authenticated.SequenceEqual("*"u8))
        {
            record.Add("authenticated"u8, authenticated);
        }

        return true;
    }

    /// <summary>An IPv4 address that a server which listens on IPv6 writes in its form.</summary>
    static ReadOnlySpan<byte> Unmapped(ReadOnlySpan<byte> client) =>
        client.StartsWith("::ffff:"u8) ? client["::ffff:".Length..] : client;

    static ReadOnlySpan<byte> Last(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimEnd((byte)' ');
        var at = rest.LastIndexOf((byte)' ');
        var word = rest[(at + 1)..];
        rest = at < 0 ? default : rest[..at];
        return word;
    }
}
