using Harrier.Schema;

namespace Harrier.Sigma.Correlations;

/// <summary>Texts of a batch by row; each is made once, however many rows have it.</summary>
sealed class BatchTexts(EventBatch batch)
{
    readonly Dictionary<(int Column, int Index), string> _texts = [];

    /// <summary>Null where the row has none.</summary>
    public string? At(int ordinal, int row)
    {
        var column = batch.Text(ordinal);
        if (column.Indices[row] is not (>= 0 and var index))
        {
            return null;
        }

        if (!_texts.TryGetValue((ordinal, index), out var text))
        {
            _texts[(ordinal, index)] = text = column.DistinctText(index);
        }

        return text;
    }

    /// <summary>Where the event of a row stands.</summary>
    public SigmaEventReference ReferenceAt(int row) =>
        SigmaEventReference.Of(batch, row, At(CommonColumns.File, row));
}
