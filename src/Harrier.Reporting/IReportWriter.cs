namespace Harrier.Reporting;

/// <summary>A form of the report: HTML, Markdown, JSON. The same model gives the same bytes.</summary>
public interface IReportWriter
{
    /// <summary>Name in <c>report --format</c>, and the file's ending.</summary>
    string Format { get; }

    string Write(ReportModel model);
}
