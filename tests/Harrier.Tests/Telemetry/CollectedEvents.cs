using Harrier.Schema;

namespace Harrier.Tests.Telemetry;

/// <summary>A sink that keeps what was committed, in memory. One for all workers: each opens its own part.</summary>
sealed class CollectedEvents
{
    readonly Lock _lock = new();

    public List<SourceFile> Files { get; } = [];
    public Dictionary<string, long> Rows { get; } = new(StringComparer.Ordinal);
    public List<Dictionary<string, object?>> Events { get; } = [];
    public int Commits { get; private set; }
    public int LargestBatch { get; private set; }

    /// <summary>Keep the rows themselves, not only their number.</summary>
    public bool KeepEvents { get; init; } = true;

    public IEventSink Open() => new Part(this);

    sealed class Part(CollectedEvents all) : IEventSink
    {
        readonly Dictionary<string, long> _rows = new(StringComparer.Ordinal);
        readonly List<Dictionary<string, object?>> _events = [];

        public void Write(EventBatch batch)
        {
            _rows[batch.Class.Name] = _rows.GetValueOrDefault(batch.Class.Name) + batch.Count;
            all.LargestBatch = Math.Max(all.LargestBatch, batch.Count);
            if (!all.KeepEvents)
            {
                return;
            }

            for (var row = 0; row < batch.Count; row++)
            {
                var values = new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["class"] = batch.Class.Name,
                };
                foreach (var column in batch.Class.Columns)
                {
                    values[column.Name] = batch[column.Ordinal] switch
                    {
                        TextColumn text => text.Text(row),
                        IntColumn number => number.Value(row),
                        _ => null,
                    };
                }

                _events.Add(values);
            }
        }

        public void Join(IEventSink other)
        {
            var part = (Part)other;
            _events.AddRange(part._events);
            foreach (var (name, rows) in part._rows)
            {
                _rows[name] = _rows.GetValueOrDefault(name) + rows;
            }

            part._events.Clear();
            part._rows.Clear();
        }

        public void Commit(IReadOnlyList<SourceFile> files)
        {
            lock (all._lock)
            {
                all.Commits++;
                all.Files.AddRange(files);
                all.Events.AddRange(_events);
                foreach (var (name, rows) in _rows)
                {
                    all.Rows[name] = all.Rows.GetValueOrDefault(name) + rows;
                }
            }

            _events.Clear();
            _rows.Clear();
        }

        public void Dispose() { }
    }
}
