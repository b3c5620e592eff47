using System.Buffers.Binary;
using System.Text;

namespace Harrier.Sigma.Caching;

/// <summary>Reads what <see cref="CacheWriter"/> wrote. Nothing is believed: counts, places and depth are checked before they are used.</summary>
sealed class CacheReader
{
    /// <summary>More than rules can have: 64 levels of a condition, and 64 of each selection in it.</summary>
    const int MaxDepth = 256;

    readonly byte[] _bytes;
    readonly string[] _texts;
    readonly List<object> _seen = [];
    int _at;
    int _depth;

    /// <exception cref="InvalidDataException">This was not written by a writer.</exception>
    public CacheReader(byte[] bytes, int start)
    {
        (_bytes, _at) = (bytes, start);
        _texts = new string[Count()];
        for (var index = 0; index < _texts.Length; index++)
        {
            var header = Number();
            var units = header >>> 1;
            var isAscii = (header & 1) == 0;
            if (units < 0 || units > (_bytes.Length - _at) / (isAscii ? 1 : sizeof(char)))
            {
                throw Damaged();
            }

            var size = (int)units * (isAscii ? 1 : sizeof(char));
            var text = _bytes.AsSpan(_at, size);
            _texts[index] = isAscii ? Encoding.ASCII.GetString(text) : Units(text);
            _at += size;
        }
    }

    public bool IsAtEnd => _at == _bytes.Length;

    public long Number()
    {
        const int MostBits = 63;
        var number = 0UL;
        for (var shift = 0; shift <= MostBits; shift += 7)
        {
            if (_at >= _bytes.Length)
            {
                throw Damaged();
            }

            var next = _bytes[_at++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return unchecked((long)number);
            }
        }

        throw Damaged();
    }

    /// <summary>A number from 0, below a limit.</summary>
    public int Below(int limit) =>
        Number() is >= 0 and var number && number < limit ? (int)number : throw Damaged();

    /// <summary>A member of an enumeration whose values are 0, 1, 2 …</summary>
    public T Choice<T>()
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        return values[Below(values.Length)];
    }

    public bool Flag() => Below(2) == 1;

    public string? Text() =>
        Below(_texts.Length + 1) is > 0 and var number ? _texts[number - 1] : null;

    public string NeededText() => Text() ?? throw Damaged();

    public string[] Texts() => List(from => from.NeededText());

    public T[] List<T>(Func<CacheReader, T> read)
    {
        var items = new T[Count()];
        for (var index = 0; index < items.Length; index++)
        {
            items[index] = read(this);
        }

        return items;
    }

    public T Shared<T>(Func<CacheReader, T> read)
        where T : class
    {
        if (Below(_seen.Count + 1) is > 0 and var number)
        {
            return _seen[number - 1] as T ?? throw Damaged();
        }

        if (++_depth > MaxDepth)
        {
            throw Damaged();
        }

        var item = read(this);
        _depth--;
        _seen.Add(item);
        return item;
    }

    /// <summary>How many items follow: no more than there are bytes.</summary>
    int Count() => Below(_bytes.Length - _at + 1);

    static string Units(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length / sizeof(char)];
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = (char)
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[(index * sizeof(char))..]);
        }

        return new string(text);
    }

    public static InvalidDataException Damaged() => new("This is no cache of rules.");
}
