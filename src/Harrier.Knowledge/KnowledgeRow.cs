using Microsoft.Data.Sqlite;

namespace Harrier.Knowledge;

/// <summary>A row of an answer, read by position from 0; valid only while it is handed out.</summary>
public readonly struct KnowledgeRow
{
    readonly SqliteDataReader _reader;

    internal KnowledgeRow(SqliteDataReader reader) => _reader = reader;

    public bool IsNull(int index) => _reader.IsDBNull(index);

    public string Text(int index) => _reader.GetString(index);

    public string? TextOrNull(int index) => IsNull(index) ? null : Text(index);

    public long Long(int index) => _reader.GetInt64(index);

    public long? LongOrNull(int index) => IsNull(index) ? null : Long(index);

    public int Int(int index) => _reader.GetInt32(index);

    public int? IntOrNull(int index) => IsNull(index) ? null : Int(index);

    public double Real(int index) => _reader.GetDouble(index);

    public double? RealOrNull(int index) => IsNull(index) ? null : Real(index);

    public bool Bool(int index) => Long(index) != 0;

    public byte[] Bytes(int index) => _reader.GetFieldValue<byte[]>(index);
}
