using Harrier.Reporting.Html;
using Harrier.Reporting.Json;
using Harrier.Reporting.Markdown;

namespace Harrier.Reporting;

/// <summary>All forms of the report.</summary>
public static class ReportWriters
{
    public static IReadOnlyList<IReportWriter> All { get; } =
    [new HtmlReport(), new MarkdownReport(), new JsonReport()];
}
