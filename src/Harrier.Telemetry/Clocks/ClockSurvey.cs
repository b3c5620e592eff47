using Harrier.Schema;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Clocks;

/// <summary>Looks at a sample of a log's events before they are imported: verdicts must be there when the first row is written.</summary>
static class ClockSurvey
{
    // What Sysmon writes into.
    static readonly string[] s_formats = ["evtx", "windows-json", "windows-xml"];

    public static LogClocks Of(
        ILogFormat format,
        HeadStream content,
        ReadOptions options,
        CancellationToken cancel
    )
    {
        if (!s_formats.Contains(format.Name))
        {
            return LogClocks.None;
        }

        var evidence = new ClockEvidence(options);
        var sample = new SampledStream(
            TextEncoding.Of(content.Head).ToUtf8(content),
            isText: format.Name != "evtx",
            () => evidence.IsAny
        );
        try
        {
            format.Read(sample, options, evidence, cancel);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or HarrierFault))
        {
            // A mistake of a reader: it comes again when all is read, and is said then.
        }

        var clocks = new LogClocks(
            evidence.Hosts.ToDictionary(
                pair => pair.Key,
                pair => ClockVerdict.Of(pair.Value),
                StringComparer.Ordinal
            ),
            sample.HasSkipped
        );
        return clocks.IsOfInterest ? clocks : LogClocks.None;
    }
}
