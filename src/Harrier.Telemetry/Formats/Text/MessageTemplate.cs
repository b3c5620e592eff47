using System.Text;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>
/// A message as its product's documentation writes it, with names where values stand: <c>Deny {protocol} src {src@} dst {dst@} by access-group "{acl}"{*}</c>.
/// </summary>
/// <remarks>
/// A value goes up to the first place where the text after it stands; the last one takes the rest. <c>{*}</c> is not kept.
/// <c>{name@}</c> is an endpoint <c>interface:address/port</c>, <c>{name#}</c> one without interface, <c>{name%}</c> one as
/// <c>interface/address(port)</c>; they give name_interface, name_ip, name_port, name_mapped_ip, name_mapped_port and name_user.
/// </remarks>
sealed class MessageTemplate
{
    readonly List<Part> _parts = [];
    readonly byte[] _start;

    public MessageTemplate(string text)
    {
        var open = text.IndexOf('{', StringComparison.Ordinal);
        _start = Encoding.UTF8.GetBytes(open < 0 ? text : text[..open]);
        while (open >= 0)
        {
            var close = text.IndexOf('}', open);
            var next = text.IndexOf('{', close);
            var name = text[(open + 1)..close];
            var mark = name[^1];
            var isMarked = mark is '@' or '#' or '%' or '*';
            _parts.Add(
                new Part(
                    isMarked ? name[..^1] : name,
                    isMarked ? mark : ' ',
                    Encoding.UTF8.GetBytes(next < 0 ? text[(close + 1)..] : text[(close + 1)..next])
                )
            );
            open = next;
        }
    }

    /// <summary>Adds the values of a message that fits; adds nothing to the record where it does not.</summary>
    public bool TryAdd(Record record, ReadOnlySpan<byte> message)
    {
        if (!message.StartsWith(_start))
        {
            return false;
        }

        var before = record.Count;
        var rest = message[_start.Length..];
        foreach (var part in _parts)
        {
            var end = part.After.Length == 0 ? rest.Length : rest.IndexOf(part.After);
            if (end < 0 || (end == 0 && part.Mark != '*'))
            {
                record.Truncate(before);
                return false;
            }

            part.Add(record, rest[..end]);
            rest = rest[(end + part.After.Length)..];
        }

        return true;
    }

    sealed class Part(string name, char mark, byte[] after)
    {
        readonly byte[] _name = Encoding.UTF8.GetBytes(name);
        readonly byte[] _interface = Encoding.UTF8.GetBytes(name + "_interface");
        readonly byte[] _ip = Encoding.UTF8.GetBytes(name + "_ip");
        readonly byte[] _port = Encoding.UTF8.GetBytes(name + "_port");
        readonly byte[] _mappedIp = Encoding.UTF8.GetBytes(name + "_mapped_ip");
        readonly byte[] _mappedPort = Encoding.UTF8.GetBytes(name + "_mapped_port");
        readonly byte[] _user = Encoding.UTF8.GetBytes(name + "_user");

        public char Mark => mark;
        public byte[] After => after;

        public void Add(Record record, ReadOnlySpan<byte> value)
        {
            if (mark == ' ')
            {
                record.Add(_name, value);
            }
            else if (mark != '*')
            {
                AddEndpoint(record, value);
            }
        }

        /// <summary><c>outside:192.0.2.1/443 (198.51.100.1/443)(LOCAL\anna)</c>.</summary>
        void AddEndpoint(Record record, ReadOnlySpan<byte> value)
        {
            var own = Fields.Cut(ref value, mark == '%' ? (byte)')' : (byte)'(').Trim((byte)' ');
            var separator = mark == '%' ? (byte)'/' : (byte)':';
            if (mark != '#' && own.IndexOf(separator) is var colon and >= 0)
            {
                Fields.AddIfAny(record, _interface, own[..colon]);
                own = own[(colon + 1)..];
            }

            // After the port a name may stand without brackets.
            var space = own.IndexOf((byte)' ');
            if (space > 0)
            {
                Fields.AddIfAny(record, _user, own[(space + 1)..].Trim((byte)' '));
                own = own[..space];
            }

            var at = own.LastIndexOf((byte)'@');
            if (at > 0)
            {
                Fields.AddIfAny(record, _user, own[..at]);
                own = own[(at + 1)..];
            }

            AddAddress(record, own, mark == '%' ? (byte)'(' : (byte)'/', _ip, _port);
            AddBrackets(record, value);
        }

        void AddBrackets(Record record, ReadOnlySpan<byte> rest)
        {
            while (!rest.IsEmpty)
            {
                var text = Fields.Cut(ref rest, (byte)')').Trim("( "u8);
                if (text.IsEmpty)
                {
                    continue;
                }

                if (text.Contains((byte)'/') && !text.Contains((byte)'\\'))
                {
                    AddAddress(record, text, (byte)'/', _mappedIp, _mappedPort);
                }
                else
                {
                    record.Add(_user, text);
                }
            }
        }

        static void AddAddress(
            Record record,
            ReadOnlySpan<byte> text,
            byte separator,
            byte[] ip,
            byte[] port
        )
        {
            Fields.AddIfAny(record, ip, Fields.Cut(ref text, separator));
            Fields.AddIfAny(record, port, text);
        }
    }
}
