using Harrier.Schema;
using Harrier.Telemetry.Archives;

namespace Harrier.Telemetry;

/// <summary>A large file whose ranges are read side by side, each into a sink of its own. Who reads the last one puts all together.</summary>
sealed class SplitFile(Surveyed content) : IDisposable
{
    readonly Lock _lock = new();
    readonly Range[] _ranges = new Range[content.Ranges.All.Count];
    int _read;

    /// <summary>Reads a range with a worker of its own.</summary>
    /// <returns>All ranges have been read: <see cref="TryCommit"/> is due.</returns>
    public bool Read(int index, IEventSink sink, ImportWorker worker)
    {
        lock (_lock)
        {
            // Known before it is filled, so that it is closed whatever happens.
            _ranges[index] = new Range(sink, worker, null);
        }

        FileReading? reading = null;
        try
        {
            reading = worker.ReadRange(content, index);
        }
        catch (Exception fault) when (!worker.IsSinkAtFault && SourceFaults.IsFaultOfSource(fault))
        {
            // It can't be opened any more; the one who reads it whole says so.
        }

        lock (_lock)
        {
            _ranges[index] = new Range(sink, worker, reading);
            return ++_read == _ranges.Length;
        }
    }

    /// <summary>Makes the file visible, as one that was read whole.</summary>
    /// <param name="owner">Takes the receipt.</param>
    /// <returns>False where the ranges don't make up the file: it changed, or records depend on those before. Nothing is kept.</returns>
    public bool TryCommit(ImportWorker owner)
    {
        var isWhole = Array.TrueForAll(_ranges, range => range.Reading is not null);
        if (isWhole)
        {
            var (_, first, reading) = _ranges[0];
            foreach (var range in _ranges.AsSpan(1))
            {
                first.Join(reading!, range.Worker, range.Reading!);
            }

            isWhole = !reading!.NeedsWhole;
            if (isWhole)
            {
                first.Commit(content, reading);
                owner.Take(first);
            }
        }

        Dispose();
        return isWhole;
    }

    public void Dispose()
    {
        foreach (var range in _ranges)
        {
            range.Sink?.Dispose();
        }
    }

    readonly record struct Range(IEventSink? Sink, ImportWorker Worker, FileReading? Reading);
}
