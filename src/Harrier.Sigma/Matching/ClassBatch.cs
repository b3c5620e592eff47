using System.Globalization;
using System.Text;
using Harrier.Schema;

namespace Harrier.Sigma.Matching;

/// <summary>A batch while rules are asked of it: each column by its distinct values, when a rule first needs it.</summary>
sealed class ClassBatch(EventBatch batch, ClassPlans plans)
{
    readonly ColumnValues?[] _columns = new ColumnValues?[batch.Class.Columns.Count];
    SigmaEvent?[]? _extra;
    bool[]? _isRead;

    public EventBatch Batch => batch;

    public int Count => batch.Count;

    public ColumnValues Column(int ordinal) =>
        _columns[ordinal] ??= new ColumnValues(
            batch,
            batch.Class.Columns[ordinal],
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

/// <summary>A column of a batch as codes of its distinct values, and which predicates each value passes.</summary>
sealed class ColumnValues
{
    readonly TextColumn? _text;
    readonly string[] _numbers = [];
    readonly int[] _codes = [];
    readonly int[][] _passed;
    readonly List<int>?[] _codesOf;
    readonly int[] _rowsOf;
    readonly int[] _rowsOfCode;
    int[]? _starts;
    int[]? _rows;

    public ColumnValues(EventBatch batch, Column column, ValueIndex index, int predicates)
    {
        if (batch[column.Ordinal] is IntColumn numbers)
        {
            (_codes, _numbers) = Coded(numbers, column, batch.Count);
            Count = _numbers.Length;
        }
        else
        {
            _text = batch.Text(column.Ordinal);
            Count = _text.DistinctCount;
        }

        _passed = new int[Count][];
        _codesOf = new List<int>?[predicates];
        _rowsOf = new int[predicates];
        _rowsOfCode = new int[Count];
        foreach (var code in Codes)
        {
            if (code < 0)
            {
                Missing++;
            }
            else
            {
                _rowsOfCode[code]++;
            }
        }

        for (var code = 0; code < Count; code++)
        {
            var utf8 = _text is null
                ? Encoding.UTF8.GetBytes(_numbers[code])
                : _text.Distinct(code);
            var passed = predicates == 0 ? [] : index.PassedBy(utf8);
            _passed[code] = passed;
            foreach (var predicate in passed)
            {
                (_codesOf[predicate] ??= []).Add(code);
                _rowsOf[predicate] += _rowsOfCode[code];
            }
        }
    }

    /// <summary>Distinct values.</summary>
    public int Count { get; }

    /// <summary>Rows without a value.</summary>
    public int Missing { get; }

    /// <summary>Which value a row has; -1 is none.</summary>
    public ReadOnlySpan<int> Codes => _text is null ? _codes : _text.Indices;

    public string Text(int code) => _text is null ? _numbers[code] : _text.DistinctText(code);

    public bool Passes(int row, int predicate) =>
        Codes[row] is >= 0 and var code && _passed[code].AsSpan().Contains(predicate);

    public int RowsOf(int predicate) => _rowsOf[predicate];

    public void MarkPresent(ulong[] rows)
    {
        var codes = Codes;
        for (var row = 0; row < codes.Length; row++)
        {
            if (codes[row] >= 0)
            {
                rows[row >> 6] |= 1ul << (row & 63);
            }
        }
    }

    public void Mark(int predicate, ulong[] rows)
    {
        if (_codesOf[predicate] is not { } hit)
        {
            return;
        }

        var (starts, ordered) = ByCode();
        foreach (var code in hit)
        {
            foreach (var row in ordered.AsSpan(starts[code], _rowsOfCode[code]))
            {
                rows[row >> 6] |= 1ul << (row & 63);
            }
        }
    }

    /// <summary>The rows of each value, by a counting sort.</summary>
    (int[] Starts, int[] Rows) ByCode()
    {
        if (_rows is null)
        {
            _starts = new int[Count + 1];
            for (var code = 0; code < Count; code++)
            {
                _starts[code + 1] = _starts[code] + _rowsOfCode[code];
            }

            var next = _starts.AsSpan().ToArray();
            var codes = Codes;
            _rows = new int[codes.Length];
            for (var row = 0; row < codes.Length; row++)
            {
                if (codes[row] >= 0)
                {
                    _rows[next[codes[row]]++] = row;
                }
            }
        }

        return (_starts!, _rows);
    }

    static (int[] Codes, string[] Texts) Coded(IntColumn numbers, Column column, int count)
    {
        var codes = new int[count];
        var known = new Dictionary<long, int>();
        var texts = new List<string>();
        for (var row = 0; row < count; row++)
        {
            if (numbers.Value(row) is not { } value)
            {
                codes[row] = -1;
            }
            else if (!known.TryGetValue(value, out codes[row]))
            {
                known[value] = codes[row] = texts.Count;
                texts.Add(NumberText(column, value));
            }
        }

        return (codes, [.. texts]);
    }

    /// <summary>A number or time as rules see it.</summary>
    public static string NumberText(Column column, long value) =>
        column.Type == ColumnType.Time
            ? DateTime
                .UnixEpoch.AddTicks(unchecked(value * 10))
                .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture);
}
