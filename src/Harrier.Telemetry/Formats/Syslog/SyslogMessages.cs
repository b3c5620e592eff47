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
        new CiscoMessages(),
        new CefMessages(),
        new LeefMessages(),
        new FortinetMessages(),
        PairMessages.SonicWall,
        PairMessages.SophosFirewall,
        PairMessages.SophosUtm,
        new PaloAltoMessages(),
        new CheckPointMessages(),
        new JuniperMessages(),
        new FilterlogMessages(),
        new SnortMessages(),
        new BindMessages(),
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

    /// <summary>Whether a line without a head is a message that brings its own time.</summary>
    public bool StandsAlone(ReadOnlySpan<byte> line)
    {
        foreach (var messages in _all)
        {
            if (messages.StandsAlone(line))
            {
                return true;
            }
        }

        return false;
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
