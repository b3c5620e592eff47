using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>Makes one record of the messages of an event.</summary>
/// <remarks>
/// Fields keep audit's names. <c>record_type</c> is the type that the event is about, <c>record_types</c> all of them; a field that two
/// messages give with different values has its later one under the name of its type (<c>avc.pid</c>). Enriched names (after the byte 0x1D)
/// are in capitals. Added are <c>node</c>, <c>serial</c>, <c>user</c>, <c>command_line</c> (the arguments of EXECVE), <c>path</c> and
/// <c>nametype</c> (the file that the event is about), <c>paths</c> (all of them) and what <c>saddr</c> says.
/// </remarks>
sealed class AuditRecord
{
    /// <summary>Arguments, and files, of one event that are looked at.</summary>
    const int MaxItems = 10_000;

    readonly Record _record = new();
    readonly ArrayBufferWriter<byte> _commandLine = new();
    readonly AuditPaths _paths = new();
    string _argument = "";
    bool _hasArguments;

    public Record Of(AuditEvent joined)
    {
        _record.Clear();
        _paths.Clear();
        _commandLine.ResetWrittenCount();
        _argument = "";
        _hasArguments = false;
        _record.Number = joined.Line;
        _record.Position = joined.Line;
        _record.Add("time"u8, Fields.Iso(joined.Key.Utc));
        _record.Add(
            "serial"u8,
            Encoding.ASCII.GetBytes(joined.Key.Serial.ToString(CultureInfo.InvariantCulture)),
            FieldKind.Number
        );
        AddText("node", joined.Key.Node);
        AddTypes(joined);

        // The call's own fields have the plain names, whatever came before it.
        foreach (
            var (type, body) in joined.Messages.OrderBy(message =>
                message.Type == "SYSCALL" ? 0 : 1
            )
        )
        {
            AddMessage(type, body);
        }

        AddCall();
        AddCommandLine();
        _paths.AddTo(_record);
        AddUser();
        return _record;
    }

    /// <summary>The type an event is about: the first that is no mere part; of parts, the call.</summary>
    void AddTypes(AuditEvent joined)
    {
        var types = joined
            .Messages.Select(message => message.Type)
            .Where(type => type != "EOE")
            .Distinct()
            .ToList();
        var main =
            types.Find(type => !AuditTypes.IsPart(type))
            ?? types.Find(type => type == "SYSCALL")
            ?? (types.Count > 0 ? types[0] : "EOE");
        AddText("record_type", main);
        if (types.Count > 1)
        {
            AddText("record_types", string.Join(',', types));
        }
    }

    void AddMessage(string type, ReadOnlySpan<byte> body)
    {
        var enriched = body.IndexOf((byte)0x1D);
        var plain = enriched < 0 ? body : body[..enriched];
        switch (type)
        {
            case "EOE":
                return;
            case "EXECVE":
                AddArguments(plain);
                return;
            case "PATH":
                _paths.Add(plain);
                break;
            default:
                AddPlain(type, plain);
                break;
        }

        if (enriched >= 0)
        {
            AddEnriched(type, body[(enriched + 1)..]);
        }
    }

    void AddPlain(string type, ReadOnlySpan<byte> plain)
    {
        var text = plain.IndexOf("msg='"u8);
        if (text >= 0)
        {
            AddPairs(type, plain[..text]);
            var said = plain[(text + 5)..];
            var end = said.LastIndexOf((byte)'\'');
            AddSaid(type, end < 0 ? said : said[..end]);
            return;
        }

        if (type == "LOGIN" && plain.IndexOf("old auid"u8) >= 0)
        {
            // Before Linux 3.15: 'login pid=1 uid=0 old auid=4294967295 new auid=0 old ses=4294967295 new ses=1'.
            plain = Encoding.UTF8.GetBytes(
                Encoding
                    .UTF8.GetString(plain)
                    .Replace("old ", "old-", StringComparison.Ordinal)
                    .Replace("new ", "", StringComparison.Ordinal)
            );
        }
        else if (type is "AVC" or "USER_AVC")
        {
            plain = AddDecision(plain);
        }
        else if (type.StartsWith("DAEMON_", StringComparison.Ordinal))
        {
            AddOperation(plain);
        }

        AddPairs(type, plain);
    }

    /// <summary>The daemon's own words: <c>auditd start, ver=2.4.1 format=raw ...</c>.</summary>
    void AddOperation(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'=', (byte)',');
        var words =
            end < 0 ? text
            : text[end] == ',' ? text[..end]
            : text[..Math.Max(0, text[..end].LastIndexOf((byte)' '))];
        if (!words.IsEmpty)
        {
            _record.Add("op"u8, words.Trim((byte)' '));
        }
    }

    /// <summary>What a program of user space says: pairs, or as older ones wrote <c>PAM: session open acct=root : exe="/x" (hostname=?, addr=?, terminal=cron res=success)</c>.</summary>
    void AddSaid(string type, ReadOnlySpan<byte> said)
    {
        var account = said.StartsWith("PAM: "u8) ? said.IndexOf(" acct="u8) : -1;
        if (account > "PAM: ".Length)
        {
            var words = Encoding.UTF8.GetString(said[5..account]);
            AddText("op", "PAM:" + words.Replace(' ', '_'));
        }

        if (type is "AVC" or "USER_AVC")
        {
            said = AddDecision(said);
        }

        AddPairs(type, said);
    }

    /// <summary><c>avc:  denied  { read write } for  </c>: takes it off the text.</summary>
    ReadOnlySpan<byte> AddDecision(ReadOnlySpan<byte> text)
    {
        var rest = text;
        if (!Fields.TryCutPrefix(ref rest, "avc:"u8))
        {
            return text;
        }

        rest = rest.TrimStart((byte)' ');
        _record.Add("seresult"u8, Fields.Cut(ref rest, (byte)' '));
        rest = rest.TrimStart((byte)' ');
        if (Fields.TryCutPrefix(ref rest, "{"u8))
        {
            var permissions = Encoding.UTF8.GetString(Fields.Cut(ref rest, (byte)'}')).Trim();
            AddText("seperms", permissions.Replace(' ', ','));
        }

        return rest;
    }

    void AddPairs(string type, ReadOnlySpan<byte> text)
    {
        var pairs = new KeyValues(text, hasEscapes: false);
        while (pairs.Read())
        {
            var key = pairs.Key.TrimStart((byte)'(');
            // In the older form commas and a bracket stand around values.
            var value =
                pairs.IsQuoted || pairs.Value.Contains((byte)'(')
                    ? pairs.Value
                    : pairs.Value.TrimEnd(",)"u8);
            if (
                key.IsEmpty
                || value.IsEmpty
                || value.SequenceEqual("?"u8)
                || value.SequenceEqual("(null)"u8)
            )
            {
                continue;
            }

            var name = Encoding.UTF8.GetString(key);
            if (name == "saddr")
            {
                AuditValue.AddAddress(_record, value);
            }

            Put(
                type,
                name,
                IsUnset(name, value) ? "unset"u8 : AuditValue.Decode(name, value, pairs.IsQuoted)
            );
        }
    }

    void AddEnriched(string type, ReadOnlySpan<byte> text)
    {
        var pairs = new KeyValues(text, hasEscapes: false);
        var isInBraces = false;
        while (pairs.Read())
        {
            // SADDR={ fam=inet laddr=192.0.2.1 lport=22 } says what saddr says.
            isInBraces |= pairs.Value.StartsWith("{"u8);
            if (
                !isInBraces
                && !pairs.Key.SequenceEqual("SADDR"u8)
                && !pairs.Value.SequenceEqual("?"u8)
            )
            {
                Put(type, Encoding.UTF8.GetString(pairs.Key), pairs.Value);
            }
        }
    }

    /// <summary>Identities that were never set are all ones.</summary>
    static bool IsUnset(string name, ReadOnlySpan<byte> value) =>
        name is "auid" or "ses" or "old-auid" or "old-ses"
        && (value.SequenceEqual("4294967295"u8) || value.SequenceEqual("-1"u8));

    /// <summary>Adds a field; under the name of its message's type where another one has the name with another value.</summary>
    void Put(string type, string name, ReadOnlySpan<byte> value)
    {
        var full = name;
        for (var again = 1; _record.TryGet(Encoding.UTF8.GetBytes(full), out var before); again++)
        {
            if (before.SequenceEqual(value) || again > 9)
            {
                return;
            }

            var prefix = type.ToLowerInvariant();
            full = again == 1 ? $"{prefix}.{name}" : $"{prefix}_{again}.{name}";
        }

        _record.Add(Encoding.UTF8.GetBytes(full), value);
    }

    /// <summary><c>argc=3 a0="sh" a1="-c" a2=6C73</c>; a long argument stands in pieces, <c>a2_len=9000 a2[0]=41.. a2[1]=42..</c>.</summary>
    void AddArguments(ReadOnlySpan<byte> text)
    {
        var pairs = new KeyValues(text, hasEscapes: false);
        for (var read = 0; read < MaxItems && pairs.Read(); read++)
        {
            var key = pairs.Key;
            var bracket = key.IndexOf((byte)'[');
            var argument = bracket < 0 ? key : key[..bracket];
            if (
                argument.Length < 2
                || argument[0] != 'a'
                || argument[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
            )
            {
                if (key.SequenceEqual("argc"u8))
                {
                    _record.Add("argc"u8, pairs.Value);
                }

                continue;
            }

            var name = Encoding.ASCII.GetString(argument);
            if (_hasArguments && name != _argument)
            {
                _commandLine.Write(" "u8);
            }

            _hasArguments = true;
            _argument = name;
            _commandLine.Write(Argument(pairs.Value, pairs.IsQuoted, isPiece: bracket >= 0));
        }
    }

    // A piece of a long argument may hold no byte that had to be encoded, while another one does: it is always in hexadecimal then.
    static ReadOnlySpan<byte> Argument(ReadOnlySpan<byte> value, bool isQuoted, bool isPiece) =>
        isQuoted ? value
        : value.SequenceEqual("(null)"u8) ? default
        : isPiece && AuditValue.IsHexadecimal(value) ? AuditValue.Bytes(value)
        : AuditValue.Decode(value);

    void AddCommandLine()
    {
        if (_hasArguments)
        {
            var line = _commandLine.WrittenSpan;
            _record.Add(
                "command_line"u8,
                System.Text.Unicode.Utf8.IsValid(line) ? line : LineReader.AsUtf8(line)
            );
        }
        else if (
            _record.TryGet("syscall"u8, out var call)
            && (call.SequenceEqual("execve"u8) || call.SequenceEqual("execveat"u8))
            && _record.TryGet("proctitle"u8, out var title)
        )
        {
            // The kernel keeps 128 bytes of it.
            _record.Add("command_line"u8, title);
        }
    }

    /// <summary>Names for the numbers of architecture and call.</summary>
    void AddCall()
    {
        if (!_record.TryGet("arch"u8, out var value))
        {
            return;
        }

        var arch = Encoding.UTF8.GetString(value);
        var architecture = AuditSyscalls.Architecture(arch) ?? arch;
        var name =
            _record.TryGet("SYSCALL"u8, out var enriched) ? Encoding.UTF8.GetString(enriched)
            : _record.TryGet("syscall"u8, out var call)
            && Utf8Parser.TryParse(call, out int number, out var used)
            && used == call.Length
                ? AuditSyscalls.Name(architecture, number)
            : null;
        _record.Set(_record.Find("arch"u8), Encoding.UTF8.GetBytes(architecture));
        if (name is not null)
        {
            _record.Set(_record.Find("syscall"u8), Encoding.UTF8.GetBytes(name));
        }
    }

    /// <summary>Who acts: the process' user, by name where the log knows it; user 0 is root everywhere.</summary>
    void AddUser()
    {
        if (_record.TryGet("UID"u8, out var name))
        {
            _record.Add("user"u8, name);
        }
        else if (_record.TryGet("uid"u8, out var number))
        {
            _record.Add("user"u8, number.SequenceEqual("0"u8) ? "root"u8 : number);
        }
    }

    void AddText(string name, string value)
    {
        if (value.Length > 0)
        {
            _record.Add(name, value);
        }
    }
}
