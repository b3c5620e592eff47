using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Harrier.Telemetry.Formats.Text;
using MimeKit;

namespace Harrier.Telemetry.Formats.Email;

/// <summary>Turns messages into records, one a recipient.</summary>
sealed class MessageRecords(ReadOptions options, IRecordHandler handler)
{
    const int MaxRecipients = 10_000;
    const int MaxAttachments = 1000;
    const int MaxUrls = 200;
    const int MaxUrlLength = 2048;
    const int MaxTextLength = 4 * 1024 * 1024;

    readonly Record _record = new();

    /// <param name="bytes">Size of the message.</param>
    public void Accept(
        MimeMessage message,
        long number,
        long position,
        long bytes,
        CancellationToken cancel
    )
    {
        if (Time(message) is not { } time)
        {
            handler.Reject(
                position,
                "the message has no Date or Received with a time, and the file has none either",
                Fields.Head(System.Text.Encoding.UTF8.GetBytes(message.Subject ?? ""))
            );
            return;
        }

        var common = Common(message, bytes, cancel);
        var recipients = Recipients(message);
        if (recipients.Count > MaxRecipients)
        {
            handler.Warn(
                $"A message names more than {MaxRecipients} recipients; the first ones have events."
            );
        }

        foreach (var (kind, address) in recipients.Take(MaxRecipients))
        {
            _record.Clear();
            _record.Number = number;
            _record.Position = position;
            _record.Add("time"u8, Fields.Iso(time.Utc));
            Add("time_from", time.From);
            Add("recipient", address);
            Add("recipient_kind", kind);
            foreach (var (name, value) in common)
            {
                Add(name, value);
            }

            handler.Accept(_record);
        }
    }

    void Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _record.Add(name, value);
        }
    }

    /// <summary>The time of the last server, whose clock is the own one, is the surest; the sender writes Date as he likes.</summary>
    (DateTime Utc, string From)? Time(MimeMessage message)
    {
        foreach (var received in Values(message, HeaderId.Received))
        {
            var date = received[(received.LastIndexOf(';') + 1)..];
            if (MimeKit.Utils.DateUtils.TryParse(date.Trim(), out var time))
            {
                return (time.UtcDateTime, "received");
            }
        }

        return message.Headers[HeaderId.Date] is not null && message.Date.UtcDateTime.Year > 1970
                ? (message.Date.UtcDateTime, "date")
            : options.Modified is { } file ? (file, "file")
            : null;
    }

    static IEnumerable<string> Values(MimeMessage message, HeaderId id) =>
        message.Headers.Where(header => header.Id == id).Select(header => header.Value);

    List<(string Name, string? Value)> Common(
        MimeMessage message,
        long bytes,
        CancellationToken cancel
    )
    {
        var (clientIp, clientName) = Client(message);
        var attachments = Attachments(message, cancel);
        return
        [
            (
                "sender",
                Mailboxes(message.From).FirstOrDefault()
                    ?? Mailboxes([message.Sender]).FirstOrDefault()
            ),
            ("return_path", message.Headers[HeaderId.ReturnPath]?.Trim('<', '>', ' ')),
            ("reply_to", string.Join(';', Mailboxes(message.ReplyTo).Take(10))),
            ("sender_name", message.From.Mailboxes.FirstOrDefault()?.Name),
            ("subject", message.Subject),
            ("message_id", message.MessageId),
            ("in_reply_to", message.InReplyTo),
            ("date", message.Headers[HeaderId.Date]),
            ("size", bytes.ToString(CultureInfo.InvariantCulture)),
            ("client_ip", clientIp),
            ("client_name", clientName),
            (
                "hops",
                Values(message, HeaderId.Received).Count().ToString(CultureInfo.InvariantCulture)
            ),
            ("originating_ip", message.Headers["X-Originating-IP"]?.Trim('[', ']', ' ')),
            ("mailer", message.Headers["X-Mailer"] ?? message.Headers["User-Agent"]),
            ("attachment_name", string.Join(';', attachments.Select(one => one.Name))),
            ("attachment_sha256", string.Join(';', attachments.Select(one => one.Sha256))),
            ("attachment_size", string.Join(';', attachments.Select(one => one.Size))),
            ("attachment_type", string.Join(';', attachments.Select(one => one.Type))),
            ("url", string.Join(' ', Urls(message))),
            ("spf", Verdict(message, "spf")),
            ("dkim", Verdict(message, "dkim")),
            ("dmarc", Verdict(message, "dmarc")),
            ("authentication_results", message.Headers[HeaderId.AuthenticationResults]),
            (
                "spam",
                (message.Headers["X-Spam-Flag"] ?? message.Headers["X-Spam-Status"]) is { } spam
                    ? Word(spam).TrimEnd(',')
                    : null
            ),
        ];
    }

    static List<(string Kind, string? Address)> Recipients(MimeMessage message)
    {
        (string, InternetAddressList)[] lists =
        [
            ("to", message.To),
            ("cc", message.Cc),
            ("bcc", message.Bcc),
        ];
        List<(string, string?)> all =
        [
            .. lists
                .SelectMany(list =>
                    Mailboxes(list.Item2).Select(address => (list.Item1, (string?)address))
                )
                .DistinctBy(pair => pair.Item2, StringComparer.OrdinalIgnoreCase)
                .Take(MaxRecipients + 1),
        ];
        // Blind copies have their recipient in no field but the one that the delivery added.
        return all.Count > 0
            ? all
            :
            [
                (
                    "delivered-to",
                    message.Headers["Delivered-To"] ?? message.Headers["X-Original-To"]
                ),
            ];
    }

    static IEnumerable<string> Mailboxes(IEnumerable<InternetAddress?> addresses) =>
        addresses.SelectMany(address =>
            address switch
            {
                MailboxAddress mailbox => [mailbox.Address],
                GroupAddress group => group.Members.Mailboxes.Select(mailbox => mailbox.Address),
                _ => Array.Empty<string>(),
            }
        );

    /// <summary>
    /// The server that handed the message over: the topmost Received (each server puts its own above the others) that names a public address. Those below
    /// it were written by strangers. Without a public one, the topmost address.
    /// </summary>
    static (string? Ip, string? Name) Client(MimeMessage message)
    {
        (string?, string?) inner = (null, null);
        foreach (var received in Values(message, HeaderId.Received).Take(50))
        {
            var by = received.IndexOf(" by ", StringComparison.Ordinal);
            var from = by > 0 ? received[..by] : received;
            if (!from.StartsWith("from ", StringComparison.Ordinal))
            {
                continue;
            }

            var name = from.Split(' ', 3)[1];
            foreach (
                Match match in AddressInBrackets.Matches(from.Length > 500 ? from[..500] : from)
            )
            {
                var text = match.Groups["address"].Value;
                if (
                    IPAddress.TryParse(
                        text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
                            ? text[5..]
                            : text,
                        out var address
                    )
                )
                {
                    if (IsPublic(address))
                    {
                        return (address.ToString(), name);
                    }

                    inner = inner.Item1 is null ? (address.ToString(), name) : inner;
                }
            }
        }

        return inner;
    }

    static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return !IPAddress.IsLoopback(address)
                && !address.IsIPv6LinkLocal
                && !address.IsIPv6UniqueLocal;
        }

        var bytes = address.GetAddressBytes();
        return bytes[0] is not (0 or 10 or 127)
            && (bytes[0], bytes[1]) is not ((192, 168) or (169, 254))
            && !(bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            && !(bytes[0] == 100 && bytes[1] is >= 64 and < 128);
    }

    List<(string Name, string Sha256, string Size, string Type)> Attachments(
        MimeMessage message,
        CancellationToken cancel
    )
    {
        var attachments = new List<(string, string, string, string)>();
        foreach (var part in message.BodyParts)
        {
            var isAttachment =
                part.IsAttachment
                || part is MessagePart
                || part is MimePart { FileName.Length: > 0 }
                || part is not TextPart;
            if (!isAttachment)
            {
                continue;
            }

            if (attachments.Count == MaxAttachments)
            {
                handler.Warn(
                    $"A message has more than {MaxAttachments} attachments; the rest is not listed."
                );
                break;
            }

            using var hashed = new HashingStream();
            if (part is MimePart { Content: { } content })
            {
                content.DecodeTo(hashed, cancel);
            }
            else if (part is MessagePart { Message: { } inner })
            {
                inner.WriteTo(hashed, cancel);
            }

            var name = part.ContentDisposition?.FileName ?? part.ContentType.Name ?? "";
            attachments.Add(
                (
                    name.Replace(';', '_'),
                    hashed.Sha256(),
                    hashed.Length.ToString(CultureInfo.InvariantCulture),
                    part.ContentType.MimeType
                )
            );
        }

        return attachments;
    }

    static IEnumerable<string> Urls(MimeMessage message)
    {
        var urls = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var part in message
                .BodyParts.OfType<TextPart>()
                .Where(part => !part.IsAttachment)
                .Take(50)
        )
        {
            var text = part.Text ?? "";
            text = text.Length > MaxTextLength ? text[..MaxTextLength] : text;
            foreach (var match in Url.EnumerateMatches(text))
            {
                var url = text.AsSpan(match.Index, Math.Min(match.Length, MaxUrlLength))
                    .TrimEnd(".,;:!?)]}")
                    .ToString();
                urls.Add(part.IsHtml ? WebUtility.HtmlDecode(url) : url);
                if (urls.Count == MaxUrls)
                {
                    return urls;
                }
            }
        }

        return urls;
    }

    /// <summary><c>spf=pass</c> in the topmost Authentication-Results (RFC 8601), which the own server wrote; SPF also in Received-SPF (RFC 7208).</summary>
    static string? Verdict(MimeMessage message, string method)
    {
        var results = message.Headers[HeaderId.AuthenticationResults] ?? "";
        foreach (var part in results.Split(';', 100))
        {
            var text = part.Trim();
            if (text.StartsWith(method + "=", StringComparison.OrdinalIgnoreCase))
            {
                return Word(text[(method.Length + 1)..]);
            }
        }

        return method == "spf" && message.Headers["Received-SPF"] is { } spf ? Word(spf) : null;
    }

    static string Word(string text)
    {
        var word = text.TrimStart();
        var end = word.AsSpan().IndexOfAny(" (\t;");
        return (end < 0 ? word : word[..end]).ToLowerInvariant();
    }

    static readonly Regex AddressInBrackets = new(
        @"[\[(](?<address>(IPv6:)?[0-9A-Fa-f:.]{3,45})[\])]",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    );

    static readonly Regex Url = new(
        @"\b(https?|ftp)://[^\s""'<>\\^`{|}]+",
        RegexOptions.NonBacktracking
            | RegexOptions.ExplicitCapture
            | RegexOptions.IgnoreCase
            | RegexOptions.CultureInvariant
    );

    /// <summary>Counts and hashes what is written, and keeps nothing.</summary>
    sealed class HashingStream : Stream
    {
        readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long _length;

        public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override void Write(byte[] buffer, int offset, int count) =>
            Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            _length += buffer.Length;
        }

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => _length;
        public override long Position
        {
            get => _length;
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
