using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Harrier.Sigma.Caching;

/// <summary>Writes numbers and texts for <see cref="CacheReader"/>; a text that comes again is written once.</summary>
/// <remarks>Texts first, then what refers to them: rules share authors, tags, fields and values.</remarks>
sealed class CacheWriter
{
    readonly ArrayBufferWriter<byte> _body = new();
    readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);

    /// <summary>Seven bits a byte, the lowest first; a set eighth bit says that more follow.</summary>
    public void Number(long number) => Put(_body, number);

    public void Flag(bool flag) => Number(flag ? 1 : 0);

    public void Text(string? text)
    {
        if (text is null)
        {
            Number(0);
            return;
        }

        if (!_numbers.TryGetValue(text, out var number))
        {
            _numbers[text] = number = _numbers.Count + 1;
        }

        Number(number);
    }

    public void Texts(IReadOnlyList<string> texts) => List(texts, (to, text) => to.Text(text));

    public void List<T>(IReadOnlyCollection<T> items, Action<CacheWriter, T> write)
    {
        Number(items.Count);
        foreach (var item in items)
        {
            write(this, item);
        }
    }

    /// <summary>Writes an object, or where it was written before: what is shared stays shared.</summary>
    public void Shared<T>(T item, Action<CacheWriter, T> write)
        where T : class
    {
        if (_seen.TryGetValue(item, out var number))
        {
            Number(number);
            return;
        }

        Number(0);
        write(this, item);
        _seen[item] = _seen.Count + 1;
    }

    public byte[] ToArray()
    {
        var whole = new ArrayBufferWriter<byte>();
        Put(whole, _numbers.Count);
        foreach (var (text, _) in _numbers.OrderBy(pair => pair.Value))
        {
            // Not UTF-8: a rule can hold half a surrogate pair, which that has no form for.
            var isAscii = Ascii.IsValid(text);
            Put(whole, ((long)text.Length << 1) | (isAscii ? 0L : 1L));
            whole.Write(isAscii ? Encoding.ASCII.GetBytes(text) : Units(text));
        }

        whole.Write(_body.WrittenSpan);
        return whole.WrittenSpan.ToArray();
    }

    static byte[] Units(string text)
    {
        var bytes = new byte[text.Length * sizeof(char)];
        for (var index = 0; index < text.Length; index++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(
                bytes.AsSpan(index * sizeof(char)),
                text[index]
            );
        }

        return bytes;
    }

    static void Put(ArrayBufferWriter<byte> to, long number)
    {
        var rest = unchecked((ulong)number);
        while (rest >= 0x80)
        {
            to.Write([(byte)(rest & 0x7F | 0x80)]);
            rest >>= 7;
        }

        to.Write([(byte)rest]);
    }
}
