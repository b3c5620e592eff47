using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of sshd, PAM sessions, sudo and the account tools, taken apart into fields.</summary>
/// <remarks>
/// User names are hostile: '<c>Failed password for invalid user x from 10.0.0.1 from 203.0.113.9 port 22</c>' carries a name that
/// looks like an address. The program's own words stand last, so positions are searched from the end.
/// </remarks>
sealed class AuthMessages : ISyslogMessages
{
    public bool TryAdd(Record record, in SyslogHead head)
    {
        var message = head.Message;
        return TrySession(record, message)
            || (
                head.Program.StartsWith("sshd"u8) ? TrySshd(record, message)
                : head.Program.SequenceEqual("sudo"u8) ? TrySudo(record, message)
                : head.Program.StartsWith("user"u8) || head.Program.StartsWith("group"u8)
                    ? TryAccount(record, message)
                : false
            );
    }

    static bool TrySshd(Record record, ReadOnlySpan<byte> message)
    {
        var rest = message;
        if (Fields.TryCutPrefix(ref rest, "Accepted "u8))
        {
            return TryAttempt(record, "accepted"u8, rest);
        }

        if (Fields.TryCutPrefix(ref rest, "Failed "u8))
        {
            return TryAttempt(record, "failed"u8, rest);
        }

        if (Fields.TryCutPrefix(ref rest, "Invalid user "u8))
        {
            return TryUserFrom(record, "invalid-user"u8, rest);
        }

        if (Fields.TryCutPrefix(ref rest, "Disconnected from "u8))
        {
            return TryDisconnect(record, rest);
        }

        return false;
    }

    /// <summary><c>password for [invalid user ]NAME from ADDRESS port PORT ssh2[: KEY]</c>.</summary>
    static bool TryAttempt(Record record, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> rest)
    {
        var at = rest.IndexOf(" for "u8);
        if (at <= 0)
        {
            return false;
        }

        var method = rest[..at];
        rest = rest[(at + 5)..];
        var isInvalid = Fields.TryCutPrefix(ref rest, "invalid user "u8);
        if (!TryUserFrom(record, kind, rest))
        {
            return false;
        }

        record.Add("method"u8, method);
        if (isInvalid)
        {
            record.Add("invalid_user"u8, "true"u8, FieldKind.Literal);
        }

        return true;
    }

    static bool TryUserFrom(Record record, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> rest)
    {
        var from = rest.LastIndexOf(" from "u8);
        if (from < 0)
        {
            return false;
        }

        record.Add("event"u8, kind);
        record.Add("user"u8, rest[..from]);
        AddAddress(record, rest[(from + 6)..]);
        return true;
    }

    /// <summary><c>[user |invalid user |authenticating user ]NAME ADDRESS port PORT</c>, or only the address.</summary>
    static bool TryDisconnect(Record record, ReadOnlySpan<byte> rest)
    {
        var port = rest.LastIndexOf(" port "u8);
        if (port < 0)
        {
            return false;
        }

        var who = rest[..port];
        record.Add("event"u8, "disconnected"u8);
        var space = who.LastIndexOf((byte)' ');
        if (space > 0)
        {
            var user = who[..space];
            _ =
                Fields.TryCutPrefix(ref user, "user "u8)
                || Fields.TryCutPrefix(ref user, "invalid user "u8)
                || Fields.TryCutPrefix(ref user, "authenticating user "u8);
            record.Add("user"u8, user);
        }

        AddAddress(record, rest[(space + 1)..]);
        return true;
    }

    /// <summary><c>ADDRESS[ port PORT ...]</c>.</summary>
    static void AddAddress(Record record, ReadOnlySpan<byte> rest)
    {
        record.Add("src_ip"u8, Fields.Cut(ref rest, (byte)' '));
        if (Fields.TryCutPrefix(ref rest, "port "u8))
        {
            var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            record.Add("src_port"u8, digits < 0 ? rest : rest[..digits]);
        }
    }

    /// <summary><c>pam_unix(sshd:session): session opened for user NAME(uid=0) by (uid=0)</c>.</summary>
    static bool TrySession(Record record, ReadOnlySpan<byte> message)
    {
        var at = message.IndexOf(":session): session "u8);
        if (at < 0 || !message.StartsWith("pam_"u8))
        {
            return false;
        }

        var service = message[..at];
        var rest = message[(at + ":session): session "u8.Length)..];
        var kind =
            Fields.TryCutPrefix(ref rest, "opened for user "u8) ? "session-opened"u8
            : Fields.TryCutPrefix(ref rest, "closed for user "u8) ? "session-closed"u8
            : default;
        if (kind.IsEmpty)
        {
            return false;
        }

        record.Add("event"u8, kind);
        var end = rest.LastIndexOf(" by "u8);
        var user = end < 0 ? rest : rest[..end];
        var uid = user.IndexOf("(uid="u8);
        record.Add("user"u8, (uid > 0 ? user[..uid] : user).Trim((byte)' '));
        record.Add("service"u8, service[(service.IndexOf((byte)'(') + 1)..]);
        return true;
    }

    /// <summary><c>alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls -l</c>; a refusal stands before TTY.</summary>
    static bool TrySudo(Record record, ReadOnlySpan<byte> message)
    {
        var colon = message.IndexOf(" : "u8);
        var command = message.IndexOf("COMMAND="u8);
        if (colon <= 0 || command < colon)
        {
            return false;
        }

        record.Add("event"u8, "sudo"u8);
        record.Add("user"u8, message[..colon].Trim((byte)' '));
        record.Add("command"u8, message[(command + 8)..]);
        var rest = message[(colon + 3)..command];
        while (!rest.IsEmpty)
        {
            var part = Fields.Cut(ref rest, (byte)';').Trim((byte)' ');
            if (part.StartsWith("PWD="u8))
            {
                record.Add("directory"u8, part[4..]);
            }
            else if (part.StartsWith("USER="u8))
            {
                record.Add("run_as"u8, part[5..]);
            }
            else if (part.StartsWith("TTY="u8))
            {
                record.Add("tty"u8, part[4..]);
            }
            else if (!part.IsEmpty && part.IndexOf((byte)'=') < 0)
            {
                record.Add("refusal"u8, part);
            }
        }

        return true;
    }

    /// <summary><c>new user: name=x, UID=...</c>, <c>new group: name=x, GID=...</c>, <c>delete user 'x'</c>, <c>add 'x' to group 'y'</c>.</summary>
    static bool TryAccount(Record record, ReadOnlySpan<byte> message)
    {
        var rest = message;
        var kind =
            Fields.TryCutPrefix(ref rest, "new user: name="u8) ? "user-created"u8
            : Fields.TryCutPrefix(ref rest, "new group: name="u8) ? "group-created"u8
            : default;
        if (!kind.IsEmpty)
        {
            record.Add("event"u8, kind);
            record.Add("target"u8, Fields.Cut(ref rest, (byte)','));
            return true;
        }

        if (Fields.TryCutPrefix(ref rest, "delete user '"u8))
        {
            record.Add("event"u8, "user-deleted"u8);
            record.Add("target"u8, Fields.Cut(ref rest, (byte)'\''));
            return true;
        }

        if (Fields.TryCutPrefix(ref rest, "add '"u8))
        {
            var member = Fields.Cut(ref rest, (byte)'\'');
            if (Fields.TryCutPrefix(ref rest, " to group '"u8))
            {
                record.Add("event"u8, "member-added"u8);
                record.Add("member"u8, member);
                record.Add("target"u8, Fields.Cut(ref rest, (byte)'\''));
                return true;
            }
        }

        return false;
    }
}
