using Harrier.Sigma.Explaining;

namespace Harrier.Sigma.Correlations;

/// <summary>Finds where correlations begin to hold, over events that rules met, in order of time or nearly so.</summary>
/// <remarks>
/// Events wait until none earlier can come (<see cref="SigmaCorrelationLimits.LatenessMicroseconds"/>; by default until
/// <see cref="Complete"/>), so that what is found does not depend on the order of arrival. Each event then moves its group's
/// window on, and the condition is asked of the window that ends with it. A hit is told when the condition begins to hold, and
/// not again until an event finds it false, or the group was silent for longer than the timespan. Not for several threads.
/// </remarks>
public sealed class SigmaCorrelator
{
    readonly CompiledCorrelations _correlations;
    readonly SigmaCorrelationLimits _limits;
    readonly CorrelationTrace? _trace;
    readonly PlanState[] _states;
    readonly PriorityQueue<Ending, (long Time, long Number)> _endings = new();
    readonly Queue<Alert> _alerts = new();
    readonly List<(CorrelationPlan Plan, int[] Places)> _fed = [];

    List<SigmaCorrelationEvent> _waiting = [];
    List<SigmaCorrelationHit> _hits = [];
    bool _isInOrder = true;
    long _newest = long.MinValue;
    long _bound = long.MinValue;
    long _held;
    int _groups;
    long _late;
    long _ungrouped;
    long _unread;
    long _evictedEvents;
    long _evictedGroups;
    long _endingNumber;

    /// <param name="trace">Watches, to explain what is found and what is not.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is below one, or <c>GroupEvents</c> beyond a million.</exception>
    public SigmaCorrelator(
        CompiledCorrelations correlations,
        SigmaCorrelationLimits? limits = null,
        CorrelationTrace? trace = null
    )
    {
        _correlations = correlations;
        _trace = trace;
        _limits = limits ?? new SigmaCorrelationLimits();
        ArgumentOutOfRangeException.ThrowIfNegative(_limits.LatenessMicroseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.Waiting, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.GroupEvents, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_limits.GroupEvents, 1_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.Events, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.Groups, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.References, 1);
        _states = [.. correlations.Plans.Select(plan => new PlanState(plan))];
    }

    /// <summary>What was left out until now.</summary>
    public SigmaCorrelationLosses Losses =>
        new(_late, _ungrouped, _unread, _evictedEvents, _evictedGroups);

    /// <summary>Takes an event; one that is later than allowed is left out and counted, one without rules only moves the time on.</summary>
    public void Add(SigmaCorrelationEvent one)
    {
        var time = one.Reference.Time;
        if (
            time < _bound
            || (time < _newest && Before(_newest, _limits.LatenessMicroseconds) > time)
        )
        {
            _late++;
            return;
        }

        _newest = Math.Max(_newest, time);
        if (one.Rules.Count == 0)
        {
            return;
        }

        _isInOrder =
            _isInOrder
            && (_waiting.Count == 0 || _waiting[^1].Reference.CompareTo(one.Reference) <= 0);
        _waiting.Add(one);
        if (_waiting.Count > _limits.Waiting)
        {
            Work(Math.Max(1, _waiting.Count / 2));
        }
    }

    /// <summary>Works on all events that no earlier one can precede any more; gives what was found since the last call.</summary>
    public IReadOnlyList<SigmaCorrelationHit> Advance()
    {
        var before = Before(_newest, _limits.LatenessMicroseconds);
        Sort();
        var count = 0;
        while (count < _waiting.Count && _waiting[count].Reference.Time < before)
        {
            count++;
        }

        Work(count);
        _bound = Math.Max(_bound, before);
        return Found();
    }

    /// <summary>Works on all events, and ends all windows; gives what was found since the last call.</summary>
    public IReadOnlyList<SigmaCorrelationHit> Complete()
    {
        Work(_waiting.Count);
        End(long.MaxValue);
        return Found();
    }

    List<SigmaCorrelationHit> Found()
    {
        var found = _hits;
        _hits = [];
        return found;
    }

    void Sort()
    {
        if (!_isInOrder)
        {
            // Stable, so that references that are equal keep the order of arrival.
            _waiting = [.. _waiting.OrderBy(one => one.Reference)];
            _isInOrder = true;
        }
    }

    /// <summary>Works on the first of the waiting events.</summary>
    void Work(int count)
    {
        Sort();
        for (var index = 0; index < count; index++)
        {
            Take(_waiting[index]);
        }

        if (count > 0)
        {
            _bound = Math.Max(_bound, _waiting[count - 1].Reference.Time);
            _waiting.RemoveRange(0, count);
        }
    }

    void Take(in SigmaCorrelationEvent one)
    {
        var time = one.Reference.Time;
        End(time);
        var contribution = new Contribution(time, one.Reference, null);
        if (one.Rules.Count == 1)
        {
            foreach (var (plan, places) in _correlations.Feeds[one.Rules[0]])
            {
                Feed(plan, places, contribution, one.Values);
            }
        }
        else
        {
            FeedAll(one, contribution);
        }

        PassOn();
    }

    /// <summary>An event that met several rules is one event to a correlation that refers to several of them.</summary>
    void FeedAll(in SigmaCorrelationEvent one, in Contribution contribution)
    {
        _fed.Clear();
        foreach (var rule in one.Rules)
        {
            _fed.AddRange(_correlations.Feeds[rule]);
        }

        foreach (var byPlan in _fed.GroupBy(fed => fed.Plan.Index).OrderBy(group => group.Key))
        {
            var places = byPlan.SelectMany(fed => fed.Places).Order().ToArray();
            Feed(byPlan.First().Plan, places, contribution, one.Values);
        }
    }

    /// <summary>Gives an event to a correlation: once to each group that its rules, with their aliases, put it in.</summary>
    void Feed(CorrelationPlan plan, int[] places, in Contribution contribution, string?[] values)
    {
        _trace?.Fed(plan, places, values);
        var state = _states[plan.Index];
        if (places.Length == 1)
        {
            var slots = plan.Slots[places[0]];
            if (slots.TryReadGroup(values, state.Key))
            {
                Move(
                    state,
                    new CorrelationInput(contribution, places, slots.ReadValue(values)),
                    values
                );
            }
            else
            {
                _ungrouped++;
            }

            return;
        }

        var grouped = places
            .Where(place => plan.Slots[place].TryReadGroup(values, state.Key))
            .GroupBy(
                place =>
                {
                    plan.Slots[place].TryReadGroup(values, state.Key);
                    return (string[])state.Key.Clone();
                },
                GroupKey.Comparer
            )
            .ToList();
        _ungrouped += grouped.Count == 0 ? 1 : 0;
        foreach (var group in grouped)
        {
            group.Key.CopyTo(state.Key, 0);
            Move(
                state,
                new CorrelationInput(
                    contribution,
                    [.. group],
                    group
                        .Select(place => plan.Slots[place].ReadValue(values))
                        .FirstOrDefault(value => value is not null)
                ),
                values
            );
        }
    }

    /// <summary>Moves the window of the group of <c>state.Key</c> on to an event, and asks the condition.</summary>
    void Move(PlanState state, in CorrelationInput input, string?[] values)
    {
        var plan = state.Plan;
        var now = input.Contribution.Time;
        var begin = Before(now, plan.Timespan);
        Forget(state, begin);
        var isKnown = state.Groups.TryGetValue(state.Key, out var group);
        group ??= new Group(state, (string[])state.Key.Clone(), plan.NewWindow(_limits.References));
        group.Window.Expire(begin);
        var isRead = group.Window.Add(input);
        if (!isRead)
        {
            _unread++;
            Count(group);
            return;
        }

        if (!isKnown)
        {
            state.Groups.Add(group.Key, group);
            _groups++;
        }
        else
        {
            state.BySilence.Remove(group.Node);
        }

        group.LastTime = now;
        state.BySilence.AddLast(group.Node);
        Bound(group);
        Ask(group, now, input.Contribution, values);
    }

    /// <summary>Gives up groups that were silent for longer than the timespan: their windows are empty.</summary>
    void Forget(PlanState state, long before)
    {
        while (state.BySilence.First is { } oldest && oldest.Value.LastTime < before)
        {
            Remove(oldest.Value);
        }
    }

    void Remove(Group group)
    {
        group.State.Groups.Remove(group.Key);
        group.State.BySilence.Remove(group.Node);
        group.Ending = null;
        _held -= group.Held;
        _groups--;
    }

    void Count(Group group)
    {
        if (group.State.Groups.ContainsKey(group.Key))
        {
            _held += group.Window.Held - group.Held;
            group.Held = group.Window.Held;
        }
    }

    void Bound(Group group)
    {
        while (group.Window.Held > _limits.GroupEvents && group.Window.CanDrop)
        {
            group.Window.DropOldest();
            _evictedEvents++;
        }

        Count(group);
        while (_held > _limits.Events || _groups > _limits.Groups)
        {
            if (OldestBut(group) is { } oldest)
            {
                _evictedEvents += oldest.Held;
                _evictedGroups++;
                Remove(oldest);
            }
            else if (_held > _limits.Events && group.Window.CanDrop && group.Held > 1)
            {
                group.Window.DropOldest();
                _evictedEvents++;
                Count(group);
            }
            else
            {
                break;
            }
        }
    }

    Group? OldestBut(Group group)
    {
        Group? oldest = null;
        foreach (var state in _states)
        {
            var first = state.BySilence.First;
            first = first?.Value == group ? first.Next : first;
            if (first is not null && (oldest is null || first.Value.LastTime < oldest.LastTime))
            {
                oldest = first.Value;
            }
        }

        return oldest;
    }

    void Ask(Group group, long now, in Contribution last, string?[] values)
    {
        var plan = group.State.Plan;
        var value = group.Window.Measure();
        _trace?.Asked(plan, group.Key, group.Window, value, now);
        // Rules that are seen out of order only are no prefix: there is nothing to tell.
        if (group.Window.Held == 0 || !plan.Holds(group.Window, value))
        {
            group.Holds = false;
            group.Ending = null;
            return;
        }

        if (group.Holds)
        {
            return;
        }

        group.Holds = true;
        var hit = Hit(group, value, last);
        if (!plan.WaitsForEnd)
        {
            Tell(new Told(plan, group, hit, now, last.Reference, values));
            return;
        }

        var end = After(plan.BeginOf((SeenWindow)group.Window, now), plan.Timespan);
        group.Ending = new Ending(new Told(plan, group, hit, end, last.Reference, values));
        _endings.Enqueue(group.Ending, (end, _endingNumber++));
    }

    SigmaCorrelationHit Hit(Group group, CorrelationNumber value, in Contribution last)
    {
        var (count, first, latest) = group.Window.Contributions();
        var correlation = group.State.Plan.Correlation;
        var references = latest.SelectMany(one => one.References).Distinct().Order().ToList();
        return new SigmaCorrelationHit(
            correlation,
            [
                .. correlation.GroupBy.Select(
                    (name, index) => KeyValuePair.Create(name, group.Key[index])
                ),
            ],
            first,
            last.Last,
            count,
            value.ToDecimal(),
            references.Count > _limits.References ? references[^_limits.References..] : references
        );
    }

    /// <summary>Tells a hit, and hands it to the correlations above as an event of its own.</summary>
    void Tell(Told told)
    {
        _trace?.Told(told.Plan, told.Group.Key);
        if (told.Plan.IsReported)
        {
            _hits.Add(told.Hit);
        }

        if (told.Plan.Parents.Count == 0)
        {
            return;
        }

        // What the group does not say, the event says that made the condition hold.
        var values = (string?[])told.Values.Clone();
        for (var index = 0; index < told.Plan.GroupSlots.Length; index++)
        {
            values[told.Plan.GroupSlots[index]] = told.Group.Key[index];
        }

        foreach (var (parent, places) in told.Plan.Parents)
        {
            _alerts.Enqueue(
                new Alert(
                    parent,
                    places,
                    new Contribution(told.Time, told.Reference, told.Hit),
                    values
                )
            );
        }
    }

    void PassOn()
    {
        while (_alerts.TryDequeue(out var alert))
        {
            Feed(alert.Plan, alert.Places, alert.Contribution, alert.Values);
        }
    }

    /// <summary>Ends the windows of conditions with a not that lie wholly before a time.</summary>
    void End(long time)
    {
        while (_endings.TryPeek(out _, out var key) && (key.Time < time || time == long.MaxValue))
        {
            var ending = _endings.Dequeue();
            if (ending.Told.Group.Ending == ending)
            {
                ending.Told.Group.Ending = null;
                Tell(ending.Told);
                PassOn();
            }
        }
    }

    // Times of hostile logs may be any: differences stop at the ends of the numbers.
    static long Before(long time, long span) =>
        time < long.MinValue + span ? long.MinValue : time - span;

    static long After(long time, long span) =>
        time > long.MaxValue - span ? long.MaxValue : time + span;

    sealed class PlanState(CorrelationPlan plan)
    {
        public CorrelationPlan Plan { get; } = plan;

        /// <summary>The group that is looked for.</summary>
        public string[] Key { get; } = new string[plan.Correlation.GroupBy.Count];

        public Dictionary<string[], Group> Groups { get; } = new(GroupKey.Comparer);

        /// <summary>Groups by the time of their last event.</summary>
        public LinkedList<Group> BySilence { get; } = new();
    }

    sealed class Group
    {
        public Group(PlanState state, string[] key, CorrelationWindow window)
        {
            State = state;
            Key = key;
            Window = window;
            Node = new LinkedListNode<Group>(this);
        }

        public PlanState State { get; }
        public string[] Key { get; }
        public CorrelationWindow Window { get; }
        public LinkedListNode<Group> Node { get; }
        public long LastTime { get; set; }

        /// <summary>Entries of the window as they were last counted.</summary>
        public int Held { get; set; }

        /// <summary>The condition holds, and was told.</summary>
        public bool Holds { get; set; }

        /// <summary>What is told when the window ends, unless the condition fails before.</summary>
        public Ending? Ending { get; set; }
    }

    sealed record Told(
        CorrelationPlan Plan,
        Group Group,
        SigmaCorrelationHit Hit,
        long Time,
        SigmaEventReference Reference,
        string?[] Values
    );

    sealed class Ending(Told told)
    {
        public Told Told { get; } = told;
    }

    readonly record struct Alert(
        CorrelationPlan Plan,
        int[] Places,
        Contribution Contribution,
        string?[] Values
    );
}

/// <summary>Values of group-by as a key: exact texts, in order.</summary>
static class GroupKey
{
    public static IEqualityComparer<string[]> Comparer { get; } =
        EqualityComparer<string[]>.Create(
            (left, right) => left.AsSpan().SequenceEqual(right),
            key =>
            {
                var hash = new HashCode();
                foreach (var value in key)
                {
                    hash.Add(value, StringComparer.Ordinal);
                }

                return hash.ToHashCode();
            }
        );
}
