using System.Text;
using System.Xml;
using Harrier.Telemetry.Formats.Evtx;

namespace Harrier.Telemetry.Formats.WindowsXml;

/// <summary>Windows events as XML text: one <c>&lt;Event&gt;</c>, an <c>&lt;Events&gt;</c> document, or fragments one after another.</summary>
/// <remarks>
/// Events are cut out of the text by their tags first, so that a broken one costs only itself; each is then read by an XML
/// reader without document types and entities. Fields have the names that the EVTX reader gives: one map fits both.
/// </remarks>
public sealed class WindowsXmlFormat : ILogFormat
{
    const int MaxEventBytes = 4 << 20;
    const int MaxDepth = 32;

    static readonly XmlReaderSettings s_settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        ConformanceLevel = ConformanceLevel.Fragment,
        CheckCharacters = false,
    };

    public string Name => "windows-xml";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var start = head.TrimStart(" \t\r\n"u8);
        var at = head.IndexOf("<Event"u8);
        // '<34>' begins a line of syslog, which may hold events too.
        return at < 0 || start.Length < 2 || start[0] != '<' || char.IsAsciiDigit((char)start[1])
                ? 0
            : head.IndexOf("schemas.microsoft.com/win/2004/08/events"u8) >= 0 ? 95
            : head.IndexOf("<System>"u8) > at ? 80
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var cutter = new EventCutter(content, MaxEventBytes);
        var record = new Record();
        var path = new FieldPath();
        var number = 0L;
        while (cutter.Next(out var xml, out var line, out var reason))
        {
            if ((number & 0xfff) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            number++;
            if (reason is not null)
            {
                handler.Reject(line, reason, xml[..Math.Min(200, xml.Length)]);
                continue;
            }

            record.Clear();
            record.Number = number;
            record.Position = line;
            if (TryRead(xml, record, path, out var fault))
            {
                handler.Accept(record);
            }
            else
            {
                handler.Reject(line, fault, xml[..Math.Min(200, xml.Length)]);
            }
        }
    }

    /// <summary>Adds the fields of one event; false with the reason where it is none.</summary>
    internal static bool TryRead(
        ReadOnlySpan<byte> xml,
        Record record,
        FieldPath path,
        out string fault
    )
    {
        fault = "";
        path.Reset();
        try
        {
            using var text = new StringReader(Encoding.UTF8.GetString(xml));
            using var reader = XmlReader.Create(text, s_settings);
            while (reader.Read())
            {
                if (reader.Depth > MaxDepth)
                {
                    fault = $"An event of more than {MaxDepth} levels is refused.";
                    return false;
                }

                Take(reader, record, path);
                if (path.Characters > FieldPath.MaxCharacters)
                {
                    fault =
                        $"An event of more than {FieldPath.MaxCharacters} characters is refused.";
                    return false;
                }
            }

            return true;
        }
        catch (XmlException error)
        {
            fault = $"The event is no well-formed XML: {error.Message}";
            return false;
        }
    }

    static void Take(XmlReader reader, Record record, FieldPath path)
    {
        switch (reader.NodeType)
        {
            case XmlNodeType.Element:
                var isEmpty = reader.IsEmptyElement;
                path.Open(reader.LocalName, record);
                while (path.Characters <= FieldPath.MaxCharacters && reader.MoveToNextAttribute())
                {
                    path.BeginAttribute(reader.Prefix == "xmlns" ? "xmlns" : reader.LocalName);
                    path.Append(reader.Value);
                    path.EndAttribute(record);
                }

                if (isEmpty)
                {
                    path.Close(record);
                }

                break;
            case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                path.Append(reader.Value);
                break;
            case XmlNodeType.EndElement:
                path.Close(record);
                break;
            default:
                break;
        }
    }
}
