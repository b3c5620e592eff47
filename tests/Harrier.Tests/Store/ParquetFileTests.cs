using System.Text;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store.Lake;
using Xunit;

namespace Harrier.Tests.Store;

/// <summary>The lake's own Parquet files, read by an engine that was not written here.</summary>
public sealed class ParquetFileTests : IDisposable
{
    const int Rows = 30_000;

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-parquet-").FullName;
    readonly string _path;
    readonly EventBatch _batch = new(EventClasses.Process);

    /// <summary>A skewed dictionary, a large one, long values without one (many pages), nulls in each, a column without values.</summary>
    public ParquetFileTests()
    {
        _path = Path.Combine(_folder, "x.parquet");
        var random = new Random(3);
        for (var row = 0; row < Rows; row++)
        {
            _batch.SetInt(CommonColumns.Time, TestLake.Day0 + row);
            if (row % 5 != 0)
            {
                _batch.SetInt(ProcessColumns.Pid, random.NextInt64(long.MinValue, long.MaxValue));
                _batch.SetText(CommonColumns.Host, row < 20_000 ? "a"u8 : "b"u8);
                _batch.SetText(
                    ProcessColumns.Image,
                    Encoding.UTF8.GetBytes($"i{random.Next(9000)}")
                );
                _batch.SetText(
                    ProcessColumns.CommandLine,
                    Encoding.UTF8.GetBytes(
                        new string((char)('a' + row % 26), random.Next(400)) + row
                    )
                );
                _batch.SetText(ProcessColumns.ProcessGuid, Encoding.UTF8.GetBytes($"guid-{row}"));
            }

            _batch.EndRow();
        }

        ParquetEventWriter.Write(_batch, Enumerable.Range(0, Rows).ToArray(), _path);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    List<string> Ask(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql.Replace("FILE", $"'{_path}'", StringComparison.Ordinal);
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(
                string.Join(
                    '|',
                    Enumerable
                        .Range(0, reader.FieldCount)
                        .Select(i => reader.IsDBNull(i) ? "-" : reader.GetValue(i).ToString())
                )
            );
        }

        return lines;
    }

    [Fact]
    public void Both_readers_see_what_was_written()
    {
        var expected = Lines(_batch);
        Assert.Equal(
            expected,
            Ask(
                "SELECT epoch_us(time), pid, host, image, command_line, process_guid, md5 FROM FILE"
            )
        );
        Assert.Equal(
            expected,
            Lines(
                ParquetEventReader.Read(
                    _path,
                    EventClasses.Process,
                    TimeWindow.All,
                    EventClasses.Process.Columns
                )
            )
        );
        var part = ParquetEventReader.Read(
            _path,
            EventClasses.Process,
            new TimeWindow(TestLake.Day0 + 19_990, TestLake.Day0 + 20_010),
            EventClasses.Process.Columns
        );
        Assert.Equal(expected[19_990..20_010], Lines(part));
    }

    static List<string> Lines(EventBatch batch)
    {
        var columns = (int[])
            [
                CommonColumns.Host,
                ProcessColumns.Image,
                ProcessColumns.CommandLine,
                ProcessColumns.ProcessGuid,
                ProcessColumns.Md5,
            ];
        return
        [
            .. Enumerable
                .Range(0, batch.Count)
                .Select(row =>
                    $"{batch.Int(0).Values[row]}|{batch.Int(ProcessColumns.Pid).Value(row)?.ToString() ?? "-"}|"
                    + string.Join(
                        '|',
                        columns.Select(column => batch.Text(column).Text(row) ?? "-")
                    )
                ),
        ];
    }

    [Fact]
    public void Engines_use_bounds_and_bloom_filters()
    {
        Assert.Equal(
            ["False"],
            Ask(
                "SELECT bloom_filter_excludes FROM parquet_bloom_probe(FILE, 'process_guid', 'guid-7')"
            )
        );
        Assert.Equal(
            ["True"],
            Ask(
                "SELECT bloom_filter_excludes FROM parquet_bloom_probe(FILE, 'process_guid', 'absent')"
            )
        );
        Assert.Equal(
            ["a|b|6000"],
            Ask(
                "SELECT stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata(FILE) WHERE path_in_schema = 'host'"
            )
        );
        Assert.Equal(
            [$"{(Rows * 4) / 5}"],
            Ask("SELECT count(*) FROM FILE WHERE process_guid >= 'guid-'")
        );
    }

    /// <summary>Checksums in the compressed pages: an engine may fail on a flipped bit, but must not answer otherwise.</summary>
    [Fact]
    public void A_flipped_bit_is_never_another_answer()
    {
        const string Question =
            "SELECT count(*), bit_xor(hash(image, command_line, pid, host, process_guid, time)) FROM FILE";
        var truth = Ask(Question);
        var bytes = File.ReadAllBytes(_path);
        var footer = BitConverter.ToInt32(bytes, bytes.Length - 8) + 8;
        var random = new Random(11);
        var failed = 0;
        for (var i = 0; i < 40; i++)
        {
            var at = random.Next(4, bytes.Length - footer);
            var bit = (byte)(1 << random.Next(8));
            bytes[at] ^= bit;
            File.WriteAllBytes(_path, bytes);
            bytes[at] ^= bit;
            try
            {
                Assert.Equal(truth, Ask(Question));
            }
            catch (DuckDBException)
            {
                failed++;
            }

            try
            {
                var read = ParquetEventReader.Read(
                    _path,
                    EventClasses.Process,
                    TimeWindow.All,
                    EventClasses.Process.Columns
                );
                Assert.Equal(Lines(_batch), Lines(read));
            }
            catch (InvalidDataException)
            {
                failed++;
            }
        }

        Assert.InRange(failed, 20, 80);
    }
}
