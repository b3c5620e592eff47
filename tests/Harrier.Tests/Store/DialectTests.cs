using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Harrier.Schema;
using Harrier.Store.Lake;
using Xunit;

namespace Harrier.Tests.Store;

/// <summary>What the dialect says, run on the engine, against slow references in memory.</summary>
public sealed class DialectTests : IDisposable
{
    static readonly string?[] Texts =
    [
        null,
        "",
        "a",
        "A",
        "abc",
        "xABCx",
        "a%b_c",
        "a.b*c",
        @"C:\Windows\System32\cmd.exe",
        "it's",
        "k\u212Akelvin",
        "\u017Fharp s",
        "STRASSE stra\u00DFe \u1E9E",
        "\u00DCber \u00FCber",
        "\u03A3\u03C3\u03C2",
        "\u0130\u0131iI",
        "line\nbreak\0zero",
        "7",
        "7.0",
        "-3e2",
        "😀",
    ];

    static readonly string[] Needles =
    [
        "",
        "a",
        "abc",
        "ABC",
        "%",
        "_c",
        ".b*",
        @"\windows\",
        "CMD.EXE",
        "'",
        "k",
        "s",
        "S",
        "\u00DF",
        "\u00FCBER",
        "\u03C2",
        "i",
        "\u0130",
        "\n",
        "k\0",
        "K\0ZERO",
        "7",
        "😀",
    ];

    static readonly Column Image = EventClasses.Process.Columns[ProcessColumns.Image];
    static readonly Column Pid = EventClasses.Process.Columns[ProcessColumns.Pid];

    static readonly Field[] Fields =
    [
        Image,
        Pid,
        new Field(null, "n"),
        new Field(null, "a/b~c \"x\""),
        new Field(null, "missing"),
    ];

    readonly TestLake _lake = new();
    readonly LakeStore _store;
    readonly List<Row> _rows = [];

    sealed record Row(string? Image, long? Pid, Dictionary<string, string> Extra);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public DialectTests()
    {
        var batch = new EventBatch(EventClasses.Process);
        for (var i = 0; i < Texts.Length * 3; i++)
        {
            var extra = new Dictionary<string, string>(StringComparer.Ordinal);
            if (Texts[(i * 5 + 1) % Texts.Length] is { } n)
            {
                extra["n"] = n;
            }

            if (Texts[(i * 7 + 2) % Texts.Length] is { } odd)
            {
                extra["a/b~c \"x\""] = odd;
            }

            var row = new Row(Texts[i % Texts.Length], i % 4 == 0 ? null : i - 20, extra);
            _rows.Add(row);
            batch.SetInt(CommonColumns.Time, TestLake.Day0 + i);
            batch.SetInt(CommonColumns.Record, i);
            batch.SetText(CommonColumns.Extra, JsonSerializer.SerializeToUtf8Bytes(extra));
            if (row.Image is not null)
            {
                batch.SetText(ProcessColumns.Image, Encoding.UTF8.GetBytes(row.Image));
            }

            if (row.Pid is { } pid)
            {
                batch.SetInt(ProcessColumns.Pid, pid);
            }

            batch.EndRow();
        }

        _lake.Import(batch);
        _store = _lake.Read();
    }

    public void Dispose()
    {
        _store.Dispose();
        _lake.Dispose();
    }

    List<int> Records(string condition)
    {
        using var rows = _store.Query(
            $"SELECT record FROM process WHERE {condition} ORDER BY record",
            TimeWindow.All,
            [],
            Cancel
        );
        var records = new List<int>();
        while (rows.Read())
        {
            records.Add((int)rows.Int(0));
        }

        return records;
    }

    string? Scalar(string expression)
    {
        using var rows = _store.Query($"SELECT {expression}", TimeWindow.All, [], Cancel);
        Assert.True(rows.Read());
        return rows.Text(0);
    }

    [Fact]
    public void Predicates_mean_what_a_slow_reader_says()
    {
        Trees.Sample(
            predicate =>
            {
                var expected = Enumerable
                    .Range(0, _rows.Count)
                    .Where(record => Holds(predicate, _rows[record]))
                    .ToList();
                var said = $"{_store.Dialect.Sql(predicate)}";
                var found = Records(_store.Dialect.Where(predicate));
                Assert.True(
                    expected.SequenceEqual(found),
                    $"{_store.Dialect.Where(predicate)}: {string.Join(' ', expected.Except(found))} missing, {string.Join(' ', found.Except(expected))} too many"
                );
                Assert.Equal(expected, Records(said));
                // Two-valued: what does not hold is false, never null.
                Assert.Equal(_rows.Count - expected.Count, Records($"NOT ({said})").Count);
            },
            iter: 400,
            threads: 1
        );
    }

    static Gen<T> Of<T>(params T[] values) =>
        Gen.Int[0, values.Length - 1].Select(index => values[index]);

    static Gen<Predicate> Leaves { get; } =
        Gen.OneOf(
            Gen.Select(
                Of(Fields),
                Gen.Enum<TextMatch>(),
                Of(Needles),
                Gen.Bool,
                (field, match, value, ignoreCase) =>
                    (Predicate)new Predicate.Text(field, match, value, ignoreCase)
            ),
            Gen.Select(
                Of(Fields),
                Of("^a", "b.*c", "[0-9]+$", @"\\Windows\\", "x|7"),
                Gen.Bool,
                (field, pattern, ignoreCase) =>
                    (Predicate)new Predicate.Regex(field, pattern, ignoreCase)
            ),
            Gen.Select(
                Of(Fields),
                Gen.Enum<NumberMatch>(),
                Of(-300.0, -3, 0, 7, 7.5, 1e18),
                (field, match, value) => (Predicate)new Predicate.Number(field, match, value)
            ),
            Of(Fields).Select(field => (Predicate)new Predicate.IsNull(field)),
            Gen.Select(
                Of(Fields),
                Of(Needles).List[0, 4],
                (field, values) => (Predicate)new Predicate.In(field, values)
            )
        );

    static Gen<Predicate> Trees { get; } =
        Gen.Recursive<Predicate>(
            (depth, tree) =>
                depth > 3
                    ? Leaves
                    : Gen.Frequency(
                        (3, Leaves),
                        (1, tree.Select(term => (Predicate)new Predicate.Not(term))),
                        (1, tree.List[0, 3].Select(terms => (Predicate)new Predicate.And(terms))),
                        (1, tree.List[0, 3].Select(terms => (Predicate)new Predicate.Or(terms)))
                    )
        );

    static bool Holds(Predicate predicate, Row row) =>
        predicate switch
        {
            Predicate.And and => and.Terms.All(term => Holds(term, row)),
            Predicate.Or or => or.Terms.Any(term => Holds(term, row)),
            Predicate.Not not => !Holds(not.Term, row),
            Predicate.IsNull isNull => Value(isNull.Field, row) is null,
            Predicate.In list => Value(list.Field, row) is { } value && list.Values.Contains(value),
            Predicate.Text text => Value(text.Field, row) is { } value && Matches(text, value),
            Predicate.Regex regex => Value(regex.Field, row) is { } value
                && Regex.IsMatch(
                    value,
                    // RE2's $ is the end of the text alone, and '.' takes no line feed.
                    regex.Pattern.Replace("$", @"\z", StringComparison.Ordinal),
                    (regex.IgnoreCase ? RegexOptions.IgnoreCase : 0)
                        | RegexOptions.CultureInvariant,
                    TimeSpan.FromSeconds(1)
                ),
            Predicate.Number number => Value(number.Field, row) is { } value
                && double.TryParse(
                    value,
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture,
                    out var left
                )
                && number.Match switch
                {
                    NumberMatch.Equal => left == number.Value,
                    NumberMatch.Less => left < number.Value,
                    NumberMatch.LessOrEqual => left <= number.Value,
                    NumberMatch.Greater => left > number.Value,
                    _ => left >= number.Value,
                },
            _ => throw new InvalidOperationException(),
        };

    static string? Value(Field field, Row row) =>
        field.Column == Image ? row.Image
        : field.Column == Pid ? row.Pid?.ToString(CultureInfo.InvariantCulture)
        : row.Extra.GetValueOrDefault(field.ExtraPath!);

    static bool Matches(Predicate.Text text, string value)
    {
        var (left, right) = text.IgnoreCase ? (Fold(value), Fold(text.Value)) : (value, text.Value);
        return text.Match switch
        {
            TextMatch.Equals => left == right,
            TextMatch.StartsWith => left.StartsWith(right, StringComparison.Ordinal),
            TextMatch.EndsWith => left.EndsWith(right, StringComparison.Ordinal),
            _ => left.Contains(right, StringComparison.Ordinal),
        };
    }

    /// <summary>CaseFolding.txt, statuses C and S, for the letters of the cases.</summary>
    static string Fold(string text) =>
        string.Concat(
            text.Select(c =>
                c switch
                {
                    >= 'A' and <= 'Z' => (char)(c + 32),
                    '\u212A' => 'k',
                    '\u017F' => 's',
                    '\u1E9E' => '\u00DF',
                    '\u00DC' => '\u00FC',
                    '\u03A3' or '\u03C2' => '\u03C3',
                    _ => c,
                }
            )
        );

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("10.1.2.0/23")]
    [InlineData("10.1.3.4/23")]
    [InlineData("192.168.7.5/32")]
    [InlineData("0.0.0.0/0")]
    [InlineData("172.16.0.0/12")]
    [InlineData("128.0.0.0/1")]
    [InlineData("2001:db8::/32")]
    [InlineData("2001:db8:8000::/33")]
    [InlineData("fe80::/10")]
    [InlineData("::/0")]
    [InlineData("::1/128")]
    [InlineData("::ffff:0:0/96")]
    [InlineData("::ffff:10.1.0.0/112")]
    [InlineData("64:ff9b::/96")]
    public void Networks_hold_the_addresses_they_should(string text)
    {
        var network = IPNetwork.Parse(text);
        var random = new Random(7);
        var addresses = new List<string>
        {
            "10.1.2.3",
            "10.1.3.255",
            "10.1.4.0",
            "10.1.2",
            "10.1.2.256",
            "10.01.2.3",
            " 10.1.2.3",
            "192.168.7.5",
            "x",
            "",
            "::",
            "::1",
            "1::",
            "fe80::1",
            "FEBF::A",
            "fec0::1",
            "2001:DB8::8",
            "2001:db8:8000::1",
            "2001:db8:0:0:0:0:0:1",
            "2001:0db8::1",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            ":::",
            "::ffff:192.0.2.1",
            "::FFFF:10.1.2.3",
            "::10.1.2.3",
            "64:ff9b::192.0.2.33",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::ffff:192.0.2.256",
            "::ffff:192.0.2",
            "192.0.2.1::",
        };
        for (var i = 0; i < 200; i++)
        {
            var bytes = network.BaseAddress.GetAddressBytes();
            // Change a bit or two near the boundary, and fill the rest.
            var bit = Math.Clamp(
                network.PrefixLength + random.Next(-2, 3),
                0,
                bytes.Length * 8 - 1
            );
            for (var j = Math.Max(0, network.PrefixLength); j < bytes.Length * 8; j++)
            {
                if (random.Next(2) == 0)
                {
                    bytes[j / 8] ^= (byte)(128 >> (j % 8));
                }
            }

            bytes[bit / 8] ^= (byte)(128 >> (bit % 8));
            addresses.Add(new IPAddress(bytes).ToString());
        }

        using var rows = _store.Query(
            $"SELECT a, coalesce({_store.Dialect.Cidr("a", text)}, false) FROM (SELECT unnest($1) a)",
            TimeWindow.All,
            [addresses.ToArray()],
            Cancel
        );
        var count = 0;
        while (rows.Read())
        {
            var address = rows.Text(0)!;
            count++;
            var expected =
                IsWritten(address)
                && IPAddress.TryParse(address, out var parsed)
                && parsed.AddressFamily == network.BaseAddress.AddressFamily
                && IsWithin(parsed.GetAddressBytes(), network);
            Assert.True(expected == (rows.Text(1) == "true"), $"{address} in {text}: {!expected}");
        }

        Assert.Equal(addresses.Count, count);
    }

    /// <summary>Bit by bit: .NET's own question looks at an IPv4 address written in IPv6 as IPv4.</summary>
    static bool IsWithin(byte[] address, IPNetwork network)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        return Enumerable
            .Range(0, network.PrefixLength)
            .All(bit => ((address[bit / 8] ^ bytes[bit / 8]) >> (7 - bit % 8) & 1) == 0);
    }

    /// <summary>Strict forms: .NET also takes 10.1.2, octal octets and blanks.</summary>
    static bool IsWritten(string address) =>
        address.Contains(':')
        || Regex.IsMatch(
            address,
            @"\A(?:(?:0|[1-9][0-9]{0,2})(?:\.(?!\z)|\z)){4}\z",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("nonsense")]
    public void What_is_no_network_is_refused(string text) =>
        Assert.Throws<HarrierFault>(() => _store.Dialect.Cidr("a", text));

    [Theory]
    [InlineData(3)]
    [InlineData(120)]
    public void Needles_find_each_row_once(int count)
    {
        var needles = Enumerable
            .Range(0, count)
            .Select(i => $"no{i}")
            .Concat(["abc", "abc", "it's", "line\nbreak\0zero"])
            .ToList();
        using var rows = _store.Query(
            $"SELECT record FROM ({_store.Dialect.Needles("process", "image", needles)}) ORDER BY record",
            TimeWindow.All,
            [],
            Cancel
        );
        var found = new List<long>();
        while (rows.Read())
        {
            found.Add(rows.Int(0));
        }

        Assert.Equal(
            Enumerable
                .Range(0, _rows.Count)
                .Where(i => needles.Contains(_rows[i].Image!))
                .Select(i => (long)i),
            found
        );
    }

    [Fact]
    public void Aggregates_and_times()
    {
        var dialect = _store.Dialect;
        string? From(string expression) =>
            Scalar(
                $"{expression} FROM (VALUES (1, 'b'), (2, 'a'), (2, 'a'), (4, 'c'), (1, 'a'), (NULL, NULL)) v(n, t)"
            );
        Assert.Equal("1.5", From(dialect.Quantile("n", 0.375).Replace("n,", "n::DOUBLE,")));
        Assert.Equal("3", From(dialect.CountDistinct("n")));
        Assert.Equal("a", From(dialect.ArgMin("t", "n")));
        Assert.Equal("c", From($"{dialect.ArgMax("t", "n")} FILTER (WHERE n IS NOT NULL)"));
        Assert.Equal("a, b, c", From(dialect.JoinDistinct("t", ", ")));
        Assert.Equal("[a, b]", From(dialect.ListDistinct("t", 2)));
        Assert.Equal("-5", Scalar(dialect.Micros(dialect.Time(-5))));
        Assert.Equal("-10", Scalar(dialect.TimeBucket(dialect.Time(-5), 10)));
        Assert.Equal("50", Scalar(dialect.TimeBucket(dialect.Time(59), 10)));
        Assert.Equal("true", Scalar(dialect.Contains("'a%b'", "%")));
        Assert.Equal("true", Scalar(dialect.ContainsIgnoreCase("'xABy'", "ab")));
        Assert.Equal("cmd", Scalar(dialect.RegexExtract(@"'C:\cmd.exe'", @"([a-z]+)\.exe")));
        Assert.Null(Scalar(dialect.RegexExtract("'x'", "y")));
        Assert.Equal("it's", Scalar(dialect.Literal("it's")));
        Assert.Equal(
            long.MinValue.ToString(CultureInfo.InvariantCulture),
            Scalar(dialect.Literal(long.MinValue))
        );
    }
}
