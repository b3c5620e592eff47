using System.Text.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>
/// The objects of a JSON text one at a time, however they are strung together: one a line, pretty-printed over many lines, one after
/// the other, in an array, or in the array of an envelope (<c>{"Records": [...]}</c>).
/// </summary>
/// <remarks>
/// Only braces and quotes are followed here; what stands between them is for <see cref="JsonFields"/> to judge. Memory is bounded by
/// <see cref="MaxObjectBytes"/>. After something that is no object the search goes on at the next line that begins with '{', so that
/// one broken record costs no other.
/// </remarks>
public sealed class JsonObjects(Stream content)
{
    /// <summary>Longest object that is read: 16 MiB.</summary>
    public const int MaxObjectBytes = 16 * 1024 * 1024;

    /// <summary>Arrays of events in the answers and exports that wrap them. A record's own lists have other names.</summary>
    static readonly string[] s_envelopes = ["Records", "records", "value", "items", "logEvents"];

    const int MaxEnvelopeProperties = 8;
    const int EnvelopeHeadBytes = 4096;

    readonly StreamWindow _window = new(content);
    bool _isInEnvelope;
    byte[]? _repaired;
    long _linesInObject;

    /// <summary>Line on which the current object begins, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Objects and broken places so far, with this one.</summary>
    public long Number { get; private set; }

    /// <summary>Why there is no object here; null where there is one.</summary>
    public string? Fault { get; private set; }

    /// <summary>The current object; where <see cref="Fault"/> is set, the head of what stands there. Valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Object => _repaired ?? _window.Taken;

    /// <summary>Goes to the next object, or to the next place that should hold one; false at the end.</summary>
    public bool Read()
    {
        Line += _linesInObject;
        _linesInObject = 0;
        Fault = null;
        while (SkipBetween())
        {
            var next = _window.Ahead[0];
            if (next == '[')
            {
                _window.Skip(1);
            }
            else if (next == ']')
            {
                _window.Skip(1);
                if (_isInEnvelope)
                {
                    LeaveEnvelope();
                }
            }
            else if (next != '{')
            {
                TakeBroken("a JSON object is expected");
                return true;
            }
            else if (_isInEnvelope || !TryEnterEnvelope())
            {
                TakeObject();
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes over white space, commas and the separators of RFC 7464 to the next other byte.</summary>
    bool SkipBetween()
    {
        do
        {
            for (; !_window.Ahead.IsEmpty; _window.Skip(1))
            {
                switch (_window.Ahead[0])
                {
                    case (byte)'\n':
                        Line++;
                        break;
                    case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)',' or 0x1E:
                        break;
                    default:
                        return true;
                }
            }
        } while (_window.Fill());
        return false;
    }

    void TakeObject()
    {
        var fault = FindEnd(depth: 0, out var length);
        if (fault is null)
        {
            Number++;
            Take(length);
        }
        else
        {
            TakeBroken(fault);
        }
    }

    /// <summary>Length from the start to the brace that closes the object; null, or why there is none.</summary>
    /// <param name="depth">Objects that are open at the start.</param>
    string? FindEnd(int depth, out int length)
    {
        var at = 0;
        var isInText = false;
        var beforeBrace = (byte)':';
        while (true)
        {
            var window = _window.Ahead;
            while (at < window.Length)
            {
                var found = isInText
                    ? window[at..].IndexOfAny((byte)'"', (byte)'\\', (byte)'\n')
                    : window[at..].IndexOfAny((byte)'"', (byte)'{', (byte)'}');
                if (found < 0)
                {
                    at = window.Length;
                    break;
                }

                at += found;
                length = at + 1;
                switch (window[at])
                {
                    case (byte)'"':
                        isInText = !isInText;
                        break;
                    case (byte)'\\':
                        // Over the escaped byte; it may come with the next fill.
                        at++;
                        break;
                    case (byte)'\n':
                        return "a text is not closed on its line";
                    case (byte)'{':
                        if (depth > 0)
                        {
                            beforeBrace = LastBefore(window[..at]);
                        }

                        if (beforeBrace is not ((byte)':' or (byte)',' or (byte)'['))
                        {
                            return "the object is not closed before the next begins";
                        }

                        depth++;
                        break;
                    default:
                        if (--depth == 0)
                        {
                            return null;
                        }

                        break;
                }

                at++;
            }

            length = window.Length;
            if (length >= MaxObjectBytes)
            {
                return $"an object of more than {MaxObjectBytes >> 20} MiB is refused";
            }

            if (!_window.Fill())
            {
                return "the object does not end";
            }
        }
    }

    static byte LastBefore(ReadOnlySpan<byte> text)
    {
        var last = text.LastIndexOfAnyExcept(" \t\r\n"u8);
        return last < 0 ? (byte)':' : text[last];
    }

    /// <summary>Gives what stands here up to the next line that begins with '{' as broken.</summary>
    void TakeBroken(string fault)
    {
        Number++;
        Fault = fault;
        _isInEnvelope = false;
        var scanned = 0;
        while (true)
        {
            var found = _window.Ahead[scanned..].IndexOf((byte)'\n');
            scanned = found < 0 ? _window.Ahead.Length : scanned + found + 1;
            var isAtEnd =
                scanned == _window.Ahead.Length && (scanned >= MaxObjectBytes || !_window.Fill());
            if (isAtEnd || (found >= 0 && _window.Ahead[scanned] == '{'))
            {
                Take(scanned);
                return;
            }
        }
    }

    void Take(int length)
    {
        var taken = _window.Take(length);
        _repaired = System.Text.Unicode.Utf8.IsValid(taken) ? null : LineReader.AsUtf8(taken);
        _linesInObject = taken.Count((byte)'\n');
    }

    /// <summary>Steps to the first object of <c>{"Records": [</c>, where such an envelope begins here.</summary>
    bool TryEnterEnvelope()
    {
        while (_window.Ahead.Length < EnvelopeHeadBytes && _window.Fill()) { }
        var head = _window.Ahead;
        var reader = new Utf8JsonReader(head, isFinalBlock: false, default);
        try
        {
            reader.Read();
            for (var property = 0; property < MaxEnvelopeProperties && reader.Read(); property++)
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    return false;
                }

                var isEnvelope = IsEnvelope(ref reader);
                if (!reader.Read() || reader.TokenType == JsonTokenType.StartObject)
                {
                    return false;
                }

                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    continue;
                }

                var length = (int)reader.BytesConsumed;
                // An array of texts or numbers is a record's own.
                if (!isEnvelope || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                {
                    return false;
                }

                _isInEnvelope = true;
                Line += head[..length].Count((byte)'\n');
                _window.Skip(length);
                return true;
            }
        }
        catch (JsonException)
        {
            // No envelope: as an object it is refused with its place.
        }

        return false;
    }

    static bool IsEnvelope(ref Utf8JsonReader reader)
    {
        foreach (var name in s_envelopes)
        {
            if (reader.ValueTextEquals(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What an envelope says after its array is about the answer, not about events.</summary>
    void LeaveEnvelope()
    {
        _isInEnvelope = false;
        if (FindEnd(depth: 1, out var length) is null)
        {
            Line += _window.Ahead[..length].Count((byte)'\n');
            _window.Skip(length);
        }
    }
}
