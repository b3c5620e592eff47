using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.ShellHistory;

/// <summary>What people typed into a shell: histories of bash, zsh, fish and PowerShell. A record is a command, kept whole over its lines.</summary>
/// <remarks>
/// A command without a time gets the file's own date, which says only when the last one was typed; the receipt says so. Who typed it
/// is told by the file's place (<see cref="HistoryPlace"/>).
/// </remarks>
public sealed class HistoryFormat : ILogFormat
{
    const int MaxCommandBytes = 1 << 20;

    // 2001 to 2286: ten digits.
    const int StampDigits = 10;

    public string Name => "shell-history";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        if (head.Contains((byte)0))
        {
            return 0;
        }

        var rest = head;
        var first = Fields.Cut(ref rest, (byte)'\n');
        var second = Fields.Cut(ref rest, (byte)'\n');
        var hasTimes =
            (TryStamp(first, out _) && !second.IsEmpty)
            || TryZsh(first, out _, out _, out _)
            || (first.StartsWith("- cmd: "u8) && second.StartsWith("  when: "u8));
        return hasTimes ? 85
            : HistoryPlace.Shell(fileName) is not null ? 75
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var lines = new LineReader(content);
        var commands = new Commands(options, handler);
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (lines.IsTooLong)
            {
                handler.Reject(lines.Number, "the line is longer than 16 MiB", lines.Line);
            }
            else
            {
                commands.Take(lines.Line, lines.Number);
            }
        }

        commands.End();
    }

    /// <summary><c>#1700000000</c>: the time of the command below, as bash writes it where HISTTIMEFORMAT is set.</summary>
    static bool TryStamp(ReadOnlySpan<byte> line, out long seconds)
    {
        seconds = 0;
        line = line.TrimEnd((byte)'\r');
        return line.Length == StampDigits + 1
            && line[0] == '#'
            && line[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && long.TryParse(
                line[1..],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out seconds
            );
    }

    /// <summary><c>: 1700000000:5;command</c>: begin, seconds it ran, command, as zsh writes it with EXTENDED_HISTORY.</summary>
    static bool TryZsh(
        ReadOnlySpan<byte> line,
        out long seconds,
        out ReadOnlySpan<byte> ran,
        out ReadOnlySpan<byte> command
    )
    {
        seconds = 0;
        command = line;
        ran = default;
        if (!Fields.TryCutPrefix(ref command, ": "u8))
        {
            return false;
        }

        var stamp = Fields.Cut(ref command, (byte)':').Trim((byte)' ');
        ran = Fields.Cut(ref command, (byte)';');
        return stamp.Length == StampDigits
            && long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
            && ran.Length is > 0 and < 12
            && ran.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    /// <summary>The command that is being gathered, and how its lines go on.</summary>
    sealed class Commands(ReadOptions options, IRecordHandler handler)
    {
        readonly Record _record = new();
        readonly List<byte> _command = [];
        readonly List<byte> _paths = [];
        readonly HistoryPlace _place = HistoryPlace.Of(options.FileName);
        readonly DateTime? _written = Written(options);
        string _shell = HistoryPlace.Shell(options.FileName) ?? "bash";
        long _line;
        long? _seconds;
        byte[] _ran = [];
        bool _isOpen;
        bool _goesOn;
        bool _isStamped;
        bool _isWarned;

        public void Take(ReadOnlySpan<byte> line, long number)
        {
            if (_goesOn)
            {
                Append(line);
                return;
            }

            if (TryZsh(line, out var seconds, out var ran, out var command))
            {
                _shell = "zsh";
                Begin(number, seconds);
                _ran = ran.ToArray();
                Append(command);
            }
            else if (line.StartsWith("- cmd: "u8))
            {
                _shell = "fish";
                Begin(number, null);
                _command.AddRange(
                    Encoding.UTF8.GetBytes(Unescaped(Encoding.UTF8.GetString(line[7..])))
                );
            }
            else if (_shell == "fish" && _isOpen)
            {
                TakeOfFish(line);
            }
            else if (_shell == "bash" && TryStamp(line, out seconds))
            {
                // As bash does: a file that begins with a time keeps the lines between two times together.
                _isStamped |= number == 1;
                Begin(number, seconds);
            }
            else if (
                _isOpen
                && _seconds is not null
                && (_isStamped || _command.Count == 0)
                && _shell == "bash"
            )
            {
                Append(line);
            }
            else if (!line.IsEmpty)
            {
                Begin(number, null);
                Append(line);
            }
        }

        public void End()
        {
            if (_isOpen && _command.Count > 0)
            {
                Hand();
            }

            _isOpen = false;
        }

        void Begin(long number, long? seconds)
        {
            End();
            _command.Clear();
            _paths.Clear();
            _ran = [];
            _line = number;
            _seconds = seconds;
            _isOpen = true;
        }

        void TakeOfFish(ReadOnlySpan<byte> line)
        {
            var rest = line.TrimStart((byte)' ');
            if (Fields.TryCutPrefix(ref rest, "when: "u8))
            {
                _seconds = long.TryParse(
                    rest,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var when
                )
                    ? when
                    : null;
            }
            else if (Fields.TryCutPrefix(ref rest, "- "u8) && _paths.Count < MaxCommandBytes)
            {
                _paths.AddRange(_paths.Count > 0 ? ";"u8 : default);
                _paths.AddRange(rest);
            }
        }

        /// <summary>Adds a line; one of zsh that ends with a backslash, or of PowerShell with a backtick, goes on with the next.</summary>
        void Append(ReadOnlySpan<byte> line)
        {
            var mark = _shell switch
            {
                "zsh" => (byte)'\\',
                "powershell" => (byte)'`',
                _ => (byte)0,
            };
            _goesOn = mark != 0 && line.Length > 0 && line[^1] == mark;
            if (_command.Count > MaxCommandBytes)
            {
                _goesOn = false;
                Begin(_line, _seconds);
            }

            if (_command.Count > 0)
            {
                _command.Add((byte)'\n');
            }

            _command.AddRange(_goesOn ? line[..^1] : line);
        }

        void Hand()
        {
            _record.Clear();
            _record.Number = _line;
            _record.Position = _line;
            if (_seconds is { } seconds and < 10_000_000_000)
            {
                _record.Add("time"u8, Fields.Iso(DateTime.UnixEpoch.AddSeconds(seconds)));
            }
            else if (_written is { } written)
            {
                _record.Add("time"u8, Fields.Iso(written));
                _record.Add("time_is"u8, "file"u8);
                WarnOnce(written);
            }
            else
            {
                handler.Reject(
                    _line,
                    "the command has no time, and the file's date is not known",
                    Fields.Head(_command.ToArray())
                );
                return;
            }

            _record.Add("shell", _shell);
            _record.Add("command"u8, _command.ToArray());
            Add("user", _place.User);
            Add("computer", _place.Host);
            if (_ran.Length > 0)
            {
                _record.Add("seconds"u8, _ran);
            }

            if (_paths.Count > 0)
            {
                _record.Add("paths"u8, _paths.ToArray());
            }

            handler.Accept(_record);
        }

        void WarnOnce(DateTime written)
        {
            if (!_isWarned)
            {
                _isWarned = true;
                var date = written.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
                handler.Warn(
                    $"Commands carry no time: those have the file's date, {date} UTC, which only says when the last was typed."
                );
            }
        }

        void Add(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                _record.Add(name, value);
            }
        }

        static DateTime? Written(ReadOptions options) =>
            options.Written switch
            {
                { Kind: DateTimeKind.Unspecified } local => options.Clock.ToUtc(local),
                { } written => written.ToUniversalTime(),
                null => null,
            };

        /// <summary>Fish writes <c>\n</c> for an end of line and <c>\\</c> for a backslash.</summary>
        static string Unescaped(string text)
        {
            if (!text.Contains('\\', StringComparison.Ordinal))
            {
                return text;
            }

            var plain = new StringBuilder(text.Length);
            for (var at = 0; at < text.Length; at++)
            {
                if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is 'n' or '\\')
                {
                    plain.Append(text[++at] == 'n' ? '\n' : '\\');
                }
                else
                {
                    plain.Append(text[at]);
                }
            }

            return plain.ToString();
        }
    }
}
