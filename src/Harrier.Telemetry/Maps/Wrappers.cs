using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>
/// Objects that may wrap a map's fields, so that <c>UserId</c> is also <c>AuditData.UserId</c>: a name is looked for in them first, then outside.
/// </summary>
public sealed class Wrappers(IReadOnlyList<byte[]> names)
{
    public static Wrappers None { get; } = new([]);

    /// <summary>The slot of a name, or -1.</summary>
    public int Find(RecordShape shape, ReadOnlySpan<byte> name)
    {
        foreach (var wrapper in names)
        {
            if (shape.Find([.. wrapper, (byte)'.', .. name]) is >= 0 and var slot)
            {
                return slot;
            }
        }

        return shape.Find(name);
    }

    /// <summary>The field of a name, or -1.</summary>
    public int Find(Record record, ReadOnlySpan<byte> name)
    {
        foreach (var wrapper in names)
        {
            if (record.Find([.. wrapper, (byte)'.', .. name]) is >= 0 and var field)
            {
                return field;
            }
        }

        return record.Find(name);
    }
}
