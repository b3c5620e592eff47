using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of PAM's modules, which any program writes: <c>pam_unix(sshd:auth): ...</c>, and the older <c>sshd(pam_unix)[1]: ...</c>.</summary>
sealed class PamMessages : ISyslogMessages
{
    static readonly MessageTable s_table = new(
        new(
            "session-opened",
            "session opened for user ",
            @"(?<user>.*?)(?:\(uid=(?<uid>\d+)\))? by (?<by>[^ ]*?)(?:\(uid=(?<by_uid>\d+)\))?"
        ),
        new("session-opened", "session opened for user ", @"(?<user>.*?)(?:\(uid=(?<uid>\d+)\))?"),
        new("session-closed", "session closed for user ", @"(?<user>.*?)(?:\(uid=(?<uid>\d+)\))?"),
        new("pam-failure", "authentication failure; ", "(?<pairs>.*)"),
        new("pam-success", "authentication success; ", "(?<pairs>.*)"),
        new("unknown-user", "check pass; user unknown", ""),
        new("unknown-user", "check pass; user (", @"(?<user>.*)\) has no password"),
        new("password-changed", "password changed for ", "(?<target>.*)"),
        new(
            "account-expired",
            "account ",
            "(?<user>.*) has (?:expired|password changed in future).*"
        ),
        new(
            "account-locked",
            "Consecutive login failures for user ",
            "(?<user>.*) account temporarily locked"
        ),
        new("account-locked", "user ", @"(?<user>.*) \(\d+\) tally \d+, deny \d+"),
        new("access-granted", "user '", "(?<user>.*)' granted access"),
        new("access-denied", "user '", "(?<user>.*)' denied access.*")
    );

    public bool TryAdd(Record record, in SyslogHead head)
    {
        var text = head.Message;
        ReadOnlySpan<byte> service;
        if (head.Program.EndsWith("(pam_unix)"u8))
        {
            service = head.Program[..^"(pam_unix)".Length];
        }
        else if (!TryPrefix(ref text, out service))
        {
            return false;
        }

        if (!s_table.TryAdd(record, text))
        {
            return false;
        }

        record.Add("service"u8, service);
        if (record.TryGet("pairs"u8, out var pairs))
        {
            AddPairs(record, pairs);
        }

        return true;
    }

    /// <summary><c>pam_unix(sshd:auth): </c>; without brackets the service is not told.</summary>
    static bool TryPrefix(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> service)
    {
        service = default;
        if (!text.StartsWith("pam_"u8))
        {
            return false;
        }

        var end = text.IndexOf("): "u8);
        var open = text.IndexOf((byte)'(');
        if (open < 0 || end < open)
        {
            return false;
        }

        service = text[(open + 1)..end];
        var colon = service.IndexOf((byte)':');
        service = colon < 0 ? service : service[..colon];
        text = text[(end + 3)..];
        return true;
    }

    /// <summary><c>logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root</c>: whom it was, from where. The name stands last and may hold anything.</summary>
    public static void AddPairs(Record record, ReadOnlySpan<byte> text)
    {
        var user = text.IndexOf(" user="u8);
        var known = user < 0 ? text : text[..user];
        if (user >= 0)
        {
            record.Add("user"u8, text[(user + " user=".Length)..].Trim((byte)' '));
        }

        var pairs = new KeyValues(known, hasEscapes: false);
        while (pairs.Read())
        {
            if (pairs.Key.SequenceEqual("rhost"u8) && !pairs.Value.IsEmpty)
            {
                record.Add("src_ip"u8, pairs.Value);
                record.Add("src_host"u8, pairs.Value);
            }
            else if (pairs.Key.SequenceEqual("ruser"u8) && !pairs.Value.IsEmpty)
            {
                record.Add("by"u8, pairs.Value);
            }
            else if (pairs.Key.SequenceEqual("tty"u8) && !pairs.Value.IsEmpty)
            {
                record.Add("tty"u8, pairs.Value);
            }
        }
    }
}
