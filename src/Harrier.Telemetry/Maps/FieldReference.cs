using System.Text;

namespace Harrier.Telemetry.Maps;

/// <summary>A field as maps name it: <c>Image</c>, <c>Source address</c>, <c>"odd|name"</c>, with a path into its JSON <c>resources[0].ARN</c>.</summary>
/// <param name="Name">The record's name for it, UTF-8.</param>
/// <param name="Path">Where in its JSON the value stands; null: the field's own value.</param>
public sealed record FieldReference(byte[] Name, JsonPath? Path)
{
    /// <exception cref="FormatException">It names no field, with the reason.</exception>
    public static FieldReference Parse(string text)
    {
        text = text.Trim();
        if (text.Length > 0 && text[0] == '"' && ExpressionText.QuoteEnd(text, 0) is { } end)
        {
            return new(Utf8(text[1..end]), PathOf(text[(end + 1)..]));
        }

        if (text.Length == 0 || text[0] is '\'' or '"' or '[')
        {
            throw new FormatException($"'{text}' names no field");
        }

        var bracket = text.IndexOf('[', StringComparison.Ordinal);
        return bracket < 0
            ? new(Utf8(text), null)
            : new(Utf8(text[..bracket].Trim()), PathOf(text[bracket..]));
    }

    /// <summary>The value in a field's own bytes; empty where there is none.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> field, Scratch scratch) =>
        Path is null ? field : Path.Find(field, scratch);

    static JsonPath? PathOf(string text) => text.Length == 0 ? null : JsonPath.Parse(text);

    static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
