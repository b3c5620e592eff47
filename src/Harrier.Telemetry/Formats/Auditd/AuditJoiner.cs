using System.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>Joins the messages of an event by its machine, time and number, and hands each event on as one record.</summary>
/// <remarks>
/// Events of several processors come interleaved. An event is held until a message comes whose time is more than two seconds off
/// (as libauparse does), and no longer than the bounds allow; events leave in the order of their first lines.
/// What comes for an event that has left makes a record of its own.
/// </remarks>
sealed class AuditJoiner(IRecordHandler handler)
{
    static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    internal const int MaxOpenEvents = 10_000;
    const int MaxOpenBytes = 32 << 20;

    /// <summary>An execve with the longest command line the kernel takes (2 MiB) in hexadecimal.</summary>
    const int MaxEventBytes = 6 << 20;

    readonly Queue<AuditEvent> _inOrder = new();
    readonly Dictionary<AuditKey, AuditEvent> _open = [];
    readonly AuditRecord _record = new();
    string _node = "";
    long _openBytes;

    /// <param name="host">Machine that a line around the message names, where the message names none.</param>
    public void Add(in AuditMessage message, ReadOnlySpan<byte> host, long line)
    {
        var key = new AuditKey(
            Node(message.Node.IsEmpty ? host : message.Node),
            message.Utc,
            message.Serial
        );
        while (_inOrder.TryPeek(out var oldest) && MustLeave(oldest, key))
        {
            Leave();
        }

        if (!_open.TryGetValue(key, out var joined) || joined.Bytes > MaxEventBytes)
        {
            joined = new AuditEvent(key, line);
            _open[key] = joined;
            _inOrder.Enqueue(joined);
        }

        var before = joined.Bytes;
        joined.Add(AuditTypes.Name(Encoding.UTF8.GetString(message.Type)), message.Body);
        _openBytes += joined.Bytes - before;
    }

    /// <summary>Hands on what is still held.</summary>
    public void End()
    {
        while (_inOrder.Count > 0)
        {
            Leave();
        }
    }

    bool MustLeave(AuditEvent oldest, AuditKey next) =>
        oldest.Key != next
        && (
            (oldest.Key.Utc - next.Utc).Duration() > Window
            || _inOrder.Count >= MaxOpenEvents
            || _openBytes >= MaxOpenBytes
        );

    void Leave()
    {
        var joined = _inOrder.Dequeue();
        _openBytes -= joined.Bytes;
        if (_open.TryGetValue(joined.Key, out var open) && ReferenceEquals(open, joined))
        {
            _open.Remove(joined.Key);
        }

        handler.Accept(_record.Of(joined));
    }

    /// <summary>One text for the lines of one machine, which mostly follow each other.</summary>
    string Node(ReadOnlySpan<byte> node)
    {
        if (!Encoding.UTF8.GetString(node).Equals(_node, StringComparison.Ordinal))
        {
            _node = Encoding.UTF8.GetString(node);
        }

        return _node;
    }
}
