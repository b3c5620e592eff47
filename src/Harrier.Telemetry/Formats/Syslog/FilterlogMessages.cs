using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>The packet filter of pfSense and OPNsense: values with commas between, whose meaning depends on the version of IP and the protocol.</summary>
/// <remarks>After pfSense's grammar (docs.netgate.com, "Raw Filter Log Format"). Failed logons at the web console are taken apart as well.</remarks>
sealed class FilterlogMessages : ISyslogMessages
{
    static readonly MessageTemplate[] s_console =
    [
        new("{page}: webConfigurator authentication error for user '{user}' from: {src#}"),
        new("{page}: Web GUI authentication error for '{user}' from {src#}"),
    ];

    static readonly MessageTemplate[] s_consoleOk =
    [
        new("{page}: Successful login for user '{user}' from: {src#} ({*}"),
        new("{page}: Successful login for user '{user}' from: {src#}"),
    ];

    static readonly string[] s_common =
    [
        "rule",
        "sub_rule",
        "anchor",
        "tracker",
        "interface",
        "reason",
        "action",
        "direction",
        "ip_version",
    ];

    static readonly string[] s_version4 =
    [
        "tos",
        "ecn",
        "ttl",
        "id",
        "offset",
        "flags",
        "protocol_id",
        "protocol",
        "length",
        "src_ip",
        "dst_ip",
    ];

    static readonly string[] s_version6 =
    [
        "class",
        "flow_label",
        "hop_limit",
        "protocol",
        "protocol_id",
        "length",
        "src_ip",
        "dst_ip",
    ];

    static readonly string[] s_ports = ["src_port", "dst_port", "data_length"];

    static readonly string[] s_tcp =
    [
        "tcp_flags",
        "sequence",
        "ack",
        "window",
        "urgent",
        "options",
    ];

    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (!head.Program.SequenceEqual("filterlog"u8))
        {
            return TryConsole(record, head.Message);
        }

        if (head.Message.Count((byte)',') < s_common.Length + s_version6.Length)
        {
            return false;
        }

        PayloadFields.Begin(record, "filterlog"u8);
        var rest = head.Message;
        Add(record, ref rest, s_common);
        record.TryGet("ip_version"u8, out var version);
        Add(record, ref rest, version.SequenceEqual("6"u8) ? s_version6 : s_version4);
        record.TryGet("protocol"u8, out var protocol);
        var isTcp = protocol.Length == 3 && (protocol[0] | 0x20) == 't';
        if (isTcp || (protocol.Length == 3 && (protocol[0] | 0x20) == 'u'))
        {
            Add(record, ref rest, s_ports);
            if (isTcp)
            {
                Add(record, ref rest, s_tcp);
            }
        }

        if (!rest.IsEmpty)
        {
            record.Add("detail"u8, rest);
        }

        return true;
    }

    static bool TryConsole(Record record, ReadOnlySpan<byte> message)
    {
        var page = message.IndexOf(".php: "u8);
        if (page is < 0 or > 128)
        {
            return false;
        }

        foreach (var template in s_console)
        {
            if (template.TryAdd(record, message))
            {
                record.Add("log"u8, "pf-console"u8);
                record.Add("event"u8, "console-failed"u8);
                return true;
            }
        }

        foreach (var template in s_consoleOk)
        {
            if (template.TryAdd(record, message))
            {
                record.Add("log"u8, "pf-console"u8);
                record.Add("event"u8, "console-succeeded"u8);
                return true;
            }
        }

        return false;
    }

    static void Add(Record record, scoped ref ReadOnlySpan<byte> rest, string[] names)
    {
        foreach (var name in names)
        {
            var value = Fields.Cut(ref rest, (byte)',');
            if (!value.IsEmpty)
            {
                record.Add(System.Text.Encoding.UTF8.GetBytes(name), value);
            }
        }
    }
}
