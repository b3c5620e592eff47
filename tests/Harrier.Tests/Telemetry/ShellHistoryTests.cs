using Harrier.Telemetry.Formats.ShellHistory;

namespace Harrier.Tests.Telemetry;

public sealed class ShellHistoryTests
{
    static readonly HistoryFormat Format = new();

    [Fact]
    public void Commands_without_a_time_get_the_files_and_the_receipt_says_so()
    {
        var read = CollectedRecords.Of(
            Format,
            "ls\n\ncd /tmp\n#1773057600\nid\nwhoami\n",
            ".bash_history",
            written: new DateTime(2026, 1, 5, 10, 0, 0, DateTimeKind.Utc)
        );
        Assert.Equal(
            ["ls", "cd /tmp", "id", "whoami"],
            read.Records.Select(record => record["command"])
        );
        Assert.Equal(
            ["2026-01-05", "2026-01-05", "2026-03-09", "2026-01-05"],
            read.Records.Select(record => record["time"][..10])
        );
        Assert.Contains("2026-01-05 10:00", Assert.Single(read.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_time_they_are_rejects()
    {
        var read = CollectedRecords.Of(Format, "ls\nid\n", ".bash_history");
        Assert.Equal([1L, 2L], read.Rejects.Select(reject => reject.Position));
        Assert.Empty(CollectedRecords.Of(Format, "", ".bash_history").Records);
    }

    [Theory]
    [InlineData("/home/anna/.bash_history", "anna", null)]
    [InlineData("case.tar!root/.zsh_history", "root", null)]
    [InlineData(
        "x.zip!data/web1.corp.example/bash_history/eve.mallory.bash_history",
        "eve.mallory",
        "web1.corp.example"
    )]
    [InlineData("/home/analyst/case/bert.bash_history", "bert", null)]
    [InlineData("/home/analyst/case/bash_history", null, null)]
    [InlineData(
        "C:/Users/Anna/AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt",
        "Anna",
        null
    )]
    public void The_place_tells_whose_it_is(string path, string? user, string? host)
    {
        var place = HistoryPlace.Of(path);
        Assert.Equal((user, host), (place.User, place.Host));
    }

    [Theory]
    [InlineData("x.log", "#1773057600\nls\n", 85)]
    [InlineData("x.log", ": 1773057600:0;ls\n", 85)]
    [InlineData("x.log", "- cmd: ls\n  when: 1\n", 85)]
    [InlineData(".bash_history", "ls -l\n", 75)]
    [InlineData("anna.bash_history", "ls -l\n", 75)]
    [InlineData("x.log", "# 1773057600\nls\n", 0)]
    [InlineData("browser_history.csv", "ls -l\n", 0)]
    public void Histories_are_known_by_times_or_names(string name, string text, int score) =>
        Assert.Equal(score, Format.Detect(System.Text.Encoding.UTF8.GetBytes(text), name));

    [Fact]
    public void PowerShells_history_goes_on_after_a_backtick()
    {
        var read = CollectedRecords.Of(
            Format,
            "Get-Item `\nC:\\x\nwhoami\n",
            "ConsoleHost_history.txt",
            written: new DateTime(2026, 1, 5, 10, 0, 0, DateTimeKind.Utc)
        );
        Assert.Equal(
            ["Get-Item \nC:\\x", "whoami"],
            read.Records.Select(record => record["command"])
        );
    }
}
