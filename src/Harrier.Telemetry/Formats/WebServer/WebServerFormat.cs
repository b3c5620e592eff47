using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WebServer;

/// <summary>Logs of Apache, nginx and what writes like them: requests in the common and combined format, with or without the virtual host before, and errors.</summary>
public sealed class WebServerFormat : ILogFormat
{
    public string Name => "web-server";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        LineRecords.AreMost(head, Parse) ? 85 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    ) =>
        LineRecords.Read(
            content,
            handler,
            Parse,
            () => "the line is neither a request nor an error of a web server",
            cancel
        );

    static LineKind Parse(ReadOnlySpan<byte> line, Record record) =>
        AccessLine.TryAdd(record, line) || ErrorLine.TryAdd(record, line)
            ? LineKind.Record
            : LineKind.Bad;
}
