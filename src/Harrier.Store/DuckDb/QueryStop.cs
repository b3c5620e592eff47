using DuckDB.NET.Data;

namespace Harrier.Store.DuckDb;

/// <summary>Stops a query when it is cancelled, from before it starts until it is disposed.</summary>
/// <remarks>The engine forgets a cancellation that comes before it has begun to run: it is told again until the query has ended.</remarks>
sealed class QueryStop : IDisposable
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    readonly Timer _tell;
    readonly CancellationTokenRegistration _registration;

    public QueryStop(DuckDBCommand command, CancellationToken cancel)
    {
        _tell = new Timer(
            _ => command.Cancel(),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _registration = cancel.Register(() => _tell.Change(TimeSpan.Zero, Interval));
    }

    /// <summary>Returns when nobody touches the command any more.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        using var done = new ManualResetEvent(false);
        if (_tell.Dispose(done))
        {
            done.WaitOne();
        }
    }
}
