using System.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>All programs whose messages are taken apart. Adding one is a file beside this one and a line here.</summary>
sealed class SyslogMessages
{
    // New for each file: some remember what lines before said.
    readonly ISyslogMessages[] _all =
    [
        new PamMessages(),
        new SshdMessages(),
        new SudoMessages(),
        new AccountMessages(),
        new LoginMessages(),
        new CronMessages(),
        new SystemdMessages(),
        new KernelMessages(),
        new DhcpMessages(),
        new PostfixMessages(),
    ];

    public void TryAdd(Record record, in SyslogHead head)
    {
        foreach (var messages in _all)
        {
            if (messages.TryAdd(record, head))
            {
                return;
            }
        }
    }

    /// <summary>Whether a program is one of these.</summary>
    public static bool IsOne(ReadOnlySpan<byte> program, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (program.Length == name.Length && Ascii.Equals(program, name))
            {
                return true;
            }
        }

        return false;
    }
}
