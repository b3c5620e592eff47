using System.Globalization;
using System.Text;
using Harrier.Hunts.Techniques;
using Harrier.Schema;
using Harrier.Store.Lake;
using Harrier.Tests.Store;

namespace Harrier.Tests.Hunts.Techniques;

/// <summary>A lake with a few events, and a technique run on all of them.</summary>
sealed class TechniqueLake : IDisposable
{
    public const long Day = 86_400_000_000;
    public const long Hour = 3_600_000_000;
    public const long Start = TestLake.Day0;

    readonly TestLake _lake = new();
    readonly Dictionary<string, EventBatch> _batches = new(StringComparer.Ordinal);
    LakeStore? _store;

    public Dictionary<string, string> Roles { get; } = new(StringComparer.Ordinal);

    public HashSet<(string, string)> Known { get; } = [];

    public void Add(
        string name,
        long time,
        params IEnumerable<(string Column, object Value)> values
    )
    {
        var eventClass = EventClasses.Find(name)!;
        if (!_batches.TryGetValue(name, out var batch))
        {
            _batches[name] = batch = new EventBatch(eventClass);
        }

        batch.SetInt(eventClass.Find("time")!.Ordinal, time);
        batch.SetInt(eventClass.Find("record")!.Ordinal, batch.Count + 1);
        batch.SetText(eventClass.Find("source")!.Ordinal, "test"u8);
        foreach (var (column, value) in values)
        {
            var ordinal = eventClass.Find(column)!.Ordinal;
            if (value is string text)
            {
                batch.SetText(ordinal, Encoding.UTF8.GetBytes(text));
            }
            else
            {
                batch.SetInt(ordinal, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            }
        }

        batch.EndRow();
    }

    public TechniqueResult Run(
        string technique,
        Dictionary<string, IReadOnlyList<string>> with,
        int seed = 1
    )
    {
        if (_store is null)
        {
            if (_batches.Count > 0)
            {
                _lake.Import([.. _batches.Values]);
            }

            _store = _lake.Read();
        }

        var implementation = TechniqueList.All.Single(t => t.Name == technique);
        var parameters = new StepParameters("step", "hunt.yaml:1:1", with);
        implementation.Needs(parameters);
        return implementation.Run(
            new TechniqueContext(
                _store,
                TimeWindow.All,
                new PeerGroups(Roles),
                new KnownValues(Known),
                seed
            ),
            parameters,
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>"columns: a, b; limit: 3" as parameters.</summary>
    public static Dictionary<string, IReadOnlyList<string>> With(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split(':', 2))
            .ToDictionary(
                part => part[0].Trim(),
                part => (IReadOnlyList<string>)part[1].Split(',', StringSplitOptions.TrimEntries),
                StringComparer.Ordinal
            );

    public void Dispose()
    {
        _store?.Dispose();
        _lake.Dispose();
    }
}
