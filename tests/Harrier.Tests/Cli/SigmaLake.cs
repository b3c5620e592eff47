using Harrier.Cli;
using Harrier.Tests.Hunts;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Cli;

/// <summary>A workspace with process starts, for verbs that run Sigma rules; and files beside it.</summary>
sealed class SigmaLake : IDisposable
{
    public const string Rules = """
        title: Encoded PowerShell
        id: 7a1d3c1e-2f0b-4d4a-9c3a-1f0f5f2d9a01
        status: test
        level: high
        tags: [attack.execution, attack.t1059.001]
        logsource: {category: process_creation, product: windows}
        detection:
            selection:
                Image|endswith: '\powershell.exe'
                CommandLine|contains: ' -enc'
            condition: selection
        ---
        title: Who Am I
        name: whoami
        status: stable
        level: low
        tags: [attack.discovery, attack.t1033]
        logsource: {category: process_creation, product: windows}
        detection:
            selection:
                Image|endswith: '\whoami.exe'
            condition: selection
        ---
        title: Who Am I Again And Again
        id: 7a1d3c1e-2f0b-4d4a-9c3a-1f0f5f2d9a03
        level: medium
        tags: [attack.discovery, attack.t1033]
        correlation:
            type: event_count
            rules: [whoami]
            group-by: [User]
            timespan: 10m
            condition:
                gte: 2
        ---
        title: Shell Of Linux
        level: medium
        logsource: {category: process_creation, product: linux}
        detection:
            selection:
                Image|endswith: /bash
            condition: selection
        ---
        title: Asks What Nobody Logs
        level: medium
        logsource: {category: process_creation, product: windows}
        detection:
            selection:
                OriginalFileName: x.exe
            condition: selection
        """;

    readonly HuntLake _lake = new();
    readonly string _files = Directory.CreateTempSubdirectory("harrier-sigma-").FullName;

    /// <summary>The process starts that most tests ask about: six of PowerShell with an encoded command, three of whoami.</summary>
    public static SigmaLake Filled()
    {
        var lake = new SigmaLake();
        for (var day = 0; day < 4; day++)
        {
            lake.Start(
                day * HuntLake.Day,
                "ws-1",
                "svc-deploy",
                "powershell.exe",
                "powershell -enc AAAA",
                @"C:\Program Files\Deploy\agent.exe"
            );
        }

        lake.Start(
            HuntLake.Hour,
            "ws-2",
            "anna",
            "powershell.exe",
            "powershell -nop -enc \u001b[2JBBBB",
            @"C:\Program Files\Office\WINWORD.EXE"
        );
        lake.Start(
            2 * HuntLake.Hour,
            "ws-1",
            "ben",
            "powershell.exe",
            "powershell -enc CCCC",
            @"C:\Windows\explorer.exe"
        );
        lake.Start(0, "ws-2", "anna", "whoami.exe", "whoami", @"C:\Windows\System32\cmd.exe");
        lake.Start(
            5 * HuntLake.Minute,
            "ws-2",
            "anna",
            "whoami.exe",
            "whoami /all",
            @"C:\Windows\System32\cmd.exe"
        );
        lake.Start(
            HuntLake.Hour,
            "ws-3",
            "ben",
            "whoami.exe",
            "whoami",
            @"C:\Windows\System32\cmd.exe"
        );
        return lake;
    }

    public HuntLake Lake => _lake;

    public void Start(
        long after,
        string host,
        string account,
        string program,
        string line,
        string parent
    ) =>
        _lake.Add(
            "process",
            HuntLake.Monday + after,
            ("host", host),
            ("account", account),
            ("user", $@"CORP\{account}"),
            ("source", "sysmon"),
            ("action", "start"),
            ("image", $@"C:\Windows\System32\{program}"),
            ("parent_image", parent),
            ("command_line", line)
        );

    public string Put(string name, string text)
    {
        var path = Path.Combine(_files, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string PathOf(string name) => Path.Combine(_files, name);

    /// <summary>Runs a command line; folders of this test are cut from what it prints.</summary>
    public (int Code, string Stdout, string Stderr) Harrier(params string[] args)
    {
        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var code = Application.Run(
            ["--workspace", _lake.Folder, .. args],
            stdout,
            stderr,
            new FakeTimeProvider(new DateTimeOffset(2025, 3, 20, 8, 0, 0, TimeSpan.Zero))
        );
        return (code, Cut(stdout), Cut(stderr));

        string Cut(StringWriter text) =>
            text.ToString()
                .ReplaceLineEndings("\n")
                .Replace(_files + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _lake.Dispose();
        Directory.Delete(_files, recursive: true);
    }
}
