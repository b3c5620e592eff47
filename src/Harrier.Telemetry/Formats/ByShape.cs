namespace Harrier.Telemetry.Formats;

/// <summary>What is worked out once for all records of a shape.</summary>
/// <param name="make">Works it out: what depends on the names of a record's fields alone.</param>
sealed class ByShape<T>(Func<RecordShape, T> make)
    where T : class
{
    // A hostile log could have a new shape in every record.
    const int Most = 10_000;

    readonly Dictionary<RecordShape, T> _made = new(ReferenceEqualityComparer.Instance);
    RecordShape? _lastShape;
    T? _last;

    public T this[RecordShape shape]
    {
        get
        {
            if (ReferenceEquals(shape, _lastShape))
            {
                return _last!;
            }

            if (!_made.TryGetValue(shape, out var one))
            {
                if (_made.Count >= Most)
                {
                    _made.Clear();
                }

                _made.Add(shape, one = make(shape));
            }

            (_lastShape, _last) = (shape, one);
            return one;
        }
    }
}
