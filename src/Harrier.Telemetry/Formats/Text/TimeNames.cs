using System.Text;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>Names of fields that hold times: what tells events from configuration and documents, in JSON and in tables.</summary>
static class TimeNames
{
    static readonly string[] s_words =
    [
        "time",
        "date",
        "when",
        "created",
        "stamp",
        "start",
        "received",
        "published",
        "datum",
        "zeit",
        "fecha",
        "heure",
    ];
    static readonly string[] s_whole = ["ts", "t", "at", "@t", "_t", "ut"];

    public static bool Has(ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        return s_whole.Contains(text)
            || Array.Exists(
                s_words,
                word => text.Contains(word, StringComparison.OrdinalIgnoreCase)
            );
    }
}
