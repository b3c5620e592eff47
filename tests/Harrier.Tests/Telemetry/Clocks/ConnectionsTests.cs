using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;

namespace Harrier.Tests.Telemetry.Clocks;

public class ConnectionsTests
{
    const long Second = 1_000_000;

    /// <summary>More than are kept of a host, each seen twice, the later time first: what is found is the same in any order and from any number of workers.</summary>
    [Fact]
    public void The_same_connections_are_kept_in_any_order_and_by_any_number_of_workers()
    {
        (int Port, long Time)[] seen =
        [
            .. Enumerable
                .Range(1, 10_000)
                .SelectMany(port => new[] { (port, 600 * Second), (port, port * Second) }),
        ];

        var one = new Connections();
        See(one, seen, "sensor", late: 0);
        See(one, seen, null, late: 120 * Second);
        (Connections First, Connections Second) parts = (new(), new());
        See(parts.First, seen.Reverse().Take(7_000), null, late: 120 * Second);
        See(parts.Second, seen.Reverse().Skip(7_000), null, late: 120 * Second);
        See(parts.Second, seen.Reverse(), "sensor", late: 0);
        parts.First.Merge(parts.Second);

        var finding = Assert.Single(one.Findings());
        Assert.Equal((120.0, 2_000L), (finding.Offset, finding.Agreeing));
        Assert.Equal(finding, Assert.Single(parts.First.Findings()));
    }

    static void See(
        Connections connections,
        IEnumerable<(int Port, long Time)> seen,
        string? sensor,
        long late
    )
    {
        var batch = new EventBatch(EventClasses.Network);
        foreach (var (port, time) in seen)
        {
            Set("host", "pc1");
            Set("protocol", "tcp");
            Set("src_ip", "10.0.0.1");
            Set("dst_ip", "10.0.0.2");
            batch.SetInt(Ordinal("src_port"), port);
            batch.SetInt(Ordinal("dst_port"), 443);
            batch.SetInt(CommonColumns.Time, time + late);
            batch.EndRow();
            connections.See(batch, sensor);
        }

        void Set(string column, string text) =>
            batch.SetText(Ordinal(column), Encoding.UTF8.GetBytes(text));
    }

    static int Ordinal(string column) => EventClasses.Network.Find(column)!.Ordinal;
}
