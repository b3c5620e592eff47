namespace Harrier.Intel.Indicators;

/// <summary>Kinds of indicators that events can be searched for.</summary>
public enum IndicatorType
{
    Ipv4,
    Ipv6,

    /// <summary>A range of addresses, written as CIDR.</summary>
    Network,
    Domain,
    Url,
    Email,
    FileName,
    Md5,
    Sha1,
    Sha256,
    ImpHash,
}

public static class IndicatorTypes
{
    static readonly string[] s_names =
    [
        "ipv4",
        "ipv6",
        "network",
        "domain",
        "url",
        "email",
        "filename",
        "md5",
        "sha1",
        "sha256",
        "imphash",
    ];

    public static IReadOnlyList<IndicatorType> All { get; } = Enum.GetValues<IndicatorType>();

    /// <summary>Name as files, the database and <c>--json</c> have it: ipv4, domain, sha256 ...</summary>
    public static string Name(this IndicatorType type) => s_names[(int)type];

    public static IndicatorType Parse(string name) =>
        (IndicatorType)Array.IndexOf(s_names, name) is var type && (int)type >= 0
            ? type
            : throw new ArgumentOutOfRangeException(nameof(name), name, "no indicator type");

    /// <summary>
    /// Step of the Pyramid of Pain (Bianco 2013), from 1, trivial for the adversary to change, to 4, annoying.
    /// </summary>
    public static int PyramidLevel(this IndicatorType type) =>
        type switch
        {
            IndicatorType.Md5
            or IndicatorType.Sha1
            or IndicatorType.Sha256
            or IndicatorType.ImpHash => 1,
            IndicatorType.Ipv4 or IndicatorType.Ipv6 or IndicatorType.Network => 2,
            IndicatorType.Domain => 3,
            IndicatorType.Url or IndicatorType.Email or IndicatorType.FileName => 4,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };

    /// <summary>How long a value of this kind usually serves an adversary, in days: our estimate, not a source's.</summary>
    public static int LifetimeDays(this IndicatorType type) =>
        type switch
        {
            IndicatorType.Ipv4
            or IndicatorType.Ipv6
            or IndicatorType.Network
            or IndicatorType.Url => 30,
            IndicatorType.Domain or IndicatorType.Email => 90,
            IndicatorType.FileName
            or IndicatorType.Md5
            or IndicatorType.Sha1
            or IndicatorType.Sha256
            or IndicatorType.ImpHash => 365,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
}
