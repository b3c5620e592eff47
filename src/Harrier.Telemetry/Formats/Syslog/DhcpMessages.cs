namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of DHCP servers (dhcpd, dnsmasq) and clients (dhclient): which machine had which address when.</summary>
sealed class DhcpMessages : ISyslogMessages
{
    const string Mac = @"(?<mac>[0-9A-Fa-f:]{11,})";

    static readonly MessageTable s_table = new(
        new(
            "dhcp-lease",
            "DHCPACK on ",
            @"(?<ip>\S+) to " + Mac + @"(?: \((?<name>[^)]*)\))?(?: .*)?"
        ),
        new(
            "dhcp-lease",
            "DHCPACK(",
            @"(?<interface>[^)]*)\) (?<ip>\S+) " + Mac + @"(?: (?<name>\S+))?"
        ),
        new("dhcp-lease", "bound to ", @"(?<ip>\S+)(?: -- renewal in (?<seconds>\d+) seconds\.)?"),
        new(
            "dhcp-offer",
            "DHCPOFFER on ",
            @"(?<ip>\S+) to " + Mac + @"(?: \((?<name>[^)]*)\))?(?: .*)?"
        ),
        new(
            "dhcp-request",
            "DHCPREQUEST for ",
            @"(?<ip>\S+)(?: \((?<server>[^)]*)\))? from "
                + Mac
                + @"(?: \((?<name>[^)]*)\))?(?: .*)?"
        ),
        new(
            "dhcp-request",
            "DHCPREQUEST ",
            @"(?:for (?<ip>\S+) )?on (?<interface>\S+) to (?<server>\S+)(?: .*)?"
        ),
        new("dhcp-discover", "DHCPDISCOVER from ", Mac + @"(?: \((?<name>[^)]*)\))?(?: .*)?"),
        new("dhcp-discover", "DHCPDISCOVER on ", @"(?<interface>\S+) to (?<server>\S+)(?: .*)?"),
        new("dhcp-ack", "DHCPACK ", @"(?:of (?<ip>\S+) )?from (?<server>\S+)(?: .*)?"),
        new(
            "dhcp-release",
            "DHCPRELEASE of ",
            @"(?<ip>\S+) from " + Mac + @"(?: \((?<name>[^)]*)\))?(?: .*)?"
        ),
        new("dhcp-refused", "DHCPNAK on ", @"(?<ip>\S+) to " + Mac + "(?: .*)?")
    );

    public bool TryAdd(Record record, in SyslogHead head) =>
        SyslogMessages.IsOne(head.Program, "dhcpd", "dhclient", "dnsmasq-dhcp", "dhcpcd", "dnsmasq")
        && s_table.TryAdd(record, head.Message);
}
