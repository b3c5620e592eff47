using System.Net;
using System.Text.RegularExpressions;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Makes values of the same meaning equal, before they are counted.</summary>
/// <remarks>
/// A rare value must be rare in meaning, not in spelling: C:\Users\anna\AppData\x.exe and C:\Users\bob\AppData\x.exe are one
/// program. Everything is lower-cased and cut at 512 characters; then, in order: user profiles, GUIDs, SIDs, long hexadecimal
/// words (temporary names, hashes), suffixes of per-user services, versions and numbers standing alone become placeholders.
/// Domains are cut to the part that is registered. system32, .net and 7zip keep their digits: they touch letters.
/// <para>Example: C:\Users\Bob\AppData\Local\Temp\{0F2A...}\Setup-1.2.3.exe becomes c:\users\*\appdata\local\temp\{guid}\setup-#.exe.</para>
/// </remarks>
static partial class ValueForm
{
    const int Longest = 512;

    /// <summary>Second-level labels under which names are registered in many countries (co.uk, com.au ...).</summary>
    static readonly string[] SecondLevel =
    [
        "co",
        "com",
        "net",
        "org",
        "gov",
        "ac",
        "edu",
        "or",
        "ne",
    ];

    public static string Of(Column column, string text)
    {
        text = text.Length > Longest ? text[..Longest] : text;
        text = text.ToLowerInvariant();
        return column.Entity switch
        {
            "address" or "account" or "host" or "email" => text,
            "domain" => RegisteredDomain(text),
            _ => column.Name switch
            {
                "dst_host" or "src_host" or "server_name" => RegisteredDomain(text),
                _ => column.Type == ColumnType.Int ? text : Path(text),
            },
        };
    }

    static string Path(string text)
    {
        text = UserProfile().Replace(text, "${before}*${after}");
        text = Guid().Replace(text, "{guid}");
        text = Sid().Replace(text, "{sid}");
        text = PerUserService().Replace(text, "_*");
        text = LongHex().Replace(text, "{hex}");
        text = Version().Replace(text, "#");
        return Number().Replace(text, "#");
    }

    /// <summary>a.b.example.co.uk becomes example.co.uk; addresses and single labels stay.</summary>
    public static string RegisteredDomain(string name)
    {
        name = name.TrimEnd('.');
        if (IPAddress.TryParse(name, out _))
        {
            return name;
        }

        var labels = name.Split('.');
        if (labels.Length <= 2)
        {
            return name;
        }

        var keep = labels[^1].Length == 2 && SecondLevel.Contains(labels[^2]) ? 3 : 2;
        return string.Join('.', labels[^Math.Min(keep, labels.Length)..]);
    }

    [GeneratedRegex(
        @"(?<before>(?:^|[\\/])(?:users|home|documents and settings)[\\/])[^\\/]+(?<after>$|[\\/])",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex UserProfile();

    [GeneratedRegex(
        @"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex Guid();

    [GeneratedRegex(@"s-1-[0-9]+(?:-[0-9]+){2,}", RegexOptions.NonBacktracking)]
    private static partial Regex Sid();

    [GeneratedRegex(@"_[0-9a-f]{4,8}$", RegexOptions.NonBacktracking)]
    private static partial Regex PerUserService();

    [GeneratedRegex(
        @"\b[0-9a-f]*[0-9][0-9a-f]{7,}\b|\b[0-9a-f]{16,}\b",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex LongHex();

    [GeneratedRegex(@"\b[0-9]+(?:[._][0-9]+)+\b", RegexOptions.NonBacktracking)]
    private static partial Regex Version();

    [GeneratedRegex(@"\b[0-9]+\b", RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
