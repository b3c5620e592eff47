namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of systemd about units, and of systemd-logind about sessions.</summary>
sealed class SystemdMessages : ISyslogMessages
{
    // 'nginx.service - A web server', 'nginx.service', or before systemd 248 only the description.
    const string Unit =
        @"(?<unit>[^ ]+\.(?:service|socket|timer|mount|target|scope|slice|path|device|swap)|.*?)(?: - (?<description>.*?))?\.*";

    static readonly MessageTable s_units = new(
        new("unit-starting", "Starting ", Unit),
        new("unit-started", "Started ", Unit),
        new("unit-finished", "Finished ", Unit),
        new("unit-stopping", "Stopping ", Unit),
        new("unit-stopped", "Stopped ", Unit),
        new("unit-reloaded", "Reloaded ", Unit),
        new("unit-reloading", "Reloading ", Unit),
        new("unit-failed", "Failed to start ", Unit),
        new("unit-created", "Created ", "slice " + Unit),
        new(
            "unit-exited",
            "",
            @"(?<unit>\S+): [Mm]ain process exited, code=(?<code>\w+), status=(?<status>\S+)"
        ),
        new("unit-failed", "", @"(?<unit>\S+): Failed with result '(?<reason>[^']*)'\."),
        new("unit-stopped", "", @"(?<unit>\S+): (?:Succeeded|Deactivated successfully)\."),
        new(
            "unit-restart",
            "",
            @"(?<unit>\S+): Scheduled restart job, restart counter is at (?<count>\d+)\."
        )
    );

    static readonly MessageTable s_sessions = new(
        new(
            "logind-new",
            "New session ",
            @"(?<session>\S+) of user (?<user>.*?)(?: with class '[^']*' and type '[^']*')?\."
        ),
        new("logind-removed", "Removed session ", @"(?<session>\S+?)\."),
        new("logind-logout", "Session ", @"(?<session>\S+) logged out\..*")
    );

    public bool TryAdd(Record record, in SyslogHead head) =>
        head.Program.SequenceEqual("systemd"u8)
            ? s_units.TryAdd(record, head.Message)
            : head.Program.SequenceEqual("systemd-logind"u8)
                && s_sessions.TryAdd(record, head.Message);
}
