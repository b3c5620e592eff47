using Harrier.Cli;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Cli;

/// <summary>Evidence is often mounted read-only: all that only looks must work there, and what would write says why it can't.</summary>
public sealed class ReadOnlyWorkspaceTests : IDisposable
{
    const string Conn =
        "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\n#types\ttime\tstring\taddr\taddr\n";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-readonly-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Verbs_that_read_work_and_those_that_write_say_why_not()
    {
        using var disk = new SmallDisk(16_384);
        var workspace = Path.Combine(disk.Folder, "ws #1");
        var log = Path.Combine(_folder, "conn.log");
        File.WriteAllText(log, Conn + "1700000000.5\tC1\t10.0.0.1\t192.0.2.1\n");
        var feed = Path.Combine(_folder, "feed.csv");
        File.WriteAllText(feed, "indicator,type\n192.0.2.1,ipv4\n");
        Assert.Equal(Application.Done, Run(workspace, "import", log).Code);
        Assert.Equal(Application.Done, Run(workspace, "intel", "import", feed).Code);
        Assert.Equal(Application.Done, Run(workspace, "hunt", "run", "regular-beacons").Code);
        string[][] verbs =
        [
            ["leads"],
            ["leads", "list"],
            ["intel", "list"],
            ["intel", "match"],
            ["intel", "show", "192.0.2.1"],
            ["hunt", "list"],
            ["data"],
            ["data", "sources"],
            ["data", "coverage"],
            ["query", "select count(*) from network"],
            ["lake", "imports"],
            ["lake", "verify"],
        ];
        var before = verbs.Select(verb => Run(workspace, verb)).ToArray();

        disk.MakeReadOnly();

        foreach (var (verb, was) in verbs.Zip(before))
        {
            Assert.Equal(
                (string.Join(' ', verb), was),
                (string.Join(' ', verb), Run(workspace, verb))
            );
        }

        File.WriteAllText(feed, "indicator,type\n192.0.2.2,ipv4\n");
        var (code, _, stderr) = Run(workspace, "intel", "import", feed);
        Assert.Equal(Application.EnvironmentFailed, code);
        Assert.Contains("can't be written", stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workspace_without_knowledge_is_read_too()
    {
        using var disk = new SmallDisk(16_384);
        var workspace = Path.Combine(disk.Folder, "ws");
        var log = Path.Combine(_folder, "conn.log");
        File.WriteAllText(log, Conn + "1700000000.5\tC1\t10.0.0.1\t192.0.2.1\n");
        Assert.Equal(Application.Done, Run(workspace, "import", log).Code);
        File.Delete(Path.Combine(workspace, "knowledge.db"));

        disk.MakeReadOnly();

        Assert.Equal(Application.Done, Run(workspace, "leads").Code);
        Assert.Equal(Application.Done, Run(workspace, "intel", "list").Code);
    }

    static (int Code, string Stdout, string Stderr) Run(string workspace, params string[] args)
    {
        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var code = Application.Run(
            ["--workspace", workspace, .. args],
            stdout,
            stderr,
            new FakeTimeProvider(new DateTimeOffset(2026, 5, 13, 8, 0, 0, TimeSpan.Zero))
        );
        return (code, stdout.ToString(), stderr.ToString());
    }
}
