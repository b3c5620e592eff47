using System.Globalization;
using System.Text.Json;

namespace Harrier.Telemetry.Maps;

/// <summary>
/// Reaches into a value that is JSON: <c>.name</c>, <c>[0]</c>, <c>[-1]</c> from the end, <c>[*]</c> every element,
/// <c>[Name=Foo]</c> the elements whose property Name is Foo (with <c>*</c> as in conditions). What several elements give is joined by ';'.
/// </summary>
/// <remarks>
/// <c>resources[0].ARN</c> of <c>[{"ARN":"a"},{"ARN":"b"}]</c> is <c>a</c>; <c>resources[*].ARN</c> is <c>a;b</c>.
/// A list of plain values at the end is joined as well; anything deeper is the JSON it is.
/// Bounds: at most <see cref="MaxSteps"/> steps, each of which reads what the one before it found once (a filter twice), so time is
/// linear in the value; values of more than <see cref="EventMapper.MaxValueBytes"/> are not looked into, nor more than 64 levels.
/// </remarks>
public sealed class JsonPath
{
    public const int MaxSteps = 8;

    static readonly JsonReaderOptions s_options = new() { MaxDepth = 64 };

    readonly List<Step> _steps = [];

    JsonPath() { }

    /// <summary>Reads the steps: <c>[0].ARN</c>, <c>.a.b</c>.</summary>
    /// <exception cref="FormatException">It is no path, with the reason.</exception>
    public static JsonPath Parse(string text)
    {
        var path = new JsonPath();
        var rest = text;
        while (rest.Length > 0)
        {
            var end = rest[0] switch
            {
                '[' => rest.IndexOf(']', StringComparison.Ordinal) + 1,
                '.' when rest.IndexOfAny(['.', '['], 1) is var next => next < 0
                    ? rest.Length
                    : next,
                _ => 0,
            };
            if (end < 2)
            {
                throw new FormatException(
                    $"'{text}' is no path into JSON: .name, [0], [*], [Name=Foo]"
                );
            }

            path._steps.Add(Step.Parse(rest[..end]));
            rest = rest[end..];
        }

        return path._steps.Count is > 0 and <= MaxSteps
            ? path
            : throw new FormatException($"a path into JSON has 1 to {MaxSteps} steps");
    }

    /// <summary>What stands there; empty where nothing does, or the value is no JSON.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> json, Scratch scratch)
    {
        if (json.Length is 0 or > EventMapper.MaxValueBytes)
        {
            return default;
        }

        // No more bytes come out than went in: each is taken once, and a ';' stands where a comma was.
        var found = new Joined(scratch.Take(json.Length));
        try
        {
            Collect(json, 0, scratch, ref found);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair, which is JSON but no text.
            return default;
        }

        return found.Bytes;
    }

    void Collect(ReadOnlySpan<byte> json, int at, Scratch scratch, scoped ref Joined found)
    {
        var reader = new Utf8JsonReader(json, s_options);
        reader.Read();
        if (at == _steps.Count)
        {
            Add(ref reader, json, ref found);
            return;
        }

        var step = _steps[at];
        if (reader.TokenType == JsonTokenType.StartObject && step.Kind == StepKind.Property)
        {
            if (TryProperty(ref reader, json, step.Name, out var value))
            {
                Collect(value, at + 1, scratch, ref found);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && step.Kind != StepKind.Property)
        {
            var index = step.Index >= 0 ? step.Index : step.Index + Count(json);
            for (var element = 0; Next(ref reader, json, out var value); element++)
            {
                if (step.Kind == StepKind.Index ? element == index : step.Takes(value, scratch))
                {
                    Collect(value, at + 1, scratch, ref found);
                }
            }
        }
    }

    static void Add(
        scoped ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        scoped ref Joined found
    )
    {
        if (reader.TokenType == JsonTokenType.StartArray && IsPlain(json))
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                found.Add(ref reader);
            }
        }
        else if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            found.Add(json);
        }
        else
        {
            found.Add(ref reader);
        }
    }

    static bool IsPlain(ReadOnlySpan<byte> array) =>
        array[1..].IndexOfAny((byte)'[', (byte)'{') is var at && (at < 0 || !HasNested(array));

    static bool HasNested(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, s_options);
        reader.Read();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                return true;
            }
        }

        return false;
    }

    static int Count(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, s_options);
        reader.Read();
        var count = 0;
        while (Next(ref reader, array, out _))
        {
            count++;
        }

        return count;
    }

    /// <summary>The next element's own text; the reader stands on the array's start or on an element's end.</summary>
    static bool Next(
        scoped ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        out ReadOnlySpan<byte> value
    )
    {
        value = default;
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        value = Whole(ref reader, json);
        return true;
    }

    static bool TryProperty(
        scoped ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        ReadOnlySpan<byte> name,
        out ReadOnlySpan<byte> value
    )
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = reader.ValueTextEquals(name);
            reader.Read();
            value = Whole(ref reader, json);
            if (isWanted)
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    static ReadOnlySpan<byte> Whole(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    enum StepKind
    {
        Property,
        Index,
        All,
        Filter,
    }

    sealed record Step(StepKind Kind, byte[] Name, int Index, ValuePattern? Wanted)
    {
        public static Step Parse(string text)
        {
            if (text[0] == '.')
            {
                return new Step(StepKind.Property, Utf8(text[1..]), 0, null);
            }

            var inner = text[1..^1].Trim();
            if (inner == "*")
            {
                return new Step(StepKind.All, [], 0, null);
            }

            if (
                int.TryParse(
                    inner,
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out var index
                )
            )
            {
                return new Step(StepKind.Index, [], index, null);
            }

            var equals = inner.IndexOf('=', StringComparison.Ordinal);
            return equals > 0
                ? new Step(
                    StepKind.Filter,
                    Utf8(inner[..equals]),
                    0,
                    new ValuePattern(inner[(equals + 1)..])
                )
                : throw new FormatException(
                    $"'{text}' picks nothing of a list: [0], [*], [Name=Foo]"
                );
        }

        /// <summary>Whether the element has what the filter wants.</summary>
        public bool Takes(ReadOnlySpan<byte> element, Scratch scratch)
        {
            if (Wanted is null)
            {
                return true;
            }

            var reader = new Utf8JsonReader(element, s_options);
            reader.Read();
            if (
                reader.TokenType != JsonTokenType.StartObject
                || !TryProperty(ref reader, element, Name, out var value)
            )
            {
                return false;
            }

            var text = new Joined(scratch.Take(value.Length));
            var inner = new Utf8JsonReader(value, s_options);
            inner.Read();
            Add(ref inner, value, ref text);
            return Wanted.Matches(text.Bytes);
        }

        static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Values one after another with ';' between them.</summary>
    ref struct Joined(Span<byte> room)
    {
        readonly Span<byte> _room = room;
        int _length;

        public readonly ReadOnlySpan<byte> Bytes => _room[.._length];

        /// <summary>The plain value that the reader stands on; null is none.</summary>
        public void Add(scoped ref Utf8JsonReader reader)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                Separate();
                _length += reader.CopyString(_room[_length..]);
            }
            else if (reader.TokenType != JsonTokenType.Null)
            {
                Add(reader.ValueSpan);
            }
        }

        public void Add(scoped ReadOnlySpan<byte> bytes)
        {
            Separate();
            bytes.CopyTo(_room[_length..]);
            _length += bytes.Length;
        }

        void Separate()
        {
            if (_length > 0)
            {
                _room[_length++] = (byte)';';
            }
        }
    }
}
