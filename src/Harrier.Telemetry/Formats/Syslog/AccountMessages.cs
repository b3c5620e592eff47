namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of the tools that change accounts and groups: useradd, usermod, groupadd, gpasswd, passwd, chage, chsh.</summary>
sealed class AccountMessages : ISyslogMessages
{
    static readonly MessageTable s_table = new(
        new(
            "user-created",
            "new user: name=",
            @"(?<target>[^,]*), UID=(?<uid>\d+), GID=(?<gid>\d+), home=(?<home>.*), shell=(?<login_shell>[^,]*)(?:, .*)?"
        ),
        new("user-created", "new user: name=", "(?<target>[^,]*)(?:,.*)?"),
        new("group-created", "new group: name=", @"(?<target>[^,]*), GID=(?<gid>\d+)"),
        new(
            "group-created",
            "group added to /etc/group: name=",
            @"(?<target>[^,]*)(?:, GID=(?<gid>\d+))?"
        ),
        new("user-deleted", "delete user '", "(?<target>[^']*)'"),
        new("group-deleted", "removed group '", "(?<target>[^']*)'.*"),
        new("group-deleted", "group '", "(?<target>[^']*)' removed.*"),
        new("member-added", "add '", "(?<member>[^']*)' to group '(?<target>[^']*)'"),
        new(
            "member-added",
            "user ",
            @"(?<member>\S+) added by (?<user>\S+) to group (?<target>\S+)"
        ),
        new("member-removed", "delete '", "(?<member>[^']*)' from group '(?<target>[^']*)'"),
        new(
            "member-removed",
            "user ",
            @"(?<member>\S+) removed by (?<user>\S+) from group (?<target>\S+)"
        ),
        new("user-locked", "lock user '", "(?<target>[^']*)' password"),
        new("user-unlocked", "unlock user '", "(?<target>[^']*)' password"),
        new("password-changed", "change user '", "(?<target>[^']*)' password"),
        new("user-changed", "change user '", "(?<target>[^']*)' (?<change>.*)"),
        new("user-changed", "changed user '", "(?<target>[^']*)' (?<change>.*)"),
        new("user-changed", "changed password expiry for ", "(?<target>.*)"),
        new("user-create-failed", "failed adding user '", "(?<target>[^']*)'.*")
    );

    static readonly string[] s_programs =
    [
        "useradd",
        "usermod",
        "userdel",
        "groupadd",
        "groupmod",
        "groupdel",
        "gpasswd",
        "passwd",
        "chage",
        "chfn",
        "chsh",
        "adduser",
        "addgroup",
        "newusers",
        "chpasswd",
    ];

    public bool TryAdd(Record record, in SyslogHead head) =>
        SyslogMessages.IsOne(head.Program, s_programs) && s_table.TryAdd(record, head.Message);
}
