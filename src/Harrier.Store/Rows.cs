using System.Collections;
using System.Data.Common;
using System.Globalization;
using System.Numerics;

namespace Harrier.Store;

/// <summary>Rows of a query, streamed: read one, take its values by position.</summary>
/// <param name="translate">Makes a fault a person understands of an engine's exception; null where it is none.</param>
public sealed class Rows(
    DbDataReader reader,
    IDisposable owner,
    Func<Exception, Exception?>? translate = null
) : IDisposable
{
    static readonly long EpochMicros = DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;

    public int Columns => reader.FieldCount;

    public string Name(int column) => reader.GetName(column);

    /// <summary>Type as the engine names it: VARCHAR, BIGINT, TIMESTAMP ...</summary>
    public string TypeName(int column) => reader.GetDataTypeName(column);

    public bool Read()
    {
        try
        {
            return reader.Read();
        }
        catch (Exception error)
        {
            if (translate?.Invoke(error) is { } fault)
            {
                throw fault;
            }

            throw;
        }
    }

    public bool IsNull(int column) => reader.IsDBNull(column);

    /// <summary>The value as the engine's reader gives it, or null.</summary>
    public object? Value(int column) => reader.IsDBNull(column) ? null : reader.GetValue(column);

    /// <summary>Text of any value: times as RFC 3339 UTC, lists and structures as JSON-like text.</summary>
    public string? Text(int column) => TextOf(Value(column));

    /// <summary>A whole number; a time gives microseconds since 1970 UTC; 0 for null.</summary>
    public long Int(int column) =>
        Value(column) switch
        {
            null => 0,
            BigInteger big => (long)big,
            DateTime time => time.Ticks / TimeSpan.TicksPerMicrosecond - EpochMicros,
            DateOnly day => day.ToDateTime(default).Ticks / TimeSpan.TicksPerMicrosecond
                - EpochMicros,
            var value => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        };

    /// <summary>A number; NaN for null.</summary>
    public double Real(int column) =>
        Value(column) switch
        {
            null => double.NaN,
            BigInteger big => (double)big,
            var value => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        };

    /// <summary>A list of texts; empty for null, nulls within it left out.</summary>
    public IReadOnlyList<string> Texts(int column) =>
        Value(column) is IEnumerable values and not string
            ? [.. values.Cast<object?>().Select(TextOf).OfType<string>()]
            : [];

    static string? TextOf(object? value) =>
        value switch
        {
            null or DBNull => null,
            string text => text,
            bool flag => flag ? "true" : "false",
            DateTime time => time.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'",
                CultureInfo.InvariantCulture
            ),
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            double real => real.ToString("R", CultureInfo.InvariantCulture),
            IDictionary map => "{"
                + string.Join(
                    ", ",
                    map.Keys.Cast<object>()
                        .Select(key => $"{TextOf(key)}: {TextOf(map[key]) ?? "null"}")
                )
                + "}",
            Stream bytes => Hex(bytes),
            IEnumerable list => "["
                + string.Join(", ", list.Cast<object?>().Select(item => TextOf(item) ?? "null"))
                + "]",
            var other => Convert.ToString(other, CultureInfo.InvariantCulture),
        };

    static string Hex(Stream bytes)
    {
        using var memory = new MemoryStream();
        bytes.CopyTo(memory);
        return Convert.ToHexStringLower(memory.ToArray());
    }

    public void Dispose()
    {
        reader.Dispose();
        owner.Dispose();
    }
}
