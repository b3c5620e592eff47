using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using Harrier.Schema;

namespace Harrier.Store.DuckDb;

/// <summary>The second fence of the cage: the engine itself says that there is one statement, and that it is a SELECT.</summary>
/// <remarks>DuckDB.NET does not bind duckdb_prepared_statement_type, so the few calls around it are bound here.</remarks>
static partial class StatementType
{
    const int Select = 1; // DUCKDB_STATEMENT_TYPE_SELECT

    /// <exception cref="HarrierFault">Not one SELECT, or it does not bind.</exception>
    public static void RequireSelect(
        DuckDBConnection connection,
        string sql,
        IReadOnlyList<string> classes
    )
    {
        var handle = connection.NativeConnection;
        var referenced = false;
        nint extracted = 0,
            prepared = 0;
        try
        {
            handle.DangerousAddRef(ref referenced);
            var count = Extract(handle.DangerousGetHandle(), sql, out extracted);
            if (count != 1)
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    count == 0
                        ? $"the query is not right: {Marshal.PtrToStringUTF8(ExtractError(extracted))}"
                        : "one SELECT can be asked at a time"
                );
            }

            if (Prepare(handle.DangerousGetHandle(), extracted, 0, out prepared) != 0)
            {
                throw DuckDbFaults.Fault(
                    Marshal.PtrToStringUTF8(PrepareError(prepared)) ?? "",
                    classes,
                    inner: null
                );
            }

            if (TypeOf(prepared) != Select)
            {
                throw new HarrierFault(FaultKind.Usage, "only SELECT can be asked");
            }
        }
        finally
        {
            DestroyPrepared(ref prepared);
            DestroyExtracted(ref extracted);
            if (referenced)
            {
                handle.DangerousRelease();
            }
        }
    }

    const string Library = "duckdb";

    [LibraryImport(
        Library,
        EntryPoint = "duckdb_extract_statements",
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial ulong Extract(nint connection, string sql, out nint extracted);

    [LibraryImport(Library, EntryPoint = "duckdb_extract_statements_error")]
    private static partial nint ExtractError(nint extracted);

    [LibraryImport(Library, EntryPoint = "duckdb_prepare_extracted_statement")]
    private static partial int Prepare(
        nint connection,
        nint extracted,
        ulong index,
        out nint prepared
    );

    [LibraryImport(Library, EntryPoint = "duckdb_prepare_error")]
    private static partial nint PrepareError(nint prepared);

    [LibraryImport(Library, EntryPoint = "duckdb_prepared_statement_type")]
    private static partial int TypeOf(nint prepared);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_prepare")]
    private static partial void DestroyPrepared(ref nint prepared);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_extracted")]
    private static partial void DestroyExtracted(ref nint extracted);
}
