using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Harrier.Reporting.Html;

/// <summary>One self-contained HTML file: no network, no script, light and dark, printable. The components escape everything by default.</summary>
public sealed class HtmlReport : IReportWriter
{
    public string Format => "html";

    internal static string Css { get; } = ReadCss();

    public string Write(ReportModel model)
    {
        // Names and paths in any script stay readable in the file's source; what means something to HTML is still escaped.
        using var services = new ServiceCollection()
            .AddSingleton(HtmlEncoder.Create(UnicodeRanges.All))
            .BuildServiceProvider();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var parameters = ParameterView.FromDictionary(
            new Dictionary<string, object?> { [nameof(Report.Model)] = model }
        );
        return renderer
                .Dispatcher.InvokeAsync(async () =>
                    (await renderer.RenderComponentAsync<Report>(parameters)).ToHtmlString()
                )
                .GetAwaiter()
                .GetResult() + "\n";
    }

    static string ReadCss()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
