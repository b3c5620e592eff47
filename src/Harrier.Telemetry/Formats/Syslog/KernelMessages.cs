using System.Buffers;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of the Linux kernel: packets that a firewall rule logs, crashes, USB devices, modules, promiscuous interfaces.</summary>
sealed class KernelMessages : ISyslogMessages
{
    static readonly SearchValues<byte> s_clock = SearchValues.Create("0123456789. "u8);

    static readonly MessageTable s_table = new(
        new(
            "crash",
            "",
            @"(?:traps: )?(?<image>[^\[\]]{1,256})\[(?<crashed_pid>\d+)\]:? (?<reason>segfault|general protection|trap [a-z ]+)(?: at (?<at>\S+))?(?: .*)?"
        ),
        new(
            "usb-found",
            "usb ",
            @"(?<device>[\d.\-]+): New USB device found, idVendor=(?<vendor_id>[0-9a-f]+), idProduct=(?<product_id>[0-9a-f]+)(?:, .*)?"
        ),
        new(
            "usb-named",
            "usb ",
            @"(?<device>[\d.\-]+): (?<property>Product|Manufacturer|SerialNumber): (?<value>.*)"
        ),
        new(
            "usb-new",
            "usb ",
            @"(?<device>[\d.\-]+): new (?<speed>.*) USB device number (?<number>\d+).*"
        ),
        new(
            "usb-removed",
            "usb ",
            @"(?<device>[\d.\-]+): USB disconnect, device number (?<number>\d+)"
        ),
        new("usb-storage", "usb-storage ", @"(?<device>\S+): USB Mass Storage device detected"),
        new(
            "promiscuous",
            "device ",
            @"(?<interface>\S+) (?<change>entered|left) promiscuous mode"
        ),
        new(
            "promiscuous",
            "",
            @"(?:\S+ \S+ )?(?<interface>[\w.\-]+): (?<change>entered|left) promiscuous mode"
        ),
        new("module-unsigned", "", @"(?<module>[\w\-]+): module verification failed: .*"),
        new(
            "module-foreign",
            "",
            @"(?<module>[\w\-]+): loading out-of-tree module taints kernel\."
        ),
        new(
            "out-of-memory",
            "Out of memory: ",
            @"[Kk]ill(?:ed)? process (?<killed_pid>\d+) \((?<image>[^)]*)\).*"
        )
    );

    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (!head.Program.SequenceEqual("kernel"u8))
        {
            // Routers that are a Linux leave the program out.
            return head.Program.IsEmpty && TryPacket(record, head.Message);
        }

        var message = WithoutClock(head.Message);
        return TryPacket(record, message) || s_table.TryAdd(record, message);
    }

    /// <summary><c>[12345.678901] </c>: seconds since the start of the machine.</summary>
    static ReadOnlySpan<byte> WithoutClock(ReadOnlySpan<byte> message)
    {
        var end = message.StartsWith("["u8) ? message.IndexOf("] "u8) : -1;
        return end > 0 && message[1..end].IndexOfAnyExcept(s_clock) < 0
            ? message[(end + 2)..]
            : message;
    }

    /// <summary><c>[UFW BLOCK] IN=eth0 OUT= MAC=... SRC=192.0.2.1 DST=192.0.2.2 LEN=40 ... PROTO=TCP SPT=1 DPT=22 ... SYN</c>, as netfilter's LOG writes it.</summary>
    static bool TryPacket(Record record, ReadOnlySpan<byte> message)
    {
        var start = message.IndexOf("IN="u8);
        if (
            start < 0
            || message.Length > MessageTable.MaxBytes
            || message[start..].IndexOf(" OUT="u8) < 0
            || message[start..].IndexOf(" SRC="u8) < 0
        )
        {
            return false;
        }

        record.Add("event"u8, "packet"u8);
        var prefix = message[..start].Trim(" []:"u8);
        record.Add("prefix"u8, prefix);
        record.Add("verdict"u8, Verdict(prefix));
        var pairs = new KeyValues(message[start..], hasEscapes: false);
        while (pairs.Read())
        {
            // A second SRC= is that of the packet which an ICMP error carries.
            if (!pairs.Value.IsEmpty && record.Find(pairs.Key) < 0)
            {
                record.Add(pairs.Key.TrimStart((byte)'['), pairs.Value.TrimEnd((byte)']'));
            }
        }

        return true;
    }

    /// <summary>What the rule's prefix says; the log itself does not tell what became of the packet.</summary>
    static ReadOnlySpan<byte> Verdict(ReadOnlySpan<byte> prefix)
    {
        var words = System.Text.Encoding.UTF8.GetString(prefix).ToUpperInvariant();
        return words.Contains("BLOCK", StringComparison.Ordinal)
            || words.Contains("DROP", StringComparison.Ordinal)
            || words.Contains("DENY", StringComparison.Ordinal)
            || words.Contains("DENIED", StringComparison.Ordinal)
            || words.Contains("REJECT", StringComparison.Ordinal)
                ? "deny"u8
            : words.Contains("ALLOW", StringComparison.Ordinal)
            || words.Contains("ACCEPT", StringComparison.Ordinal)
            || words.Contains("PERMIT", StringComparison.Ordinal)
                ? "allow"u8
            : "log"u8;
    }
}
