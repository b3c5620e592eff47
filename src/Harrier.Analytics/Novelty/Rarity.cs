namespace Harrier.Analytics.Novelty;

/// <summary>How rare a value is in its fleet: the share of all sightings that belong to values as rare as it, or rarer.</summary>
/// <remarks>
/// The idea: rare means on few hosts and seldom there. Values are ordered by (hosts, sightings); the tail probability of one
/// is the share of sightings that values of its place or below hold together. So in a fleet full of one-off values a one-off
/// says little, and in a uniform fleet it says much.
/// <para>
/// Worked example: a: 12 hosts, 36 sightings; b: 12 hosts, 30; c: 1 host, 1; d: 1 host, 1. N = 68. Rarity of c and d: 2/68
/// = 2.9 %. If c stood alone: 1/67 = 1.5 %.
/// </para>
/// </remarks>
public sealed class Rarity
{
    readonly (long Hosts, long Sightings)[] _keys;
    readonly long[] _running;

    /// <summary>Hosts and sightings (value on a host on a day) of every distinct value of a population.</summary>
    public Rarity(IEnumerable<(long Hosts, long Sightings)> values)
    {
        _keys = [.. values.Order()];
        _running = new long[_keys.Length + 1];
        for (var i = 0; i < _keys.Length; i++)
        {
            _running[i + 1] = _running[i] + _keys[i].Sightings;
        }
    }

    /// <summary>Distinct values.</summary>
    public int Values => _keys.Length;

    public long Sightings => _running[^1];

    /// <summary>Values as rare as this one, or rarer.</summary>
    public int AsRare(long hosts, long sightings) => UpTo((hosts, sightings));

    /// <summary>Chance that a sighting drawn at random is of a value as rare as this, in (0, 1].</summary>
    public double P(long hosts, long sightings) =>
        Sightings == 0 ? 1 : Math.Max(1, _running[UpTo((hosts, sightings))]) / (double)Sightings;

    int UpTo((long, long) key)
    {
        var low = 0;
        var high = _keys.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_keys[middle].CompareTo(key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
