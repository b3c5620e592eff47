namespace Harrier.Telemetry.Formats;

/// <summary>All formats there are. Adding one is a folder beside this file and a line here.</summary>
public static class LogFormats
{
    public static IReadOnlyList<ILogFormat> All { get; } =
    [new Evtx.EvtxFormat(), new WindowsXml.WindowsXmlFormat(), new WindowsJson.WindowsJsonFormat()];
}
