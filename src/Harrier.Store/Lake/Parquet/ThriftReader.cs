using System.Buffers.Binary;

namespace Harrier.Store.Lake.Parquet;

/// <summary>Types of Thrift's compact protocol that Parquet's metadata uses.</summary>
enum ThriftType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Struct = 12,
}

/// <summary>Reads a struct of Thrift's compact protocol as its fields by id, with bounds on depth and counts.</summary>
static class ThriftReader
{
    const int Deepest = 16;

    /// <summary>Fields of a struct: long, bool, byte[], a list of them, or a struct.</summary>
    public sealed class Struct : Dictionary<int, object>
    {
        public long Int(int id) =>
            TryGetValue(id, out var value) && value is long number ? number : throw Broken();

        public long? IntOrNull(int id) =>
            TryGetValue(id, out var value) && value is long number ? number : null;

        public Struct Inner(int id) =>
            TryGetValue(id, out var value) && value is Struct inner ? inner : throw Broken();

        public List<object> Items(int id) =>
            TryGetValue(id, out var value) && value is List<object> list ? list : throw Broken();

        public byte[] Bytes(int id) =>
            TryGetValue(id, out var value) && value is byte[] bytes ? bytes : throw Broken();
    }

    /// <summary>Reads a struct, and moves <paramref name="position"/> behind it.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such a struct.</exception>
    public static Struct Read(ReadOnlySpan<byte> bytes, ref int position) =>
        ReadStruct(bytes, ref position, 0);

    static Struct ReadStruct(ReadOnlySpan<byte> bytes, ref int position, int depth)
    {
        if (depth > Deepest)
        {
            throw Broken();
        }

        var fields = new Struct();
        var id = 0;
        while (true)
        {
            var header = Next(bytes, ref position);
            var type = (ThriftType)(header & 15);
            if (type == ThriftType.Stop)
            {
                return fields;
            }

            var delta = header >> 4;
            id = delta == 0 ? (int)Zigzag(bytes, ref position) : id + delta;
            fields[id] = type switch
            {
                ThriftType.True => true,
                ThriftType.False => false,
                _ => Value(type, bytes, ref position, depth),
            };
        }
    }

    static object Value(ThriftType type, ReadOnlySpan<byte> bytes, ref int position, int depth)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                return Next(bytes, ref position) == 1;
            case ThriftType.Byte:
                return (long)Next(bytes, ref position);
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                return Zigzag(bytes, ref position);
            case ThriftType.Double:
                return BinaryPrimitives.ReadDoubleLittleEndian(Take(bytes, ref position, 8));
            case ThriftType.Binary:
                return Take(bytes, ref position, Varint(bytes, ref position)).ToArray();
            case ThriftType.List or ThriftType.Set:
                return ReadList(bytes, ref position, depth);
            case ThriftType.Struct:
                return ReadStruct(bytes, ref position, depth + 1);
            default:
                throw Broken();
        }
    }

    static List<object> ReadList(ReadOnlySpan<byte> bytes, ref int position, int depth)
    {
        if (depth > Deepest)
        {
            throw Broken();
        }

        var header = Next(bytes, ref position);
        var count = header >> 4 == 15 ? Varint(bytes, ref position) : (ulong)(header >> 4);
        // An item takes at least a byte.
        if (count > (ulong)(bytes.Length - position))
        {
            throw Broken();
        }

        var list = new List<object>((int)count);
        for (var i = 0UL; i < count; i++)
        {
            list.Add(Value((ThriftType)(header & 15), bytes, ref position, depth + 1));
        }

        return list;
    }

    public static ulong Varint(ReadOnlySpan<byte> bytes, ref int position)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Next(bytes, ref position);
            value |= unchecked((ulong)(part & 0x7F) << shift);
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Broken();
    }

    static long Zigzag(ReadOnlySpan<byte> bytes, ref int position)
    {
        var value = Varint(bytes, ref position);
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ref int position, ulong count)
    {
        if (count > (ulong)(bytes.Length - position))
        {
            throw Broken();
        }

        var taken = bytes.Slice(position, (int)count);
        position += (int)count;
        return taken;
    }

    static byte Next(ReadOnlySpan<byte> bytes, ref int position) =>
        position < bytes.Length ? bytes[position++] : throw Broken();

    public static InvalidDataException Broken() => new("broken Parquet metadata");
}
