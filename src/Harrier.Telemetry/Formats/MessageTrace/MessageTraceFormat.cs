using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.MessageTrace;

/// <summary>
/// Message traces of Microsoft 365 as CSV: what Get-MessageTrace and Get-MessageTraceV2 export, the summary the admin centre downloads
/// (<c>origin_timestamp_utc</c>), and the extended report and tracking logs (<c>date_time_utc</c>). Times are UTC.
/// </summary>
/// <remarks>Columns get one set of names (<see cref="Names"/>), others keep theirs. A row with several recipients is one record for each.</remarks>
public sealed class MessageTraceFormat : ILogFormat
{
    const int MaxRecipients = 10_000;

    public string Name => "message-trace";

    /// <summary>Names of the exports, without case and '_', and ours.</summary>
    static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["received"] = "time",
        ["origintimestamputc"] = "time",
        ["datetimeutc"] = "time",
        ["datetime"] = "time",
        ["messageid"] = "message_id",
        ["networkmessageid"] = "network_message_id",
        ["messagetraceid"] = "network_message_id",
        ["senderaddress"] = "sender",
        ["recipientaddress"] = "recipient",
        ["recipientstatus"] = "recipient_status",
        ["subject"] = "subject",
        ["messagesubject"] = "subject",
        ["status"] = "status",
        ["size"] = "size",
        ["totalbytes"] = "size",
        ["fromip"] = "from_ip",
        ["originalclientip"] = "from_ip",
        ["clientip"] = "client_ip",
        ["clienthostname"] = "client_host",
        ["toip"] = "to_ip",
        ["originalserverip"] = "to_ip",
        ["directionality"] = "directionality",
        ["eventid"] = "event_id",
    };

    static readonly string[] TimeForms =
    [
        "M/d/yyyy h:mm:ss tt",
        "M/d/yyyy h:mm tt",
        "M/d/yyyy H:mm:ss",
        "M/d/yyyy H:mm",
        "d.M.yyyy H:mm:ss",
        "d.M.yyyy H:mm",
    ];

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var line = Fields.FirstLine(head);
        if (line.StartsWith("#TYPE"u8))
        {
            line = Fields.FirstLine(head[line.Length..].TrimStart("\r\n"u8));
        }

        var known = 0;
        foreach (var name in Key(Encoding.UTF8.GetString(line)).Split(',', ';', '\t'))
        {
            known += Names.ContainsKey(name.Trim('"', ' ')) ? 1 : 0;
        }

        var hasSender = line.IndexOf("ender"u8) >= 0;
        return hasSender && known >= 5 ? 95
            : hasSender && known >= 4 ? 80
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var csv = new CsvRows(content, (byte)',');
        if (!TryHeader(csv, out var names))
        {
            return;
        }

        var rows = new Rows(csv, names, handler);
        while (csv.Read())
        {
            if ((csv.Line & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (csv.Fault is { } fault)
            {
                handler.Reject(csv.Line, fault, Fields.Head(csv.Raw));
            }
            else if (csv.Count != names.Length)
            {
                handler.Reject(
                    csv.Line,
                    "the row has more or fewer values than the header",
                    Fields.Head(csv.Raw)
                );
            }
            else
            {
                rows.Read();
            }
        }

        rows.End();
    }

    /// <summary>The first row that is no comment (<c>#TYPE</c>), as our names.</summary>
    static bool TryHeader(CsvRows csv, out string[] names)
    {
        while (csv.Read())
        {
            if (!csv.Raw.StartsWith("#"u8))
            {
                names =
                [
                    .. Enumerable
                        .Range(0, csv.Count)
                        .Select(column => Encoding.UTF8.GetString(csv[column]))
                        .Select(name => Names.GetValueOrDefault(Key(name.Trim()), name)),
                ];
                return true;
            }
        }

        names = [];
        return false;
    }

    static string Key(string name) =>
        name.Replace("_", "", StringComparison.Ordinal)
            .Replace("-", "", StringComparison.Ordinal)
            .ToLowerInvariant();

    sealed class Rows
    {
        readonly CsvRows _csv;
        readonly IRecordHandler _handler;
        readonly Record _record = new();
        readonly string[] _names;
        readonly int _time;
        readonly int _recipient;
        readonly int _recipientStatus;
        bool _dayFirst;

        public Rows(CsvRows csv, string[] names, IRecordHandler handler)
        {
            _csv = csv;
            _handler = handler;
            _names = names;
            _time = Array.IndexOf(_names, "time");
            _recipient = Array.IndexOf(_names, "recipient");
            _recipientStatus = Array.IndexOf(_names, "recipient_status");
        }

        public void Read()
        {
            var line = _csv.Line;
            DateTime? time = _time >= 0 && TryTime(Text(_time), out var read) ? read : null;
            var recipients = Recipients();
            if (recipients.Count > MaxRecipients)
            {
                _handler.Reject(
                    line,
                    $"the row has more than {MaxRecipients} recipients",
                    Fields.Head(_csv.Raw)
                );
                return;
            }

            foreach (var (recipient, status) in recipients)
            {
                Fill(time, line, recipient, status);
                _handler.Accept(_record);
            }
        }

        public void End()
        {
            if (_dayFirst)
            {
                _handler.Warn(
                    "Some times have the day before the month; times that can be read both ways were taken as month first."
                );
            }
        }

        void Fill(DateTime? time, long line, string recipient, string status)
        {
            _record.Clear();
            _record.Number = line;
            _record.Position = line;
            if (time is { } known)
            {
                _record.Add("time"u8, Fields.Iso(known));
            }

            if (recipient.Length > 0)
            {
                _record.Add("recipient", recipient);
            }

            if (status.Length > 0)
            {
                _record.Add("status", status);
            }

            for (var field = 0; field < _names.Length; field++)
            {
                var isTaken =
                    (field == _time && time is not null)
                    || field == _recipient
                    || field == _recipientStatus;
                if (!isTaken && _csv[field] is { IsEmpty: false } value)
                {
                    _record.Add(Encoding.UTF8.GetBytes(_names[field]), value);
                }
            }
        }

        string Text(int column) => Encoding.UTF8.GetString(_csv[column]);

        /// <summary>
        /// Recipients with their states: <c>a@example.org##Receive, Deliver;b@example.org##Fail</c>, or addresses with ';' between them.
        /// In a tracking log, states stand in the same order in a column of their own.
        /// </summary>
        List<(string Recipient, string Status)> Recipients()
        {
            var states = _recipientStatus < 0 ? "" : Text(_recipientStatus);
            if (states.Contains("##", StringComparison.Ordinal))
            {
                return [.. Parts(states).Select(SplitStatus)];
            }

            var addresses = _recipient < 0 ? [""] : Parts(Text(_recipient));
            var each = Parts(states);
            return
            [
                .. addresses.Select(
                    (address, index) =>
                        (address, each.Length == addresses.Length ? each[index] : states)
                ),
            ];
        }

        static string[] Parts(string list)
        {
            var parts = list.Split(
                ';',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            );
            return parts.Length == 0 ? [""] : parts;
        }

        static (string Recipient, string Status) SplitStatus(string part)
        {
            var at = part.IndexOf("##", StringComparison.Ordinal);
            if (at < 0)
            {
                return (part, "");
            }

            // 'Receive, Send': the last state is the one that holds.
            var states = part[(at + 2)..];
            return (part[..at], states[(states.LastIndexOf(',') + 1)..].Trim());
        }

        bool TryTime(string text, out DateTime time)
        {
            const DateTimeStyles utc =
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            text = text.Trim();
            var isIso = text.Length >= 10 && text[4] == '-';
            if (isIso)
            {
                return DateTime.TryParse(text, CultureInfo.InvariantCulture, utc, out time);
            }

            if (
                DateTime.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, utc, out time)
            )
            {
                return true;
            }

            _dayFirst = DateTime.TryParseExact(
                text,
                ["d/M/yyyy H:mm:ss", "d/M/yyyy H:mm", "d/M/yyyy h:mm:ss tt"],
                CultureInfo.InvariantCulture,
                utc,
                out time
            );
            return _dayFirst;
        }
    }
}
