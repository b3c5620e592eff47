using Harrier.Hunts.Leads;

namespace Harrier.Hunts.Techniques;

/// <summary>Gathers events that tests found, one at a time, into a finding per subject.</summary>
/// <remarks>Keeps the first 49 events of a subject and the last one: a sequence asks when it began and when it ended.</remarks>
sealed class FindingRows
{
    const int MaxEvidence = 50;
    const int MaxReasons = 8;
    const int MaxSubjects = 5_000;

    readonly Dictionary<string, Subject> _subjects = new(StringComparer.Ordinal);

    /// <summary>Events taken.</summary>
    public long Count { get; private set; }

    /// <summary>Subjects that were left out, because a test that raises thousands tells nothing.</summary>
    public long LeftOut { get; private set; }

    public void Add(
        IReadOnlyList<Entity> entities,
        Evidence evidence,
        double score,
        string title,
        IEnumerable<string> reasons,
        IReadOnlyList<string>? attack,
        string key
    )
    {
        Count++;
        if (!_subjects.TryGetValue(key, out var subject))
        {
            if (_subjects.Count == MaxSubjects)
            {
                LeftOut++;
                return;
            }

            _subjects[key] = subject = new Subject(title, attack, key);
        }

        subject.Add(entities, evidence, score, reasons);
    }

    /// <summary>By score, then time, then key.</summary>
    public IReadOnlyList<Finding> Findings() =>
        [
            .. _subjects
                .Values.Select(subject => subject.Finding())
                .OrderByDescending(finding => finding.Score)
                .ThenBy(finding => finding.First)
                .ThenBy(finding => finding.Value, StringComparer.Ordinal),
        ];

    sealed class Subject(string title, IReadOnlyList<string>? attack, string key)
    {
        const int MaxEntities = 12;

        readonly List<Entity> _entities = [];
        readonly List<string> _reasons = [];
        readonly List<Evidence> _evidence = [];
        long _count;
        long _first = long.MaxValue;
        long _last = long.MinValue;
        double _score;

        public void Add(
            IReadOnlyList<Entity> entities,
            Evidence evidence,
            double score,
            IEnumerable<string> reasons
        )
        {
            _count++;
            _first = Math.Min(_first, evidence.Time);
            _last = Math.Max(_last, evidence.Time);
            _score = Math.Max(_score, score);
            _entities.AddRange(
                entities.Where(entity =>
                    _entities.Count < MaxEntities && !_entities.Contains(entity)
                )
            );
            _reasons.AddRange(
                reasons.Where(reason => _reasons.Count < MaxReasons && !_reasons.Contains(reason))
            );
            if (_evidence.Count < MaxEvidence)
            {
                _evidence.Add(evidence);
            }
            else
            {
                KeepEnds(evidence);
            }
        }

        void KeepEnds(Evidence evidence)
        {
            _evidence.Sort(EvidenceOrder.Compare);
            if (EvidenceOrder.Compare(evidence, _evidence[^1]) > 0)
            {
                _evidence[^1] = evidence;
            }
            else if (EvidenceOrder.Compare(evidence, _evidence[^2]) < 0)
            {
                _evidence[^2] = evidence;
            }
        }

        public Finding Finding()
        {
            _evidence.Sort(EvidenceOrder.Compare);
            return new Finding(
                _score,
                title,
                _entities,
                _first,
                _last,
                [.. _reasons, _count == 1 ? "1 event." : $"{_count} events."],
                _evidence,
                _count,
                attack,
                Value: key
            );
        }
    }
}

/// <summary>Order of records that does not depend on how they were found.</summary>
static class EvidenceOrder
{
    public static int Compare(Evidence left, Evidence right)
    {
        var byTime = left.Time.CompareTo(right.Time);
        if (byTime != 0)
        {
            return byTime;
        }

        var byFile = string.CompareOrdinal(left.File, right.File);
        return byFile != 0 ? byFile : left.Record.CompareTo(right.Record);
    }
}
