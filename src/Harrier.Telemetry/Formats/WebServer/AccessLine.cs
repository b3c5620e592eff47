using System.Globalization;
using System.Net;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WebServer;

/// <summary>
/// A request: <c>[vhost[:port]] client ident user [24/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" status bytes ["referrer" "agent" ...]</c>.
/// </summary>
/// <remarks>
/// What the client sent (request, referrer, agent) is hostile and in quotes, in which <c>\"</c> is a quote; <c>\xHH</c> is left as the server
/// wrote it. Proxies before the server may be listed behind the client. Of what stands after the agent, pairs <c>name=value</c>
/// become fields, the rest <c>detail</c>. A user's name may have spaces.
/// </remarks>
static class AccessLine
{
    const string TimeForm = "dd/MMM/yyyy:HH:mm:ss zzz";

    public static bool TryAdd(Record record, ReadOnlySpan<byte> line)
    {
        var open = TimeStart(line, out var utc);
        if (open < 0)
        {
            return false;
        }

        var rest = line[(open + TimeForm.Length + 4)..];
        record.Add("log"u8, "access"u8);
        record.Add("time"u8, Fields.Iso(utc));
        if (!TryAddClient(record, line[..open].Trim((byte)' ')))
        {
            return false;
        }

        AddRequest(record, ref rest);
        Fields.AddUnlessDash(record, "status"u8, Word(ref rest));
        Fields.AddUnlessDash(record, "bytes"u8, Word(ref rest));
        if (rest.TrimStart((byte)' ').StartsWith("\""u8))
        {
            Fields.AddUnlessDash(record, "referrer"u8, Word(ref rest));
            Fields.AddUnlessDash(record, "user_agent"u8, Word(ref rest));
        }

        AddDetail(record, rest);
        return true;
    }

    /// <summary>Index of the bracket before the time, which is no text of the client's: it stands before the request.</summary>
    static int TimeStart(ReadOnlySpan<byte> line, out DateTime utc)
    {
        utc = default;
        // dd/MMM/yyyy:HH:mm:ss +hhmm is two letters longer than its form without colon: 26.
        const int length = 26;
        var open = line.IndexOf((byte)'[');
        while (open >= 0 && open < 2048)
        {
            var text = line[(open + 1)..];
            if (
                text.Length > length
                && text[length] == ']'
                && text[2] == '/'
                && text[6] == '/'
                && DateTimeOffset.TryParseExact(
                    Encoding.Latin1.GetString(text[..length]).Insert(length - 2, ":"),
                    TimeForm,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None,
                    out var time
                )
            )
            {
                utc = time.UtcDateTime;
                return open;
            }

            var next = text.IndexOf((byte)'[');
            open = next < 0 ? -1 : open + 1 + next;
        }

        return -1;
    }

    static bool TryAddClient(Record record, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            // ssl_request_log has the client behind the time, and then protocol and cipher.
            return true;
        }

        var first = Fields.Cut(ref text, (byte)' ');
        if (first.IndexOfAny("{}<>"u8) >= 0)
        {
            // JSON or XML that carries such a line.
            return false;
        }

        var second = text;
        second = Fields.Cut(ref second, (byte)' ');
        var client = first;
        if (!IsAddress(first) && IsAddress(second))
        {
            Fields.AddUnlessDash(record, "vhost"u8, first);
            client = Fields.Cut(ref text, (byte)' ');
        }

        record.Add("client"u8, client.TrimEnd((byte)','));
        if (client[^1] == ',')
        {
            var start = text;
            while (Fields.Cut(ref text, (byte)' ').EndsWith(","u8)) { }

            record.Add("forwarded"u8, start[..(start.Length - text.Length)].Trim((byte)' '));
        }

        if (text.StartsWith("("u8))
        {
            Fields.Cut(ref text, (byte)' ');
        }

        if (text.IsEmpty)
        {
            return false;
        }

        Fields.AddUnlessDash(record, "ident"u8, Fields.Cut(ref text, (byte)' '));
        Fields.AddUnlessDash(record, "user"u8, text.Trim("\" "u8));
        return true;
    }

    static bool IsAddress(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd((byte)',');
        return (text.Contains((byte)'.') || text.Contains((byte)':'))
            && IPAddress.TryParse(Encoding.Latin1.GetString(text), out _);
    }

    static void AddRequest(Record record, scoped ref ReadOnlySpan<byte> rest)
    {
        if (record.Find("client"u8) < 0)
        {
            Fields.AddUnlessDash(record, "client"u8, Word(ref rest));
            Fields.AddUnlessDash(record, "tls_version"u8, Word(ref rest));
            Fields.AddUnlessDash(record, "tls_cipher"u8, Word(ref rest));
        }

        var request = Word(ref rest);
        if (request.SequenceEqual("-"u8) && rest.TrimStart((byte)' ').StartsWith("\""u8))
        {
            request = Word(ref rest);
        }

        var space = request.IndexOf((byte)' ');
        var last = request.LastIndexOf((byte)' ');
        if (
            space <= 0
            || request[..space].ContainsAnyExceptInRange((byte)'A', (byte)'Z')
                && request[..space].IndexOfAny((byte)'-', (byte)'_') < 0
            || space > 32
        )
        {
            // No request, but what a client sent in its place: a handshake, an exploit.
            Fields.AddUnlessDash(record, "request"u8, request);
            return;
        }

        record.Add("method"u8, request[..space]);
        if (last > space && request[(last + 1)..].StartsWith("HTTP/"u8))
        {
            Fields.AddUnlessDash(record, "target"u8, request[(space + 1)..last]);
            record.Add("http_version"u8, request[(last + 1)..]);
        }
        else
        {
            Fields.AddUnlessDash(record, "target"u8, request[(space + 1)..]);
        }
    }

    static void AddDetail(Record record, ReadOnlySpan<byte> rest)
    {
        var words = new List<byte>();
        while (!rest.Trim((byte)' ').IsEmpty)
        {
            var word = Word(ref rest);
            if (word.IsEmpty || word.SequenceEqual("-"u8))
            {
                continue;
            }

            if (!TryAddPairs(record, word))
            {
                words.AddRange(words.Count > 0 ? " "u8 : default);
                words.AddRange(word);
            }
        }

        if (words.Count > 0)
        {
            record.Add("detail"u8, [.. words]);
        }
    }

    /// <summary><c>cs_bytes=284 sc_bytes=185</c>: all words are pairs with names of letters.</summary>
    static bool TryAddPairs(Record record, ReadOnlySpan<byte> text)
    {
        foreach (var range in text.Split((byte)' '))
        {
            var equals = text[range].IndexOf((byte)'=');
            if (
                equals <= 0
                || !char.IsAsciiLetter((char)text[range][0])
                || !IsName(text[range][..equals])
            )
            {
                return false;
            }
        }

        foreach (var range in text.Split((byte)' '))
        {
            var pair = text[range];
            var name = Fields.Cut(ref pair, (byte)'=');
            Fields.AddUnlessDash(record, name, pair);
        }

        return true;
    }

    static bool IsName(ReadOnlySpan<byte> text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The next word, or what stands in the next quotes.</summary>
    static ReadOnlySpan<byte> Word(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart((byte)' ');
        if (rest.IsEmpty || rest[0] != '"')
        {
            return Fields.Cut(ref rest, (byte)' ');
        }

        var end = 1;
        while (end < rest.Length && rest[end] != '"')
        {
            end += rest[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, rest.Length);
        var word = rest[1..end];
        rest = end < rest.Length ? rest[(end + 1)..] : default;
        return word.IndexOf("\\\""u8) < 0 ? word : Unquoted(word);
    }

    static byte[] Unquoted(ReadOnlySpan<byte> word) =>
        Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(word).Replace("\\\"", "\"", StringComparison.Ordinal)
        );
}
