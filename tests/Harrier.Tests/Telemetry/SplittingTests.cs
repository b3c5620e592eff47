using System.Globalization;
using System.Text;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Telemetry;

namespace Harrier.Tests.Telemetry;

/// <summary>A file that is read in ranges gives what it gives when it is read whole.</summary>
public sealed class SplittingTests : IDisposable
{
    const string Header =
        "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tduration\n#types\ttime\tstring\taddr\taddr\tinterval\n";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-splitting-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Names => [.. Contents().Select(content => content.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ranges_give_what_the_whole_gives(string name)
    {
        var (_, file, bytes) = Contents().Single(content => content.Name == name);
        File.WriteAllBytes(Path.Combine(_folder, file), bytes);
        var whole = Run(workers: 1, long.MaxValue / 2);
        foreach (var rangeBytes in new[] { 1L, 100, 700, 3000 })
        {
            foreach (var workers in new[] { 2, 5 })
            {
                Assert.Equal(whole, Run(workers, rangeBytes));
            }
        }
    }

    [Theory]
    [InlineData("one line after the other", 5)]
    [InlineData("zeek", 5)]
    [InlineData("zeek JSON", 5)]
    [InlineData("pretty-printed", 0)]
    public void Large_files_are_cut(string name, int ranges)
    {
        var (_, file, bytes) = Contents().Single(content => content.Name == name);
        File.WriteAllBytes(Path.Combine(_folder, file), bytes);
        var opened = 0;
        var events = new CollectedEvents();
        new Import(
            Options(5, 50),
            ImportTests.Maps,
            () =>
            {
                Interlocked.Increment(ref opened);
                return events.Open();
            },
            _ => null,
            "I-0001",
            TimeProvider.System
        ).Run(CancellationToken.None);
        Assert.Equal(ranges, opened - (ranges == 0 ? 1 : ranges));
    }

    [Fact]
    public void A_file_that_changed_after_the_survey_is_read_whole_and_says_so()
    {
        var path = Path.Combine(_folder, "events.json");
        var lines = string.Concat(Enumerable.Range(0, 200).Select(Event));
        File.WriteAllText(path, lines);
        var events = new CollectedEvents();
        // The survey is over when the first sink is opened; other workers wait until the file is whole again.
        var change = new Lazy<bool>(() =>
        {
            File.WriteAllText(path, lines.Replace("ws7", "wsX", StringComparison.Ordinal));
            return true;
        });
        var receipt = new Import(
            Options(4, 50),
            ImportTests.Maps,
            () =>
            {
                _ = change.Value;
                return events.Open();
            },
            _ => null,
            "I-0001",
            TimeProvider.System
        ).Run(CancellationToken.None);
        Assert.Equal((200L, 200L), (receipt.Records, receipt.Imported));
        Assert.Contains(
            "The file changed while it was imported.",
            Assert.Single(receipt.Files).File.Warnings
        );
        Assert.Equal(200, events.Events.Count);
        Assert.Equal("", receipt.Files[0].File.Sha256);
    }

    static IEnumerable<(string Name, string File, byte[] Bytes)> Contents()
    {
        var events = Enumerable.Range(0, 200).Select(Event).ToArray();
        var all = string.Concat(events);
        yield return Text("one line after the other", "a.json", all);
        yield return Text("CRLF", "a.json", all.ReplaceLineEndings("\r\n"));
        yield return Text("no final newline", "a.json", all.TrimEnd());
        yield return Text("mark", "a.json", "\uFEFF" + all);
        yield return Text("one line", "a.json", events[0]);
        yield return Text("CR only", "a.json", all.Replace('\n', '\r'));
        yield return (
            "UTF-16",
            "a.json",
            [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(all)]
        );
        yield return Text("padded with zeros", "a.json", all + new string('\0', 5000));
        yield return Text(
            "rejects, blanks and zeros",
            "a.json",
            string.Concat(
                events.Select((line, at) => at % 7 == 3 ? "{broken\n\n \n\0\0" + line : line)
            )
        );
        yield return Text(
            "times without a year",
            "a.json",
            all.Replace("2024-03-", "Mar ", StringComparison.Ordinal)
        );
        yield return Text(
            "lines with CR inside",
            "a.json",
            events[0]
                + string.Concat(
                    Enumerable.Range(0, 5).Select(_ => "{\r" + new string('x', 70_000) + "\n")
                )
                + all
        );
        yield return Text(
            "too long lines",
            "a.json",
            events[0] + "{" + new string('x', 17 << 20) + "\n" + all
        );
        yield return Text(
            "pretty-printed",
            "b.json",
            string.Concat(
                Enumerable
                    .Range(0, 50)
                    .Select(at => $"{{\n \"timestamp\": {1_700_000_000 + at},\n \"a\": {at}\n}}\n")
            )
        );
        var rows = string.Concat(Enumerable.Range(0, 200).Select(Row));
        yield return Text("zeek", "conn.log", Header + rows + "#close\t2024-01-01-00-00-00\n");
        yield return Text("zeek header only", "conn.log", Header);
        yield return Text(
            "zeek logs put together",
            "conn.log",
            Header + rows + Header.Replace("uid\t", "", StringComparison.Ordinal) + rows
        );
        yield return Text(
            "zeek header behind zeros",
            "conn.log",
            Header + rows + "\0\0" + Header.Replace("conn", "ftp", StringComparison.Ordinal) + rows
        );
        yield return Text("zeek rows before the header", "conn.log", "#separator \\x09\n" + rows);
        var json = string.Concat(
            Enumerable
                .Range(0, 200)
                .Select(at =>
                    at % 11 == 5
                        ? "stray\n"
                        : $"{{\"ts\":{1_700_000_000 + at}.5,\"uid\":\"C{at}\",\"id.orig_h\":\"10.0.0.{at % 250}\",\"id.resp_h\":\"10.1.0.1\",\"duration\":1.5}}\n"
                )
        );
        yield return Text("zeek JSON", "conn.log", json);
        yield return Text("zeek JSON, then text", "conn.log", json + Header + rows);
    }

    static (string, string, byte[]) Text(string name, string file, string text) =>
        (name, file, Encoding.UTF8.GetBytes(text));

    static string Event(int at) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"EventID\":{(at % 3 == 0 ? 4616 : 4624)},\"Channel\":\"Security\",\"Hostname\":\"ws{at % 9}\",\"EventTime\":\"2024-03-{1 + at % 28:00} 10:00:{at % 60:00}\",\"SourceName\":\"Microsoft-Windows-Security-Auditing\",\"RecordNumber\":{at},\"NewTime\":\"2024-03-01T10:{at % 60:00}:00Z\",\"PreviousTime\":\"2024-03-01T08:00:00Z\"}}\n"
        );

    static string Row(int at) =>
        at % 13 == 4
            ? "short\n"
            : $"{1_700_000_000 + at}.5\tC{at}\t10.0.0.{at % 250}\t10.0.1.2\t1.5\n";

    ImportOptions Options(int workers, long rangeBytes) =>
        new([_folder]) { Workers = workers, RangeBytes = rangeBytes };

    string Run(int workers, long rangeBytes)
    {
        var events = new CollectedEvents();
        var receipt = ImportTests
            .NewImport(Options(workers, rangeBytes), events)
            .Run(CancellationToken.None);
        var rows = events
            .Events.OrderBy(row => (long)row["record"]!)
            .Select(row => JsonSerializer.Serialize(row));
        return string.Join(
            '\n',
            [
                JsonSerializer.Serialize(receipt with { Elapsed = default }),
                JsonSerializer.Serialize<IReadOnlyList<SourceFile>>(events.Files),
                .. rows,
            ]
        );
    }
}
