using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// QRadar's Log Event Extended Format: <c>LEEF:1.0|Vendor|Product|Version|EventID|</c> and pairs with tabs between;
/// LEEF 2.0 may name another separator, as a character or as <c>0x5E</c>, before the pairs.
/// </summary>
sealed class LeefMessages : ISyslogMessages
{
    static readonly byte[][] s_head =
    [
        "leef_version"u8.ToArray(),
        "device_vendor"u8.ToArray(),
        "device_product"u8.ToArray(),
        "device_version"u8.ToArray(),
        "signature_id"u8.ToArray(),
    ];

    public bool StandsAlone(ReadOnlySpan<byte> line) => line.StartsWith("LEEF:"u8);

    public bool TryAdd(Record record, in SyslogHead head)
    {
        var start = head.Text.IndexOf("LEEF:"u8);
        if (start is < 0 or > 128 || head.Text[start..].Count((byte)'|') < s_head.Length - 1)
        {
            return false;
        }

        PayloadFields.Begin(record, "leef"u8);
        var rest = head.Text[(start + 5)..];
        var isSecond = rest.StartsWith("2"u8);
        foreach (var name in s_head)
        {
            PayloadFields.Add(record, "leef"u8, name, Fields.Cut(ref rest, (byte)'|'));
        }

        var separator = isSecond ? CutSeparator(ref rest) : (byte)'\t';
        while (!rest.IsEmpty)
        {
            var pair = Fields.Cut(ref rest, separator);
            var key = Fields.Cut(ref pair, (byte)'=').Trim((byte)' ');
            if (!key.IsEmpty)
            {
                PayloadFields.Add(record, "leef"u8, key, PayloadFields.Unescape(pair, "=\\"u8));
            }
        }

        return true;
    }

    /// <summary>The separator that stands before the pairs; a tab, where none does.</summary>
    static byte CutSeparator(scoped ref ReadOnlySpan<byte> rest)
    {
        var bar = rest.IndexOf((byte)'|');
        var equals = rest.IndexOf((byte)'=');
        if (bar < 0 || (equals >= 0 && equals < bar && bar > 1))
        {
            return (byte)'\t';
        }

        var text = rest[..bar];
        var hex = text.TrimStart("0"u8);
        if (
            hex.Length > 1
            && hex[0] is (byte)'x' or (byte)'X'
            && byte.TryParse(
                Encoding.Latin1.GetString(hex[1..]),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var code
            )
        )
        {
            rest = rest[(bar + 1)..];
            return code;
        }

        if (text.Length > 1)
        {
            return (byte)'\t';
        }

        rest = rest[(bar + 1)..];
        return text.Length == 1 ? text[0] : (byte)'\t';
    }
}
