namespace Harrier.Schema;

/// <summary>Rows of one class, column by column: what readers fill, sinks take, and matchers read.</summary>
/// <remarks>
/// Filling: set columns of the open row, then <see cref="EndRow"/>. A column set twice keeps the last value; one not set is null.
/// Columns that were not asked for when reading from the lake are all null.
/// </remarks>
public sealed class EventBatch
{
    /// <summary>Rows after which a batch is handed over: a row group of the lake.</summary>
    public const int FullRows = 131_072;

    readonly ColumnBuilder[] _columns;
    Action<ColumnBuilder>?[]? _later;

    public EventBatch(EventClass eventClass)
    {
        Class = eventClass;
        _columns = [.. eventClass.Columns.Select(NewColumn)];
    }

    public EventClass Class { get; }

    /// <summary>Complete rows.</summary>
    public int Count { get; private set; }

    public TextColumn Text(int ordinal) => (TextColumn)this[ordinal];

    public IntColumn Int(int ordinal) => (IntColumn)this[ordinal];

    /// <summary>A column with all complete rows; after further rows it is to be asked for again.</summary>
    public ColumnBuilder this[int ordinal]
    {
        get
        {
            var column = _columns[ordinal];
            if (_later?[ordinal] is { } read)
            {
                _later[ordinal] = null;
                read(column);
            }

            column.PadTo(Count);
            return column;
        }
    }

    /// <summary>Leaves a column to be filled when it is first looked at.</summary>
    /// <param name="read">Appends a value or a null for each row of the batch.</param>
    public void ReadLater(int ordinal, Action<ColumnBuilder> read) =>
        (_later ??= new Action<ColumnBuilder>?[_columns.Length])[ordinal] = read;

    /// <summary>Sets text in the open row. Zero-length text is kept as text; leave a column alone for null.</summary>
    public void SetText(int ordinal, ReadOnlySpan<byte> utf8) =>
        ((TextColumn)_columns[ordinal]).Set(Count, utf8);

    public void SetInt(int ordinal, long value) => ((IntColumn)_columns[ordinal]).Set(Count, value);

    /// <summary>Completes the open row. Columns that it did not set get their nulls when they are set again or looked at: most rows set few.</summary>
    public void EndRow() => Count++;

    /// <summary>Completes several rows that were filled column by column, or will be by <see cref="ReadLater"/>.</summary>
    public void EndRows(int rows) => Count += rows;

    /// <summary>Bytes of the distinct texts of all columns that were read: most of the memory a batch takes.</summary>
    public long DistinctBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var column in _columns)
            {
                bytes += column is TextColumn text ? text.DistinctBytes : 0;
            }

            return bytes;
        }
    }

    /// <summary>Memory the batch takes, about: the distinct texts, and six bytes a value for indices, numbers and nulls.</summary>
    public long HeldBytes => DistinctBytes + (6L * Count * Class.Columns.Count);

    /// <summary>Appends the complete rows of a batch of the same class.</summary>
    public void Append(EventBatch batch)
    {
        for (var ordinal = 0; ordinal < _columns.Length; ordinal++)
        {
            this[ordinal].Append(batch[ordinal]);
        }

        EndRows(batch.Count);
    }

    public void Clear()
    {
        Count = 0;
        _later = null;
        foreach (var column in _columns)
        {
            column.Clear();
        }
    }

    static ColumnBuilder NewColumn(Column column) =>
        column.Type is ColumnType.Int or ColumnType.Time ? new IntColumn() : new TextColumn();
}
