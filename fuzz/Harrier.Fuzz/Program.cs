using System.Diagnostics;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Fuzz;

/// <summary>
/// Gives one input to one parser and checks what must hold for any bytes: <c>Harrier.Fuzz TARGET [FILE]</c>, else standard input.
/// <c>Harrier.Fuzz TARGET --seconds N SEED...</c> runs changed seeds for a time.
/// </summary>
/// <remarks>An exception ends the program with a fault, which is what a fuzzer looks for. Targets: archive, carried, clocks, and every format by its name.</remarks>
static class Program
{
    static readonly Lazy<CarriedTarget> s_carried = new();

    static int Main(string[] arguments)
    {
        if (arguments is [var changed, "--seconds", var seconds, .. { Length: > 0 } files])
        {
            return Change(changed, TimeSpan.FromSeconds(int.Parse(seconds)), files);
        }

        if (arguments.Length is < 1 or > 2)
        {
            var targets = LogFormats
                .All.Select(format => format.Name)
                .Prepend("clocks")
                .Prepend("carried")
                .Prepend("archive");
            Console.Error.WriteLine(
                $"usage: Harrier.Fuzz TARGET [FILE]; targets: {string.Join(", ", targets)}"
            );
            return 2;
        }

        var bytes = arguments.Length == 2 ? File.ReadAllBytes(arguments[1]) : StandardInput();
        Run(arguments[0], bytes);
        return 0;
    }

    static int Change(string target, TimeSpan time, IReadOnlyList<string> files)
    {
        var mutations = new Mutations([.. files.Select(File.ReadAllBytes)], number: 1);
        var found = mutations.Run(bytes => Run(target, bytes), time);
        Console.WriteLine(
            $"{target}: {mutations.Runs} inputs in {time.TotalSeconds:0} s, slowest {mutations.Slowest.TotalMilliseconds:0} ms, memory {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB"
        );
        if (found is not { } finding)
        {
            return 0;
        }

        var kept = $"finding-{target}.bin";
        File.WriteAllBytes(kept, finding.Input);
        Console.WriteLine($"{target}: {kept}: {finding.Why}");
        return 1;
    }

    static void Run(string target, byte[] bytes)
    {
        if (target == "archive")
        {
            Archive(bytes);
            return;
        }

        if (target == "clocks")
        {
            ClockTarget.Run(bytes);
            return;
        }

        if (target == "carried")
        {
            s_carried.Value.Run(bytes);
            return;
        }

        var format = LogFormats.All.First(format => format.Name == target);
        _ = format.Detect(bytes.AsSpan(0, Math.Min(bytes.Length, 64 * 1024)), "fuzzed.log");
        format.Read(
            new MemoryStream(bytes),
            new ReadOptions("fuzzed.log", LocalZone.Fixed(TimeSpan.FromHours(14)), 2026),
            new Bounds(bytes.Length),
            CancellationToken.None
        );
    }

    static void Archive(byte[] bytes)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            var options = new ArchiveOptions
            {
                MaxMembers = 1000,
                MaxBytes = 1 << 26,
                Password = new ArchivePassword("harrier"),
            };
            new ArchiveWalker(options).Walk(
                path,
                new ContentVisitor(ReadMember, (_, _) => { }, (_, _) => { }),
                CancellationToken.None
            );
        }
        finally
        {
            File.Delete(path);
        }
    }

    static byte[] StandardInput()
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Records and rejects are bounded by the input: a reader that makes much of little is a bomb.</summary>
    sealed class Bounds(int inputBytes) : IRecordHandler
    {
        const int MostRecordsAByte = 4;

        long _records;

        public void Accept(Record record)
        {
            Count();
            for (var field = 0; field < record.Count; field++)
            {
                _ = record.Name(field);
                _ = record.Value(field);
            }
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head)
        {
            Count();
            if (position < 0 || reason.Length == 0)
            {
                throw new InvalidOperationException("A reject has a place and a reason.");
            }
        }

        public void Warn(string sentence) { }

        void Count()
        {
            if (++_records > 16 + (long)inputBytes * MostRecordsAByte)
            {
                throw new InvalidOperationException("More records than the input can hold.");
            }
        }
    }

    /// <summary>Reads at most 16 MiB of each member, as a survey with a limit does.</summary>
    static void ReadMember(ContentInfo info, Stream content)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (var left = 16 << 20; left > 0; )
            {
                var read = content.Read(buffer);
                if (read == 0)
                {
                    return;
                }

                left -= read;
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            // Damaged data: what an import says in its receipt.
        }
    }
}
