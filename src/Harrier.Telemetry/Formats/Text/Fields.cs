using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>Small steps that readers of text share.</summary>
static class Fields
{
    /// <summary>What stands before <paramref name="separator"/>; the rest without it stays. All, and an empty rest, where there is none.</summary>
    public static ReadOnlySpan<byte> Cut(scoped ref ReadOnlySpan<byte> rest, byte separator)
    {
        var at = rest.IndexOf(separator);
        var part = at < 0 ? rest : rest[..at];
        rest = at < 0 ? default : rest[(at + 1)..];
        return part;
    }

    public static bool TryCutPrefix(scoped ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> prefix)
    {
        if (!rest.StartsWith(prefix))
        {
            return false;
        }

        rest = rest[prefix.Length..];
        return true;
    }

    public static bool TryInt(ReadOnlySpan<byte> text, out int value) =>
        Utf8Parser.TryParse(text, out value, out var used) && used == text.Length;

    /// <summary>First line of content, without its end; for detection.</summary>
    public static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOfAny((byte)'\n', (byte)'\r');
        return end < 0 ? head : head[..end];
    }

    /// <summary>
    /// The first line that begins with an object of JSON, for detection; empty where none of the first ten does. A banner may stand above it,
    /// or the rest of an object that was cut. An array's objects are no lines.
    /// </summary>
    public static ReadOnlySpan<byte> FirstObjectLine(ReadOnlySpan<byte> head)
    {
        const int looked = 10;
        var rest = head.TrimStart(" \t\r\n"u8);
        for (var line = 0; line < looked && !rest.IsEmpty && rest[0] != '['; line++)
        {
            if (rest[0] == '{')
            {
                return FirstLine(rest);
            }

            Cut(ref rest, (byte)'\n');
            rest = rest.TrimStart(" \t\r\n"u8);
        }

        return default;
    }

    /// <summary>A time as the maps read it: 2026-01-31T23:59:59.123456Z.</summary>
    public static byte[] Iso(DateTime utc) =>
        Encoding.ASCII.GetBytes(
            utc.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
        );

    /// <summary>A local time as the maps read it, without a zone: they give it the log's.</summary>
    public static byte[] Local(DateTime local) =>
        Encoding.ASCII.GetBytes(
            local.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture)
        );

    public static ReadOnlySpan<byte> Head(ReadOnlySpan<byte> record) =>
        record.Length > 200 ? record[..200] : record;

    public static void AddIfAny(Record record, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            record.Add(name, value);
        }
    }

    /// <summary>Adds a value of a log that writes a dash where it has none.</summary>
    public static void AddUnlessDash(
        Record record,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value
    )
    {
        if (!value.IsEmpty && !value.SequenceEqual("-"u8))
        {
            record.Add(name, value);
        }
    }
}
