using System.Diagnostics;
using System.Globalization;
using System.Text;
using Harrier.Cli;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;

namespace Harrier.Tests.Cli;

/// <summary>
/// The program itself, killed at random moments, interrupted, on a full disk, twice at once: the lake stays valid, and the
/// same import afterwards gives exactly the events of one that nobody disturbed.
/// </summary>
/// <remarks>More kills than in every run: <c>HARRIER_KILLS=200 ./test -class Harrier.Tests.Cli.KilledTests</c>.</remarks>
public sealed class KilledTests : IDisposable
{
    const int Files = 260;
    const int LinesOfAFile = 30;

    static readonly int s_kills = int.Parse(
        Environment.GetEnvironmentVariable("HARRIER_KILLS") ?? "8",
        CultureInfo.InvariantCulture
    );

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-killed-").FullName;
    readonly string _logs;

    /// <summary>Many small Zeek logs of two kinds over some days: an import of several commits.</summary>
    public KilledTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kills by signals");
        _logs = Directory.CreateDirectory(Path.Combine(_folder, "logs")).FullName;
        var random = new Random(11);
        for (var file = 0; file < Files; file++)
        {
            var isDns = file % 3 == 0;
            var text = new StringBuilder(
                $"#separator \\x09\n#unset_field\t-\n#path\t{(isDns ? "dns" : "conn")}\n#fields\tts\tuid\tid.orig_h\tid.resp_h{(isDns ? "\tquery" : "")}\n#types\ttime\tstring\taddr\taddr{(isDns ? "\tstring" : "")}\n"
            );
            for (var line = 0; line < LinesOfAFile; line++)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{1_700_000_000 + random.Next(400_000)}.5\tC{file}x{line}\t10.0.0.{random.Next(9)}\t10.1.0.{random.Next(200)}"
                );
                text.Append(isDns ? $"\th{random.Next(50)}.example\n" : "\n");
            }

            File.WriteAllText(Path.Combine(_logs, $"{file:000}.log"), text.ToString());
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Process Start(string workspace, params string[] arguments)
    {
        var program = Path.Combine(
            RepositoryRoot.Path,
            "artifacts",
            "bin",
            "Harrier.Cli",
            "debug",
            "harrier.dll"
        );
        return Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [program, "--workspace", workspace, "--quiet", .. arguments]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    static (int Code, string Error) End(Process process)
    {
        _ = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    static int Here(string workspace, params string[] arguments) =>
        Application.Run(
            ["--workspace", workspace, "--quiet", .. arguments],
            TextWriter.Null,
            TextWriter.Null,
            TimeProvider.System
        );

    /// <summary>All events but for the import's name, in any order, as counts and sums of hashes; and that the lake is valid.</summary>
    static string Events(string workspace)
    {
        using var store = LakeStore.Open(Workspace.Open(workspace, create: false));
        Assert.Empty(store.Verify(CancellationToken.None).Damaged);
        var text = new StringBuilder();
        foreach (var one in EventClasses.All)
        {
            var columns = string.Join(
                ", ",
                one.Columns.Where(column => column.Ordinal != CommonColumns.Import)
                    .Select(column => store.Dialect.Name(column.Name))
            );
            using var rows = store.Query(
                $"SELECT count(*), CAST(sum(hash({columns})) AS VARCHAR) FROM {store.Dialect.Name(one.Name)}",
                TimeWindow.All,
                [],
                CancellationToken.None
            );
            rows.Read();
            if (rows.Int(0) > 0)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{one.Name} {rows.Int(0)} {rows.Text(1)}; "
                );
            }
        }

        return text.ToString();
    }

    string Fresh(string name) => Path.Combine(_folder, "ws", name);

    /// <summary>What one import gives that nobody disturbs, and how long the program takes for it.</summary>
    (string Events, TimeSpan Time) Undisturbed()
    {
        var watch = Stopwatch.StartNew();
        using var process = Start(Fresh("undisturbed"), "import", _logs);
        Assert.Equal((0, ""), End(process));
        var time = watch.Elapsed;
        var events = Events(Fresh("undisturbed"));
        Assert.Contains(
            $" {Files * LinesOfAFile - (Files + 2) / 3 * LinesOfAFile} ",
            events,
            StringComparison.Ordinal
        );
        return (events, time);
    }

    [Fact]
    public void A_killed_import_is_taken_up_again()
    {
        var (events, time) = Undisturbed();
        var random = new Random(1);
        for (var kill = 0; kill < s_kills; kill++)
        {
            var workspace = Fresh($"kill-{kill}");
            using (var process = Start(workspace, "import", _logs))
            {
                // The first part of the time is the runtime's start.
                Thread.Sleep(time * (0.25 + 0.8 * random.NextDouble()));
                process.Kill();
                process.WaitForExit();
            }

            if (File.Exists(Path.Combine(workspace, Workspace.FileName)))
            {
                Events(workspace);
            }

            Assert.Equal(0, Here(workspace, "import", _logs));
            Assert.Equal(events, Events(workspace));
            Directory.Delete(workspace, recursive: true);
        }
    }

    [Fact]
    public void A_killed_compaction_or_drop_happened_or_did_not()
    {
        // Every second file a day later makes a second import.
        var (_, time) = Undisturbed();
        var origin = Fresh("two");
        var half = Directory.EnumerateFiles(_logs).Order(StringComparer.Ordinal).Take(60).ToArray();
        Here(origin, ["import", .. half]);
        var first = Events(origin);
        for (var part = 60; part < Files; part += 20)
        {
            Here(
                origin,
                [
                    "import",
                    .. Directory
                        .EnumerateFiles(_logs)
                        .Order(StringComparer.Ordinal)
                        .Skip(part)
                        .Take(20),
                ]
            );
        }

        var all = Events(origin);
        Assert.NotEqual(first, all);
        var random = new Random(2);
        for (var kill = 0; kill < s_kills; kill++)
        {
            var workspace = Fresh($"kill-{kill}");
            Copy(origin, workspace);
            var isDrop = kill % 2 == 0;
            using (
                var process = isDrop
                    ? Start(workspace, "lake", "drop", "I-0003")
                    : Start(workspace, "lake", "compact")
            )
            {
                Thread.Sleep(time * (0.2 + 0.6 * random.NextDouble()));
                process.Kill();
                process.WaitForExit();
            }

            var left = Events(workspace);
            if (!isDrop)
            {
                Assert.Equal(all, left);
            }

            // Dropped or not: importing the same files gives all of them.
            Assert.Equal(0, Here(workspace, "import", _logs));
            Assert.Equal(all, Events(workspace));
            Assert.Equal(0, Here(workspace, "lake", "compact"));
            Assert.Equal(all, Events(workspace));
            using (var store = LakeStore.Open(Workspace.Open(workspace, create: false)))
            {
                Assert.Empty(store.Verify(CancellationToken.None).Orphans);
            }

            Directory.Delete(workspace, recursive: true);
        }
    }

    static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    [Fact]
    public void Ctrl_C_ends_an_import_in_good_order()
    {
        var (events, time) = Undisturbed();
        var random = new Random(3);
        for (var turn = 0; turn < 4; turn++)
        {
            var workspace = Fresh($"interrupt-{turn}");
            using (var process = Start(workspace, "import", _logs))
            {
                Thread.Sleep(time * (0.4 + 0.5 * random.NextDouble()));
                using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
                {
                    kill.WaitForExit();
                }

                var (code, _) = End(process);
                // Before the program listens the runtime ends it, by the signal.
                Assert.Contains(code, (int[])[0, Application.Cancelled]);
            }

            if (File.Exists(Path.Combine(workspace, Workspace.FileName)))
            {
                Events(workspace);
            }

            Assert.Equal(0, Here(workspace, "import", _logs));
            Assert.Equal(events, Events(workspace));
        }
    }

    [Fact]
    public void Two_imports_at_once_do_not_mix()
    {
        var (events, _) = Undisturbed();
        var workspace = Fresh("both");
        var both = Enumerable.Range(0, 2).Select(_ => Start(workspace, "import", _logs)).ToList();
        var ends = both.ConvertAll(End);
        both.ForEach(process => process.Dispose());
        foreach (var (code, error) in ends)
        {
            Assert.Contains(code, (int[])[0, Application.EnvironmentFailed]);
            if (code != 0)
            {
                Assert.Contains(
                    "another import is writing into this workspace",
                    error,
                    StringComparison.Ordinal
                );
            }
        }

        Assert.Contains(ends, end => end.Code == 0);
        Assert.Equal(events, Events(workspace));
    }

    [Fact]
    public void A_full_disk_is_a_sentence_and_costs_nothing_that_was_committed()
    {
        var (events, _) = Undisturbed();
        // From a disk that takes nothing to one that takes nearly all.
        foreach (var kilobytes in (int[])[8, 100, 200, 300, 400, 500])
        {
            using var disk = new SmallDisk(kilobytes);
            var workspace = Path.Combine(disk.Folder, "ws");
            using (var process = Start(workspace, "import", _logs))
            {
                var (code, error) = End(process);
                if (code != 0)
                {
                    Assert.Equal(Application.EnvironmentFailed, code);
                    Assert.StartsWith("harrier: ", error, StringComparison.Ordinal);
                }
            }

            if (File.Exists(Path.Combine(workspace, Workspace.FileName)))
            {
                // Full as it is, it can be read.
                Events(workspace);
            }

            disk.Resize(65_536);
            Assert.Equal(0, Here(workspace, "import", _logs));
            Assert.Equal(events, Events(workspace));
        }
    }
}
