using System.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>The fields of a message as <c>ausearch -i</c> prints them, put back into audit's own form: nothing is encoded any more, and values may hold blanks.</summary>
/// <remarks>
/// A value ends before the next word with an equals sign; of PROCTITLE it is the whole rest. Quotes are put around all, so that what looks
/// like hexadecimal is not decoded again. <c>saddr={ saddr_fam=inet laddr=192.0.2.1 lport=443 }</c> becomes the fields that the raw form gives.
/// </remarks>
static class AusearchBody
{
    public static byte[] Of(ReadOnlySpan<byte> type, ReadOnlySpan<byte> text)
    {
        var body = new StringBuilder();
        var rest = Encoding.Latin1.GetString(text);
        if (
            type.SequenceEqual("PROCTITLE"u8)
            && rest.StartsWith("proctitle=", StringComparison.Ordinal)
        )
        {
            Add(body, "proctitle", rest["proctitle=".Length..]);
        }
        else
        {
            AddPairs(body, rest);
        }

        return Encoding.Latin1.GetBytes(body.ToString());
    }

    static void AddPairs(StringBuilder body, string text)
    {
        var said = text.IndexOf("msg='", StringComparison.Ordinal);
        var before = said < 0 ? text : text[..said];
        var address = before.IndexOf("saddr={", StringComparison.Ordinal);
        if (address >= 0)
        {
            var end = before.IndexOf('}', address);
            AddAddress(body, before[(address + 7)..(end < 0 ? before.Length : end)]);
            before = before[..address] + (end < 0 ? "" : before[(end + 1)..]);
        }

        foreach (var (key, value) in Pairs(before))
        {
            Add(body, key, value);
        }

        if (said >= 0)
        {
            var inner = text[(said + 5)..];
            var end = inner.LastIndexOf('\'');
            body.Append("msg='");
            foreach (var (key, value) in Pairs(end < 0 ? inner : inner[..end]))
            {
                Add(body, key, value.Replace('\'', '"'));
            }

            body.Append("' ");
        }
    }

    static void AddAddress(StringBuilder body, string text)
    {
        foreach (var (key, value) in Pairs(text))
        {
            var name = key switch
            {
                "saddr_fam" or "fam" => "saddr_family",
                "laddr" => "saddr_ip",
                "lport" => "saddr_port",
                "path" => "saddr_path",
                _ => "saddr_" + key,
            };
            Add(body, name, name == "saddr_family" && value == "local" ? "unix" : value);
        }
    }

    static void Add(StringBuilder body, string key, string value)
    {
        if (value is "" or "(none)")
        {
            return;
        }

        var quote = !value.Contains('"') ? '"' : '\'';
        var text = quote == '\'' ? value.Replace('\'', '"') : value;
        body.Append(key).Append('=').Append(quote).Append(text).Append(quote).Append(' ');
        // The login's name: raw logs have it in capitals, where they have it.
        if (key == "auid" && value != "unset")
        {
            body.Append("AUID=").Append(quote).Append(text).Append(quote).Append(' ');
        }
    }

    static IEnumerable<(string Key, string Value)> Pairs(string text)
    {
        var at = KeyAt(text, 0);
        while (at >= 0)
        {
            var equals = text.IndexOf('=', at);
            var next = KeyAt(text, equals + 1);
            var value = text[(equals + 1)..(next < 0 ? text.Length : next)].Trim(' ');
            yield return (
                text[at..equals],
                value.Length > 1 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value
            );
            at = next;
        }
    }

    /// <summary>Where the next key begins, at the start or behind a blank: letters, digits, '_' and '-' up to an equals sign.</summary>
    static int KeyAt(string text, int from)
    {
        for (var at = from; at < text.Length; at++)
        {
            if (at > 0 && text[at - 1] is not (' ' or ','))
            {
                continue;
            }

            var end = at;
            while (
                end < text.Length
                && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-')
            )
            {
                end++;
            }

            if (end > at && end < text.Length && text[end] == '=')
            {
                return at;
            }
        }

        return -1;
    }
}
