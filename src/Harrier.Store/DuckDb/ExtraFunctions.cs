using System.Text.Json;
using DuckDB.NET.Data;
using Harrier.Schema;

namespace Harrier.Store.DuckDb;

/// <summary>Functions of SQL that read <c>extra</c> as rules do (<see cref="FlatJson"/>): lists, dotted paths, numbers as they are written.</summary>
/// <remarks>The engine's own reading of JSON makes doubles of numbers, and a path of it means one key a step.</remarks>
static class ExtraFunctions
{
    /// <summary><c>extra_values(extra, path)</c>: the values of a field, a list of texts.</summary>
    public const string Values = "extra_values";

    /// <summary><c>extra_texts(extra)</c>: the values of all fields, a list of texts.</summary>
    public const string Texts = "extra_texts";

    /// <summary>The functions' macros: they make lists of what the registered functions give.</summary>
    /// <remarks>These give an array of JSON: a text that a function hands over ends at a zero byte.</remarks>
    public const string MacroSql = $"""
        CREATE MACRO {Values}(extra, path) AS json_extract_string(harrier_values(extra, path), '$[*]');
        CREATE MACRO {Texts}(extra) AS json_extract_string(harrier_texts(extra), '$[*]');
        """;

    public static void Register(DuckDBConnection connection)
    {
        connection.RegisterScalarFunction<string?, string?, string>(
            "harrier_values",
            (extra, path) => Json(path is null ? null : Read(extra)?.Values(path))
        );
        connection.RegisterScalarFunction<string?, string>(
            "harrier_texts",
            extra => Json(Read(extra)?.AllValues)
        );
    }

    static FlatJson? Read(string? extra) => extra is null ? null : FlatJson.Parse(extra);

    static string Json(IEnumerable<string>? values) => JsonSerializer.Serialize(values ?? []);
}
