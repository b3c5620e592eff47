namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>What tells an event: machine, time and number.</summary>
readonly record struct AuditKey(string Node, DateTime Utc, ulong Serial);

/// <summary>The messages of one event, in the order they came.</summary>
sealed class AuditEvent(AuditKey key, long line)
{
    readonly List<(string Type, byte[] Body)> _messages = [];

    public AuditKey Key => key;

    /// <summary>Line of its first message.</summary>
    public long Line => line;

    public IReadOnlyList<(string Type, byte[] Body)> Messages => _messages;

    public int Bytes { get; private set; }

    public void Add(string type, ReadOnlySpan<byte> body)
    {
        _messages.Add((type, body.ToArray()));
        Bytes += body.Length + 64;
    }
}
