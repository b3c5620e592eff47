using System.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>What a reader found, as text.</summary>
sealed class CollectedRecords : IRecordHandler
{
    public List<Dictionary<string, string>> Records { get; } = [];
    public List<(long Position, string Reason)> Rejects { get; } = [];
    public List<string> Warnings { get; } = [];

    public static CollectedRecords Of(
        ILogFormat format,
        string text,
        string fileName = "x.log",
        int year = 2026,
        DateTime? written = null,
        TimeSpan zone = default
    ) => Of(format, Encoding.UTF8.GetBytes(text), fileName, year, written, zone);

    public static CollectedRecords Of(
        ILogFormat format,
        byte[] bytes,
        string fileName = "x.log",
        int year = 2026,
        DateTime? written = null,
        TimeSpan zone = default
    )
    {
        var collected = new CollectedRecords();
        format.Read(
            new MemoryStream(bytes),
            new ReadOptions(fileName, LocalZone.Fixed(zone), year) { Written = written },
            collected,
            CancellationToken.None
        );
        return collected;
    }

    public void Accept(Record record)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in Enumerable.Range(0, record.Count).Where(record.Has))
        {
            fields.TryAdd(
                Encoding.UTF8.GetString(record.Name(field)),
                Encoding.UTF8.GetString(record.Value(field))
            );
        }

        Records.Add(fields);
    }

    public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
        Rejects.Add((position, reason));

    public void Warn(string sentence) => Warnings.Add(sentence);
}
