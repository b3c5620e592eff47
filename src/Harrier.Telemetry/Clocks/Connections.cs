using System.IO.Hashing;
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
    /// <remarks>They are only noted as they come, and sorted when there are twice as many as wanted: most sensors see more than any cache holds.</remarks>
    sealed class Smallest(int most)
    {
        ulong[] _connections = [];
        long[] _times = [];
        int _count;
        ulong _below = ulong.MaxValue;

        public void Add(ulong connection, long time)
        {
            if (connection >= _below)
            {
                return;
            }

            if (_count == 2 * most)
            {
                Cut();
                if (connection >= _below)
                {
                    return;
                }
            }

            if (_count == _connections.Length)
            {
                var size = Math.Min(Math.Max(64, 2 * _count), 2 * most);
                Array.Resize(ref _connections, size);
                Array.Resize(ref _times, size);
            }

            _connections[_count] = connection;
            _times[_count++] = time;
        }

        public void Merge(Smallest other)
        {
            for (var at = 0; at < other._count; at++)
            {
                Add(other._connections[at], other._times[at]);
            }
        }

        /// <summary>How much later times are here than there, of connections that both have; sorted. Both are cut.</summary>
        public long[] LaterThan(Smallest other)
        {
            var differences = new List<long>();
            for (int at = 0, there = 0; at < _count && there < other._count; )
            {
                var order = _connections[at].CompareTo(other._connections[there]);
                if (order == 0)
                {
                    differences.Add(_times[at] - other._times[there]);
                }

                at += order <= 0 ? 1 : 0;
                there += order >= 0 ? 1 : 0;
            }

            differences.Sort();
            return [.. differences];
        }

        /// <summary>Sorts them, and leaves the smallest only and of each the earliest time.</summary>
        public void Cut()
        {
            Array.Sort(_connections, _times, 0, _count);
            var distinct = 0;
            for (var at = 0; at < _count; at++)
            {
                if (distinct > 0 && _connections[at] == _connections[distinct - 1])
                {
                    _times[distinct - 1] = Math.Min(_times[distinct - 1], _times[at]);
                }
                else
                {
                    (_connections[distinct], _times[distinct]) = (_connections[at], _times[at]);
                    distinct++;
                }
            }

            _below = distinct > most ? _connections[most] : _below;
            _count = Math.Min(distinct, most);
        }
    }
}
