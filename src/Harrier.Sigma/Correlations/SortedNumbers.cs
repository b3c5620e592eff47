namespace Harrier.Sigma.Correlations;

/// <summary>Numbers in order, with the k-th at hand: sorted pieces of at most 1,024, so that nothing long is ever moved.</summary>
/// <remarks>
/// Adding and removing is a binary search over pieces and in one, and a move within it; the k-th walks over the pieces' lengths
/// (a thousand steps for a million numbers). The idea is that of Python's sortedcontainers.
/// </remarks>
sealed class SortedNumbers
{
    const int MaxPiece = 1_024;

    readonly List<List<Int128>> _pieces = [];

    public int Count { get; private set; }

    /// <summary>The number at a place, from 0.</summary>
    public Int128 this[int place]
    {
        get
        {
            foreach (var piece in _pieces)
            {
                if (place < piece.Count)
                {
                    return piece[place];
                }

                place -= piece.Count;
            }

            throw new ArgumentOutOfRangeException(nameof(place));
        }
    }

    public void Add(Int128 number)
    {
        Count++;
        if (_pieces.Count == 0)
        {
            _pieces.Add([number]);
            return;
        }

        var at = Math.Min(PieceOf(number), _pieces.Count - 1);
        var piece = _pieces[at];
        var place = piece.BinarySearch(number);
        piece.Insert(place < 0 ? ~place : place, number);
        if (piece.Count > MaxPiece)
        {
            _pieces.Insert(at + 1, piece[(MaxPiece / 2)..]);
            piece.RemoveRange(MaxPiece / 2, piece.Count - MaxPiece / 2);
        }
    }

    /// <summary>Removes one of the numbers that are equal to this one, which is there.</summary>
    public void Remove(Int128 number)
    {
        var at = PieceOf(number);
        var piece = _pieces[at];
        piece.RemoveAt(piece.BinarySearch(number));
        Count--;
        if (piece.Count == 0)
        {
            _pieces.RemoveAt(at);
        }
    }

    /// <summary>The first piece whose last number is not below this one.</summary>
    int PieceOf(Int128 number)
    {
        var (low, high) = (0, _pieces.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_pieces[middle][^1] < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
