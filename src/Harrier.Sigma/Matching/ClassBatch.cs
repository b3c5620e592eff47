using Harrier.Schema;

namespace Harrier.Sigma.Matching;

/// <summary>A batch while rules are asked of it: each column by its distinct values, when a rule first needs it.</summary>
sealed class ClassBatch(EventBatch batch, ClassPlans plans)
{
    readonly ColumnValues?[] _columns = new ColumnValues?[batch.Class.Columns.Count + 1];
    SigmaEvent?[]? _extra;
    bool[]? _isRead;

    public EventBatch Batch => batch;

    public int Count => batch.Count;

    /// <param name="ordinal">Of a column, or <see cref="ClassPlans.Keywords"/>.</param>
    public ColumnValues Column(int ordinal) =>
        _columns[ordinal] ??= new ColumnValues(
            batch,
            batch.Class.Columns[
                ordinal == ClassPlans.Keywords(batch.Class) ? CommonColumns.Extra : ordinal
            ],
            plans.Index(ordinal),
            plans.Predicates(ordinal)
        );

    /// <summary>What is in extra, or null.</summary>
    public SigmaEvent? Extra(int row)
    {
        var column = batch.Text(CommonColumns.Extra);
        var code = column.Indices[row];
        if (code < 0)
        {
            return null;
        }

        _extra ??= new SigmaEvent?[column.DistinctCount];
        _isRead ??= new bool[column.DistinctCount];
        if (!_isRead[code])
        {
            _isRead[code] = true;
            _extra[code] = SigmaEvent.Parse(column.DistinctText(code));
        }

        return _extra[code];
    }

    /// <summary>Values of a field in a row.</summary>
    public IReadOnlyList<string> Values(Column? column, string field, int row)
    {
        if (column is null)
        {
            return Extra(row)?.Values(LakeField.PathOf(field)) ?? [];
        }

        var values = Column(column.Ordinal);
        return values.Codes[row] is >= 0 and var code ? [values.Text(code)] : [];
    }

    public void MarkAll(ulong[] rows)
    {
        var whole = Count >> 6;
        rows.AsSpan(0, whole).Fill(ulong.MaxValue);
        if ((Count & 63) is var rest and > 0)
        {
            rows[whole] = (1ul << rest) - 1;
        }
    }
}
