using System.Buffers;
using System.Text;
using Harrier.Intel.Indicators;
using Harrier.Schema;

namespace Harrier.Intel.Matching;

/// <summary>An indicator stands in a column of a row of a batch.</summary>
/// <param name="Value">What the event has there, as matched: the name below the domain, the address inside the network.</param>
public sealed record IndicatorHit(Indicator Indicator, Column Column, int Row, string Value);

/// <summary>
/// Finds indicators in events: every distinct value of a column is looked up once, whatever the number of rows and of
/// indicators.
/// </summary>
/// <remarks>
/// What is compared is decided by the column's kind of entity. A domain indicator matches the name and all names below it.
/// A URL matches without its scheme, and an indicator without a query also matches the same URL with one. A network matches the
/// addresses in it. A file name matches the last part of a path.
/// Immutable: one matcher may be used by many threads.
/// </remarks>
public sealed class IndicatorMatcher
{
    const int MaximumValueBytes = 64 * 1024;

    readonly Dictionary<UInt128, Indicator> _addresses = [];
    readonly SortedDictionary<int, Dictionary<UInt128, Indicator>> _networksByPrefix = [];
    readonly Dictionary<string, Indicator> _domains = new(StringComparer.Ordinal);
    readonly Dictionary<string, Indicator> _urls = new(StringComparer.Ordinal);
    readonly Dictionary<string, Indicator> _emails = new(StringComparer.Ordinal);
    readonly Dictionary<string, Indicator> _files = new(StringComparer.Ordinal);
    readonly Dictionary<string, Indicator> _hashes = new(StringComparer.Ordinal);

    public IndicatorMatcher(IEnumerable<Indicator> indicators)
    {
        foreach (var indicator in indicators)
        {
            Count++;
            switch (indicator.Type)
            {
                case IndicatorType.Ipv4 or IndicatorType.Ipv6:
                    Addresses.TryAddress(indicator.Value, out var address);
                    _addresses[address] = indicator;
                    break;
                case IndicatorType.Network:
                    Addresses.TryNetwork(indicator.Value, out var first, out var prefix);
                    if (!_networksByPrefix.TryGetValue(prefix, out var networks))
                    {
                        _networksByPrefix.Add(prefix, networks = []);
                    }

                    networks[first] = indicator;
                    break;
                case IndicatorType.Domain:
                    _domains[indicator.Value] = indicator;
                    break;
                case IndicatorType.Url:
                    _urls[IndicatorValue.Url(indicator.Value)!.Key] = indicator;
                    break;
                case IndicatorType.Email:
                    _emails[indicator.Value] = indicator;
                    break;
                case IndicatorType.FileName:
                    _files[indicator.Value] = indicator;
                    break;
                case IndicatorType.Md5
                or IndicatorType.Sha1
                or IndicatorType.Sha256
                or IndicatorType.ImpHash:
                    _hashes[
                        indicator.Type == IndicatorType.ImpHash
                            ? "imphash " + indicator.Value
                            : indicator.Value
                    ] = indicator;
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(indicators), indicator.Type, null);
            }
        }
    }

    /// <summary>Indicators it looks for.</summary>
    public int Count { get; }

    /// <summary>Columns of a class that can hold an indicator: what has to be read to match it.</summary>
    public static IReadOnlyList<Column> MatchableColumns(EventClass eventClass) =>
        [.. eventClass.Columns.Where(column => Kind(eventClass, column) is not null)];

    /// <summary>All hits, in order of column, then row. Columns that were not read have none.</summary>
    public IReadOnlyList<IndicatorHit> Match(EventBatch batch)
    {
        var hits = new List<IndicatorHit>();
        if (Count == 0)
        {
            return hits;
        }

        var found = new List<(Indicator Indicator, string Value)>();
        foreach (var column in batch.Class.Columns)
        {
            if (Kind(batch.Class, column) is { } kind)
            {
                MatchColumn(batch.Text(column.Ordinal), column, kind, found, hits);
            }
        }

        return hits;
    }

    void MatchColumn(
        TextColumn text,
        Column column,
        ColumnKind kind,
        List<(Indicator Indicator, string Value)> found,
        List<IndicatorHit> hits
    )
    {
        Dictionary<int, (Indicator Indicator, string Value)[]>? byDistinct = null;
        for (var distinct = 0; distinct < text.DistinctCount; distinct++)
        {
            var utf8 = text.Distinct(distinct);
            if (utf8.Length is 0 or > MaximumValueBytes)
            {
                continue;
            }

            found.Clear();
            MatchValue(utf8, kind, found);
            if (found.Count > 0)
            {
                (byDistinct ??= [])[distinct] = [.. found.DistinctBy(f => f.Indicator.ToString())];
            }
        }

        if (byDistinct is null)
        {
            return;
        }

        var indices = text.Indices;
        for (var row = 0; row < indices.Length; row++)
        {
            if (indices[row] >= 0 && byDistinct.TryGetValue(indices[row], out var here))
            {
                foreach (var (indicator, value) in here)
                {
                    hits.Add(new IndicatorHit(indicator, column, row, value));
                }
            }
        }
    }

    /// <summary>Indicators that one value of an event stands for; for tests and for the console.</summary>
    internal IReadOnlyList<Indicator> MatchValue(string value, ColumnKind kind)
    {
        var found = new List<(Indicator, string)>();
        MatchValue(Encoding.UTF8.GetBytes(value), kind, found);
        return [.. found.Select(f => f.Item1)];
    }

    void MatchValue(ReadOnlySpan<byte> utf8, ColumnKind kind, List<(Indicator, string)> found)
    {
        var rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            var length = Encoding.UTF8.GetChars(utf8, rented);
            var text = rented.AsSpan(0, length);
            if (kind.Separator is not { } separator)
            {
                MatchOne(text, kind.Entity, found);
                return;
            }

            foreach (var part in text.Split(separator))
            {
                MatchOne(text[part], kind.Entity, found);
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    void MatchOne(ReadOnlySpan<char> text, string entity, List<(Indicator, string)> found)
    {
        text = text.Trim();
        if (text.IsEmpty)
        {
            return;
        }

        switch (entity)
        {
            case "address":
                MatchAddress(text, found);
                break;
            case "domain":
                MatchHost(text, found);
                break;
            case "url":
                MatchUrl(text, found);
                break;
            case "email":
                MatchEmail(text, found);
                break;
            case "hash":
                MatchHash(text, "", found);
                break;
            case "imphash":
                MatchHash(text, "imphash ", found);
                break;
            case "file" or "image":
                MatchFile(text, found);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(entity), entity, null);
        }
    }

    bool MatchAddress(ReadOnlySpan<char> text, List<(Indicator, string)> found)
    {
        if (!Addresses.TryAddress(text, out var address))
        {
            return false;
        }

        if (_addresses.TryGetValue(address, out var indicator))
        {
            found.Add((indicator, Addresses.Text(address)));
        }

        foreach (var (prefix, networks) in _networksByPrefix)
        {
            if (networks.TryGetValue(address & Addresses.Mask(prefix), out indicator))
            {
                found.Add((indicator, Addresses.Text(address)));
            }
        }

        return true;
    }

    /// <summary>A host as events have it: a name or an address, with or without a port.</summary>
    void MatchHost(ReadOnlySpan<char> text, List<(Indicator, string)> found)
    {
        if (text[0] == '[' && text.IndexOf(']') is var bracket and > 0)
        {
            MatchAddress(text[..(bracket + 1)], found);
            return;
        }

        if (text.Count(':') == 1)
        {
            text = text[..text.IndexOf(':')];
        }

        // A name of the resolver's log such as ::ffff:192.0.2.7 is an address too.
        if (
            !text.IsEmpty
            && !MatchAddress(text, found)
            && IndicatorValue.Host(text.ToString()) is { } host
        )
        {
            MatchDomain(host, found);
        }
    }

    void MatchDomain(string host, List<(Indicator, string)> found)
    {
        var domains = _domains.GetAlternateLookup<ReadOnlySpan<char>>();
        var name = host.AsSpan();
        while (true)
        {
            if (domains.TryGetValue(name, out var indicator))
            {
                found.Add((indicator, host));
            }

            var dot = name.IndexOf('.');
            // A last label alone is never looked up: no indicator is a top-level domain.
            if (dot < 0 || name[(dot + 1)..].IndexOf('.') < 0)
            {
                return;
            }

            name = name[(dot + 1)..];
        }
    }

    void MatchUrl(ReadOnlySpan<char> text, List<(Indicator, string)> found)
    {
        if (IndicatorValue.Url(text.ToString()) is not { } url)
        {
            // The target of a CONNECT is a bare host.
            if (text.IndexOf('/') < 0)
            {
                MatchHost(text, found);
            }

            return;
        }

        if (_urls.TryGetValue(url.Key, out var indicator))
        {
            found.Add((indicator, url.Text));
        }
        else if (
            url.Key.IndexOf('?') is var query and > 0
            && _urls.TryGetValue(url.Key[..query], out indicator)
            && !indicator.Value.EndsWith('/')
        )
        {
            found.Add((indicator, url.Text));
        }

        MatchHost(url.Host, found);
    }

    void MatchEmail(ReadOnlySpan<char> text, List<(Indicator, string)> found)
    {
        text = text.Trim("<>");
        var at = text.LastIndexOf('@');
        if (at < 0 || IndicatorValue.Host(text[(at + 1)..].ToString()) is not { } host)
        {
            return;
        }

        var address = $"{text[..at].ToString().ToLowerInvariant()}@{host}";
        if (_emails.TryGetValue(address, out var indicator))
        {
            found.Add((indicator, address));
        }

        MatchDomain(host, found);
    }

    void MatchHash(ReadOnlySpan<char> text, string prefix, List<(Indicator, string)> found)
    {
        if (text.Length is not (32 or 40 or 64))
        {
            return;
        }

        var hash = text.ToString().ToLowerInvariant();
        if (_hashes.TryGetValue(prefix + hash, out var indicator))
        {
            found.Add((indicator, hash));
        }
    }

    void MatchFile(ReadOnlySpan<char> path, List<(Indicator, string)> found)
    {
        if (_files.Count == 0)
        {
            return;
        }

        var name = IndicatorValue.LastComponent(path.Trim("\"'"));
        if (name.Length is 0 or > 255)
        {
            return;
        }

        Span<char> lower = stackalloc char[255];
        var length = name.ToLowerInvariant(lower);
        if (
            _files
                .GetAlternateLookup<ReadOnlySpan<char>>()
                .TryGetValue(lower[..length], out var indicator)
        )
        {
            found.Add((indicator, path.ToString()));
        }
    }

    /// <param name="Separator">What stands between several values in one column, or null.</param>
    internal sealed record ColumnKind(string Entity, char? Separator = null);

    static readonly ColumnKind s_address = new("address");
    static readonly ColumnKind s_domain = new("domain");
    static readonly ColumnKind s_url = new("url");
    static readonly ColumnKind s_email = new("email");
    static readonly ColumnKind s_hash = new("hash");
    static readonly ColumnKind s_imphash = new("imphash");
    static readonly ColumnKind s_file = new("file");
    static readonly ColumnKind s_answers = new("domain", ';');
    static readonly ColumnKind s_fileList = new("file", ';');
    static readonly ColumnKind s_hashList = new("hash", ';');
    static readonly ColumnKind s_urlList = new("url", ' ');

    static ColumnKind? Kind(EventClass eventClass, Column column) =>
        column.Type != ColumnType.Text
            ? null
            : (eventClass.Name, column.Name) switch
            {
                ("dns", "answers") => s_answers,
                ("email", "attachment_name") => s_fileList,
                ("email", "attachment_sha256") => s_hashList,
                ("email", "url") => s_urlList,
                ("email", "src_host") => s_domain,
                (_, "imphash") => s_imphash,
                _ => column.Entity switch
                {
                    "address" => s_address,
                    "domain" => s_domain,
                    "url" => s_url,
                    "email" => s_email,
                    "hash" => s_hash,
                    "file" or "image" => s_file,
                    _ => null,
                },
            };
}
