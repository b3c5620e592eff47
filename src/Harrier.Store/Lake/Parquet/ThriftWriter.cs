namespace Harrier.Store.Lake.Parquet;

/// <summary>Writes Thrift's compact protocol: fields of a struct in ascending order of their ids.</summary>
sealed class ThriftWriter(ByteSink sink)
{
    readonly Stack<int> _outer = new();
    int _last;

    public void Int32(int id, int value)
    {
        Field(id, ThriftType.I32);
        Zigzag(value);
    }

    public void Int64(int id, long value)
    {
        Field(id, ThriftType.I64);
        Zigzag(value);
    }

    public void Bool(int id, bool value) => Field(id, value ? ThriftType.True : ThriftType.False);

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Field(id, ThriftType.Binary);
        Item(value);
    }

    /// <summary>Begins a struct as a field; <see cref="End"/> ends it.</summary>
    public void Struct(int id)
    {
        Field(id, ThriftType.Struct);
        Begin();
    }

    /// <summary>A struct without fields: one of a union.</summary>
    public void Empty(int id)
    {
        Struct(id);
        End();
    }

    public void List(int id, ThriftType items, int count)
    {
        Field(id, ThriftType.List);
        if (count < 15)
        {
            sink.Add((byte)((count << 4) | (int)items));
        }
        else
        {
            sink.Add((byte)(0xF0 | (int)items));
            sink.AddVarint((ulong)count);
        }
    }

    /// <summary>Begins a struct as an item of a list, or at the top.</summary>
    public void Begin()
    {
        _outer.Push(_last);
        _last = 0;
    }

    public void End()
    {
        sink.Add((byte)ThriftType.Stop);
        _last = _outer.Pop();
    }

    public void Item(int value) => Zigzag(value);

    public void Item(ReadOnlySpan<byte> value)
    {
        sink.AddVarint((ulong)value.Length);
        sink.Add(value);
    }

    void Field(int id, ThriftType type)
    {
        sink.Add((byte)(((id - _last) << 4) | (int)type));
        _last = id;
    }

    void Zigzag(long value) => sink.AddVarint(unchecked((ulong)((value << 1) ^ (value >> 63))));
}
