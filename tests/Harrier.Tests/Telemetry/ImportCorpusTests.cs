using Harrier.Telemetry;

namespace Harrier.Tests.Telemetry;

/// <summary>Imports of public data, held against counts that awk and jq made.</summary>
public sealed class ImportCorpusTests
{
    [Fact]
    public void Every_Zeek_log_has_as_many_records_as_awk_and_jq_count()
    {
        var folder = Corpus.Need("zeek");
        var events = new CollectedEvents { KeepEvents = false };
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "COUNTS.tsv")).Skip(1))
        {
            var cells = line.Split('\t');
            // Prose, and a log of which a test kept one field: no time, no type.
            if (
                cells[3] == "text"
                || cells[0].EndsWith("ascii-json-iso-timestamps/ssh.log", StringComparison.Ordinal)
            )
            {
                continue;
            }

            var path = Path.Combine(folder, cells[0]);
            var receipt = ImportTests
                .NewImport(new ImportOptions([path]), events)
                .Run(CancellationToken.None);
            // jq stops at a broken line; here it is a record too, a rejected one.
            var broken = cells[6].Contains("bad-json=1", StringComparison.Ordinal) ? 1 : 0;
            if (receipt.Records != long.Parse(cells[5]) + broken)
            {
                wrong.Add(
                    $"{cells[0]}: {receipt.Records} for {cells[5]} {receipt.Files[0].File.Format} {receipt.Files[0].Skipped} {cells[6]}"
                );
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(60)));
    }

    [Fact]
    public void Mordor_archives_have_no_loss()
    {
        var folder = Corpus.Need("mordor");
        var events = new CollectedEvents { KeepEvents = false };
        var receipt = ImportTests
            .NewImport(new ImportOptions([folder]), events)
            .Run(CancellationToken.None);
        Assert.Equal(receipt.Records, receipt.Imported + receipt.Rejected);
        Assert.Equal(receipt.Imported, events.Rows.Values.Sum());
        Assert.True(receipt.Imported > 400_000, $"{receipt.Imported} imported");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{receipt.Records} records, {receipt.Rejected} rejected; "
                + string.Join(
                    ", ",
                    events.Rows.OrderBy(row => row.Key).Select(row => $"{row.Key} {row.Value}")
                )
                + "\n"
                + string.Join(
                    '\n',
                    receipt
                        .Files.Where(file => !file.IsRead)
                        .Select(file => $"{file.File.Name}: {file.Skipped ?? file.DuplicateOf}")
                )
        );
    }

    [Fact]
    public void Logs_of_mail_and_logons_are_read()
    {
        var folder = Corpus.Need("auth", "crowdsec-hub");
        var events = new CollectedEvents();
        ImportTests.NewImport(new ImportOptions([folder]), events).Run(CancellationToken.None);
        Assert.Contains(
            events.Events,
            row => Equals(row["source"], "sshd") && Equals(row["class"], "logon")
        );
        Assert.Contains(
            events.Events,
            row => Equals(row["source"], "postfix") && Equals(row["delivery"], "rejected")
        );
    }
}
