namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of one program or appliance as they stand in syslog. One file each; the list is <see cref="SyslogMessages"/>.</summary>
interface ISyslogMessages
{
    /// <summary>Adds <c>event</c> and the fields of a message that is understood; false for any other.</summary>
    bool TryAdd(Record record, in SyslogHead head);

    /// <summary>Whether a line without a syslog head is one of these messages, which then brings its own time.</summary>
    bool StandsAlone(ReadOnlySpan<byte> line) => false;
}
