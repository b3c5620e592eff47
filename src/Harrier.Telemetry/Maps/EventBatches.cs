using Harrier.Schema;

namespace Harrier.Telemetry.Maps;

/// <summary>One open batch a class, made when its first event comes.</summary>
public sealed class EventBatches
{
    readonly Dictionary<EventClass, EventBatch> _byClass = [];
    EventBatch? _last;

    /// <summary>Batches that have been opened, in the order of the classes.</summary>
    public IEnumerable<EventBatch> All =>
        EventClasses.All.Where(_byClass.ContainsKey).Select(eventClass => _byClass[eventClass]);

    public long Rows => _byClass.Values.Sum(batch => (long)batch.Count);

    public EventBatch this[EventClass eventClass]
    {
        get
        {
            if (_last?.Class != eventClass && !_byClass.TryGetValue(eventClass, out _last))
            {
                _byClass.Add(eventClass, _last = new EventBatch(eventClass));
            }

            return _last;
        }
    }
}
