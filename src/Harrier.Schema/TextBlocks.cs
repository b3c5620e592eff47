namespace Harrier.Schema;

/// <summary>Texts one behind the other, in blocks that stay where they are: however many come, none is copied again.</summary>
sealed class TextBlocks
{
    const int FirstBlockBytes = 256;
    const int LargestBlockBytes = 1 << 18;

    byte[][] _blocks = [];
    int _block = -1;
    int _used;

    /// <summary>Bytes of all texts.</summary>
    public int Bytes { get; private set; }

    /// <summary>The text that stands there.</summary>
    public ReadOnlySpan<byte> this[TextPlace place] =>
        _blocks[place.Block].AsSpan(place.Start, place.Length);

    /// <summary>Adds a text.</summary>
    public TextPlace Add(ReadOnlySpan<byte> text)
    {
        if (_block < 0 || _blocks[_block].Length - _used < text.Length)
        {
            NextBlock(text.Length);
        }

        text.CopyTo(_blocks[_block].AsSpan(_used));
        var place = new TextPlace(_block, _used, text.Length);
        _used += text.Length;
        Bytes += text.Length;
        return place;
    }

    /// <summary>Takes all texts away and keeps the blocks for others.</summary>
    public void Clear() => (_block, _used, Bytes) = (-1, 0, 0);

    /// <summary>Goes to a block that holds so much: one of those that were filled before, or a new one.</summary>
    void NextBlock(int bytes)
    {
        _used = 0;
        while (++_block < _blocks.Length)
        {
            if (_blocks[_block].Length >= bytes)
            {
                return;
            }
        }

        var size =
            _block == 0
                ? FirstBlockBytes
                : Math.Min(_blocks[_block - 1].Length * 2L, LargestBlockBytes);
        _blocks = [.. _blocks, GC.AllocateUninitializedArray<byte>(Math.Max((int)size, bytes))];
    }
}

/// <summary>Where a text stands in <see cref="TextBlocks"/>.</summary>
readonly record struct TextPlace(int Block, int Start, int Length);
