using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of sudo and su.</summary>
sealed class SudoMessages : ISyslogMessages
{
    static readonly MessageTable s_su = new(
        new("su", "Successful su for ", @"(?<target>\S+) by (?<user>\S+)"),
        new("su-failed", "FAILED su for ", @"(?<target>\S+) by (?<user>\S+)"),
        new("su-failed", "FAILED SU (to ", @"(?<target>\S+)\) (?<user>\S+) on (?<tty>\S+)"),
        new("su", "(to ", @"(?<target>\S+)\) (?<user>\S+) on (?<tty>\S+)"),
        new("su", "+ ", @"(?<tty>\S+) (?<user>[^: ]+)[:-](?<target>\S+)"),
        new("su-failed", "- ", @"(?<tty>\S+) (?<user>[^: ]+)[:-](?<target>\S+)"),
        new("su-failed", "BAD SU ", @"(?<user>\S+) to (?<target>\S+) on (?<tty>\S+)")
    );

    public bool TryAdd(Record record, in SyslogHead head) =>
        head.Program.SequenceEqual("sudo"u8)
            ? TrySudo(record, head.Message)
            : SyslogMessages.IsOne(head.Program, "su", "su-l", "runuser")
                && s_su.TryAdd(record, head.Message);

    /// <summary><c>alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls -l</c>; a refusal stands before TTY.</summary>
    static bool TrySudo(Record record, ReadOnlySpan<byte> message)
    {
        var colon = message.IndexOf(" : "u8);
        var command = message.IndexOf("COMMAND="u8);
        if (colon <= 0 || command < colon)
        {
            return false;
        }

        record.Add("user"u8, message[..colon].Trim((byte)' '));
        record.Add("command"u8, message[(command + 8)..]);
        var rest = message[(colon + 3)..command];
        var isRefused = false;
        while (!rest.IsEmpty)
        {
            var part = Fields.Cut(ref rest, (byte)';').Trim((byte)' ');
            if (part.StartsWith("PWD="u8))
            {
                record.Add("directory"u8, part[4..]);
            }
            else if (part.StartsWith("USER="u8))
            {
                record.Add("run_as"u8, part[5..]);
            }
            else if (part.StartsWith("TTY="u8))
            {
                record.Add("tty"u8, part[4..]);
            }
            else if (!part.IsEmpty && part.IndexOf((byte)'=') < 0)
            {
                record.Add("refusal"u8, part);
                isRefused = true;
            }
        }

        record.Add("event"u8, isRefused ? "sudo-refused"u8 : "sudo"u8);

        return true;
    }
}
