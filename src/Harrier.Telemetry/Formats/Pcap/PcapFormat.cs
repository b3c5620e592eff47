namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>
/// Captured packets (libpcap, pcapng), read as what they tell: connections, names looked up, web requests, TLS handshakes.
/// </summary>
/// <remarks>
/// A record's number is that of the first packet of its connection. Packets are counted with their connection; those that contradict
/// themselves are rejected, those without IP, later fragments and unknown links are counted in a warning.
/// </remarks>
public sealed class PcapFormat : ILogFormat
{
    public string Name => "pcap";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        CaptureReader.IsCapture(head) ? 95 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var capture = new CaptureReader(content);
        var flows = new FlowTable(handler);
        var (packets, notIp, fragments, unknown) = (0L, 0L, 0L, 0L);
        while (capture.Read())
        {
            if ((++packets & 0xFFF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            switch (IpPacket.Parse(capture.LinkType, capture.Packet, out var packet))
            {
                case PacketKind.Ip:
                    flows.Add(packet, packets, capture.Offset, capture.Time);
                    break;
                case PacketKind.Fragment:
                    fragments++;
                    break;
                case PacketKind.NotIp:
                    notIp++;
                    break;
                case PacketKind.UnknownLink:
                    unknown++;
                    break;
                default:
                    handler.Reject(
                        capture.Offset,
                        "the packet's headers contradict its length",
                        Text.Fields.Head(capture.Packet)
                    );
                    break;
            }
        }

        flows.EndAll();
        if (capture.Fault is { } fault)
        {
            handler.Reject(capture.Offset, fault, default);
        }

        Say(handler, notIp, "carry no IP (ARP and the like) and give no event.");
        Say(
            handler,
            fragments,
            "are later parts of fragmented packets and are in no connection's count."
        );
        Say(handler, unknown, "come from a kind of link that Harrier does not read.");
        if (flows.NotRead > 0)
        {
            handler.Warn(
                $"{flows.NotRead} connections are counted, but their first bytes were not read: too many were open at once."
            );
        }
    }

    static void Say(IRecordHandler handler, long packets, string what)
    {
        if (packets > 0)
        {
            handler.Warn($"{packets} packets {what}");
        }
    }
}
