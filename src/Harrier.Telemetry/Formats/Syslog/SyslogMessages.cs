namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>All programs whose messages are taken apart. Adding one is a file beside this one and a line here.</summary>
sealed class SyslogMessages
{
    // New for each file: some remember what lines before said.
    readonly ISyslogMessages[] _all = [new AuthMessages(), new PostfixMessages()];

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
}
