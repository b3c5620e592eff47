using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>A node of a rule as it is asked of the rows of a batch.</summary>
abstract class Plan
{
    /// <summary>Order among the terms of an and: what is cheap and may end it comes first; 0 where an index says it of a column.</summary>
    public virtual int Weight => 0;

    public abstract bool Holds(ClassBatch batch, int row);

    /// <summary>No more rows than these can hold.</summary>
    public virtual long Most(ClassBatch batch) => batch.Count;

    /// <summary>Marks rows among which are all that hold; asked only where <see cref="Most"/> is less than all.</summary>
    public virtual void Mark(ClassBatch batch, ulong[] rows) => batch.MarkAll(rows);

    public sealed class And(Plan[] terms) : Plan
    {
        public override int Weight => terms.Length == 0 ? 0 : terms.Max(term => term.Weight);

        public override bool Holds(ClassBatch batch, int row)
        {
            foreach (var term in terms)
            {
                if (!term.Holds(batch, row))
                {
                    return false;
                }
            }

            return true;
        }

        public override long Most(ClassBatch batch) => Rarest(batch).Rows;

        public override void Mark(ClassBatch batch, ulong[] rows)
        {
            if (Rarest(batch).Term is { } term)
            {
                term.Mark(batch, rows);
            }
            else
            {
                batch.MarkAll(rows);
            }
        }

        /// <summary>The term that fewest rows can hold, null where all can; what is dear is not asked of all rows where few are left.</summary>
        (Plan? Term, long Rows) Rarest(ClassBatch batch)
        {
            const int Few = 8;
            var (rarest, least) = ((Plan?)null, (long)batch.Count);
            foreach (var term in terms)
            {
                if (least == 0 || (term.Weight > 0 && least < batch.Count / Few))
                {
                    break;
                }

                if (term.Most(batch) is var rows && rows < least)
                {
                    (rarest, least) = (term, rows);
                }
            }

            return (rarest, least);
        }
    }

    public sealed class Or(Plan[] terms) : Plan
    {
        public override int Weight => terms.Length == 0 ? 0 : terms.Max(term => term.Weight);

        public override bool Holds(ClassBatch batch, int row)
        {
            foreach (var term in terms)
            {
                if (term.Holds(batch, row))
                {
                    return true;
                }
            }

            return false;
        }

        public override long Most(ClassBatch batch)
        {
            var most = 0L;
            foreach (var term in terms)
            {
                most += term.Most(batch);
                if (most >= batch.Count)
                {
                    return batch.Count;
                }
            }

            return most;
        }

        public override void Mark(ClassBatch batch, ulong[] rows)
        {
            foreach (var term in terms)
            {
                if (term.Most(batch) > 0)
                {
                    term.Mark(batch, rows);
                }
            }
        }
    }

    public sealed class Not(Plan term) : Plan
    {
        public override int Weight => term.Weight;

        public override bool Holds(ClassBatch batch, int row) => !term.Holds(batch, row);
    }

    /// <summary>Tests of a column that its index finds.</summary>
    /// <param name="isDear">In extra, which is long, and other in each event.</param>
    public sealed class Indexed(int column, int predicate, bool isDear = false) : Plan
    {
        public override int Weight => isDear ? 1 : 0;

        public override bool Holds(ClassBatch batch, int row) =>
            batch.Column(column).Passes(row, predicate);

        public override long Most(ClassBatch batch) => batch.Column(column).RowsOf(predicate);

        public override void Mark(ClassBatch batch, ulong[] rows) =>
            batch.Column(column).Mark(predicate, rows);
    }

    /// <summary>Whether a column has a value.</summary>
    public sealed class Has(int column) : Plan
    {
        public override bool Holds(ClassBatch batch, int row) => !batch.Batch[column].IsNull(row);
    }

    /// <summary>Tests of a column that must be asked, of each value once, and only of values that all else let through.</summary>
    public sealed class Asked(int column, IReadOnlyList<ValueTest> tests) : Plan
    {
        Answer[] _answers = [];
        ClassBatch? _batch;

        enum Answer : byte
        {
            None,
            Yes,
            No,
        }

        public override int Weight => 2;

        public override bool Holds(ClassBatch batch, int row)
        {
            var values = batch.Column(column);
            var code = values.Codes[row];
            if (code < 0)
            {
                return false;
            }

            if (!ReferenceEquals(_batch, batch))
            {
                _answers = new Answer[values.Count];
                _batch = batch;
            }

            ref var answer = ref _answers[code];
            if (answer == Answer.None)
            {
                answer = Any(tests, values.Text(code)) ? Answer.Yes : Answer.No;
            }

            return answer == Answer.Yes;
        }

        public override long Most(ClassBatch batch) => batch.Column(column).Present;

        public override void Mark(ClassBatch batch, ulong[] rows) =>
            batch.Column(column).MarkPresent(rows);
    }

    /// <summary>Tests of a path in extra, or of all that is there (null), that must be asked.</summary>
    public sealed class InExtra(string? path, IReadOnlyList<ValueTest> tests) : Plan
    {
        public override int Weight => 3;

        public override bool Holds(ClassBatch batch, int row) =>
            batch.Extra(row) is { } record
            && (path is null ? record.AllValues : record.Values(path)).Any(value =>
                Any(tests, value)
            );
    }

    public sealed class Reference(SigmaNode.Reference node, EventClass eventClass) : Plan
    {
        public override int Weight => 3;

        public override bool Holds(ClassBatch batch, int row)
        {
            var others = batch.Values(LakeField.ColumnOf(eventClass, node.Other), node.Other, row);
            return others.Count > 0
                && batch
                    .Values(LakeField.ColumnOf(eventClass, node.Field), node.Field, row)
                    .Any(value => others.Any(other => node.Holds(value, other)));
        }
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
}
