using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Harrier.Telemetry.Formats.Utmp;

/// <summary>One record of utmp (utmp(5), getutxent(3)).</summary>
/// <param name="Address">Address the session comes from, as the record holds it in bytes; "" for none.</param>
/// <param name="Exit">Signal and status of the end of a process, "0/1"; "" for none.</param>
sealed record UtmpEntry(
    int Type,
    int Pid,
    string Line,
    string Id,
    string User,
    string Host,
    string Address,
    long Session,
    string Exit,
    DateTime Utc
)
{
    public const int LoginProcess = 6;
    public const int UserProcess = 7;
    public const int DeadProcess = 8;

    public string Event =>
        Type switch
        {
            0 => "empty",
            1 => "runlevel",
            2 => "boot",
            3 => "clock-changed-to",
            4 => "clock-changed-from",
            5 => "init-process",
            LoginProcess => "login-prompt",
            UserProcess => "session-opened",
            DeadProcess => "session-closed",
            9 => "accounting",
            10 => "signature",
            _ => "shutdown",
        };
}

/// <summary>Where the fields of a record stand: C structures differ by processor.</summary>
/// <remarks>
/// Linux: glibc's bits/utmp.h. Session and time have 32 bits on x86-64, ARM and wherever a 32-bit twin exists (384 bytes), 64 bits on AArch64, RISC-V and s390x (400 bytes).
/// macOS: utmpx.h, 628 bytes, with a signature in the first record.
/// </remarks>
sealed record UtmpLayout(int Size, bool IsBigEndian, bool HasLongTimes, bool IsMacOs)
{
    public static UtmpLayout Common { get; } = new(384, false, false, false);

    static readonly UtmpLayout[] All =
    [
        Common,
        new(400, false, true, false),
        new(384, true, false, false),
        new(400, true, true, false),
    ];

    static readonly UtmpLayout MacOs = new(628, false, false, true);

    /// <summary>The layout in which most records make sense; null: it is no such file.</summary>
    public static UtmpLayout? Of(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("utmpx-1.00\0"u8))
        {
            return MacOs;
        }

        UtmpLayout? best = null;
        var most = 0.0;
        foreach (var layout in All)
        {
            if (layout.Share(head) is var share && share > most && share >= 0.5)
            {
                (best, most) = (layout, share);
            }
        }

        return best;
    }

    /// <summary>How many of the first records make sense, of those that are not empty.</summary>
    double Share(ReadOnlySpan<byte> head)
    {
        const int looked = 64;
        var used = 0;
        var valid = 0;
        for (var at = 0; at + Size <= head.Length && at < looked * Size; at += Size)
        {
            var slot = head.Slice(at, Size);
            if (slot.ContainsAnyExcept((byte)0))
            {
                used++;
                // A record without a line and without a user proves nothing.
                valid += Fault(slot) is null && (slot[8] != 0 || slot[44] != 0) ? 1 : 0;
                used -= slot[8] == 0 && slot[44] == 0 && Fault(slot) is null ? 1 : 0;
            }
        }

        return used == 0 ? 0 : (double)valid / used;
    }

    /// <summary>The first record of macOS is no event.</summary>
    public bool IsHeader(ReadOnlySpan<byte> slot) => IsMacOs && slot.StartsWith("utmpx-1.00\0"u8);

    /// <summary>Why the record makes no sense; null where it does.</summary>
    public string? Fault(ReadOnlySpan<byte> slot)
    {
        var type = Type(slot);
        if (type is < 0 || type > (IsMacOs ? 11 : 9))
        {
            return $"type {type} is none of a session log";
        }

        var (seconds, microseconds) = Time(slot);
        return seconds is < MinSeconds or > MaxSeconds || microseconds is < 0 or > 999_999
                ? "its time lies before 1980 or after 2100"
            : !IsText(Line(slot)) || !IsText(User(slot)) || !IsText(Host(slot))
                ? "its line, user or host is no text"
            : null;
    }

    const long MinSeconds = 315_532_800;
    const long MaxSeconds = 4_102_444_800;

    public UtmpEntry Entry(ReadOnlySpan<byte> slot)
    {
        var (seconds, microseconds) = Time(slot);
        return new UtmpEntry(
            Type(slot),
            Int(slot[(IsMacOs ? 292 : 4)..]),
            Text(Line(slot)),
            Text(IsMacOs ? slot.Slice(256, 4) : slot.Slice(40, 4)),
            Text(User(slot)),
            Text(Host(slot)),
            IsMacOs ? "" : Address(slot.Slice(HasLongTimes ? 360 : 348, 16)),
            IsMacOs ? 0
                : HasLongTimes ? Long(slot[336..])
                : Int(slot[336..]),
            IsMacOs || Int(slot[332..]) == 0 ? "" : $"{Short(slot[332..])}/{Short(slot[334..])}",
            DateTime.UnixEpoch.AddSeconds(seconds).AddMicroseconds(microseconds)
        );
    }

    // The two bytes after the type only fill up.
    int Type(ReadOnlySpan<byte> slot) => Short(slot[(IsMacOs ? 296 : 0)..]);

    ReadOnlySpan<byte> Line(ReadOnlySpan<byte> slot) => slot.Slice(IsMacOs ? 260 : 8, 32);

    ReadOnlySpan<byte> User(ReadOnlySpan<byte> slot) => IsMacOs ? slot[..256] : slot.Slice(44, 32);

    ReadOnlySpan<byte> Host(ReadOnlySpan<byte> slot) => slot.Slice(IsMacOs ? 308 : 76, 256);

    (long Seconds, long Microseconds) Time(ReadOnlySpan<byte> slot) =>
        IsMacOs ? (Int(slot[300..]), Int(slot[304..]))
        : HasLongTimes ? (Long(slot[344..]), Long(slot[352..]))
        : (unchecked((uint)Int(slot[340..])), Int(slot[344..]));

    static bool IsText(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return !(end < 0 ? field : field[..end]).ContainsAnyInRange((byte)1, (byte)0x1F);
    }

    static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>Four bytes for IPv4, sixteen for IPv6, in the order of the network on every processor.</summary>
    static string Address(ReadOnlySpan<byte> bytes) =>
        !bytes.ContainsAnyExcept((byte)0) ? ""
        : bytes[4..].ContainsAnyExcept((byte)0) ? new IPAddress(bytes).ToString()
        : new IPAddress(bytes[..4]).ToString();

    int Short(ReadOnlySpan<byte> at) =>
        IsBigEndian
            ? BinaryPrimitives.ReadInt16BigEndian(at)
            : BinaryPrimitives.ReadInt16LittleEndian(at);

    int Int(ReadOnlySpan<byte> at) =>
        IsBigEndian
            ? BinaryPrimitives.ReadInt32BigEndian(at)
            : BinaryPrimitives.ReadInt32LittleEndian(at);

    long Long(ReadOnlySpan<byte> at) =>
        IsBigEndian
            ? BinaryPrimitives.ReadInt64BigEndian(at)
            : BinaryPrimitives.ReadInt64LittleEndian(at);
}
