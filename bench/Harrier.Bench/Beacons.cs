using System.Globalization;
using System.Text.Json;
using Harrier.Analytics.Timing;

namespace Harrier.Bench;

/// <summary>
/// Recall of the beacon score per kind of implant, at the threshold that lets 0.1 % of the innocent pairs through, on a log
/// whose truth is known (<c>beacons.py gen --out DIR</c>). The log is read here, without Telemetry: what is measured is the
/// score. A pair with a tie at the threshold counts as missed, as in the generator's own scorer.
/// </summary>
static class Beacons
{
    const double FalseRate = 0.001;

    public static int Run(string folder, TextWriter output)
    {
        var pairs = Read(folder);
        var scores = Score(pairs);
        using var truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json")));
        var implants = new List<(string Kind, List<(string, string)> Keys)>();
        var bad = new HashSet<(string, string)>();
        foreach (var implant in truth.RootElement.GetProperty("implants").EnumerateArray())
        {
            var source = implant.GetProperty("src").GetString()!;
            var keys = new List<(string, string)>
            {
                (source, implant.GetProperty("dst").GetString()!),
            };
            if (implant.GetProperty("host").GetString() is { } host)
            {
                keys.Add((source, host));
            }

            bad.UnionWith(keys);
            implants.Add((implant.GetProperty("kind").GetString()!, keys));
        }

        var benign = scores.Where(pair => !bad.Contains(pair.Key)).ToList();
        benign.Sort((a, b) => b.Value.CompareTo(a.Value));
        var allowed = (int)Math.Floor(FalseRate * benign.Count);
        var threshold = benign[allowed].Value;
        output.WriteLine(
            $"{pairs.Count} pairs, {implants.Count} implants, {allowed} false leads allowed, threshold {threshold:0.0000}"
        );
        var recalls = new List<double>();
        foreach (var kind in implants.GroupBy(implant => implant.Kind).OrderBy(kind => kind.Key))
        {
            var found = kind.Count(implant =>
                implant.Keys.Any(key => scores.GetValueOrDefault(key) > threshold)
            );
            recalls.Add(found / (double)kind.Count());
            output.WriteLine(
                $"{kind.Key, -14} {found, 4} of {kind.Count(), 4}  {recalls[^1]:0.00}"
            );
        }

        output.WriteLine($"macro recall at {FalseRate:P1} false: {recalls.Average():0.000}");
        return 0;
    }

    static Dictionary<(string Source, string Destination), List<(long Time, double Size)>> Read(
        string folder
    )
    {
        var pairs = new Dictionary<(string, string), List<(long, double)>>();
        var sizes = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var field in Rows(Path.Combine(folder, "conn.log")))
        {
            var size = field("orig_bytes");
            var bytes = size is "-" ? -1 : double.Parse(size, CultureInfo.InvariantCulture);
            sizes[field("uid")] = bytes;
            Add(pairs, (field("id.orig_h"), field("id.resp_h")), field("ts"), bytes);
        }

        foreach (var field in Rows(Path.Combine(folder, "http.log")))
        {
            var bytes = sizes.GetValueOrDefault(field("uid"), -1);
            Add(pairs, (field("id.orig_h"), field("host")), field("ts"), bytes);
        }

        foreach (var series in pairs.Values)
        {
            series.Sort();
        }

        return pairs;
    }

    static void Add(
        Dictionary<(string, string), List<(long, double)>> pairs,
        (string, string) key,
        string time,
        double bytes
    )
    {
        if (!pairs.TryGetValue(key, out var series))
        {
            pairs[key] = series = [];
        }

        series.Add(((long)(decimal.Parse(time, CultureInfo.InvariantCulture) * 1_000_000), bytes));
    }

    static IEnumerable<Func<string, string>> Rows(string path)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("#fields\t", StringComparison.Ordinal))
            {
                var names = line.Split('\t');
                for (var i = 1; i < names.Length; i++)
                {
                    places[names[i]] = i - 1;
                }
            }
            else if (!line.StartsWith('#'))
            {
                var values = line.Split('\t');
                yield return name => values[places[name]];
            }
        }
    }

    static Dictionary<(string, string), double> Score(
        Dictionary<(string Source, string Destination), List<(long Time, double Size)>> pairs
    )
    {
        var hours = pairs
            .GroupBy(pair => pair.Key.Source)
            .ToDictionary(
                host => host.Key,
                host =>
                    host.SelectMany(pair => pair.Value.Select(row => row.Time / 3_600_000_000))
                        .Distinct()
                        .Order()
                        .ToArray()
            );
        var users = pairs
            .Keys.GroupBy(key => key.Destination)
            .ToDictionary(group => group.Key, group => group.Count());
        var measures = new Dictionary<(string, string), BeaconMeasure>();
        foreach (var (key, series) in pairs)
        {
            var measure = BeaconScore.Measure(
                series.Select(row => row.Time).ToArray(),
                series.Select(row => row.Size).ToArray(),
                hours[key.Source]
            );
            if (measure is not null)
            {
                measures[key] = measure;
            }
        }

        var usual = BeaconScore.UsualSameSize(measures.Values);
        return measures.ToDictionary(
            pair => pair.Key,
            pair => BeaconScore.Weigh(pair.Value, users[pair.Key.Item2], hours.Count, usual).Total
        );
    }
}
