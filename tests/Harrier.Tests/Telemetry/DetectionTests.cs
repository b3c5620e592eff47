using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Maps;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>The table beside this file: which format a content is taken for, and what its reader makes of it.</summary>
public sealed class DetectionTests
{
    public sealed class DetectionCase
    {
        public string Case { get; set; } = "";
        public string File { get; set; } = "x.log";
        public string Text { get; set; } = "";
        public string Encoding { get; set; } = "";
        public string Format { get; set; } = "";
        public int? Records { get; set; }
        public int Rejects { get; set; }
        public int? Times { get; set; }
    }

    static readonly SourceMaps Maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    static readonly List<DetectionCase> Table = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .Build()
        .Deserialize<List<DetectionCase>>(
            System.IO.File.ReadAllText(
                RepositoryRoot.Combine("tests/Harrier.Tests/Telemetry", "Detection.cases.yaml")
            )
        );

    public static TheoryData<string> Names() => [.. Table.Select(one => one.Case)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_format_is_told_by_content(string name)
    {
        var one = Table.Single(candidate => candidate.Case == name);
        var bytes = Bytes(one);

        var format = LogFormats.Surest(TextEncoding.Of(bytes).ToUtf8(bytes), one.File);

        Assert.Equal(one.Format, format?.Name ?? "");
        if (format is null || one.Records is null)
        {
            return;
        }

        var counted = new Counted(format.Name, one.File);
        format.Read(
            TextEncoding.Of(bytes).ToUtf8(new MemoryStream(bytes)),
            counted.Options,
            counted,
            CancellationToken.None
        );
        Assert.Equal((one.Records, one.Rejects), (counted.Records, counted.Rejects));
        Assert.Equal(one.Times ?? counted.Times, counted.Times);
    }

    static byte[] Bytes(DetectionCase one) =>
        one.Encoding switch
        {
            "" => Encoding.UTF8.GetBytes(one.Text),
            "utf-8-bom" => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(one.Text)],
            "utf-16le" => Encoding.Unicode.GetBytes(one.Text),
            "utf-16le-bom" => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(one.Text)],
            "utf-16be-bom" => [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(one.Text)],
            "cr" => Encoding.UTF8.GetBytes(one.Text.Replace('\n', '\r')),
            var other => throw new InvalidDataException($"{one.Case}: encoding {other}"),
        };

    /// <summary>Counts records, and those that have a time when they are mapped.</summary>
    sealed class Counted : IRecordHandler
    {
        readonly EventMapper _mapper;
        readonly EventBatches _batches = new();

        public Counted(string format, string fileName)
        {
            Options = new ReadOptions(fileName, LocalZone.Utc, 2026)
            {
                Modified = new DateTime(2026, 3, 9, 12, 0, 0, DateTimeKind.Utc),
            };
            _mapper = new EventMapper(Maps, format, "I-0001", fileName, Options);
        }

        public ReadOptions Options { get; }
        public int Records { get; private set; }
        public int Times { get; private set; }
        public int Rejects { get; private set; }

        public void Accept(Record record)
        {
            Records++;
            Times += _mapper.TryMap(record, _batches, out _, out _) ? 1 : 0;
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) => Rejects++;

        public void Warn(string sentence) { }
    }
}
