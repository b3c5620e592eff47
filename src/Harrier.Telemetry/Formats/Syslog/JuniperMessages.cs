using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Messages of Juniper's Junos: structured (<c>RT_FLOW_SESSION_CREATE [junos@2636.1.1.1.2.26 source-address="10.0.0.1" ...]</c>) and, for the
/// sessions of SRX firewalls, as text.
/// </summary>
sealed class JuniperMessages : ISyslogMessages
{
    static readonly MessageTemplate[] s_sessions =
    [
        new(
            "session created {src#}->{dst#} {connection_tag} {service-name} {nat_src#}->{nat_dst#} {*} {src-nat-rule} {*} {dst-nat-rule} {protocol-id} {policy-name} {source-zone-name} {destination-zone-name} {session-id} {*}"
        ),
        new("session created {src#}->{dst#} {*}"),
        new("session closed {reason}: {src#}->{dst#} {*}"),
        new(
            "session denied {src#}->{dst#} {connection_tag} {service-name} {protocol-id}({*}) {policy-name} {*}"
        ),
        new("session denied {src#}->{dst#} {*}"),
    ];

    static readonly MessageTemplate s_login = new(
        "UI_LOGIN_EVENT: User '{username}' login, class '{class}' [{*}], ssh-connection '{source-address} {source-port} {destination-address} {destination-port}', {*}"
    );

    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (head.StructuredData.StartsWith("[junos@2636."u8))
        {
            record.Add("log"u8, "juniper"u8);
            record.Add("event"u8, head.MessageId);
            AddParameters(record, head.StructuredData);
            return true;
        }

        // A collector may have taken away what stood before.
        var data = head.Text.IndexOf("[junos@2636."u8);
        if (data is > 0 and < 128)
        {
            var before = head.Text[..data].TrimEnd((byte)' ');
            record.Add("log"u8, "juniper"u8);
            record.Add("event"u8, before[(before.LastIndexOf((byte)' ') + 1)..]);
            AddParameters(record, head.Text[data..]);
            return true;
        }

        if (s_login.TryAdd(record, head.Message))
        {
            record.Add("log"u8, "juniper"u8);
            record.Add("event"u8, "UI_LOGIN_EVENT"u8);
            return true;
        }

        if (!head.Program.StartsWith("RT_"u8) && !head.Message.StartsWith("RT_FLOW_SESSION_"u8))
        {
            return false;
        }

        record.Add("log"u8, "juniper"u8);
        var message = head.Message;
        var tag = Fields.Cut(ref message, (byte)':').Trim((byte)' ');
        record.Add("event"u8, tag);
        foreach (var template in s_sessions)
        {
            if (template.TryAdd(record, message.TrimStart((byte)' ')))
            {
                break;
            }
        }

        return true;
    }

    /// <summary><c>[junos@2636.1.1.1.2.26 name="value" name="value"]</c>.</summary>
    static void AddParameters(Record record, ReadOnlySpan<byte> data)
    {
        Fields.Cut(ref data, (byte)' ');
        var pairs = new KeyValues(data.TrimEnd((byte)']'));
        while (pairs.Read())
        {
            PayloadFields.Add(
                record,
                "juniper"u8,
                pairs.Key,
                PayloadFields.ValueOf(pairs, "\"\\]"u8)
            );
        }
    }
}
