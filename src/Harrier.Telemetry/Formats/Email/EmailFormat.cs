using Harrier.Telemetry.Formats.Text;
using MimeKit;

namespace Harrier.Telemetry.Formats.Email;

/// <summary>Mail as files: one message (RFC 5322 and MIME; .eml), or many in an mbox (RFC 4155).</summary>
/// <remarks>
/// One record a recipient. Nothing in a mail is followed: of attachments there are names, sizes and hashes, of the text the addresses in it.
/// The library reads a message into memory, so that its size is bounded here.
/// </remarks>
public sealed class EmailFormat : ILogFormat
{
    /// <summary>Larger than any mail server takes.</summary>
    public const int MaxMessageBytes = 128 * 1024 * 1024;

    /// <summary>Parts in parts; deeper ones are bytes of their parent.</summary>
    const int MaxDepth = 32;

    static readonly string[] KnownHeaders =
    [
        "received",
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "return-path",
        "mime-version",
        "content-type",
        "delivered-to",
        "reply-to",
        "dkim-signature",
        "authentication-results",
        "sender",
    ];

    public string Name => "email";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var isMbox = IsSeparator(Fields.FirstLine(head));
        if (isMbox)
        {
            head = head[Fields.FirstLine(head).Length..].TrimStart("\r\n"u8);
        }

        var known = KnownIn(head);
        return known >= 3 ? 90
            : isMbox && known >= 2 ? 80
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        using var messages = new MessageCutter(content);
        var parserOptions = new ParserOptions
        {
            MaxMimeDepth = MaxDepth,
            RespectContentLength = false,
        };
        var records = new MessageRecords(options, handler);
        while (messages.Read(cancel))
        {
            if (messages.IsTooLong)
            {
                handler.Reject(
                    messages.Position,
                    "the message is larger than 128 MiB",
                    Fields.Head(messages.Message)
                );
                continue;
            }

            try
            {
                using var bytes = new MemoryStream(messages.Message.ToArray(), writable: false);
                var message = new MimeParser(
                    parserOptions,
                    bytes,
                    MimeFormat.Entity,
                    true
                ).ParseMessage(cancel);
                records.Accept(
                    message,
                    messages.Number,
                    messages.Position,
                    messages.Message.Length,
                    cancel
                );
            }
            catch (Exception fault)
                when (fault is FormatException or ArgumentException or IOException)
            {
                handler.Reject(
                    messages.Position,
                    "it is no message: " + fault.Message,
                    Fields.Head(messages.Message)
                );
            }
        }
    }

    /// <summary><c>From someone@example.org Tue Nov 24 01:02:03 2026</c>, which begins each message of an mbox.</summary>
    internal static bool IsSeparator(ReadOnlySpan<byte> line) =>
        line.StartsWith("From "u8) && line.Length is > 20 and < 500 && line.Count((byte)':') >= 2;

    /// <summary>Header fields of mail at the start, different ones; 0 where something else stands between them.</summary>
    static int KnownIn(ReadOnlySpan<byte> head)
    {
        const int mostLines = 400;
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var lines = 0; !head.IsEmpty && lines < mostLines; lines++)
        {
            var line = Fields.Cut(ref head, (byte)'\n').TrimEnd((byte)'\r');
            if (line.IsEmpty)
            {
                break;
            }

            // Folded: goes on from the line above.
            if (line[0] is (byte)' ' or (byte)'\t')
            {
                if (lines == 0)
                {
                    return 0;
                }

                continue;
            }

            var colon = line.IndexOf((byte)':');
            if (
                colon is < 1 or > 76
                || line[..colon].ContainsAnyExceptInRange((byte)'!', (byte)'~')
            )
            {
                // The last line may be cut.
                return head.IsEmpty ? known.Count : 0;
            }

            var name = System.Text.Encoding.ASCII.GetString(line[..colon]).ToLowerInvariant();
            if (KnownHeaders.Contains(name))
            {
                known.Add(name);
            }
        }

        return known.Count;
    }
}
