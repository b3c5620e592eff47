namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of cron, crontab, anacron and at.</summary>
sealed class CronMessages : ISyslogMessages
{
    static readonly MessageTable s_table = new(
        new("cron", "(", @"(?<user>[^)]*)\) CMD \((?<command>.*)\)"),
        new("cron", "(", @"(?<user>[^)]*)\) CMD \((?<command>.*)"),
        new("crontab-edit", "(", @"(?<user>[^)]*)\) (?:BEGIN|END) EDIT \((?<target>[^)]*)\)"),
        new("crontab-list", "(", @"(?<user>[^)]*)\) LIST \((?<target>[^)]*)\)"),
        new("crontab-replace", "(", @"(?<user>[^)]*)\) REPLACE \((?<target>[^)]*)\)"),
        new("crontab-delete", "(", @"(?<user>[^)]*)\) DELETE \((?<target>[^)]*)\)"),
        new("crontab-reload", "(", @"(?<user>[^)]*)\) RELOAD \((?<target>[^)]*)\)"),
        new(
            "cron-output",
            "(",
            @"(?<user>[^)]*)\) (?<kind>CMDOUT|CMDEND|MAIL|INFO|ERROR|WRONG [A-Z ]*|NOT A REGULAR FILE|ORPHAN|CRON) \(?(?<text>.*)"
        ),
        new("anacron-job", "Job `", "(?<command>[^']*)' (?<state>started|terminated).*"),
        new("at-job", "Starting job ", @"(?<job>\d+) \(\S+\) for user '(?<user>[^']*)' \(\d+\)")
    );

    public bool TryAdd(Record record, in SyslogHead head) =>
        SyslogMessages.IsOne(
            head.Program,
            "cron",
            "crond",
            "CRON",
            "CROND",
            "/usr/sbin/cron",
            "/USR/SBIN/CRON",
            "crontab",
            "anacron",
            "atd"
        ) && s_table.TryAdd(record, head.Message);
}
