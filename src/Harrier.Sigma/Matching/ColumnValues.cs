using System.Globalization;
using System.Text;
using Harrier.Schema;

namespace Harrier.Sigma.Matching;

/// <summary>A column of a batch as codes of its distinct values, and which predicates each value passes.</summary>
/// <remarks>How many rows pass is asked of all values together; whether one does, of its value alone.</remarks>
sealed class ColumnValues
{
    const int NotAsked = -1;

    readonly TextColumn? _text;
    readonly string[] _numbers = [];
    readonly int[] _codes = [];
    readonly ValueIndex _index;
    readonly int[] _setOf;
    readonly int[] _rowsOf;
    readonly List<int> _sets = [];

    // First how many rows a set has, then where they start; one more at the end.
    readonly List<int> _starts = [];
    int[]? _placeOf;
    int _present = -1;
    int[]? _sorted;
    string?[]? _texts;

    public ColumnValues(EventBatch batch, Column column, ValueIndex index, int predicates)
    {
        if (batch[column.Ordinal] is IntColumn numbers)
        {
            (_codes, _numbers) = Coded(numbers, column, batch.Count);
        }
        else
        {
            _text = batch.Text(column.Ordinal);
        }

        _index = index;
        _rowsOf = new int[predicates];
        _setOf = new int[_text?.DistinctCount ?? _numbers.Length];
        Array.Fill(_setOf, NotAsked);
    }

    /// <summary>Which value a row has; -1 is none.</summary>
    public ReadOnlySpan<int> Codes => _text is null ? _codes : _text.Indices;

    /// <summary>Distinct values.</summary>
    public int Count => _setOf.Length;

    public string Text(int code)
    {
        if (_text is null)
        {
            return _numbers[code];
        }

        _texts ??= new string?[Count];
        return _texts[code] ??= _text.DistinctText(code);
    }

    public bool Passes(int row, int predicate) =>
        Codes[row] is >= 0 and var code && IsIn(SetOf(code), predicate);

    bool IsIn(int set, int predicate) =>
        set != KnownValues.Nothing
        && _index.Known.Predicates(set).AsSpan().BinarySearch(predicate) >= 0;

    int SetOf(int code)
    {
        if (_setOf[code] == NotAsked)
        {
            _setOf[code] = _index.SetOf(
                _text is null ? Encoding.UTF8.GetBytes(_numbers[code]) : _text.Distinct(code)
            );
        }

        return _setOf[code];
    }

    /// <summary>Rows with a value.</summary>
    public int Present
    {
        get
        {
            if (_present < 0)
            {
                _present = Codes.Length - Codes.Count(-1);
            }

            return _present;
        }
    }

    public int RowsOf(int predicate)
    {
        AskAll();
        return _rowsOf[predicate];
    }

    public void Mark(int predicate, ulong[] rows)
    {
        AskAll();
        Sort();
        for (var place = 0; place < _sets.Count; place++)
        {
            if (IsIn(_sets[place], predicate))
            {
                foreach (var row in _sorted.AsSpan(_starts[place].._starts[place + 1]))
                {
                    rows[row >> 6] |= 1ul << (row & 63);
                }
            }
        }
    }

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

    /// <summary>Finds the set of each value that a row has, and how many rows pass each predicate.</summary>
    void AskAll()
    {
        if (_placeOf is not null)
        {
            return;
        }

        var rowsOfCode = new int[_setOf.Length];
        foreach (var code in Codes)
        {
            if (code >= 0)
            {
                rowsOfCode[code]++;
            }
        }

        _placeOf = new int[_setOf.Length];
        var places = new Dictionary<int, int>();
        for (var code = 0; code < _placeOf.Length; code++)
        {
            var set = rowsOfCode[code] == 0 ? KnownValues.Nothing : SetOf(code);
            if (set == KnownValues.Nothing)
            {
                _placeOf[code] = -1;
                continue;
            }

            if (!places.TryGetValue(set, out var place))
            {
                places[set] = place = _sets.Count;
                _sets.Add(set);
                _starts.Add(0);
            }

            _placeOf[code] = place;
            _starts[place] += rowsOfCode[code];
        }

        for (var place = 0; place < _sets.Count; place++)
        {
            foreach (var predicate in _index.Known.Predicates(_sets[place]))
            {
                _rowsOf[predicate] += _starts[place];
            }
        }
    }

    /// <summary>The rows of each set, by a counting sort; rows that pass nothing are left out.</summary>
    void Sort()
    {
        if (_sorted is not null)
        {
            return;
        }

        var ends = new int[_sets.Count];
        var end = 0;
        for (var place = 0; place < ends.Length; place++)
        {
            (ends[place], end) = (end, end + _starts[place]);
            _starts[place] = ends[place];
        }

        _starts.Add(end);
        _sorted = new int[end];
        var codes = Codes;
        for (var row = 0; row < codes.Length; row++)
        {
            if (codes[row] is >= 0 and var code && _placeOf![code] is >= 0 and var place)
            {
                _sorted[ends[place]++] = row;
            }
        }
    }

    static (int[] Codes, string[] Texts) Coded(IntColumn numbers, Column column, int count)
    {
        var codes = new int[count];
        var known = new Dictionary<long, int>();
        var texts = new List<string>();
        var values = numbers.Values;
        for (var row = 0; row < count; row++)
        {
            var value = values[row];
            if (numbers.IsNull(row))
            {
                codes[row] = -1;
            }
            else if (row > 0 && codes[row - 1] >= 0 && values[row - 1] == value)
            {
                codes[row] = codes[row - 1];
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
