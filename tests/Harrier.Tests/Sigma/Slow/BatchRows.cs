using System.Collections;
using System.Globalization;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Modifiers;

namespace Harrier.Tests.Sigma.Slow;

/// <summary>A batch as a matcher asks it: in sets of rows.</summary>
sealed class BatchRows(EventBatch batch)
{
    /// <summary>Columns that say where a record is, not what it is: no keyword is looked for there.</summary>
    static readonly HashSet<string> Lineage = new(StringComparer.Ordinal)
    {
        "time",
        "source",
        "action",
        "import",
        "file",
        "record",
        "extra",
    };

    readonly Dictionary<int, string[]> _texts = [];
    SigmaEvent?[]? _extra;

    public int Count => batch.Count;

    /// <summary>Rough work for a node: distinct values it must look at.</summary>
    public long Cost(SigmaNode node) =>
        node switch
        {
            SigmaNode.And and => and.Terms.Select(Cost).DefaultIfEmpty().Min(),
            SigmaNode.Or or => or.Terms.Sum(Cost),
            SigmaNode.Not not => Cost(not.Term) + Count,
            SigmaNode.Item item => Distinct(item.Field) * (item.Tests.Count + 1),
            SigmaNode.Keyword => long.MaxValue / 1_000_000,
            _ => Count,
        };

    long Distinct(string field) =>
        LakeField.ColumnOf(batch.Class, field) is { } column
            ? batch[column.Ordinal] is TextColumn text
                ? text.DistinctBytes
                : Count
            : Extra.DistinctBytes;

    TextColumn Extra => batch.Text(batch.Class.Find("extra")!.Ordinal);

    public BitArray? Item(SigmaNode.Item item)
    {
        if (LakeField.ColumnOf(batch.Class, item.Field) is not { } column)
        {
            return InExtra(
                ExtraOf(item.Field),
                values => values.Any(value => Any(item.Tests, value)),
                item.OrMissing
            );
        }

        return batch[column.Ordinal] is IntColumn numbers
            ? Numbers(numbers, value => Any(item.Tests, NumberText(column, value)), item.OrMissing)
            : Texts(column.Ordinal, text => Any(item.Tests, text), item.OrMissing);
    }

    public BitArray? Keyword(SigmaNode.Keyword keyword)
    {
        BitArray? found = null;
        foreach (var column in batch.Class.Columns.Where(c => !Lineage.Contains(c.Name)))
        {
            found = RowSet.Join(
                found,
                batch[column.Ordinal] is IntColumn numbers
                    ? Numbers(
                        numbers,
                        value => Any(keyword.Tests, NumberText(column, value)),
                        false
                    )
                    : Texts(column.Ordinal, text => Any(keyword.Tests, text), false)
            );
        }

        return RowSet.Join(
            found,
            InExtra(
                [
                    .. ReadExtra()
                        .Select(record => (IReadOnlyList<string>)[.. record?.AllValues ?? []]),
                ],
                values => values.Any(value => Any(keyword.Tests, value)),
                false
            )
        );
    }

    public BitArray? Present(string field) =>
        LakeField.ColumnOf(batch.Class, field) is { } column
            ? Missing(batch[column.Ordinal])?.Not() ?? new BitArray(Count, true)
            : InExtra(ExtraOf(field), values => values.Count > 0, orMissing: false);

    public BitArray? Reference(SigmaNode.Reference reference)
    {
        var rows = new BitArray(Count);
        var left = Reader(reference.Field);
        var right = Reader(reference.Other);
        for (var row = 0; row < Count; row++)
        {
            var others = right(row);
            rows[row] =
                others.Count > 0
                && left(row).Any(value => others.Any(other => reference.Holds(value, other)));
        }

        return rows;
    }

    Func<int, IReadOnlyList<string>> Reader(string field)
    {
        if (LakeField.ColumnOf(batch.Class, field) is not { } column)
        {
            var values = ExtraOf(field);
            return row => Extra.Indices[row] is >= 0 and var index ? values[index] : [];
        }

        if (batch[column.Ordinal] is IntColumn numbers)
        {
            return row => numbers.Value(row) is { } value ? [NumberText(column, value)] : [];
        }

        var texts = DistinctTexts(column.Ordinal);
        return row =>
            batch.Text(column.Ordinal).Indices[row] is >= 0 and var index ? [texts[index]] : [];
    }

    /// <summary>Rows whose text passes, decided once per distinct value.</summary>
    BitArray? Texts(int ordinal, Func<string, bool> passes, bool orMissing)
    {
        var texts = DistinctTexts(ordinal);
        var passed = new bool[texts.Length];
        var some = orMissing;
        for (var index = 0; index < texts.Length; index++)
        {
            some |= passed[index] = passes(texts[index]);
        }

        return some ? Spread(batch.Text(ordinal).Indices, passed, orMissing) : null;
    }

    BitArray? InExtra(
        IReadOnlyList<string>[] values,
        Func<IReadOnlyList<string>, bool> passes,
        bool orMissing
    )
    {
        var passed = new bool[values.Length];
        var some = orMissing;
        for (var index = 0; index < values.Length; index++)
        {
            some |= passed[index] = values[index].Count == 0 ? orMissing : passes(values[index]);
        }

        return some ? Spread(Extra.Indices, passed, orMissing) : null;
    }

    static BitArray Spread(ReadOnlySpan<int> indices, bool[] passed, bool missing)
    {
        var rows = new BitArray(indices.Length);
        for (var row = 0; row < indices.Length; row++)
        {
            var index = indices[row];
            if (index < 0 ? missing : passed[index])
            {
                rows[row] = true;
            }
        }

        return rows;
    }

    BitArray? Numbers(IntColumn column, Func<long, bool> passes, bool orMissing)
    {
        // Numbers repeat (ports, event ids): the text test runs once for each. Identifiers that don't are bounded by the batch.
        var known = new Dictionary<long, bool>();
        var rows = new BitArray(Count);
        var some = false;
        for (var row = 0; row < Count; row++)
        {
            var passed = orMissing;
            if (column.Value(row) is { } value && !known.TryGetValue(value, out passed))
            {
                known[value] = passed = passes(value);
            }

            if (passed)
            {
                some = rows[row] = true;
            }
        }

        return some ? rows : null;
    }

    BitArray? Missing(ColumnBuilder column)
    {
        var rows = new BitArray(Count);
        for (var row = 0; row < Count; row++)
        {
            rows[row] = column.IsNull(row);
        }

        return rows.HasAnySet() ? rows : null;
    }

    static bool Any(IReadOnlyList<ValueTest> tests, string text)
    {
        for (var index = 0; index < tests.Count; index++)
        {
            if (tests[index].Holds(text))
            {
                return true;
            }
        }

        return false;
    }

    string[] DistinctTexts(int ordinal)
    {
        if (!_texts.TryGetValue(ordinal, out var texts))
        {
            var column = batch.Text(ordinal);
            texts = new string[column.DistinctCount];
            for (var index = 0; index < texts.Length; index++)
            {
                texts[index] = column.DistinctText(index);
            }

            _texts[ordinal] = texts;
        }

        return texts;
    }

    IReadOnlyList<string>[] ExtraOf(string field) =>
        [.. ReadExtra().Select(record => record?.Values(LakeField.PathOf(field)) ?? [])];

    SigmaEvent?[] ReadExtra() =>
        _extra ??= [
            .. Enumerable
                .Range(0, Extra.DistinctCount)
                .Select(index => SigmaEvent.Parse(Extra.DistinctText(index))),
        ];

    internal static string NumberText(Column column, long value) =>
        column.Type == ColumnType.Time
            ? DateTime
                .UnixEpoch.AddTicks(unchecked(value * 10))
                .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture);
}
