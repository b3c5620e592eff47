using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Harrier.Schema.Yaml;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Matching;

/// <summary>The tests that rules ask of <c>extra</c>, found for its JSON in one pass: an index for each path, and one for all values.</summary>
/// <remarks>
/// Says what <see cref="SigmaEvent"/> says, and leaves to it what is rare: a dotted key beside a path, a name that is asked for
/// without its blanks, and broken text. Where only all values are asked, JSON that has nothing of what is looked for is not read.
/// </remarks>
sealed class ExtraIndex(KnownValues known) : ValueIndex(known)
{
    readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    readonly HashSet<string> _heads = new(StringComparer.Ordinal);
    ColumnIndex? _anywhere;
    ColumnIndex? _inJson = new(known);
    char[] _path = new char[256];
    byte[] _unescaped = new byte[256];
    bool _isDotted;
    bool _isNested;
    bool _isSpaced;

    /// <summary>What is asked of a path.</summary>
    sealed class Place(ColumnIndex values)
    {
        public ColumnIndex Values => values;

        /// <summary>What is found where there is a value; -1 where nobody asks.</summary>
        public int Presence { get; set; } = -1;
    }

    /// <param name="path">A path, or null for all values.</param>
    public void Add(string? path, int predicate, IEnumerable<SoughtText> texts)
    {
        if (path is not null)
        {
            PlaceOf(path).Values.Add(predicate, texts);
            return;
        }

        var sought = texts.ToList();
        (_anywhere ??= new ColumnIndex(Known)).Add(predicate, sought);
        foreach (var text in sought)
        {
            if (JsonVerbatim.LongestIn(text.Folded) is { } part)
            {
                _inJson?.Add(predicate, [new SoughtText(part, TextPart.Contains, null)]);
            }
            else
            {
                _inJson = null;
            }
        }
    }

    public void AddPresence(string path, int predicate) =>
        PlaceOf(path).Presence = Known.NewFinding([predicate]);

    /// <summary>Makes ready to search: after the last <see cref="Add"/>.</summary>
    public void Build()
    {
        _anywhere?.Build();
        _inJson?.Build();
        foreach (var place in _places.Values)
        {
            place.Values.Build();
        }
    }

    Place PlaceOf(string path)
    {
        if (!_places.TryGetValue(path, out var place))
        {
            _places[path] = place = new Place(new ColumnIndex(Known));
            // A head ends at any dot: keys can have dots themselves.
            for (var dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
            {
                _heads.Add(path[..dot]);
            }
        }

        return place;
    }

    protected override void Search(ReadOnlySpan<byte> utf8, List<int> found)
    {
        if (
            _places.Count == 0
            && _inJson is not null
            && !JsonVerbatim.HasCodes(utf8)
            && !_inJson.Finds(utf8)
        )
        {
            return;
        }

        (_isDotted, _isNested, _isSpaced) = (false, false, false);
        try
        {
            if (Utf8.IsValid(utf8))
            {
                var reader = new Utf8JsonReader(utf8);
                reader.Read();
                Take(ref reader, 0, PlaceAt(0), 0, found);
                // What stands behind the value makes it no JSON.
                reader.Read();
                if (!(_isDotted && _isNested) && !_isSpaced)
                {
                    return;
                }
            }
        }
        catch (JsonException)
        {
            found.Clear();
            return;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
        }

        found.Clear();
        TakeEvent(SigmaEvent.Parse(Encoding.UTF8.GetString(utf8)), found);
    }

    void Take(ref Utf8JsonReader reader, int path, Place? place, int depth, List<int> found)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var end = Append(ref reader, path);
                    var name = _path.AsSpan(path, end - path);
                    _isDotted |= depth == 0 && name.Contains('.');
                    _isSpaced |= name.Contains(' ') && IsAskedWithoutBlanks(end);
                    var below = PlaceAt(end);
                    var isAsked =
                        below is not null
                        || _anywhere is not null
                        || depth > 0
                        || _heads.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);
                    _isNested |= depth > 0 && (below is not null || _anywhere is not null);
                    reader.Read();
                    if (isAsked)
                    {
                        Take(ref reader, end, below, depth + 1, found);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }

                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Take(ref reader, path, place, depth + 1, found);
                }

                break;
            case JsonTokenType.String when place is not null || _anywhere is not null:
                TakeValue(TextOf(ref reader), place, found);
                break;
            case JsonTokenType.Number when place is not null || _anywhere is not null:
                TakeValue(NumberOf(reader.ValueSpan), place, found);
                break;
            case JsonTokenType.True:
                TakeValue("true"u8, place, found);
                break;
            case JsonTokenType.False:
                TakeValue("false"u8, place, found);
                break;
            default:
                break;
        }
    }

    bool IsAskedWithoutBlanks(int end)
    {
        var path = new string(_path, 0, end).Replace(" ", "", StringComparison.Ordinal);
        return _places.ContainsKey(path) || _heads.Contains(path);
    }

    Place? PlaceAt(int end) =>
        _places
            .GetAlternateLookup<ReadOnlySpan<char>>()
            .TryGetValue(_path.AsSpan(0, end), out var place)
            ? place
            : null;

    /// <summary>Writes a key behind a path; returns where it ends.</summary>
    int Append(ref Utf8JsonReader reader, int path)
    {
        if (_path.Length < path + 1 + reader.ValueSpan.Length)
        {
            Array.Resize(ref _path, (path + 1 + reader.ValueSpan.Length) * 2);
        }

        if (path > 0)
        {
            _path[path++] = '.';
        }

        return path + reader.CopyString(_path.AsSpan(path));
    }

    ReadOnlySpan<byte> TextOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        if (_unescaped.Length < reader.ValueSpan.Length)
        {
            _unescaped = new byte[reader.ValueSpan.Length * 2];
        }

        return _unescaped.AsSpan(0, reader.CopyString(_unescaped));
    }

    static ReadOnlySpan<byte> NumberOf(ReadOnlySpan<byte> raw)
    {
        // Plain digits are as they should be: JSON has no leading zeros.
        if (!raw.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return raw;
        }

        return YamlNumber.Canonical(Encoding.ASCII.GetString(raw)) is { } number
            ? Encoding.ASCII.GetBytes(number)
            : raw;
    }

    void TakeValue(ReadOnlySpan<byte> utf8, Place? place, List<int> found)
    {
        if (place is not null)
        {
            found.AddRange(Known.Findings(place.Values.SetOf(utf8)));
            if (place.Presence >= 0)
            {
                found.Add(place.Presence);
            }
        }

        if (_anywhere is not null)
        {
            found.AddRange(Known.Findings(_anywhere.SetOf(utf8)));
        }
    }

    void TakeEvent(SigmaEvent? record, List<int> found)
    {
        if (record is null)
        {
            return;
        }

        foreach (var (path, place) in _places)
        {
            foreach (var value in record.Values(path))
            {
                TakeValue(Encoding.UTF8.GetBytes(value), place, found);
            }
        }

        foreach (var value in record.AllValues)
        {
            TakeValue(Encoding.UTF8.GetBytes(value), null, found);
        }
    }
}
