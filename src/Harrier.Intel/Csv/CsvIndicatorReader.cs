using System.Globalization;
using Harrier.Intel.Indicators;
using Harrier.Intel.Text;

namespace Harrier.Intel.Csv;

/// <summary>
/// Reads tables of indicators in two shapes: a row an indicator (<c>type,value,description</c>), or a row a sample with a column for each
/// kind (<c>sha256,filename,c2</c>). What a column holds is guessed from its header, or said by a column map.
/// </summary>
static class CsvIndicatorReader
{
    enum Role
    {
        None,
        Type,
        Value,
        Description,
        FirstSeen,
        LastSeen,
        ValidUntil,
        Confidence,
        Tlp,
        Names,

        /// <summary>The column holds one kind of indicator.</summary>
        Kind,

        /// <summary>The column holds indicators of any kind, which their form tells.</summary>
        Any,
    }

    sealed record ColumnRole(Role Role, IndicatorType? Type = null);

    static readonly Dictionary<string, Role> s_roles = new(StringComparer.Ordinal)
    {
        ["type"] = Role.Type,
        ["indicatortype"] = Role.Type,
        ["ioctype"] = Role.Type,
        ["entitytype"] = Role.Type,
        ["kind"] = Role.Type,
        ["observabletype"] = Role.Type,
        ["attributetype"] = Role.Type,
        ["value"] = Role.Value,
        ["indicator"] = Role.Value,
        ["ioc"] = Role.Value,
        ["iocs"] = Role.Value,
        ["iocvalue"] = Role.Value,
        ["indicatorvalue"] = Role.Value,
        ["observable"] = Role.Value,
        ["artifact"] = Role.Value,
        ["data"] = Role.Value,
        ["description"] = Role.Description,
        ["notes"] = Role.Description,
        ["note"] = Role.Description,
        ["comment"] = Role.Description,
        ["comments"] = Role.Description,
        ["context"] = Role.Description,
        ["details"] = Role.Description,
        ["firstseen"] = Role.FirstSeen,
        ["validfrom"] = Role.FirstSeen,
        ["date"] = Role.FirstSeen,
        ["lastseen"] = Role.LastSeen,
        ["validuntil"] = Role.ValidUntil,
        ["expires"] = Role.ValidUntil,
        ["expiration"] = Role.ValidUntil,
        ["confidence"] = Role.Confidence,
        ["tlp"] = Role.Tlp,
        ["malware"] = Role.Names,
        ["malwarefamily"] = Role.Names,
        ["family"] = Role.Names,
        ["actor"] = Role.Names,
        ["threatactor"] = Role.Names,
        ["campaign"] = Role.Names,
        ["group"] = Role.Names,
        ["tool"] = Role.Names,
        ["toolname"] = Role.Names,
        ["c2"] = Role.Any,
        ["c2s"] = Role.Any,
        ["c2server"] = Role.Any,
        ["c&c"] = Role.Any,
        ["cnc"] = Role.Any,
        ["hash"] = Role.Any,
        ["hashes"] = Role.Any,
        ["filehash"] = Role.Any,
        ["infrastructure"] = Role.Any,
        ["network"] = Role.Any,
    };

    static readonly Dictionary<string, IndicatorType> s_types = new(StringComparer.Ordinal)
    {
        ["ipv4"] = IndicatorType.Ipv4,
        ["ipv6"] = IndicatorType.Ipv6,
        ["ip"] = IndicatorType.Ipv4,
        ["ips"] = IndicatorType.Ipv4,
        ["ipaddress"] = IndicatorType.Ipv4,
        ["ipaddr"] = IndicatorType.Ipv4,
        ["address"] = IndicatorType.Ipv4,
        ["ipsrc"] = IndicatorType.Ipv4,
        ["ipdst"] = IndicatorType.Ipv4,
        ["srcip"] = IndicatorType.Ipv4,
        ["dstip"] = IndicatorType.Ipv4,
        ["ipv4addr"] = IndicatorType.Ipv4,
        ["ipv6addr"] = IndicatorType.Ipv6,
        ["c2ip"] = IndicatorType.Ipv4,
        ["remotetemplateip"] = IndicatorType.Ipv4,
        ["cidr"] = IndicatorType.Network,
        ["network"] = IndicatorType.Network,
        ["subnet"] = IndicatorType.Network,
        ["iprange"] = IndicatorType.Network,
        ["domain"] = IndicatorType.Domain,
        ["domains"] = IndicatorType.Domain,
        ["domainname"] = IndicatorType.Domain,
        ["hostname"] = IndicatorType.Domain,
        ["host"] = IndicatorType.Domain,
        ["fqdn"] = IndicatorType.Domain,
        ["c2domain"] = IndicatorType.Domain,
        ["dns"] = IndicatorType.Domain,
        ["url"] = IndicatorType.Url,
        ["urls"] = IndicatorType.Url,
        ["uri"] = IndicatorType.Url,
        ["link"] = IndicatorType.Url,
        ["weburi"] = IndicatorType.Url,
        ["associatedurl"] = IndicatorType.Url,
        ["distributionurlobserved"] = IndicatorType.Url,
        ["remotetemplateurl"] = IndicatorType.Url,
        ["urlpath"] = IndicatorType.Url,
        ["email"] = IndicatorType.Email,
        ["emailaddr"] = IndicatorType.Email,
        ["emailaddress"] = IndicatorType.Email,
        ["emailsrc"] = IndicatorType.Email,
        ["emailsender"] = IndicatorType.Email,
        ["sender"] = IndicatorType.Email,
        ["mail"] = IndicatorType.Email,
        ["md5"] = IndicatorType.Md5,
        ["sha1"] = IndicatorType.Sha1,
        ["sha256"] = IndicatorType.Sha256,
        ["imphash"] = IndicatorType.ImpHash,
        ["md5hash"] = IndicatorType.Md5,
        ["sha1hash"] = IndicatorType.Sha1,
        ["sha256hash"] = IndicatorType.Sha256,
        ["filehashmd5"] = IndicatorType.Md5,
        ["filehashsha1"] = IndicatorType.Sha1,
        ["filehashsha256"] = IndicatorType.Sha256,
        ["filename"] = IndicatorType.FileName,
        ["filenames"] = IndicatorType.FileName,
        ["filepath"] = IndicatorType.FileName,
        ["path"] = IndicatorType.FileName,
        ["filepathname"] = IndicatorType.FileName,
        ["itwfilename"] = IndicatorType.FileName,
        ["process"] = IndicatorType.FileName,
    };

    static readonly HashSet<string> s_mapRoles =
    [
        "type",
        "value",
        "description",
        "first_seen",
        "last_seen",
        "valid_until",
        "confidence",
        "tlp",
        "names",
        "any",
    ];

    /// <summary>Names that a column map may give a column.</summary>
    public static IEnumerable<string> MapRoles =>
        s_mapRoles.Concat(IndicatorTypes.All.Select(t => t.Name()));

    /// <summary>Whether the first row is a header that says where indicators stand.</summary>
    public static bool Is(string text, IReadOnlyDictionary<string, string> map) =>
        HeaderOf(text, map) is not null;

    sealed record Header(char Separator, ColumnRole[] Columns);

    static Header? HeaderOf(string text, IReadOnlyDictionary<string, string> map)
    {
        var separator = CsvTable.SeparatorOf(text);
        var names = CsvTable.Rows(text, separator ?? ',').FirstOrDefault()?.Fields;
        // One column is a list under a heading, which the reader of text takes, unless a map says what it is.
        if (names is null || (separator is null && !names.Any(map.ContainsKey)))
        {
            return null;
        }

        var columns = names.Select(name => RoleOf(name, map)).ToArray();
        // Sophos writes 'Indicator,Data,Note': the first is the type.
        var values = Indices(columns, Role.Value);
        if (values.Count == 2 && Key(names[values[0]]) == "indicator")
        {
            columns[values[0]] = new ColumnRole(Role.Type);
        }

        return columns.Any(c => c.Role is Role.Value or Role.Kind or Role.Any)
            ? new Header(separator ?? ',', columns)
            : null;
    }

    static List<int> Indices(ColumnRole[] columns, Role role) =>
        [.. Enumerable.Range(0, columns.Length).Where(i => columns[i].Role == role)];

    static ColumnRole RoleOf(string header, IReadOnlyDictionary<string, string> map)
    {
        if (map.TryGetValue(header.Trim('\uFEFF', ' '), out var said))
        {
            var role = said.Replace("_", "");
            return role switch
            {
                "any" => new ColumnRole(Role.Any),
                "names" => new ColumnRole(Role.Names),
                _ when s_types.TryGetValue(role, out var type) => new ColumnRole(Role.Kind, type),
                _ => new ColumnRole(s_roles.GetValueOrDefault(role)),
            };
        }

        var key = Key(header);
        if (s_roles.TryGetValue(key, out var known))
        {
            return new ColumnRole(known);
        }

        return s_types.TryGetValue(key, out var kind)
            ? new ColumnRole(Role.Kind, kind)
            : new ColumnRole(Role.None);
    }

    static string Key(string header) =>
        string.Concat(header.Where(c => char.IsLetterOrDigit(c) || c == '&')).ToLowerInvariant();

    public static void Read(
        string text,
        IReadOnlyDictionary<string, string> map,
        IntelDocument document
    )
    {
        var header = HeaderOf(text, map)!;
        foreach (var row in CsvTable.Rows(text, header.Separator).Skip(1))
        {
            document.Count("rows");
            ReadRow(row, header.Columns, document);
        }
    }

    static void ReadRow(CsvRow row, ColumnRole[] columns, IntelDocument document)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"line {row.Line}");
        var context = new IndicatorContext(
            DescriptionOf(row, columns),
            IntelTime.Parse(First(row, columns, Role.FirstSeen)),
            IntelTime.Parse(First(row, columns, Role.ValidUntil)),
            ConfidenceOf(First(row, columns, Role.Confidence)),
            Tlp.Parse(First(row, columns, Role.Tlp)),
            [
                .. columns
                    .Index()
                    .Where(c => c.Item.Role == Role.Names)
                    .Select(c => Cell(row, c.Index))
                    .Where(IsFilled)
                    .Distinct(),
            ]
        );
        document.Tlp = Tlp.Stricter(document.Tlp, context.Tlp);
        var written = First(row, columns, Role.Type);
        for (var i = 0; i < columns.Length; i++)
        {
            var cell = Cell(row, i);
            if (!IsFilled(cell))
            {
                continue;
            }

            switch (columns[i].Role)
            {
                case Role.Value:
                    AddValue(document, written, cell, place, context);
                    break;
                case Role.Kind:
                    foreach (var part in Parts(cell))
                    {
                        Add(document, columns[i].Type!.Value, part, place, context);
                    }

                    break;
                case Role.Any:
                    foreach (var part in Parts(cell))
                    {
                        AddGuessed(document, part, place, context);
                    }

                    break;
            }
        }
    }

    static string Cell(CsvRow row, int index) =>
        index < row.Fields.Count ? row.Fields[index].Trim() : "";

    static bool IsFilled(string cell) =>
        cell.Length > 0
        && cell is not ("N/A" or "n/a" or "NA" or "-" or "none" or "None" or "null");

    /// <summary>Several values in one cell stand on lines of their own, or between blanks, commas or semicolons.</summary>
    static string[] Parts(string cell) =>
        cell.Split(
            ['\n', '\r', ';', ',', ' '],
            200,
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    static string? First(CsvRow row, ColumnRole[] columns, Role role) =>
        columns
            .Index()
            .Where(c => c.Item.Role == role)
            .Select(c => Cell(row, c.Index))
            .FirstOrDefault(IsFilled);

    /// <summary>When a value was last seen is told, and is no end of its validity: it may be seen again tomorrow.</summary>
    static string? DescriptionOf(CsvRow row, ColumnRole[] columns)
    {
        var description = Join(row, columns, Role.Description);
        return First(row, columns, Role.LastSeen) is not { } last ? description
            : description is null ? $"last seen {last}"
            : $"{description}; last seen {last}";
    }

    static string? Join(CsvRow row, ColumnRole[] columns, Role role)
    {
        var all = string.Join(
            "; ",
            columns
                .Index()
                .Where(c => c.Item.Role == role)
                .Select(c => Cell(row, c.Index))
                .Where(IsFilled)
        );
        return all.Length > 0 ? all : null;
    }

    static int? ConfidenceOf(string? text) =>
        text?.ToLowerInvariant() switch
        {
            null => null,
            // STIX 2.1, appendix A: None, Low, Medium, High.
            "low" => 15,
            "medium" or "moderate" => 50,
            "high" => 85,
            var number => int.TryParse(
                number.TrimEnd('%'),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var value
            )
                ? Math.Min(value, 100)
                : null,
        };

    static void AddValue(
        IntelDocument document,
        string? written,
        string cell,
        string place,
        IndicatorContext context
    )
    {
        if (written is null)
        {
            AddGuessed(document, cell, place, context);
            return;
        }

        var key = Key(written);
        if (s_types.TryGetValue(key, out var type))
        {
            Add(document, type, cell, place, context);
        }
        else if (
            key
            is "file"
                or "hash"
                or "filehash"
                or "sample"
                or "ioc"
                or "indicator"
                or "c2"
                or "malware"
        )
        {
            AddGuessed(document, cell, place, context);
        }
        else
        {
            document.Reject(
                place,
                cell,
                $"the type '{(written.Length > 60 ? written[..60] : written)}' is not matched by this version"
            );
        }
    }

    static void Add(
        IntelDocument document,
        IndicatorType type,
        string cell,
        string place,
        IndicatorContext context
    )
    {
        var value = Refang.Line(cell).Text.Trim();
        string? note = null;
        if (type is IndicatorType.Ipv4 or IndicatorType.Domain)
        {
            // Addresses and names are often written with a port, and addresses as networks.
            if (
                value.IndexOf(':') is var colon and > 0
                && value.LastIndexOf(':') == colon
                && !value.Contains("//", StringComparison.Ordinal)
            )
            {
                note = $"written with port {value[(colon + 1)..]}";
                value = value[..colon];
            }

            if (
                value.Contains('/')
                && Addresses.TryNetwork(value, out _, out var prefix)
                && prefix < 128
            )
            {
                type = IndicatorType.Network;
            }
            else if (Addresses.TryAddress(value, out _))
            {
                type = IndicatorType.Ipv4;
            }
            else if (type == IndicatorType.Ipv4 && IndicatorGuess.IsDomain(value, isCertain: true))
            {
                type = IndicatorType.Domain;
            }
        }

        document.Add(type, value, place, context, note);
    }

    static void AddGuessed(
        IntelDocument document,
        string cell,
        string place,
        IndicatorContext context
    )
    {
        var value = Refang.Line(cell).Text.Trim();
        if (IndicatorGuess.Of(value, isCertain: true) is { } type)
        {
            document.Add(type, value, place, context);
        }
        else if (
            value.LastIndexOf(':') is var colon and > 0
            && IndicatorGuess.Of(value[..colon], isCertain: true) is { } withPort
        )
        {
            document.Add(
                withPort,
                value[..colon],
                place,
                context,
                $"written with port {value[(colon + 1)..]}"
            );
        }
        else
        {
            document.Reject(
                place,
                cell,
                "no kind of indicator that this version knows, by its form"
            );
        }
    }
}
