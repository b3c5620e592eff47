using System.Globalization;
using System.Text;
using CsCheck;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Scanning;

namespace Harrier.Tests.Sigma.Scanning;

public class RuleTallyTests
{
    static readonly SigmaRule s_rule = SigmaRules
        .Parse(
            "title: t\nlogsource: {product: windows}\ndetection: {s: {a: b}, condition: s}",
            "t.yml"
        )
        .Rules[0];

    [Fact]
    public void A_tally_depends_neither_on_the_order_of_events_nor_on_how_they_are_parted() =>
        Gen.Select(Gen.Select(Gen.Int[0, 40], Gen.Int[0, 3]).Array[1, 60], Gen.Int[1, 5], Gen.Int)
            .Sample(
                (events, parts, seed) =>
                {
                    var shuffled = events.Select((one, at) => (one, at)).ToArray();
                    new Random(seed).Shuffle(shuffled);
                    var merged = new SigmaTally();
                    foreach (var chunk in shuffled.Chunk((shuffled.Length + parts - 1) / parts))
                    {
                        merged.Merge(Tally(chunk));
                    }

                    Assert.Equal(
                        Text(Tally([.. events.Select((one, at) => (one, at))])),
                        Text(merged)
                    );
                },
                iter: 300
            );

    static SigmaTally Tally(IReadOnlyList<((int Time, int Host) One, int At)> events)
    {
        var batch = new EventBatch(EventClasses.Process);
        foreach (var ((time, host), at) in events)
        {
            batch.SetInt(CommonColumns.Time, time);
            batch.SetInt(CommonColumns.Record, at);
            batch.SetText(CommonColumns.File, "f"u8);
            if (host > 0)
            {
                batch.SetText(CommonColumns.Host, Encoding.UTF8.GetBytes($"h{host}"));
            }

            batch.EndRow();
        }

        var tally = new SigmaTally();
        tally.Add(batch, Enumerable.Range(0, batch.Count).Select(row => new SigmaHit(s_rule, row)));
        return tally;
    }

    static string Text(SigmaTally tally)
    {
        var one = tally.Of(s_rule)!;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Count} {one.First}-{one.Last} {string.Join(',', one.Hosts.OrderBy(pair => pair.Key))} {string.Join(',', one.Events)}"
        );
    }
}
