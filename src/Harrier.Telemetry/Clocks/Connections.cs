using System.IO.Hashing;
using System.Runtime.InteropServices;
using Harrier.Schema;

namespace Harrier.Telemetry.Clocks;

/// <summary>
/// When hosts and sensors saw the same connections: the same addresses and ports on both sides tell how far their clocks are apart.
/// </summary>
/// <remarks>
/// Of each source the connections with the smallest hashes are kept, so that what one source keeps the other keeps too,
/// whatever the order and the worker; of a connection the earliest time. Not for several threads; parts are merged.
/// </remarks>
sealed class Connections
{
    const int MostHosts = 2000;
    const int MostSensors = 50;
    const int MostOfHost = 2000;
    const int MostOfSensor = 200_000;

    /// <summary>Matching connections before anything is said, and the share of them that must agree within a minute.</summary>
    const int LeastMatches = 10;
    const double LeastShare = 0.6;
    const long WindowMicros = 60L * 1_000_000;

    /// <summary>Hosts write a connection some seconds after a sensor saw its first packet.</summary>
    const long LeastOffsetMicros = 30L * 1_000_000;

    static readonly int[] s_columns =
    [
        .. new[] { "src_ip", "dst_ip", "src_port", "dst_port", "protocol" }.Select(name =>
            EventClasses.Network.Find(name)!.Ordinal
        ),
    ];

    readonly Dictionary<string, Smallest> _hosts = new(StringComparer.Ordinal);
    readonly Dictionary<string, Smallest> _sensors = new(StringComparer.Ordinal);

    /// <summary>Takes the last row of a batch, if it is a connection.</summary>
    /// <param name="sensor">Where the log comes from if a sensor on the network wrote it; null for hosts' logs.</param>
    public void See(EventBatch batch, string? sensor)
    {
        if (batch.Class != EventClasses.Network || !TryHash(batch, out var connection))
        {
            return;
        }

        var row = batch.Count - 1;
        var host = sensor is null ? batch.Text(CommonColumns.Host).Text(row) : null;
        var source =
            sensor is not null ? Of(_sensors, sensor, MostSensors, MostOfSensor)
            : host is not null ? Of(_hosts, host, MostHosts, MostOfHost)
            : null;
        source?.Add(connection, batch.Int(CommonColumns.Time).Values[row]);
    }

    public void Merge(Connections other)
    {
        foreach (
            var (name, source) in other._hosts.OrderBy(pair => pair.Key, StringComparer.Ordinal)
        )
        {
            Of(_hosts, name, MostHosts, MostOfHost)?.Merge(source);
        }

        foreach (
            var (name, source) in other._sensors.OrderBy(pair => pair.Key, StringComparer.Ordinal)
        )
        {
            Of(_sensors, name, MostSensors, MostOfSensor)?.Merge(source);
        }
    }

    /// <summary>Hosts whose clock is not that of a sensor. Said, never repaired: which of the two is right, they don't tell.</summary>
    public IEnumerable<ClockFinding> Findings()
    {
        // How many more than that a source holds depends on how the records fell to workers.
        foreach (var source in _sensors.Values.Concat(_hosts.Values))
        {
            source.Cut();
        }

        foreach (var (sensor, seen) in _sensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            foreach (var (host, wrote) in _hosts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                var differences = wrote.LaterThan(seen);
                var (offset, agreeing) = Densest(differences);
                if (
                    differences.Length >= LeastMatches
                    && agreeing >= LeastShare * differences.Length
                    && Math.Abs(offset) >= LeastOffsetMicros
                )
                {
                    yield return new ClockFinding(
                        "sensor",
                        host,
                        sensor,
                        offset / 1e6,
                        agreeing,
                        differences.Length,
                        0,
                        $"{host} is {ClockOffset.Length(offset)} {(offset < 0 ? "behind" : "ahead of")} the sensor of {sensor}: {agreeing:N0} of {differences.Length:N0} connections that both saw differ so. Nothing was changed: which clock is right, they don't tell (--clock-offset host:{host}={offset / 1_000_000:+0;-0}s puts the host right)."
                    );
                }
            }
        }
    }

    /// <summary>Median and number of the differences in the minute that holds most of them.</summary>
    static (long Offset, int Agreeing) Densest(ReadOnlySpan<long> sorted)
    {
        var best = (Start: 0, Count: 0);
        var end = 0;
        for (var start = 0; start < sorted.Length; start++)
        {
            while (end < sorted.Length && sorted[end] - sorted[start] <= WindowMicros)
            {
                end++;
            }

            if (end - start > best.Count)
            {
                best = (start, end - start);
            }
        }

        return best.Count == 0 ? (0, 0) : (sorted[best.Start + best.Count / 2], best.Count);
    }

    static Smallest? Of(
        Dictionary<string, Smallest> sources,
        string name,
        int mostSources,
        int mostConnections
    )
    {
        if (!sources.TryGetValue(name, out var source) && sources.Count < mostSources)
        {
            sources.Add(name, source = new Smallest(mostConnections));
        }

        return source;
    }

    /// <summary>Hash of protocol, addresses and ports, the same from both sides.</summary>
    static bool TryHash(EventBatch batch, out ulong hash)
    {
        var row = batch.Count - 1;
        hash = 0;
        var from = batch.Text(s_columns[0]);
        var to = batch.Text(s_columns[1]);
        var fromPort = batch.Int(s_columns[2]);
        var toPort = batch.Int(s_columns[3]);
        var protocol = batch.Text(s_columns[4]);
        if (
            from.IsNull(row)
            || to.IsNull(row)
            || fromPort.IsNull(row)
            || toPort.IsNull(row)
            || protocol.IsNull(row)
        )
        {
            return false;
        }

        var ends =
            End(from.Value(row), fromPort.Values[row]) ^ End(to.Value(row), toPort.Values[row]);
        hash = XxHash3.HashToUInt64(protocol.Value(row), unchecked((long)ends));
        return true;
    }

    static ulong End(ReadOnlySpan<byte> address, long port) => XxHash3.HashToUInt64(address, port);

    /// <summary>Connections with the smallest hashes, and the earliest time of each.</summary>
    sealed class Smallest(int most)
    {
        readonly Dictionary<ulong, long> _times = [];
        ulong _below = ulong.MaxValue;

        public void Add(ulong connection, long time)
        {
            if (connection >= _below)
            {
                return;
            }

            ref var earliest = ref CollectionsMarshal.GetValueRefOrAddDefault(
                _times,
                connection,
                out var isKnown
            );
            earliest = isKnown ? Math.Min(earliest, time) : time;
            if (_times.Count >= 2 * most)
            {
                Cut();
            }
        }

        public void Merge(Smallest other)
        {
            foreach (var (connection, time) in other._times)
            {
                Add(connection, time);
            }
        }

        /// <summary>How much later times are here than there, of connections that both have; sorted.</summary>
        public long[] LaterThan(Smallest other)
        {
            var differences = new List<long>();
            foreach (var (connection, time) in _times)
            {
                if (other._times.TryGetValue(connection, out var there))
                {
                    differences.Add(time - there);
                }
            }

            differences.Sort();
            return [.. differences];
        }

        /// <summary>Leaves the smallest only.</summary>
        public void Cut()
        {
            if (_times.Count <= most)
            {
                return;
            }

            var sorted = _times.Keys.Order().ToArray();
            _below = sorted[most];
            foreach (var connection in sorted.AsSpan(most))
            {
                _times.Remove(connection);
            }
        }
    }
}
