using System.Text;
using Harrier.Intel.Matching;
using Harrier.Schema;

namespace Harrier.Tests.Intel;

public sealed class IndicatorMatcherTest
{
    static readonly EventClass s_dns = EventClasses.Find("dns")!;
    static readonly EventClass s_email = EventClasses.Find("email")!;
    static readonly EventClass s_process = EventClasses.Find("process")!;

    static void Set(EventBatch batch, string column, string value) =>
        batch.SetText(batch.Class.Find(column)!.Ordinal, Encoding.UTF8.GetBytes(value));

    static IndicatorMatcher Matcher(params string[] indicators) =>
        new(indicators.Select(IntelCasesTest.Indicator));

    static IEnumerable<string> Hits(IndicatorMatcher matcher, EventBatch batch) =>
        matcher
            .Match(batch)
            .Select(h => $"{h.Row} {h.Column.Name} {h.Indicator.Value} < {h.Value}");

    [Fact]
    public void Every_row_with_the_value_is_a_hit()
    {
        var batch = new EventBatch(s_dns);
        foreach (
            var (query, answers) in ((string, string?)[])
                [
                    ("good.example", "192.0.2.1;198.51.100.7"),
                    ("a.evil.example", null),
                    ("good.example", "cname.evil.example;192.0.2.2"),
                    ("a.evil.example", ""),
                ]
        )
        {
            Set(batch, "query", query);
            if (answers is not null)
            {
                Set(batch, "answers", answers);
            }

            batch.EndRow();
        }

        Assert.Equal(
            [
                "1 query evil.example < a.evil.example",
                "3 query evil.example < a.evil.example",
                "0 answers 198.51.100.7 < 198.51.100.7",
                "2 answers evil.example < cname.evil.example",
            ],
            Hits(Matcher("domain evil.example", "ipv4 198.51.100.7"), batch)
        );
    }

    [Fact]
    public void Lists_in_a_message_are_taken_apart()
    {
        var batch = new EventBatch(s_email);
        Set(batch, "sender", "x@evil.example");
        Set(batch, "attachment_name", "agenda.pdf;invoice_march.docm");
        Set(batch, "attachment_sha256", new string('0', 64) + ";" + new string('A', 64));
        Set(batch, "url", "https://good.example/ http://evil.example/gate");
        batch.EndRow();
        Assert.Equal(
            [
                "0 sender evil.example < x@evil.example".Replace("x@", ""),
                "0 attachment_name invoice_march.docm < invoice_march.docm",
                $"0 attachment_sha256 {new string('a', 64)} < {new string('a', 64)}",
                "0 url http://evil.example/gate < http://evil.example/gate",
                "0 url evil.example < evil.example",
            ],
            Hits(
                Matcher(
                    "domain evil.example",
                    "filename invoice_march.docm",
                    $"sha256 {new string('a', 64)}",
                    "url http://evil.example/gate"
                ),
                batch
            )
        );
    }

    [Fact]
    public void An_import_hash_matches_its_own_column_only()
    {
        var batch = new EventBatch(s_process);
        Set(batch, "imphash", new string('B', 32));
        Set(batch, "md5", new string('B', 32));
        batch.EndRow();
        var hash = new string('b', 32);
        Assert.Equal([$"0 imphash {hash} < {hash}"], Hits(Matcher($"imphash {hash}"), batch));
        Assert.Equal([$"0 md5 {hash} < {hash}"], Hits(Matcher($"md5 {hash}"), batch));
    }

    [Fact]
    public void Columns_that_can_hold_an_indicator_are_known()
    {
        var names = IndicatorMatcher.MatchableColumns(s_dns).Select(c => c.Name).ToList();
        Assert.Contains("query", names);
        Assert.Contains("answers", names);
        Assert.Contains("src_ip", names);
        Assert.DoesNotContain("query_type", names);
        Assert.All(
            EventClasses.All.Where(c =>
                c.Name is "network" or "process" or "email" or "http" or "tls" or "file"
            ),
            c => Assert.NotEmpty(IndicatorMatcher.MatchableColumns(c))
        );
    }

    [Fact]
    public void An_empty_batch_and_an_empty_matcher_have_no_hits()
    {
        Assert.Empty(Matcher("domain evil.example").Match(new EventBatch(s_dns)));
        var batch = new EventBatch(s_dns);
        Set(batch, "query", "evil.example");
        batch.EndRow();
        Assert.Empty(Matcher().Match(batch));
    }
}
