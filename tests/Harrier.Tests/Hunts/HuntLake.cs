using System.Text;
using Harrier.Hunts;
using Harrier.Hunts.Baselines;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Intel;
using Harrier.Knowledge;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Harrier.Tests.Hunts;

/// <summary>A workspace in a temporary folder, filled with rows that a test writes down.</summary>
sealed class HuntLake : IDisposable
{
    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>Monday 2025-03-10 00:00 UTC.</summary>
    public const long Monday = 1_741_564_800_000_000;

    readonly List<EventBatch> _batches = [];
    readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 3, 20, 0, 0, 0, TimeSpan.Zero));
    readonly string _folder = Directory.CreateTempSubdirectory("harrier-hunt-").FullName;
    long _record;
    int _imports = 1;

    public static HuntLibrary Shipped { get; } =
        HuntLibrary.Load(RepositoryRoot.Combine("hunts"), null);

    /// <summary>Folder of the workspace, with all that was added up to now as one more import.</summary>
    public string Folder => Commit().Folder;

    public string BaselineFolder => Path.Combine(_folder, "baselines");

    /// <summary>Adds an event; numbers go to number columns, texts to the others. Its record number is counted.</summary>
    public HuntLake Add(string className, long time, params (string Column, object Value)[] values)
    {
        var eventClass = EventClasses.Find(className)!;
        var batch = _batches.Find(b => b.Class == eventClass);
        if (batch is null)
        {
            _batches.Add(batch = new EventBatch(eventClass));
        }

        batch.SetInt(eventClass.Find("time")!.Ordinal, time);
        batch.SetInt(eventClass.Find("record")!.Ordinal, ++_record);
        batch.SetText(eventClass.Find("file")!.Ordinal, "test.log"u8);
        batch.SetText(eventClass.Find("source")!.Ordinal, "test"u8);
        batch.SetText(
            eventClass.Find("import")!.Ordinal,
            Encoding.UTF8.GetBytes($"I-{_imports:0000}")
        );
        foreach (var (name, value) in values)
        {
            var column =
                eventClass.Find(name) ?? throw new ArgumentException($"{className}.{name}");
            if (value is int or long)
            {
                batch.SetInt(
                    column.Ordinal,
                    Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)
                );
            }
            else
            {
                batch.SetText(column.Ordinal, Encoding.UTF8.GetBytes((string)value));
            }
        }

        batch.EndRow();
        return this;
    }

    public HuntRunResult Run(string hunt, RunOptions? options = null) =>
        Run(Shipped.Get(hunt), options);

    public HuntRunResult Run(HuntDocument hunt, RunOptions? options = null)
    {
        var workspace = Commit();
        using var store = LakeStore.Open(workspace);
        using var knowledge = KnowledgeDb.Open(workspace.KnowledgePath, _time);
        var runner = new HuntRunner(
            store,
            new LeadStore(knowledge),
            new BaselineStore(knowledge),
            IntelStore.Open(knowledge),
            new HuntSurroundings(
                [RepositoryRoot.Combine("hunts", "sigma")],
                [RepositoryRoot.Combine("maps", "sigma")],
                Harrier.Sigma.Language.Placeholders.None,
                workspace.HostRoles,
                [],
                BaselineFolder
            ),
            _time
        );
        return runner.Run(hunt, options ?? new RunOptions(), TestContext.Current.CancellationToken);
    }

    public T Leads<T>(Func<LeadStore, T> use)
    {
        using var knowledge = KnowledgeDb.Open(Path.Combine(_folder, "knowledge.db"), _time);
        return use(new LeadStore(knowledge));
    }

    Workspace Commit()
    {
        var workspace = Workspace.Open(_folder, create: true);
        if (_batches.Count > 0)
        {
            using var writer = LakeStore.Open(workspace, write: true);
            using var sink = writer.OpenSink(writer.BeginImport(_time));
            foreach (var batch in _batches)
            {
                sink.Write(batch);
            }

            sink.Commit([
                new SourceFile(
                    "test.log",
                    null,
                    "test",
                    $"{_record:x64}",
                    1,
                    _batches.Sum(b => (long)b.Count),
                    _batches.Sum(b => (long)b.Count),
                    0,
                    _batches.ToDictionary(b => b.Class.Name, b => (long)b.Count),
                    [],
                    []
                ),
            ]);
            _batches.Clear();
            _imports++;
        }

        return workspace;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
