using System.Text;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Identity;

namespace Harrier.Tests.Store;

public sealed class EntityLinksTests
{
    const long Hour = 3_600_000_000;

    [Fact]
    public void An_address_goes_from_host_to_host()
    {
        using var lake = new TestLake();
        var network = new EventBatch(EventClasses.Network);
        Connect(network, 1, "ws1", "true", "10.0.0.5", "10.0.0.1");
        Connect(network, 2, "ws1", "false", "10.0.0.9", "10.0.0.5");
        Connect(network, 5, "ws2", "true", "10.0.0.5", "10.0.0.1");
        Connect(network, 9, "ws1", "true", "10.0.0.5", "10.0.0.1");
        // Says nothing of who has an address: loopback, and a connection whose side is not known.
        Connect(network, 9, "ws3", "true", "127.0.0.1", "127.0.0.1");
        Connect(network, 9, "ws3", null, "10.0.0.7", "10.0.0.1");
        lake.Import(network);
        using var store = lake.Read();
        Assert.Equal(
            [
                ("ws1", "10.0.0.5", 1 * Hour, 2 * Hour, 2, "sysmon network"),
                ("ws1", "10.0.0.5", 9 * Hour, 9 * Hour, 1, "sysmon network"),
                ("ws2", "10.0.0.5", 5 * Hour, 5 * Hour, 1, "sysmon network"),
            ],
            EntityLinks
                .Of(
                    store,
                    TimeWindow.All,
                    ["10.0.0.5", "10.0.0.7", "127.0.0.1"],
                    CancellationToken.None
                )
                .Select(link =>
                    (link.Entity, link.Value, link.First, link.Last, link.Events, link.Evidence)
                )
        );
    }

    [Fact]
    public void Logons_and_leases_name_hosts_and_accounts()
    {
        using var lake = new TestLake();
        var logon = new EventBatch(EventClasses.Logon);
        Common(logon, 1, "dc1");
        Set(logon, "src_host", "WS1.corp.example");
        Set(logon, "src_ip", "10.0.0.5");
        Set(logon, "target_user", @"CORP\Anna");
        Set(logon, "target_sid", "S-1-5-21-1");
        logon.EndRow();
        var other = new EventBatch(EventClasses.Other);
        Common(other, 2, "ws2");
        other.SetText(CommonColumns.Channel, "dhcp"u8);
        other.SetText(CommonColumns.Extra, "{\"assigned_addr\":\"10.0.0.6\"}"u8);
        other.EndRow();
        lake.Import(logon, other);
        using var store = lake.Read();
        Assert.Equal(
            [
                ("account_sid", "anna", "S-1-5-21-1", "sysmon logon"),
                ("host_address", "ws1", "10.0.0.5", "sysmon logon"),
                ("host_address", "ws2", "10.0.0.6", "sysmon lease"),
                ("host_name", "dc1", "dc1.corp.example", "sysmon logon"),
                ("host_name", "ws2", "ws2.corp.example", "sysmon other"),
            ],
            EntityLinks
                .Of(store, TimeWindow.All, [], CancellationToken.None)
                .Select(link => (link.Kind, link.Entity, link.Value, link.Evidence))
        );
    }

    [Fact]
    public void A_persons_query_may_ask_them()
    {
        using var lake = new TestLake();
        lake.Import(TestLake.Processes((0, "a", @"C:\x.exe", "x", 1)));
        using var store = lake.Read();
        using var rows = new QueryCage(store, TimeWindow.All).Run(
            "SELECT count(*) FROM entity_link",
            new CageOptions(),
            CancellationToken.None
        );
        Assert.True(rows.Read());
    }

    static void Connect(
        EventBatch batch,
        int hour,
        string host,
        string? initiated,
        string from,
        string to
    )
    {
        Common(batch, hour, host);
        Set(batch, "image", @"C:\x.exe");
        Set(batch, "src_ip", from);
        Set(batch, "dst_ip", to);
        if (initiated is not null)
        {
            Set(batch, "initiated", initiated);
        }

        batch.EndRow();
    }

    static void Common(EventBatch batch, int hour, string host)
    {
        batch.SetInt(CommonColumns.Time, hour * Hour);
        batch.SetText(CommonColumns.Host, Encoding.UTF8.GetBytes(host));
        batch.SetText(
            CommonColumns.Computer,
            Encoding.UTF8.GetBytes(host.ToUpperInvariant() + ".corp.example")
        );
        batch.SetText(CommonColumns.Source, "sysmon"u8);
    }

    static void Set(EventBatch batch, string column, string value) =>
        batch.SetText(batch.Class.Find(column)!.Ordinal, Encoding.UTF8.GetBytes(value));
}
