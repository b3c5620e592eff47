using System.Text;
using System.Text.Json;
using CsCheck;
using DuckDB.NET.Data;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Parquet;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>The reader of others' Parquet against DuckDB, which writes the files and tells their rows as JSON.</summary>
public sealed class ParquetFormatTests
{
    const string Table = """
        SELECT i::INTEGER AS i32, i * 1000000007 AS i64, (i * 7 % 5)::VARCHAR AS few, 'text ' || i AS many, 'same' AS same,
            CASE WHEN i % 3 = 0 THEN NULL ELSE i / 7.0 END AS ratio, i % 2 = 0 AS even, NULL::VARCHAR AS never,
            (i / 100.0)::DECIMAL(9, 2) AS price, (i * -1.5)::DECIMAL(30, 3) AS long_price, (i % 100)::UTINYINT AS small,
            TIMESTAMP '2026-03-02 10:00:00.123456' + to_seconds(i) AS at_local,
            DATE '2026-03-02' + i::INTEGER AS day,
            {'ip': '10.0.0.' || i % 200, 'port': CASE WHEN i % 4 = 0 THEN NULL ELSE i END} AS source,
            CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN [] ELSE [i::VARCHAR, NULL, 'x'] END AS list,
            [{'name': 'a' || i, 'tags': ['t', 'u']}, {'name': 'b', 'tags': []}] AS items,
            MAP {'k' || i % 3: 'v'} AS labels
        FROM range(3000) t(i)
        """;

    [Theory]
    [InlineData("COMPRESSION uncompressed")]
    [InlineData("COMPRESSION snappy")]
    [InlineData("COMPRESSION gzip, ROW_GROUP_SIZE 2048")]
    [InlineData("COMPRESSION zstd, PARQUET_VERSION v2")]
    [InlineData("COMPRESSION brotli, PARQUET_VERSION v2")]
    public void Rows_are_those_that_DuckDB_wrote(string how)
    {
        var path = Path.Combine(
            Directory.CreateTempSubdirectory("harrier-parquet").FullName,
            "x.parquet"
        );
        var expected = Write(path, how);
        var read = CollectedRecords.Of(new ParquetFormat(), File.ReadAllBytes(path));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.Empty(read.Rejects);
        Assert.Equal(expected.Count, read.Records.Count);
        foreach (var (want, found) in expected.Zip(read.Records))
        {
            Assert.Equal(
                want,
                string.Join('\n', found.Select(pair => $"{pair.Key}={Form(pair.Value)}").Order())
            );
        }
    }

    [Fact]
    public void A_security_lakes_file_has_the_records_of_its_JSON()
    {
        var folder = Corpus.Need("cloud", "ocsf-examples", "SSC", "samples");
        var parquet = CollectedRecords.Of(
            new ParquetFormat(),
            File.ReadAllBytes(Path.Combine(folder, "malware_infection_detected_sample.parquet"))
        );
        var json = CollectedRecords.Of(
            new JsonFormat(),
            File.ReadAllBytes(Path.Combine(folder, "malware_infection_detected_sample.json"))
        );
        Assert.Empty(parquet.Rejects);
        Assert.Equal(json.Records.Count, parquet.Records.Count);
        foreach (var (want, found) in json.Records.Zip(parquet.Records))
        {
            Assert.Equal(want["time"], found["time"]);
            Assert.Equal(want["finding.title"], found["finding.title"]);
            Assert.Equal(want["metadata.product.name"], found["metadata.product.name"]);
        }

        var mapped = MappedRows.Of(
            File.ReadAllBytes(Path.Combine(folder, "malware_infection_detected_sample.parquet"))
        );
        Assert.All(
            mapped.Rows,
            row => Assert.Equal(("ocsf", "alert"), (row["source"], row["class"]))
        );
    }

    [Fact]
    public void Damaged_files_are_refused_without_a_fault()
    {
        var path = Path.Combine(
            Directory.CreateTempSubdirectory("harrier-parquet").FullName,
            "x.parquet"
        );
        Write(path, "COMPRESSION snappy, PARQUET_VERSION v2");
        var whole = File.ReadAllBytes(path);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte)
            .Array[1, 20]
            .Sample(
                changes =>
                {
                    var bytes = whole.ToArray();
                    foreach (var (at, value) in changes)
                    {
                        bytes[at] = value;
                        // The directory is where a changed byte does most.
                        bytes[bytes.Length - 1 - at % Math.Min(bytes.Length, 3000)] ^= (byte)(
                            value & 1
                        );
                    }

                    CollectedRecords.Of(new ParquetFormat(), bytes);
                },
                iter: 150
            );
    }

    /// <summary>Writes the table; its rows as DuckDB tells them, flattened by the reader of JSON.</summary>
    static List<string> Write(string path, string how)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({Table}) TO '{path}' (FORMAT parquet, {how})";
        command.ExecuteNonQuery();
        // Decimals and times as texts: JSON of DuckDB writes them its own way.
        command.CommandText =
            $"SELECT to_json(t)::VARCHAR FROM (SELECT * REPLACE (price::VARCHAR AS price, long_price::VARCHAR AS long_price, "
            + "strftime(at_local, '%Y-%m-%dT%H:%M:%S.%f') AS at_local) "
            + $"FROM ({Table})) t";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        var json = new JsonFields();
        var record = new Record();
        while (reader.Read())
        {
            record.Clear();
            json.Read(Encoding.UTF8.GetBytes(reader.GetString(0)), record);
            rows.Add(
                string.Join(
                    '\n',
                    Enumerable
                        .Range(0, record.Count)
                        .Select(field =>
                            $"{Name(record, field)}={Form(Encoding.UTF8.GetString(record.Value(field)))}"
                        )
                        .Where(pair => !pair.StartsWith("labels.", StringComparison.Ordinal))
                        .Concat(Labels(record))
                        .Order()
                )
            );
        }

        return rows;
    }

    static string Name(Record record, int field) => Encoding.UTF8.GetString(record.Name(field));

    /// <summary>A map is one field of JSON in Parquet, and fields of their own in JSON.</summary>
    static IEnumerable<string> Labels(Record record)
    {
        var pairs = Enumerable
            .Range(0, record.Count)
            .Where(field => Name(record, field).StartsWith("labels.", StringComparison.Ordinal))
            .Select(field =>
                $"\"{Name(record, field)["labels.".Length..]}\":\"{Encoding.UTF8.GetString(record.Value(field))}\""
            )
            .ToArray();
        return pairs.Length == 0 ? [] : [$"labels={{{string.Join(',', pairs)}}}"];
    }

    /// <summary>Numbers by value and not by digits; JSON without white space.</summary>
    static string Form(string value) =>
        value is ['[' or '{', ..] ? JsonSerializer.Serialize(JsonDocument.Parse(value).RootElement)
        : double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number.ToString("R", System.Globalization.CultureInfo.InvariantCulture)
        : value;
}
