using System.Text;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;

namespace Harrier.Tests.Store;

/// <summary>A workspace in a temporary folder, gone when disposed.</summary>
sealed class TestLake : IDisposable
{
    public TestLake()
    {
        Folder = Directory.CreateTempSubdirectory("harrier-store-").FullName;
        Workspace = Workspace.Open(Folder, create: true);
    }

    public string Folder { get; }

    public Workspace Workspace { get; }

    public LakeStore Read(StoreLimits? limits = null) => LakeStore.Open(Workspace, limits: limits);

    public LakeStore Write() => LakeStore.Open(Workspace, write: true);

    /// <summary>Imports batches as one file of the given name, and gives the import's id.</summary>
    public string Import(params ReadOnlySpan<EventBatch> batches)
    {
        using var store = Write();
        var import = store.BeginImport(TimeProvider.System);
        using var sink = store.OpenSink(import);
        var classes = new Dictionary<string, long>();
        foreach (var batch in batches)
        {
            Set(batch, CommonColumns.Import, import);
            sink.Write(batch);
            classes[batch.Class.Name] = classes.GetValueOrDefault(batch.Class.Name) + batch.Count;
        }

        sink.Commit([Receipt($"file-{import}", classes.Values.Sum()) with { Classes = classes }]);
        return import;
    }

    /// <summary>Sets a text in all rows.</summary>
    public static void Set(EventBatch batch, int ordinal, string value)
    {
        var text = batch.Text(ordinal);
        var index = text.Intern(Encoding.UTF8.GetBytes(value));
        for (var row = 0; row < batch.Count; row++)
        {
            text.SetIndex(row, index);
        }
    }

    public static SourceFile Receipt(
        string name,
        long imported,
        params IReadOnlyList<Reject> rejects
    ) =>
        new(
            name,
            null,
            "ndjson",
            Convert.ToHexStringLower(
                System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name))
            ),
            100,
            imported + rejects.Count,
            imported,
            rejects.Count,
            new Dictionary<string, long> { ["process"] = imported },
            [],
            rejects
        );

    /// <summary>A batch of processes: microseconds, host, image, command line, pid.</summary>
    public static EventBatch Processes(
        params IEnumerable<(
            long Time,
            string Host,
            string Image,
            string CommandLine,
            long Pid
        )> rows
    )
    {
        var batch = new EventBatch(EventClasses.Process);
        var record = 0;
        foreach (var (time, host, image, commandLine, pid) in rows)
        {
            batch.SetInt(CommonColumns.Time, time);
            batch.SetText(CommonColumns.Host, Encoding.UTF8.GetBytes(host));
            batch.SetText(CommonColumns.Source, "sysmon"u8);
            batch.SetText(
                CommonColumns.Extra,
                Encoding.UTF8.GetBytes($$"""{"n":"{{record}}","a/b~c":[1] }""")
            );
            batch.SetInt(CommonColumns.Record, record++);
            batch.SetText(ProcessColumns.Image, Encoding.UTF8.GetBytes(image));
            batch.SetText(ProcessColumns.CommandLine, Encoding.UTF8.GetBytes(commandLine));
            batch.SetInt(ProcessColumns.Pid, pid);
            batch.EndRow();
        }

        return batch;
    }

    public const long Day0 = 1_760_000_000_000_000L / 86_400_000_000 * 86_400_000_000;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
