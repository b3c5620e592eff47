namespace Harrier.Store.Lake.Parquet;

/// <summary>Parquet's hybrid of runs and bit-packed groups of eight, for dictionary indices and definition levels.</summary>
static class RleBitPacked
{
    /// <summary>A run is worth its own header from here on.</summary>
    const int ShortestRun = 8;

    public static int BitWidth(int largest) =>
        Math.Max(1, 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)largest));

    public static void Encode(ReadOnlySpan<int> values, int bitWidth, ByteSink sink)
    {
        // Values from 'pending' on are not written yet.
        var pending = 0;
        for (var i = 0; i < values.Length; )
        {
            var run = 1;
            while (i + run < values.Length && values[i + run] == values[i])
            {
                run++;
            }

            if (run >= ShortestRun)
            {
                // Groups before a run must be whole: the run lends what is missing.
                var lent = (8 - (i - pending) % 8) % 8;
                if (run - lent >= ShortestRun)
                {
                    Pack(values[pending..(i + lent)], bitWidth, sink);
                    AddRun(values[i], run - lent, bitWidth, sink);
                    pending = i + run;
                }
            }

            i += run;
        }

        Pack(values[pending..], bitWidth, sink);
    }

    /// <summary>As <see cref="Encode"/> of one value again and again.</summary>
    public static void EncodeRun(int value, int count, int bitWidth, ByteSink sink)
    {
        if (count >= ShortestRun)
        {
            AddRun(value, count, bitWidth, sink);
            return;
        }

        Span<int> values = stackalloc int[count];
        values.Fill(value);
        Pack(values, bitWidth, sink);
    }

    static void AddRun(int value, int count, int bitWidth, ByteSink sink)
    {
        sink.AddVarint((ulong)count << 1);
        for (var shift = 0; shift < bitWidth; shift += 8)
        {
            sink.Add(unchecked((byte)(value >> shift)));
        }
    }

    static void Pack(ReadOnlySpan<int> values, int bitWidth, ByteSink sink)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var groups = (values.Length + 7) / 8;
        sink.AddVarint(((ulong)groups << 1) | 1);
        var target = sink.Take(groups * bitWidth);
        target.Clear();
        var bits = 0;
        var buffer = 0UL;
        var at = 0;
        foreach (var value in values)
        {
            buffer |= (ulong)(uint)value << bits;
            bits += bitWidth;
            while (bits >= 8)
            {
                target[at++] = unchecked((byte)buffer);
                buffer >>= 8;
                bits -= 8;
            }
        }

        if (bits > 0)
        {
            target[at] = unchecked((byte)buffer);
        }
    }

    /// <summary>Fills <paramref name="values"/>; bytes behind what it needs are left alone.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> values)
    {
        if (bitWidth is < 0 or > 31)
        {
            throw ThriftReader.Broken();
        }

        var position = 0;
        var row = 0;
        var mask = (1UL << bitWidth) - 1;
        while (row < values.Length)
        {
            var header = ThriftReader.Varint(bytes, ref position);
            if ((header & 1) == 0)
            {
                var count = (int)Math.Min(header >> 1, (ulong)(values.Length - row));
                var width = (bitWidth + 7) / 8;
                if (count == 0 || bytes.Length - position < width)
                {
                    throw ThriftReader.Broken();
                }

                var value = 0;
                for (var i = 0; i < width; i++)
                {
                    value |= bytes[position++] << (8 * i);
                }

                values.Slice(row, count).Fill(value);
                row += count;
                continue;
            }

            var packed = (int)Math.Min((header >> 1) * 8, (ulong)(values.Length - row));
            var length = (long)Math.Min(header >> 1, 1 << 28) * bitWidth;
            if (packed == 0 || length > bytes.Length - position)
            {
                throw ThriftReader.Broken();
            }

            Unpack(bytes.Slice(position, (int)length), bitWidth, mask, values.Slice(row, packed));
            position += (int)length;
            row += packed;
        }
    }

    static void Unpack(ReadOnlySpan<byte> bytes, int bitWidth, ulong mask, Span<int> values)
    {
        var bits = 0;
        var buffer = 0UL;
        var at = 0;
        for (var i = 0; i < values.Length; i++)
        {
            while (bits < bitWidth)
            {
                buffer |= (ulong)bytes[at++] << bits;
                bits += 8;
            }

            values[i] = unchecked((int)(buffer & mask));
            buffer >>= bitWidth;
            bits -= bitWidth;
        }
    }
}
