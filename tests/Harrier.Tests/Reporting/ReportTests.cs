using System.Text.RegularExpressions;
using Harrier.Reporting;
using Harrier.Reporting.Html;
using Harrier.Reporting.Json;
using Harrier.Reporting.Markdown;

namespace Harrier.Tests.Reporting;

public class ReportTests
{
    [Fact]
    public void The_Markdown_report_reads_like_this() =>
        Golden.Matches(
            new MarkdownReport().Write(SampleReport.Model),
            "tests",
            "Harrier.Tests",
            "Reporting",
            "golden",
            "report.md"
        );

    [Fact]
    public void The_JSON_report_reads_like_this() =>
        Golden.Matches(
            new JsonReport().Write(SampleReport.Make(leads: 2)),
            "tests",
            "Harrier.Tests",
            "Reporting",
            "golden",
            "report.json"
        );

    [Fact]
    public void The_HTML_report_is_one_file_that_asks_the_network_for_nothing()
    {
        var html = new HtmlReport().Write(SampleReport.Model);

        Assert.DoesNotMatch(@"(src|href)=[""']?(https?:|//)|@import|url\(", html);
        Assert.DoesNotContain("<script", html);
        Assert.Contains("default-src 'none'", html);
    }

    [Fact]
    public void Text_from_logs_is_shown_as_text()
    {
        var html = new HtmlReport().Write(SampleReport.Model);

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html);
        Assert.DoesNotContain('\u001b', html);
        Assert.DoesNotContain('\u202E', html);
        Assert.Contains("␛[31m", html);
        Assert.Contains("⟨U&#x2B;202E⟩fdp.exe", html);
    }

    [Fact]
    public void In_Markdown_text_from_logs_can_neither_link_nor_break_a_table()
    {
        var markdown = new MarkdownReport().Write(SampleReport.Model);

        Assert.DoesNotMatch(@"(?<!\\)\]\(", markdown);
        Assert.DoesNotContain("<script", markdown);
        Assert.DoesNotContain('\u001b', markdown);
    }

    [Fact]
    public void Elements_are_closed_in_order()
    {
        var html = new HtmlReport().Write(SampleReport.Model);
        var open = new Stack<string>();

        foreach (Match tag in Regex.Matches(html, @"<(/?)([a-zA-Z][\w]*)[^>]*?(/?)>"))
        {
            var name = tag.Groups[2].Value.ToLowerInvariant();
            if (name is "meta" or "br" || tag.Groups[3].Value == "/")
            {
                continue;
            }

            if (tag.Groups[1].Value == "/")
            {
                Assert.Equal(open.Pop(), name);
            }
            else
            {
                open.Push(name);
            }
        }

        Assert.Empty(open);
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes() =>
        Assert.Equal(
            new HtmlReport().Write(SampleReport.Make(20)),
            new HtmlReport().Write(SampleReport.Make(20))
        );

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    public void Any_number_of_leads_makes_a_report(int leads)
    {
        foreach (var writer in ReportWriters.All)
        {
            Assert.NotEmpty(writer.Write(SampleReport.Make(leads)));
        }
    }

    [Fact]
    public void Without_hunts_the_report_says_what_to_do()
    {
        var html = new HtmlReport().Write(SampleReport.Empty);

        Assert.Contains("harrier hunt run --all", html);
    }

    [Fact]
    public void Words_of_certainty_are_not_overstated()
    {
        foreach (var writer in ReportWriters.All)
        {
            var text = writer.Write(SampleReport.Model);
            Assert.DoesNotContain("no compromise", text);
            Assert.DoesNotContain("100 %", text);
        }
    }

    [Fact]
    public void A_sample_lies_beside_the_build_for_looking_at()
    {
        var folder = RepositoryRoot.Combine("artifacts", "look");
        Directory.CreateDirectory(folder);

        File.WriteAllText(
            Path.Combine(folder, "report.html"),
            new HtmlReport().Write(SampleReport.Model)
        );
        File.WriteAllText(
            Path.Combine(folder, "report-500.html"),
            new HtmlReport().Write(SampleReport.Make(500))
        );
        File.WriteAllText(
            Path.Combine(folder, "report-empty.html"),
            new HtmlReport().Write(SampleReport.Empty)
        );

        Assert.True(new FileInfo(Path.Combine(folder, "report-500.html")).Length < 2_000_000);
    }
}
