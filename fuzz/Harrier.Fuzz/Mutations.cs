using System.Diagnostics;

namespace Harrier.Fuzz;

/// <summary>Changes seeds at random and runs a target on each, for a time; what fails is kept as a file.</summary>
/// <remarks>
/// No branch counters guide it, so it finds less than afl++ in a day, and needs nothing installed. The n-th input of a seed number
/// is always the same.
/// </remarks>
sealed class Mutations(IReadOnlyList<byte[]> seeds, int number)
{
    const int MostBytes = 256 * 1024;
    const int MostChanges = 12;

    /// <summary>An input that takes longer is a finding: readers are linear.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    // What breaks parsers: limits of integers, quotes and brackets, ends of lines, halves of UTF-8 and UTF-16.
    static readonly byte[][] s_dictionary =
    [
        [0],
        [0xFF, 0xFF, 0xFF, 0xFF],
        [0xFF, 0xFF, 0xFF, 0x7F],
        [0, 0, 0, 0x80],
        "\""u8.ToArray(),
        "\\"u8.ToArray(),
        "{"u8.ToArray(),
        "["u8.ToArray(),
        "]}"u8.ToArray(),
        "<"u8.ToArray(),
        "\n"u8.ToArray(),
        "\r"u8.ToArray(),
        "\t"u8.ToArray(),
        "="u8.ToArray(),
        "-1"u8.ToArray(),
        "99999999999999999999"u8.ToArray(),
        "1e999"u8.ToArray(),
        "0000-00-00T99:99:99Z"u8.ToArray(),
        [0xC3],
        [0xED, 0xA0, 0x80],
        [0xEF, 0xBB, 0xBF],
        [0xFF, 0xFE],
    ];

    readonly Random _random = new(number);

    /// <summary>Inputs that were run.</summary>
    public long Runs { get; private set; }

    /// <summary>The slowest input.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <param name="run">The target; what it throws is a finding.</param>
    /// <returns>The input that failed and why, or null.</returns>
    public (byte[] Input, string Why)? Run(Action<byte[]> run, TimeSpan time)
    {
        var all = Stopwatch.StartNew();
        while (all.Elapsed < time)
        {
            var input = Next();
            var one = Stopwatch.StartNew();
            try
            {
                run(input);
            }
            catch (Exception fault)
            {
                return (input, fault.ToString());
            }

            Runs++;
            Slowest = one.Elapsed > Slowest ? one.Elapsed : Slowest;
            if (one.Elapsed > Longest)
            {
                return (input, $"it took {one.Elapsed.TotalSeconds:0.0} s");
            }
        }

        return null;
    }

    byte[] Next()
    {
        var bytes = new List<byte>(Pick(seeds));
        for (var change = _random.Next(1, MostChanges); change > 0; change--)
        {
            Change(bytes);
        }

        return [.. bytes.Take(MostBytes)];
    }

    void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(_random.Next(1, 64), bytes.Count - at);
        switch (_random.Next(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, Pick(s_dictionary));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                var other = Pick(seeds);
                var from = _random.Next(other.Length + 1);
                bytes.InsertRange(
                    at,
                    other.AsSpan(from, Math.Min(256, other.Length - from)).ToArray()
                );
                break;
            default:
                var word = Pick(s_dictionary);
                for (var index = 0; index < word.Length && at + index < bytes.Count; index++)
                {
                    bytes[at + index] = word[index];
                }

                break;
        }
    }

    T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];
}
