using System.Data.Common;

namespace Harrier.Store;

/// <summary>Rows of a query, streamed: read one, take its values by position.</summary>
public sealed class Rows(DbDataReader reader, IDisposable owner) : IDisposable
{
    public int Columns => reader.FieldCount;

    public string Name(int column) => reader.GetName(column);

    public bool Read() => reader.Read();

    public bool IsNull(int column) => reader.IsDBNull(column);

    public string? Text(int column) =>
        reader.IsDBNull(column) ? null : Convert.ToString(reader.GetValue(column));

    public long Int(int column) =>
        reader.IsDBNull(column) ? 0 : Convert.ToInt64(reader.GetValue(column));

    public double Real(int column) =>
        reader.IsDBNull(column) ? double.NaN : Convert.ToDouble(reader.GetValue(column));

    public void Dispose()
    {
        reader.Dispose();
        owner.Dispose();
    }
}
