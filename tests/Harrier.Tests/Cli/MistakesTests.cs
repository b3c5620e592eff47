using System.Diagnostics;
using System.Text.Json;
using Harrier.Cli;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Cli;

/// <summary>What a person gets who calls Harrier wrongly, or on a machine where something is wrong.</summary>
public sealed class MistakesTests : IDisposable
{
    const string Conn =
        "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\n#types\ttime\tstring\taddr\taddr\n1700000000.5\tC1\t10.0.0.1\t10.0.0.2\n";

    /// <summary>a.log, two lines of syslog, in a zip with AES-256 and the password 'harrier', packed by 7-Zip 16.02.</summary>
    const string LockedZip =
        "UEsDBDMDAQBjAEh4eF0AAAAAVAAAAEYAAAAFAAsAYS5sb2cBmQcAAgBBRQMIAMtJfuT8frxzNE5J7vN49kqn/4IzOwj/2WonP4aoOLktYaVmcuvOWxiAI/OxsE4zvBUvpP6+wUlvR6UbcALFsQG0b9qSSlEZWBexn3KbBKamu3qESFBLAQI/AzMDAQBjAEh4eF0AAAAAVAAAAEYAAAAFAC8AAAAAAAAAIICkgQAAAABhLmxvZwoAIAAAAAAAAQAYAABMJ8skfN0BgOK/yyR83QEATCfLJHzdAQGZBwACAEFFAwgAUEsFBgAAAAABAAEAYgAAAIIAAAAAAA==";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-cli-").FullName;

    string Workspace => Path.Combine(_folder, "ws");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("'harrier' has no verb 'frobnicate'; there are: demo, import", "frobnicate")]
    [InlineData("'harrier' needs a verb", "--quiet")]
    [InlineData("'harrier lake' has no verb 'paint'", "lake", "paint")]
    [InlineData("'--limit", "query", "select 1", "--limit", "-3")]
    [InlineData(
        "'xlsx' not recognized. Must be one of: 'table' 'json'",
        "query",
        "select 1",
        "--format",
        "xlsx"
    )]
    public void A_wrong_call_is_told_in_words(string sentence, params string[] args)
    {
        var (code, _, stderr) = Harrier(args);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains(sentence.TrimStart('\''), stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("␊", stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_path_among_others_is_no_success()
    {
        var log = Put("conn.log", Conn);
        var (code, stdout, _) = Harrier("--json", "import", log, Path.Combine(_folder, "nothing"));
        Assert.Equal(Application.InputUnread, code);
        using var document = JsonDocument.Parse(stdout);
        Assert.Equal(
            1,
            document.RootElement.GetProperty("totals").GetProperty("imported").GetInt32()
        );
    }

    [Theory]
    [InlineData("--max-bytes", "many", "is no number of bytes")]
    [InlineData("--max-depth", "0", "lets nothing through")]
    [InlineData("--archive-password-file", "nowhere", "file of the password can't be read")]
    public void Limits_and_passwords_are_checked(string option, string value, string sentence)
    {
        var (code, _, stderr) = Harrier("import", Put("conn.log", Conn), option, value);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains(sentence, stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encrypted_archive_is_unread_without_its_password_which_nobody_gets_to_see()
    {
        var archive = Path.Combine(_folder, "locked.zip");
        File.WriteAllBytes(archive, Convert.FromBase64String(LockedZip));
        var (locked, stdout, _) = Harrier("import", archive);
        Assert.Equal(Application.InputUnread, locked);
        Assert.Contains("encrypted", stdout, StringComparison.Ordinal);

        var password = Put("password", "harrier\n");
        var (opened, receipt, stderr) = Harrier(
            "--json",
            "--verbose",
            "import",
            archive,
            "--archive-password-file",
            password
        );
        Assert.Equal(Application.Done, opened);
        using var document = JsonDocument.Parse(receipt);
        Assert.Equal(
            2,
            document.RootElement.GetProperty("totals").GetProperty("imported").GetInt32()
        );
        Assert.DoesNotContain("\"harrier\"", receipt + stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_nobody_writes_to_is_passed_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "named pipes are no files there");
        var logs = Directory.CreateDirectory(Path.Combine(_folder, "logs")).FullName;
        Put("logs/conn.log", Conn);
        using (var made = Process.Start("mkfifo", Path.Combine(logs, "pipe")))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var import = Task.Run(() => Harrier("import", logs), TestContext.Current.CancellationToken);
        var (code, stdout, _) = await import.WaitAsync(
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(Application.Done, code);
        Assert.Contains("a pipe or device", stdout, StringComparison.Ordinal);
        var intel = Task.Run(
            () => Harrier("intel", "import", Path.Combine(logs, "pipe")),
            TestContext.Current.CancellationToken
        );
        var (intelCode, _, _) = await intel.WaitAsync(
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(Application.InputUnread, intelCode);
    }

    [Fact]
    public void A_broken_hunt_of_the_workspace_is_named()
    {
        Harrier("import", Put("conn.log", Conn));
        Put("ws/hunts/model/mine.yaml", "id: mine\n title: [broken\n");
        Put("ws/hunts/astray.yaml", "id: astray\n");
        var (listed, _, said) = Harrier("hunt", "list");
        Assert.Equal(Application.Done, listed);
        Assert.Contains("mine.yaml:", said, StringComparison.Ordinal);
        Assert.Contains(
            "astray.yaml:1:1: The hunt stands in no folder",
            said,
            StringComparison.Ordinal
        );
        var (ran, stdout, _) = Harrier("--json", "hunt", "run", "--all");
        Assert.Equal(Application.InputUnread, ran);
        using var document = JsonDocument.Parse(stdout);
        Assert.Equal(2, document.RootElement.GetProperty("errors").GetArrayLength());
        var (one, _, why) = Harrier("hunt", "run", "mine");
        Assert.Equal(Application.CallIsWrong, one);
        Assert.DoesNotContain("␊", why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_without_a_format_is_written_as_the_file_is_named()
    {
        Harrier("import", Put("conn.log", Conn));
        foreach (
            var (name, start) in new[]
            {
                ("a.csv", "src_ip"),
                ("a.ndjson", "{\"src_ip\""),
                ("a.json", "{\"schema\""),
            }
        )
        {
            var file = Path.Combine(_folder, name);
            var (code, stdout, _) = Harrier("query", "select src_ip from network", "--out", file);
            Assert.Equal((Application.Done, ""), (code, stdout));
            Assert.StartsWith(start, File.ReadAllText(file), StringComparison.Ordinal);
        }

        var (folder, _, stderr) = Harrier("query", "select 1", "--out", _folder);
        Assert.Equal(Application.CallIsWrong, folder);
        Assert.Contains("is a folder", stderr, StringComparison.Ordinal);
    }

    string Put(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    (int Code, string Stdout, string Stderr) Harrier(params string[] args)
    {
        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var code = Application.Run(
            ["--workspace", Workspace, .. args],
            stdout,
            stderr,
            new FakeTimeProvider(new DateTimeOffset(2024, 5, 13, 8, 0, 0, TimeSpan.Zero))
        );
        return (code, stdout.ToString(), stderr.ToString());
    }
}
