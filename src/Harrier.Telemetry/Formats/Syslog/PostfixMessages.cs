using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Messages of the mail server Postfix. What it says of one message stands in several lines that share a queue identity;
/// the line of a delivery (one a recipient) is given what the lines before it said: client, Message-ID, subject, sender, size.
/// </summary>
/// <remarks>
/// Lines that are no delivery stay records of their own. Memory is bounded: the <see cref="RememberedQueues"/> queues
/// spoken of last are remembered, and each holds short texts only.
/// </remarks>
sealed class PostfixMessages : ISyslogMessages
{
    /// <summary>Queues remembered at least; twice as many at most.</summary>
    internal const int RememberedQueues = 50_000;

    const int LongestText = 1024;

    Dictionary<string, Queue> _young = new(StringComparer.Ordinal);
    Dictionary<string, Queue> _old = new(StringComparer.Ordinal);

    public bool TryAdd(Record record, in SyslogHead head)
    {
        var slash = head.Program.LastIndexOf((byte)'/');
        if (slash < 0 || !head.Program.StartsWith("postfix"u8))
        {
            return false;
        }

        var rest = head.Message;
        var daemon = head.Program[(slash + 1)..];
        var id = QueueId(ref rest);
        if (id.IsEmpty)
        {
            return false;
        }

        if (id.SequenceEqual("NOQUEUE"u8))
        {
            return TryReject(record, rest);
        }

        var queue = Find(Encoding.UTF8.GetString(head.Host) + "/" + Encoding.UTF8.GetString(id));
        if (rest.StartsWith("to=<"u8) && rest.IndexOf(" status="u8) >= 0)
        {
            record.Add("queue_id"u8, id);
            AddDelivery(record, queue, daemon, rest);
            return true;
        }

        if (rest.StartsWith("reject: "u8) || rest.StartsWith("milter-reject: "u8))
        {
            record.Add("queue_id"u8, id);
            Add(record, "message_id"u8, queue.MessageId);
            return TryReject(record, rest);
        }

        Remember(queue, daemon, rest);
        return false;
    }

    /// <summary><c>ABC123:</c> or <c>4Xyz...:</c>: letters and digits before the first colon.</summary>
    static ReadOnlySpan<byte> QueueId(scoped ref ReadOnlySpan<byte> rest)
    {
        var colon = rest.IndexOf(": "u8);
        if (colon is < 5 or > 24)
        {
            return default;
        }

        var id = rest[..colon];
        foreach (var letter in id)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter))
            {
                return default;
            }
        }

        // 'warning', 'connect', 'statistics' are words, no queues: identities have a digit or are all upper case.
        if (
            id.IndexOfAnyInRange((byte)'0', (byte)'9') < 0
            && id.IndexOfAnyInRange((byte)'a', (byte)'z') >= 0
        )
        {
            return default;
        }

        rest = rest[(colon + 2)..];
        return id;
    }

    Queue Find(string key)
    {
        if (_young.TryGetValue(key, out var queue))
        {
            return queue;
        }

        if (!_old.Remove(key, out queue))
        {
            queue = new Queue();
        }

        if (_young.Count >= RememberedQueues)
        {
            _old = _young;
            _young = new(StringComparer.Ordinal);
        }

        _young.Add(key, queue);
        return queue;
    }

    static void Remember(Queue queue, ReadOnlySpan<byte> daemon, ReadOnlySpan<byte> rest)
    {
        if (rest.StartsWith("client="u8))
        {
            queue.Client = Text(Until(rest[7..], ", "u8));
            queue.SaslUser = Value(rest, "sasl_username="u8);
        }
        else if (rest.StartsWith("uid="u8))
        {
            queue.IsLocal = true;
            queue.Sender ??= Value(rest, "from="u8);
        }
        else if (rest.StartsWith("message-id="u8))
        {
            queue.MessageId = Text(Bare(rest[11..]));
        }
        else if (rest.StartsWith("from=<"u8))
        {
            queue.Sender = Value(rest, "from="u8);
            queue.Size = Value(rest, "size="u8) ?? queue.Size;
        }
        else if (Header(rest, "Subject: "u8) is { } subject)
        {
            queue.Subject = subject;
        }
        else if (Header(rest, "From: "u8) is { } from)
        {
            queue.HeaderFrom = from;
        }
        else if (daemon.SequenceEqual("bounce"u8))
        {
            queue.IsLocal = true;
        }
    }

    /// <summary>
    /// Text of <c>warning: header Subject: TEXT from host[address]; from=... </c>; written where header_checks asks for it.
    /// TEXT is the sender's, so the program's own words are searched from the end.
    /// </summary>
    static string? Header(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> name)
    {
        if (
            !Fields.TryCutPrefix(ref rest, "warning: header "u8)
            && !Fields.TryCutPrefix(ref rest, "info: header "u8)
        )
        {
            return null;
        }

        if (!Fields.TryCutPrefix(ref rest, name))
        {
            return null;
        }

        var semicolon = rest.LastIndexOf("; from=<"u8);
        var text = semicolon < 0 ? rest : rest[..semicolon];
        var client = text.LastIndexOf(" from "u8);
        return Text(client < 0 ? text : text[..client]);
    }

    static void AddDelivery(
        Record record,
        Queue queue,
        ReadOnlySpan<byte> daemon,
        ReadOnlySpan<byte> rest
    )
    {
        record.Add("event"u8, "delivery"u8);
        Add(record, "message_id"u8, queue.MessageId);
        Add(record, "sender"u8, queue.Sender);
        Add(record, "recipient"u8, Value(rest, "to="u8));
        Add(record, "original_recipient"u8, Value(rest, "orig_to="u8));
        Add(record, "subject"u8, queue.Subject);
        Add(record, "header_from"u8, queue.HeaderFrom);
        Add(record, "size"u8, queue.Size);
        Add(record, "sasl_user"u8, queue.SaslUser);
        Add(record, "dsn"u8, Value(rest, "dsn="u8));
        Add(record, "direction"u8, Direction(queue, daemon));
        AddServer(record, "client_name"u8, "client_ip"u8, queue.Client);
        AddServer(record, "relay_name"u8, "relay_ip"u8, Value(rest, "relay="u8));
        // status is the last of the list, and its explanation in brackets is the other server's text.
        var status = rest[(rest.IndexOf(" status="u8) + 8)..];
        var word = Fields.Cut(ref status, (byte)' ');
        record.Add("status"u8, word);
        record.Add("delivery"u8, Delivery(word));
        if (!status.IsEmpty)
        {
            record.Add("response"u8, status.Trim("()"u8));
        }
    }

    static ReadOnlySpan<byte> Delivery(ReadOnlySpan<byte> status) =>
        status.SequenceEqual("sent"u8) ? "delivered"u8
        : status.SequenceEqual("expired"u8) ? "bounced"u8
        : status;

    static string? Direction(Queue queue, ReadOnlySpan<byte> daemon)
    {
        var isSubmitted = queue.IsLocal || queue.SaslUser is not null;
        var staysHere =
            daemon.SequenceEqual("local"u8)
            || daemon.SequenceEqual("lmtp"u8)
            || daemon.SequenceEqual("virtual"u8);
        return staysHere ? (isSubmitted ? "internal" : "inbound")
            : isSubmitted ? "outbound"
            // A gateway's smtp may hand on to the inside or the outside: not known.
            : null;
    }

    /// <summary><c>reject: RCPT from host[address]: 554 5.7.1 ...; from=&lt;a&gt; to=&lt;b&gt; proto=ESMTP helo=&lt;c&gt;</c>.</summary>
    static bool TryReject(Record record, ReadOnlySpan<byte> rest)
    {
        var from = rest.IndexOf(" from "u8);
        var semicolon = rest.LastIndexOf("; from=<"u8);
        if (from < 0 || rest.IndexOf("reject: "u8) is not (0 or 7))
        {
            return false;
        }

        record.Add("event"u8, "reject"u8);
        record.Add("delivery"u8, "rejected"u8);
        var client = rest[(from + 6)..];
        var end = client.IndexOf("]: "u8);
        if (end > 0)
        {
            AddServer(record, "client_name"u8, "client_ip"u8, Text(client[..(end + 1)]));
            var response = client[(end + 3)..];
            var tail = response.LastIndexOf("; from=<"u8);
            record.Add("response"u8, tail < 0 ? response : response[..tail]);
        }

        if (semicolon >= 0)
        {
            var names = rest[(semicolon + 2)..];
            Add(record, "sender"u8, Value(names, "from="u8));
            Add(record, "recipient"u8, Value(names, " to="u8));
            Add(record, "helo"u8, Value(names, "helo="u8));
        }

        return true;
    }

    /// <summary><c>mail.example.org[192.0.2.1]:25</c> as name and address.</summary>
    static void AddServer(
        Record record,
        ReadOnlySpan<byte> nameField,
        ReadOnlySpan<byte> addressField,
        string? server
    )
    {
        if (server is null)
        {
            return;
        }

        var open = server.LastIndexOf('[');
        var close = server.IndexOf(']', Math.Max(open, 0));
        if (open >= 0 && close > open)
        {
            var name = server[..open];
            Add(record, nameField, name is "unknown" ? null : name);
            var address = server[(open + 1)..close];
            // Addresses of the sixth version carry a tag as in SMTP: 'IPv6:2001:db8::1'.
            Add(
                record,
                addressField,
                address.StartsWith("IPv6:", StringComparison.Ordinal) ? address[5..] : address
            );
        }
        else
        {
            Add(record, nameField, server);
        }
    }

    /// <summary>Value of <c>key=VALUE</c> or <c>key=&lt;VALUE&gt;</c>, or null.</summary>
    static string? Value(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> key)
    {
        var at = rest.StartsWith(key) ? 0 : FindKey(rest, key);
        if (at < 0)
        {
            return null;
        }

        rest = rest[(at + key.Length)..];
        if (rest.StartsWith("<"u8))
        {
            var close = rest.IndexOf((byte)'>');
            return close < 0 ? null : Text(rest[1..close]);
        }

        var end = rest.IndexOfAny((byte)',', (byte)' ', (byte)';');
        return Text(end < 0 ? rest : rest[..end]);
    }

    static int FindKey(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> key)
    {
        Span<byte> spaced = stackalloc byte[key.Length + 1];
        spaced[0] = (byte)' ';
        key.CopyTo(spaced[1..]);
        var at = rest.IndexOf(key[0] == ' ' ? key : spaced);
        return at < 0 || key[0] == ' ' ? at : at + 1;
    }

    static ReadOnlySpan<byte> Until(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> end)
    {
        var at = rest.IndexOf(end);
        return at < 0 ? rest : rest[..at];
    }

    static ReadOnlySpan<byte> Bare(ReadOnlySpan<byte> text) =>
        text.Length >= 2 && text[0] == '<' && text[^1] == '>' ? text[1..^1] : text;

    static string Text(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text.Length > LongestText ? text[..LongestText] : text);

    static void Add(Record record, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            record.Add(name, Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>What is known of one message in the server's queue.</summary>
    sealed class Queue
    {
        public string? Client { get; set; }
        public string? SaslUser { get; set; }
        public string? MessageId { get; set; }
        public string? Sender { get; set; }
        public string? Size { get; set; }
        public string? Subject { get; set; }
        public string? HeaderFrom { get; set; }

        /// <summary>Handed in on the machine itself, or made by it.</summary>
        public bool IsLocal { get; set; }
    }
}
