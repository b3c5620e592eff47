using System.Globalization;
using System.Text;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>The head of a request or of an answer of HTTP/1 (RFC 9112).</summary>
/// <param name="Start">Where it begins in the stream.</param>
sealed record HttpMessage(
    int Start,
    string First,
    string Second,
    string Third,
    IReadOnlyDictionary<string, string> Headers
)
{
    const int MostMessages = 16;
    const int MostHeaders = 100;
    const int LongestValue = 4096;

    static readonly string[] s_methods =
    [
        "GET ",
        "POST ",
        "HEAD ",
        "PUT ",
        "DELETE ",
        "OPTIONS ",
        "PATCH ",
        "CONNECT ",
        "TRACE ",
        "PROPFIND ",
    ];

    static readonly byte[][] s_starts = [.. s_methods.Select(Encoding.ASCII.GetBytes)];

    public static bool IsRequest(ReadOnlySpan<byte> bytes)
    {
        foreach (var start in s_starts)
        {
            if (bytes.StartsWith(start))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The messages whose heads are whole in the bytes; the text between is their bodies.</summary>
    public static List<HttpMessage> Parse(ReadOnlySpan<byte> bytes, bool isRequest)
    {
        var messages = new List<HttpMessage>();
        var start = 0;
        while (messages.Count < MostMessages && start < bytes.Length)
        {
            var rest = bytes[start..];
            if (isRequest ? !IsRequest(rest) : !rest.StartsWith("HTTP/1."u8))
            {
                break;
            }

            var end = rest.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                break;
            }

            var message = ReadHead(rest[..end], start);
            if (message is null)
            {
                break;
            }

            messages.Add(message);
            start += end + 4;
            // An answer of 100 says that another follows; without a length the next can't be found.
            var body = message.Header("content-length");
            if (body.Length > 0)
            {
                if (!int.TryParse(body, CultureInfo.InvariantCulture, out var length) || length < 0)
                {
                    break;
                }

                start = (int)Math.Min((long)start + length, int.MaxValue);
            }
            else if (message.Header("transfer-encoding").Length > 0)
            {
                break;
            }
        }

        return messages;
    }

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    static HttpMessage? ReadHead(ReadOnlySpan<byte> head, int start)
    {
        // Bytes above ASCII are Latin-1, as the standard was once.
        var lines = Encoding.Latin1.GetString(head).Split("\r\n", MostHeaders + 2);
        var words = lines[0].Split(' ', 3);
        if (words.Length < 2)
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1).Take(MostHeaders))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers.TryAdd(line[..colon], Bounded(line[(colon + 1)..].Trim()));
            }
        }

        return new HttpMessage(
            start,
            Bounded(words[0]),
            words[1],
            words.Length > 2 ? Bounded(words[2]) : "",
            headers
        );
    }

    static string Bounded(string text) => text.Length > LongestValue ? text[..LongestValue] : text;
}
