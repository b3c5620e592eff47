using System.Buffers.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Squid;

/// <summary>
/// The proxy Squid's own access log: <c>1461576382.642 161 10.0.0.5 TCP_MISS/200 103701 GET http://example.org/ anna HIER_DIRECT/192.0.2.1 text/html</c>.
/// </summary>
/// <remarks>Columns after Squid's documentation, "logformat squid"; what a site appended to them is <c>detail</c>.</remarks>
public sealed class SquidFormat : ILogFormat
{
    public string Name => "squid";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        LineRecords.AreMost(head, Parse) ? 85 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    ) => LineRecords.Read(content, handler, Parse, () => "the line is no request of Squid", cancel);

    static LineKind Parse(ReadOnlySpan<byte> line, Record record)
    {
        var rest = line;
        var time = Next(ref rest);
        var elapsed = Next(ref rest);
        var client = Next(ref rest);
        var code = Next(ref rest);
        var bytes = Next(ref rest);
        var method = Next(ref rest);
        var url = Next(ref rest);
        var slash = code.IndexOf((byte)'/');
        if (
            time.IndexOf((byte)'.') is not (>= 9 and <= 11)
            || !IsNumber(time)
            || !IsNumber(elapsed)
            || !IsNumber(bytes)
            || slash <= 0
            || !IsNumber(code[(slash + 1)..])
            || url.IsEmpty
        )
        {
            return LineKind.Bad;
        }

        record.Add("time"u8, time);
        record.Add("elapsed_ms"u8, elapsed);
        record.Add("client"u8, client);
        record.Add("result"u8, code[..slash]);
        record.Add("status"u8, code[(slash + 1)..]);
        record.Add("bytes"u8, bytes);
        record.Add("method"u8, method);
        record.Add("url"u8, url);
        Fields.AddUnlessDash(record, "user"u8, Next(ref rest));
        var server = Next(ref rest);
        Fields.AddUnlessDash(record, "hierarchy"u8, Fields.Cut(ref server, (byte)'/'));
        Fields.AddUnlessDash(record, "server"u8, server);
        Fields.AddUnlessDash(record, "mime_type"u8, Next(ref rest));
        Fields.AddUnlessDash(record, "detail"u8, rest.Trim((byte)' '));
        return LineKind.Record;
    }

    static ReadOnlySpan<byte> Next(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart((byte)' ');
        return Fields.Cut(ref rest, (byte)' ');
    }

    static bool IsNumber(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out double _, out var used) && used == text.Length;
}
