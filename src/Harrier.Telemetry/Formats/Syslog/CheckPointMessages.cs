namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Check Point's Log Exporter as syslog: <c>CheckPoint 1234 - [action:"Drop"; ifdir:"inbound"; src:"10.0.0.1"; ...]</c>.</summary>
sealed class CheckPointMessages : ISyslogMessages
{
    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (!head.Program.StartsWith("CheckPoint"u8))
        {
            return false;
        }

        // The brackets are no structured data of RFC 5424, but stand in its place.
        var rest = head.StructuredData.IsEmpty ? head.Message : head.StructuredData;
        if (!rest.StartsWith("["u8) || rest.IndexOf(":\""u8) < 0)
        {
            return false;
        }

        var structured = record.Find("structured_data"u8);
        if (structured >= 0)
        {
            record.Truncate(structured);
        }

        PayloadFields.Begin(record, "checkpoint"u8);
        rest = rest[1..];
        while (true)
        {
            rest = rest.TrimStart("; "u8);
            var colon = rest.IndexOf(":\""u8);
            if (colon < 0)
            {
                return true;
            }

            var name = rest[..colon];
            rest = rest[(colon + 2)..];
            var end = 0;
            while (end < rest.Length && rest[end] != '"')
            {
                end += rest[end] == '\\' ? 2 : 1;
            }

            end = Math.Min(end, rest.Length);
            PayloadFields.Add(
                record,
                "checkpoint"u8,
                name,
                PayloadFields.Unescape(rest[..end], "\"\\]"u8)
            );
            rest = end < rest.Length ? rest[(end + 1)..] : default;
        }
    }
}
