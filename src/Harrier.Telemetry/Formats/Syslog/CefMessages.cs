namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>ArcSight's Common Event Format: <c>CEF:0|Vendor|Product|Version|Class|Name|Severity|key=value key=value</c>.</summary>
/// <remarks>
/// Bars and backslashes of the head are escaped, equals signs and backslashes of values too. A value may hold spaces: it ends before
/// the last word that stands before the next equals sign. What can be no key (an address with a query that a sender
/// forgot to escape) stays in the value.
/// </remarks>
sealed class CefMessages : ISyslogMessages
{
    static readonly byte[][] s_head =
    [
        "cef_version"u8.ToArray(),
        "device_vendor"u8.ToArray(),
        "device_product"u8.ToArray(),
        "device_version"u8.ToArray(),
        "signature_id"u8.ToArray(),
        "name"u8.ToArray(),
        "cef_severity"u8.ToArray(),
    ];

    public bool StandsAlone(ReadOnlySpan<byte> line) => line.StartsWith("CEF:"u8);

    public bool TryAdd(Record record, in SyslogHead head)
    {
        var start = head.Text.IndexOf("CEF:"u8);
        // Some put their name before it.
        if (start is < 0 or > 128 || head.Text[start..].Count((byte)'|') < s_head.Length - 1)
        {
            return false;
        }

        PayloadFields.Begin(record, "cef"u8);
        var rest = head.Text[(start + 4)..].TrimStart((byte)' ');
        foreach (var name in s_head)
        {
            var value = CutHead(ref rest);
            PayloadFields.Add(record, "cef"u8, name, PayloadFields.Unescape(value, "|\\"u8));
        }

        AddPairs(record, rest);
        return true;
    }

    /// <summary>Up to the next bar that is not escaped.</summary>
    static ReadOnlySpan<byte> CutHead(scoped ref ReadOnlySpan<byte> rest)
    {
        var at = 0;
        while (at < rest.Length && rest[at] != '|')
        {
            at += rest[at] == '\\' ? 2 : 1;
        }

        at = Math.Min(at, rest.Length);
        var part = rest[..at];
        rest = at < rest.Length ? rest[(at + 1)..] : default;
        return part;
    }

    static void AddPairs(Record record, ReadOnlySpan<byte> rest)
    {
        rest = rest.Trim((byte)' ');
        var keyEnd = NextKey(rest, 0, out var keyStart);
        while (keyEnd >= 0)
        {
            var nextEnd = NextKey(rest, keyEnd + 1, out var nextStart);
            var valueEnd = nextEnd < 0 ? rest.Length : Math.Max(keyEnd + 1, nextStart - 1);
            PayloadFields.Add(
                record,
                "cef"u8,
                rest[keyStart..keyEnd],
                PayloadFields.Unescape(rest[(keyEnd + 1)..valueEnd].Trim((byte)' '), "=\\|"u8)
            );
            (keyStart, keyEnd) = (nextStart, nextEnd);
        }
    }

    /// <summary>Index of the next equals sign that ends a key, and where the key begins; -1 where there is none.</summary>
    static int NextKey(ReadOnlySpan<byte> text, int from, out int start)
    {
        // A key begins at a word: at the start, or after a space.
        var wordStart = from;
        start = 0;
        for (var at = from; at < text.Length; at++)
        {
            switch (text[at])
            {
                case (byte)' ' or (byte)'\t':
                    wordStart = at + 1;
                    break;
                case (byte)'\\':
                    at++;
                    break;
                case (byte)'='
                    when at > wordStart
                        && (wordStart > from || from == 0)
                        && IsKey(text[wordStart..at]):
                    start = wordStart;
                    return at;
            }
        }

        return -1;
    }

    static bool IsKey(ReadOnlySpan<byte> word)
    {
        foreach (var letter in word)
        {
            if (
                !char.IsAsciiLetterOrDigit((char)letter)
                && letter is not ((byte)'_' or (byte)'.' or (byte)'-' or (byte)'[' or (byte)']')
            )
            {
                return false;
            }
        }

        return true;
    }
}
