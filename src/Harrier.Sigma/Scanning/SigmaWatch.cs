using Harrier.Schema;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Scanning;

/// <summary>Runs a plan's rules over events on their way into a store: what an import that scans does.</summary>
/// <remarks>What was found counts when its events are committed, as they do: an import that is broken off tells nothing that is not in the store.</remarks>
public sealed class SigmaWatch(SigmaPlan plan)
{
    readonly Lock _gate = new();

    /// <summary>What was found in all that was committed.</summary>
    public SigmaFindings Findings { get; } = new(plan);

    /// <summary>Events committed that no rule is asked of.</summary>
    public UnaskedEvents Unasked { get; } = new(plan.Running, plan.Logsources);

    /// <summary>A sink before another one; one a worker, as that is.</summary>
    public IEventSink Before(IEventSink sink) => new Sink(this, sink);

    sealed class Sink(SigmaWatch watch, IEventSink inner) : IEventSink
    {
        readonly SigmaMatcher _matcher = new(watch.Findings.Plan.Compiled);
        readonly List<SigmaCorrelationEvent> _correlated = [];
        readonly UnaskedEvents _unasked = new(
            watch.Findings.Plan.Running,
            watch.Findings.Plan.Logsources
        );
        SigmaTally _tally = new();
        long _events;

        public void Write(EventBatch batch)
        {
            var hits = _matcher.Match(batch);
            _tally.Add(batch, hits);
            _unasked.Add(batch);
            _events += batch.Count;
            lock (watch._gate)
            {
                watch.Findings.Look(batch, null);
                _correlated.AddRange(watch.Findings.Read(batch, hits));
            }

            inner.Write(batch);
        }

        public void Join(IEventSink other)
        {
            var sink = (Sink)other;
            inner.Join(sink.Inner);
            _tally.Merge(sink._tally);
            _unasked.Merge(sink._unasked);
            _correlated.AddRange(sink._correlated);
            _events += sink._events;
            sink.Forget();
        }

        public void Commit(IReadOnlyList<SourceFile> files)
        {
            inner.Commit(files);
            lock (watch._gate)
            {
                watch.Findings.Merge(_tally, _correlated, _events);
                watch.Unasked.Merge(_unasked);
            }

            Forget();
        }

        public void Dispose() => inner.Dispose();

        IEventSink Inner => inner;

        void Forget()
        {
            _tally = new SigmaTally();
            _unasked.Clear();
            _correlated.Clear();
            _events = 0;
        }
    }
}
